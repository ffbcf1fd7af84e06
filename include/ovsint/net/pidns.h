/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whose processes /proc shows: those of the PID namespace that it was mounted
 * for, which need not be the reader's. Pitfall: that a process is not there
 * means that it has ended only if this /proc would have shown it.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"

#define PIDNS_ID_SIZE 42 /* two uint64_t, ':' between, NUL */

/* "device:inode" of the PID namespace whose processes /proc shows, as in
 * `ovsint-pidns`. It is unique while a process is in that namespace, so it is
 * stored with the boot id. The errno of stat(2): -EACCES without
 * CAP_SYS_PTRACE. */
int pidns_id(char ret[PIDNS_ID_SIZE], struct err *err) MUST_CHECK;

/* Does a /proc of `own` show the processes of `other`, and of the namespaces
 * below it? That of the initial namespace shows all. If `other` is NULL it is
 * not known: then only that one does. */
bool pidns_sees(const char *own, const char *other);
