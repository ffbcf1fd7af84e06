/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The process of a door that runs once, over attach/run.h: what it begins with,
 * and what it gives up between opening and running.
 */
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ovsint/confine/confine.h"
#include "ovsint/program/program.h"

void program_begin(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    /* Before Linux 5.9 they stay open, and nobody uses them. */
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    (void)unsetenv("TZ");
}

static const int allowed[] = {
    /* the sockets that are open, and that of a release */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(connect), SCMP_SYS(close), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(bind),
    SCMP_SYS(fcntl),
    /* newcomers.h: the settings that a device starts with */
    SCMP_SYS(flock), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(sysinfo),
    /* the end of the program, also by assert(3) */
    SCMP_SYS(writev), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

static const struct confine_rule rules[] = {
    /* the database, bridges, devices; all others are open by then */
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_UNIX},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_NETLINK},
    /* memory, but none that a program could be put into */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0}};

int program_confine(const char *program, uint64_t capabilities,
                    unsigned long ioctl, struct err *err)
{
    const struct confinement confinement = {.program = program,
                                            .capabilities = capabilities,
                                            .calls = allowed,
                                            .call_count = ARRAY_LEN(allowed),
                                            .rules = rules,
                                            .rule_count = ARRAY_LEN(rules),
                                            .ioctl = ioctl};

    /* The log writes local time. The C library reads its rules once: here,
     * while files may be opened. */
    tzset();
    return confine(&confinement, err);
}
