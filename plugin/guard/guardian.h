/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The guardian: keeps rows, namespaces and devices consistent, whoever made the
 * ports. It looks at a port when its row, its device or its namespace gives
 * cause, and does what judge.h says. It acts only while the database's lock is
 * its own, so several guardians may run.
 *
 * Pitfall: it remembers nothing that the rows can tell. If a guardian is killed
 * in the middle of a repair, its successor finds the port incomplete and
 * repairs it.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

struct attach_uv;
struct flow_keeper;
struct host;
struct guardian;

/* Subscribes to the host, which must have been opened with the lock
 * GUARDIAN_LOCK. */
struct guardian *guardian_open(uv_loop_t *loop, struct host *host,
                               struct attach_uv *attaches,
                               struct flow_keeper *keeper);
/* The memory is freed when the loop has closed it. NULL is fine. */
void guardian_close(struct guardian *guardian);

/* What it knows, as a JSON object; see ovsint-plugin(8). */
void guardian_show(const struct guardian *guardian, struct buf *ret);
/* The same as numbers, in the text format of metrics.h; see ovsint(8). */
void guardian_metrics(const struct guardian *guardian, struct buf *ret);
/* The same as one line of the log for each port. */
void guardian_log(const struct guardian *guardian);

/* Is it about to restore the rows of that port? */
bool guardian_keeps(const struct guardian *guardian, const char *port);
