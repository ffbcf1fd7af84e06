/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin runs as root and reads what a container's owner wrote. Its work
 * has two stages, as that of the OCI hook (hook/confine.c has the theory):
 *
 * 1. Open: standard input and the configuration are read, the container's
 *    namespace is entered and left, the sockets are opened.
 * 2. Run: messages to the database and the kernel over these sockets, and the
 *    answer on standard output. Needs CAP_NET_ADMIN for each request to the
 *    kernel, and CAP_DAC_OVERRIDE to connect anew to a database socket that
 *    belongs to another user: a release does, and GC.
 *
 * Between the two cni_confine() drops the other capabilities for good, and
 * installs an allow-list of system calls. Whether other containers have ended
 * is asked of another process: attach/lookout.h.
 */
#include "plugin/cni/confine.h"

#include <linux/capability.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <time.h>

#include "ovsint/confine/confine.h"

static const int allowed[] = {
    /* the sockets that are open, and that of a release */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(close), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(bind),
    SCMP_SYS(fcntl),
    /* newcomers.h: the settings that a device starts with */
    SCMP_SYS(flock), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(futex), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(sysinfo),
    /* the end of the program, also by assert(3) */
    SCMP_SYS(writev), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

int cni_confine(struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint-cni",
        .capabilities =
            CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_DAC_OVERRIDE),
        .calls = allowed,
        .call_count = ARRAY_LEN(allowed),
        .ioctl = SIOCETHTOOL, /* of a veth pair: offload.h */
    };

    /* The log writes local time. The C library reads its rules once: here,
     * while files may be opened. */
    tzset();
    return confine(&confinement, err);
}
