/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Theory of confinement. An operator runs the program as root; what it reads
 * was written by runtimes, containers and whoever writes rows.
 *
 * attach and detach open all that they need: runtimes' files, the namespace,
 * sockets, the raw socket of --verify. Then they have messages to send and
 * nothing to open, as the hook (hook/confine.c has the theory); they keep
 * CAP_NET_ADMIN for requests to the kernel, and CAP_DAC_OVERRIDE to connect
 * anew to a database that belongs to another user.
 *
 * gc --host and ls --hosts speak to a database that is open, and keep nothing.
 *
 * Commands that look enter the namespaces of all containers, one after the
 * other, to read devices there: CAP_SYS_ADMIN and CAP_SYS_PTRACE stay. They
 * cannot change a device (no CAP_NET_ADMIN), start a program, open a file to
 * write, or make a socket that is not of netlink or of Unix; the database is
 * open before. gc changes something afterwards, and keeps what attach keeps,
 * too. top and watch stay: they connect to the database anew, which may belong
 * to another user (CAP_DAC_OVERRIDE), and ask for the terminal's size and set
 * its modes, which no other request of ioctl(2) does.
 */
#include "cli/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/confine/confine.h"
#include "ovsint/program/program.h"

int cli_confine_plugging(struct err *err)
{
    const uint64_t capabilities =
        CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_DAC_OVERRIDE);

    /* The ioctl is that of a veth pair: offload.h. */
    return program_confine("ovsint", capabilities, SIOCETHTOOL, err);
}

int cli_confine_asking(struct err *err)
{
    return program_confine("ovsint", 0, SIOCETHTOOL, err);
}

static const int looking[] = {
    /* files and directories of runtimes and of /proc */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(close), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(statx), SCMP_SYS(fstatfs),
    SCMP_SYS(statfs), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64), SCMP_SYS(lseek), SCMP_SYS(fcntl), SCMP_SYS(access),
    SCMP_SYS(faccessat),
    /* namespaces */
    SCMP_SYS(pidfd_open),
    /* the database, the daemon, netlink */
    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto),
    SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(write),
    /* the file of an answer, which is open */
    SCMP_SYS(ftruncate),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex),
    SCMP_SYS(sysinfo), SCMP_SYS(clock_nanosleep),
    /* the end of the program, also by assert(3) */
    SCMP_SYS(writev), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

static const struct confine_rule rules[] = {
    /* files to read */
    {SCMP_SYS(openat), 2, O_ACCMODE, O_RDONLY},
    {SCMP_SYS(open), 1, O_ACCMODE, O_RDONLY},
    /* network namespaces, and no others */
    {SCMP_SYS(setns), 1, CONFINE_INT, CLONE_NEWNET},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_UNIX},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_NETLINK},
    /* memory, but none that a program could be put into */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    /* the terminal of those that stay: RULES_TO_STAY */
    {SCMP_SYS(ioctl), 1, CONFINE_INT, TIOCGWINSZ},
    {SCMP_SYS(ioctl), 1, CONFINE_INT, TCGETS},
    {SCMP_SYS(ioctl), 1, CONFINE_INT, TCSETSW}};

#define RULES_TO_STAY 3

int cli_confine_looking(enum cli_deeds deeds, struct err *err)
{
    static const uint64_t rights[] = {
        [CLI_LOOKS] = 0,
        [CLI_REMOVES] =
            CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_DAC_OVERRIDE),
        [CLI_STAYS] = CONFINE_CAP(CAP_DAC_OVERRIDE)};
    const struct confinement confinement = {
        .program = "ovsint",
        .capabilities = CONFINE_CAP(CAP_SYS_ADMIN) |
                        CONFINE_CAP(CAP_SYS_PTRACE) |
                        CONFINE_CAP(CAP_DAC_READ_SEARCH) | rights[deeds],
        .calls = looking,
        .call_count = ARRAY_LEN(looking),
        .rules = rules,
        .rule_count =
            ARRAY_LEN(rules) - (deeds == CLI_STAYS ? 0 : RULES_TO_STAY),
        .ioctl = NS_GET_NSTYPE};

    tzset();
    return confine(&confinement, err);
}

static const struct confine_rule moving[] = {
    /* files to read; settings to write */
    {SCMP_SYS(openat), 2, O_ACCMODE, O_RDONLY},
    {SCMP_SYS(openat), 2, O_ACCMODE, O_WRONLY},
    {SCMP_SYS(open), 1, O_ACCMODE, O_RDONLY},
    {SCMP_SYS(open), 1, O_ACCMODE, O_WRONLY},
    {SCMP_SYS(setns), 1, CONFINE_INT, CLONE_NEWNET},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_UNIX},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_NETLINK},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_INET},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_INET6},
    /* memory, but none that a program could be put into */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0}};

int cli_confine_moving(struct err *err)
{
    static const struct confinement confinement = {
        .program = "ovsint",
        .capabilities = CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_NET_RAW) |
                        CONFINE_CAP(CAP_SYS_ADMIN) |
                        CONFINE_CAP(CAP_DAC_OVERRIDE),
        .calls = looking,
        .call_count = ARRAY_LEN(looking),
        .rules = moving,
        .rule_count = ARRAY_LEN(moving),
        .ioctl = NS_GET_NSTYPE};

    tzset();
    return confine(&confinement, err);
}
