/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the helper keeps:
 *
 * CAP_SYS_ADMIN     setns(2)
 * CAP_SYS_PTRACE    to open /proc/PID/ns/net of a container that has a
 *                   capability which we lack (ptrace_may_access() in the
 *                   kernel): all of Docker's have
 * CAP_DAC_OVERRIDE  a database socket, or a directory on the way to it or to a
 *                   namespace, that belongs to another user
 * CAP_NET_ADMIN, CAP_NET_RAW  the kernel asks for them of who opens a socket,
 * as well as of who sends by it (netlink_ns_capable() in
 *                   net/netlink/af_netlink.c)
 * CAP_NET_BROADCAST the same of who hears of devices in other namespaces
 */
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "ovsint/confine/confine.h"
#include "plugin/namespaces/serve.h"

static const int allowed[] = {
    /* who asks, and the kernel */
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
    SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(fcntl),
    /* namespaces, their processes, and files */
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(read), SCMP_SYS(write),
    SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(lseek),
    /* takes a container's sockets, to join their groups on its next device */
    SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex),
    /* the end of the program, also by assert(3) */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(tgkill), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

#define BY_INT(call, arg, value)                          \
    {                                                     \
        SCMP_SYS(call), arg, CONFINE_INT, (uint32_t)value \
    }

static const struct confine_rule rules[] = {
    /* network namespaces, and no others */
    BY_INT(setns, 1, CLONE_NEWNET),
    BY_INT(socket, 0, AF_UNIX),
    BY_INT(socket, 0, AF_NETLINK),
    BY_INT(socket, 0, AF_PACKET),
    BY_INT(ioctl, 1, NS_GET_NSTYPE),
    /* memory, but none that a program could be put into */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0}};

int helper_confine(struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint-namespaces",
        .capabilities =
            CONFINE_CAP(CAP_SYS_ADMIN) | CONFINE_CAP(CAP_SYS_PTRACE) |
            CONFINE_CAP(CAP_DAC_OVERRIDE) | CONFINE_CAP(CAP_NET_ADMIN) |
            CONFINE_CAP(CAP_NET_RAW) | CONFINE_CAP(CAP_NET_BROADCAST),
        .calls = allowed,
        .call_count = ARRAY_LEN(allowed),
        .rules = rules,
        .rule_count = ARRAY_LEN(rules),
    };

    return confine(&confinement, err);
}
