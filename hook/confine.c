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
 *    that belongs to another user.
 *
 * confine() stands between the two: it drops the other capabilities for good
 * and installs an allow-list of system calls. A call that is not on it fails
 * with EPERM, so that the undo guards still run, and is named on stderr: it is
 * a bug of ours.
 */
#include "hook/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define CONFINE_CALLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_CALLS 0
#endif
#endif
#ifndef CONFINE_CALLS
#define CONFINE_CALLS 1
#endif

static const int allowed[] = {
    /* the sockets that are open, and the undo's own */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(close), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(bind),
    SCMP_SYS(fcntl),
    /* memory and time of the C library */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(sysinfo),
    /* the end, also that of assert(3) */
    SCMP_SYS(writev), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

static void report_denied(int signal, siginfo_t *info, void *context)
{
    char line[96];
    ucontext_t *state = context;

    (void)signal;
    int len = snprintf(line, sizeof(line),
                       "ovsint-hook: system call %d is not allowed here: "
                       "please report this\n",
                       info->si_syscall);
    ssize_t told = len > 0 ? write(STDERR_FILENO, line, (size_t)len) : 0;
    (void)told; /* nobody else to tell */
#if defined(__x86_64__)
    state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
    state->uc_mcontext.regs[0] = (unsigned long)-EPERM;
#else
    (void)state;
    _exit(1);
#endif
}

static int drop_capabilities(struct err *err)
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    const __u32 kept = 1u << CAP_NET_ADMIN | 1u << CAP_DAC_OVERRIDE;

    if (syscall(SYS_capget, &header, data) < 0)
        return err_sys(err, "read the capabilities");
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        __u32 keep = i == 0 ? kept & data[i].permitted : 0;
        data[i] = (struct __user_cap_data_struct){.effective = keep,
                                                  .permitted = keep};
    }
    if (syscall(SYS_capset, &header, data) < 0)
        return err_sys(err, "drop capabilities");
    return 0;
}

static void release_filter(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

static int filter_calls(struct err *err)
{
    struct sigaction action = {.sa_sigaction = report_denied,
                               .sa_flags = SA_SIGINFO};
    __attribute__((cleanup(release_filter))) scmp_filter_ctx filter = NULL;

    /* Level 1 has all that is used here; finding out the kernel's own level
     * costs nine system calls. */
    if (seccomp_api_set(1) < 0)
        return err_set(err, EOPNOTSUPP, "set the level of libseccomp");
    filter = seccomp_init(SCMP_ACT_TRAP);
    if (!filter)
        return err_set(err, ENOMEM, "make the system call filter");
    if (sigaction(SIGSYS, &action, NULL) < 0)
        return err_sys(err, "install the SIGSYS handler");
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
        int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
        if (r < 0)
            return err_code(err, -r, "allow system call %d", allowed[i]);
    }
    int r = seccomp_load(filter);
    if (r < 0)
        return err_code(err, -r, "install the system call filter");
    return 0;
}

int confine(struct err *err)
{
    /* The log wants the local time; read its rules while files open. */
    tzset();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(err, "set no_new_privs");
    int r = drop_capabilities(err);
    if (r < 0 || !CONFINE_CALLS)
        return r;
    return filter_calls(err);
}
