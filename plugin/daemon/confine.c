/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of confinement. The plugin lives as long as the host does, and takes
 * requests from dockerd and rows from the database, both of which repeat what
 * users typed. Unlike the hook it has one stage: a connection to the database
 * and a namespace may have to be opened at any time. What it never does is to
 * start a program or a thread, to change an owner or a mode, to mount, to load
 * a module, to trace another process, to speak IP (it binds sockets, and closes
 * them). What it keeps:
 *
 * CAP_NET_ADMIN     each netlink request that changes something
 * CAP_NET_RAW       the packet socket that announces IPv6 addresses
 * CAP_NET_BIND_SERVICE  to see whether a port of the host is free, below 1024,
 *                   too
 * CAP_SYS_ADMIN     setns(2)
 * CAP_SYS_PTRACE    to open /proc/PID/ns/net of a container that has a
 *                   capability which we have not (ptrace_may_access() in the
 *                   kernel), as all of Docker's have
 * CAP_DAC_OVERRIDE  a database socket, or a directory on the way to it, that
 *                   belongs to another user
 *
 * CAP_NET_BROADCAST is needed once, before: who listens to the devices of other
 * namespaces is judged by what he had when he opened the socket.
 *
 * io_uring goes first of all, before the loop is made. What is asked of the
 * kernel through a ring passes no filter of system calls: whoever has a ring
 * may open files and connect as he likes. libuv 1.45 and later opens one in
 * uv_loop_init() (uv__iou_init() in its src/unix/linux.c), and calls abort(3)
 * where io_uring_enter(2) on a ring that it has got is refused. Without
 * io_uring_setup(2) it keeps to epoll. The variable UV_USE_IO_URING does not
 * serve: since 1.50 it is asked about some of the rings only.
 */
#include "plugin/daemon/confine.h"

#include <linux/capability.h>
#include <seccomp.h>
#include <time.h>

#include "ovsint/confine/confine.h"

static const int allowed[] = {
    /* connections to clients and the database, netlink, packet sockets */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
    /* the loop */
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(eventfd2),
    SCMP_SYS(pselect6), SCMP_SYS(select), SCMP_SYS(pipe2),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(signalfd4),
    /* namespaces, and the search of /proc for their processes */
    SCMP_SYS(setns), SCMP_SYS(pidfd_open), SCMP_SYS(open), SCMP_SYS(openat),
    SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    /* sockets of a container that join their groups on its next device */
    SCMP_SYS(pidfd_getfd),
    /* the lock of iptables, and that of newcomers.h */
    SCMP_SYS(flock),
    /* memory and time of the C library; the time is no system call where the
     * kernel has a vDSO, which User-Mode Linux has not */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex), SCMP_SYS(sysinfo),
    SCMP_SYS(sched_yield),
    /* libxtables, which libnftables begins with, wants to know whether it runs
     * with the rights of another user */
    SCMP_SYS(getuid), SCMP_SYS(geteuid),
    /* whether a process is there; the end, also that of assert(3) */
    SCMP_SYS(kill), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

int plugin_confine_loop(struct err *err)
{
    return confine_withhold(SCMP_SYS(io_uring_setup), err);
}

int plugin_confine(struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint-plugin",
        .capabilities =
            CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_NET_RAW) |
            CONFINE_CAP(CAP_NET_BIND_SERVICE) | CONFINE_CAP(CAP_SYS_ADMIN) |
            CONFINE_CAP(CAP_SYS_PTRACE) | CONFINE_CAP(CAP_DAC_OVERRIDE),
        .calls = allowed,
        .call_count = ARRAY_LEN(allowed),
    };

    /* The log wants the local time; its rules are read once. */
    tzset();
    return confine(&confinement, err);
}
