/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of confinement. The hook runs as root and reads what a container's
 * owner wrote. Its work has two stages:
 *
 * 1. Open: the state, configuration and bundle are read, the container's
 *    namespace is entered and left, and the sockets are opened. Needs
 *    CAP_SYS_ADMIN (setns), CAP_SYS_PTRACE (another's namespace link),
 *    CAP_NET_RAW (the announcement socket) and the file system.
 * 2. Act: messages to the database and the kernel over these sockets. Needs
 *    CAP_NET_ADMIN, as netlink checks it at every request, and, for a rollback
 *    that has to connect anew, CAP_DAC_OVERRIDE to reach a database socket
 *    that belongs to another user. CAP_SYS_PTRACE serves stat(2) of another's
 *    namespace link (claim.c); there is neither ptrace(2) nor open(2).
 *
 * hook_confine() stands between the two: it drops the other capabilities for
 * good and installs an allow-list of system calls. The one question that needs
 * them later is put to another process: lookout.h.
 */
#include "hook/confine.h"

#include <linux/capability.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <time.h>

#include "ovsint/confine/confine.h"

static const int allowed[] = {
    /* the sockets that are open, and the undo's own */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(close), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(bind),
    SCMP_SYS(fcntl),
    /* what a device begins with inside: newcomers.h */
    SCMP_SYS(flock), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(futex), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(sysinfo),
    /* the end, also that of assert(3) */
    SCMP_SYS(writev), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

int hook_confine(struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint-hook",
        .capabilities = CONFINE_CAP(CAP_NET_ADMIN) |
                        CONFINE_CAP(CAP_DAC_OVERRIDE) |
                        CONFINE_CAP(CAP_SYS_PTRACE),
        .calls = allowed,
        .call_count = ARRAY_LEN(allowed),
        .ioctl = SIOCETHTOOL, /* of a pair: offload.h */
    };

    /* The log wants the local time; read its rules while files open. */
    tzset();
    return confine(&confinement, err);
}
