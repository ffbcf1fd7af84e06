/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program of ours gives up, for good, what it does not need:
 * capabilities, privileges by program files, system calls. What it does need is
 * a table of its own.
 *
 * A call that is not in the table fails with EPERM, so that undo guards still
 * run, and is named on standard error: it is a bug of ours.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/err.h"

#define CONFINE_CAP(number) (UINT64_C(1) << (number))

struct confinement {
    const char *program;   /* for the line on standard error */
    uint64_t capabilities; /* CONFINE_CAP(CAP_...) | ...: those to keep */
    const int *calls;      /* SCMP_SYS(...) */
    size_t call_count;
    unsigned long ioctl; /* the one that is allowed besides, 0 = none */
};

/* Confines the calling thread, and what it starts, as said. `program` is kept.
 * System calls are free in builds with sanitizers, whose runtime makes calls
 * of its own. */
int confine(const struct confinement *confinement, struct err *err) MUST_CHECK;

/* From now on the system call `number` (SCMP_SYS(...)) fails with ENOSYS, as on
 * a kernel that does not have it; all others are free. Sets no_new_privs, so
 * it needs no capability. Holds in builds with sanitizers, too. confine() may
 * follow: of two filters the stricter one wins. */
int confine_withhold(int number, struct err *err) MUST_CHECK;
