/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Theory of confinement. The plugin lives as long as the host. It takes
 * requests from dockerd and rows from the database, and both repeat what users
 * typed. Unlike the hook it has one stage, as it may have to read a file at
 * any time. It never starts a program or a
 * thread, changes an owner or a mode, mounts, loads a module, traces another
 * process, or speaks IP but to scrapers of metrics (it binds sockets and closes
 * them). Where a call could
 * do more than it needs, its arguments are judged. It keeps:
 *
 * CAP_NET_ADMIN     each netlink request that changes something
 * CAP_NET_RAW       the packet socket that announces IPv6 addresses
 * CAP_NET_BIND_SERVICE  to see whether a port of the host below 1024 is free
 *
 * What takes more, as to enter a namespace, to look at processes, to connect to
 * a database whose socket belongs to another user, a second process does for
 * it: plugin/namespaces. So it can neither enter a namespace nor connect
 * anywhere.
 *
 * Nor does it write to files. Landlock keeps it from making, writing and
 * renaming any (common/confine/files.c), where the kernel has that.
 *
 * io_uring goes first of all, before the loop is made. Requests through a ring
 * pass no filter of system calls: a program that has a ring may open files and
 * connect as it likes. libuv 1.45 and later makes one in uv_loop_init()
 * (uv__iou_init() in its src/unix/linux.c), and calls abort(3) if
 * io_uring_enter(2) on it is refused. Without io_uring_setup(2) it uses epoll.
 * The variable UV_USE_IO_URING is not enough: since 1.50 libuv asks it about
 * some of the rings only.
 */
#include "plugin/daemon/confine.h"

#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "ovsint/confine/confine.h"
#include "ovsint/nft/xtables.h"

static const int allowed[] = {
    /* connections to clients and the database, netlink, packet sockets */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
    SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(close),
    SCMP_SYS(fcntl),
    /* the loop */
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(eventfd2),
    SCMP_SYS(pselect6), SCMP_SYS(select), SCMP_SYS(pipe2),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(signalfd4),
    /* files: settings, the lock of iptables, what namespaces are */
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(getdents64), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(pread64),
    SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    /* the lock of iptables, and that of newcomers.h */
    SCMP_SYS(flock),
    /* memory and time of the C library. Reading the time is a system call only
     * where the kernel has no vDSO, as in User-Mode Linux. */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(futex), SCMP_SYS(sysinfo), SCMP_SYS(sched_yield),
    /* libnftables starts libxtables, which checks whether it runs with another
     * user's rights */
    SCMP_SYS(getuid), SCMP_SYS(geteuid),
    /* the end of the program, also by assert(3) */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(tgkill), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)};

#define BY_INT(call, arg, value)                          \
    {                                                     \
        SCMP_SYS(call), arg, CONFINE_INT, (uint32_t)value \
    }

static const struct confine_rule rules[] = {
    /* AF_INET, AF_INET6: whether a port that is to be published is free */
    BY_INT(socket, 0, AF_UNIX),
    BY_INT(socket, 0, AF_NETLINK),
    BY_INT(socket, 0, AF_PACKET),
    BY_INT(socket, 0, AF_INET),
    BY_INT(socket, 0, AF_INET6),
    /* libuv's sockets; checksums; what a descriptor of a namespace is */
    BY_INT(ioctl, 1, FIONBIO),
    BY_INT(ioctl, 1, FIOCLEX),
    BY_INT(ioctl, 1, SIOCETHTOOL),
    BY_INT(ioctl, 1, NS_GET_NSTYPE),
    BY_INT(ioctl, 1, NS_GET_USERNS),
    /* whether standard output is a terminal: the C library's buffers */
    BY_INT(ioctl, 1, TCGETS),
    /* whether a process exists; no signal */
    BY_INT(kill, 1, 0),
    /* memory, but none that a program could be put into */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0}};

int plugin_confine_loop(struct err *err)
{
    return confine_withhold(SCMP_SYS(io_uring_setup), err);
}

/* Settings of the kernel and of namespaces are written by the helper, sockets
 * are there, the log is open. What is left is iptables' lock, whose file is
 * empty, and to remove the sockets in the end. */
static int confine_to_files(const char *const *sockets, size_t count,
                            struct err *err)
{
    struct confine_file files[4] = {
        {.path = XTABLES_LOCK, .may = CONFINE_MAKE}};
    size_t n = 1;

    for (size_t i = 0; i < count && n < ARRAY_LEN(files); i++) {
        if (sockets[i][0])
            files[n++] = (struct confine_file){.path = sockets[i],
                                               .may = CONFINE_REMOVE};
    }
    return confine_files(files, n, err);
}

int plugin_confine(const char *const *sockets, size_t count, struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint-plugin",
        .capabilities = CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_NET_RAW) |
                        CONFINE_CAP(CAP_NET_BIND_SERVICE),
        .calls = allowed,
        .call_count = ARRAY_LEN(allowed),
        .rules = rules,
        .rule_count = ARRAY_LEN(rules),
    };

    /* The log writes local time. The C library reads its rules once: here. */
    tzset();
    int r = confine_to_files(sockets, count, err);
    return r < 0 ? r : confine(&confinement, err);
}
