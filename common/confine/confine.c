/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Drops capabilities by one capset(2), then loads one filter of system calls.
 * confine_withhold() loads a smaller filter before. No program's table is known
 * here.
 *
 * The filter does not return EPERM by itself but raises SIGSYS: only the
 * handler can say which call it was, and one that fails silently is searched
 * for in the wrong place.
 */
#include "ovsint/confine/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

static const char *program;

static void report_denied(int signal, siginfo_t *info, void *context)
{
    char line[128];
    ucontext_t *state = context;

    (void)signal;
    /* A tracer has removed the call's number, to make the call fail. */
    if (info->si_syscall == -1)
        return;
    int len = snprintf(line, sizeof(line),
                       "%.40s: system call %d is not allowed here: "
                       "please report this\n",
                       program, info->si_syscall);
    ssize_t told = len > 0 ? write(STDERR_FILENO, line, (size_t)len) : 0;
    (void)told; /* there is nobody else to report to */
#if defined(__x86_64__)
    state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
    state->uc_mcontext.regs[0] = (unsigned long)-EPERM;
#else
    (void)state;
    _exit(1);
#endif
}

/* A service manager that gives no more than is kept may forbid capset(2). */
static int drop_capabilities(uint64_t kept, struct err *err)
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

    if (syscall(SYS_capget, &header, data) < 0)
        return err_sys(err, "read the capabilities");
    bool changes = false;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        __u32 keep = (__u32)(kept >> (32 * i)) & data[i].permitted;
        changes |= data[i].effective != keep || data[i].permitted != keep ||
                   data[i].inheritable != 0;
        data[i] = (struct __user_cap_data_struct){.effective = keep,
                                                  .permitted = keep};
    }
    if (changes && syscall(SYS_capset, &header, data) < 0)
        return err_sys(err, "drop capabilities");
    return 0;
}

static void release_filter(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

/* API level 1 has all that is used here. To find the kernel's own level would
 * cost nine system calls. */
static int begin_filter(uint32_t otherwise, scmp_filter_ctx *filter,
                        struct err *err)
{
    if (seccomp_api_set(1) < 0)
        return err_set(err, EOPNOTSUPP, "set the level of libseccomp");
    *filter = seccomp_init(otherwise);
    return *filter ? 0 : err_set(err, ENOMEM, "make the system call filter");
}

static int load_filter(scmp_filter_ctx filter, struct err *err)
{
    int r = seccomp_load(filter);

    return r < 0 ? err_code(err, -r, "install the system call filter") : 0;
}

static int allow_ioctl(scmp_filter_ctx filter, unsigned long request,
                       struct err *err)
{
    if (request == 0)
        return 0;
    int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                             SCMP_A1(SCMP_CMP_EQ, request));
    return r < 0 ? err_code(err, -r, "allow ioctl %#lx", request) : 0;
}

static int allow_by_rules(scmp_filter_ctx filter,
                          const struct confinement *confinement,
                          struct err *err)
{
    for (size_t i = 0; i < confinement->rule_count; i++) {
        const struct confine_rule *rule = &confinement->rules[i];
        int r = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, rule->call, 1,
            SCMP_CMP(rule->arg, SCMP_CMP_MASKED_EQ, rule->mask, rule->value));
        if (r < 0)
            return err_code(err, -r, "allow system call %d by its arguments",
                            rule->call);
    }
    return 0;
}

static int filter_calls(const struct confinement *confinement, struct err *err)
{
    struct sigaction action = {.sa_sigaction = report_denied,
                               .sa_flags = SA_SIGINFO};
    __attribute__((cleanup(release_filter))) scmp_filter_ctx filter = NULL;

    int r = begin_filter(SCMP_ACT_TRAP, &filter, err);
    if (r < 0)
        return r;
    if (sigaction(SIGSYS, &action, NULL) < 0)
        return err_sys(err, "install the SIGSYS handler");
    for (size_t i = 0; i < confinement->call_count; i++) {
        int call = confinement->calls[i];
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
        if (r < 0)
            return err_code(err, -r, "allow system call %d", call);
    }
    r = allow_by_rules(filter, confinement, err);
    if (r >= 0)
        r = allow_ioctl(filter, confinement->ioctl, err);
    return r < 0 ? r : load_filter(filter, err);
}

/* seccomp_load() sets no_new_privs as well: SCMP_FLTATR_CTL_NNP is on by
 * default. */
int confine_withhold(int number, struct err *err)
{
    __attribute__((cleanup(release_filter))) scmp_filter_ctx filter = NULL;
    int r = begin_filter(SCMP_ACT_ALLOW, &filter, err);

    if (r < 0)
        return r;
    r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
    if (r < 0)
        return err_code(err, -r, "withhold system call %d", number);
    return load_filter(filter, err);
}

int confine(const struct confinement *confinement, struct err *err)
{
    program = confinement->program;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(err, "set no_new_privs");
    int r = drop_capabilities(confinement->capabilities, err);
    if (r < 0 || !CONFINE_CALLS)
        return r;
    return filter_calls(confinement, err);
}
