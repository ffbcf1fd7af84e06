/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose processes /proc shows: the PID namespace that it was mounted for, which
 * is not always that of the reader. That a process is not there says that it
 * has ended only to somebody whose /proc would have shown it.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"

#define PIDNS_ID_SIZE 42 /* two uint64_t, ':' between, NUL */

/* "device:inode" of the PID namespace whose processes /proc shows, as
 * `ovsint-pidns` carries it: unique while a process is in it, so it is stored
 * beside the boot id. The errno of stat(2): -EACCES without CAP_SYS_PTRACE. */
int pidns_id(char ret[PIDNS_ID_SIZE], struct err *err) MUST_CHECK;

/* Does a /proc of `own` show the processes of `other`, and of the namespaces
 * below that? The initial namespace's shows those of all. An `other` of NULL is
 * not known: then only that one does. */
bool pidns_sees(const char *own, const char *other);
