/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How a program gives up, for good, what it does not need: capabilities,
 * privileges by program files, system calls. Each program has a table of what
 * it needs.
 *
 * A system call that is not in the table fails with EPERM, so that undo guards
 * still run, and is named on standard error: the table lacks it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/err.h"

#define CONFINE_CAP(number) (UINT64_C(1) << (number))

/* A call that is allowed if an argument has these bits. If there are several
 * rules for one call, one of them has to hold. Arguments of type int are the
 * low 32 bits: CONFINE_INT. */
struct confine_rule {
    int call; /* SCMP_SYS(...) */
    unsigned arg;
    uint64_t mask;
    uint64_t value; /* of the bits in `mask` */
};
#define CONFINE_INT UINT32_MAX

struct confinement {
    const char *program;   /* named on standard error */
    uint64_t capabilities; /* CONFINE_CAP(CAP_...) | ...: those to keep */
    const int *calls;      /* SCMP_SYS(...) */
    size_t call_count;
    const struct confine_rule *rules; /* of calls that are not in `calls` */
    size_t rule_count;
    unsigned long ioctl; /* one request that is allowed besides; 0 = none */
};

/* Confines the calling thread and what it starts. Keeps the pointer `program`.
 * Builds with sanitizers get no filter of system calls, as the sanitizer's
 * runtime makes calls of its own. */
int confine(const struct confinement *confinement, struct err *err) MUST_CHECK;

/* From now on the system call `number` (SCMP_SYS(...)) fails with ENOSYS, as on
 * a kernel that lacks it. All other calls stay free. Sets no_new_privs, so it
 * needs no capability. Holds in builds with sanitizers, too. If confine()
 * follows, the kernel obeys the stricter of the two filters. */
int confine_withhold(int number, struct err *err) MUST_CHECK;

/* What may still be done to files in the directory of `path`, and below it. */
struct confine_file {
    const char *path;
    enum { CONFINE_REMOVE, CONFINE_MAKE } may; /* made ones stay empty */
};

/* From now on the calling thread and what it starts open no file to write to,
 * and make, rename, remove and execute none, but for what `files` allow.
 * Descriptors that are open, reading and sockets are as before. 1 if that is in
 * force, 0 on a kernel without Landlock (Linux 5.13, and it may be switched
 * off), where nothing has changed. Before confine(), which would forbid these
 * calls. */
int confine_files(const struct confine_file *files, size_t count,
                  struct err *err) MUST_CHECK;
