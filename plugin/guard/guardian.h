/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guardian: keeps rows, namespaces and devices equal, whoever made the
 * ports. It looks at a port when its row, its device or its namespace gives
 * cause, and does what judge.h says. It acts while the database's lock is its
 * own, so there may be several.
 *
 * What a reader would get wrong: it never remembers what the rows can tell.
 * A guardian that is killed in the middle of a repair is followed by one that
 * finds the port incomplete.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

#define GUARDIAN_LOCK "ovsint_guardian"

struct driver;
struct guardian;

/* Begins to listen to devices. */
int guardian_open(uv_loop_t *loop, struct driver *driver, struct guardian **ret,
                  struct err *err) MUST_CHECK;
/* The memory goes when the loop has closed it. */
void guardian_close(struct guardian *guardian);

/* The database: the rows are there anew; some have changed; the connection
 * went; the lock is ours or not. */
void guardian_synced(struct guardian *guardian, const struct json *updates);
void guardian_updated(struct guardian *guardian, const struct json *updates);
void guardian_down(struct guardian *guardian);
void guardian_locked(struct guardian *guardian, bool ours);

/* Docker takes the endpoint out of its container, or gives it up: if somebody
 * has removed its rows, they are not made again. */
void guardian_forget(struct guardian *guardian, const char *endpoint);

/* Docker has given up an endpoint that has no row any more: its veth pair may
 * lie on the host. */
void guardian_search_stray_taps(struct guardian *guardian);

/* What it knows, as a JSON object: see ovsint-plugin(8). */
void guardian_show(const struct guardian *guardian, struct buf *ret);
/* The same as one line of the log for each port. */
void guardian_log(const struct guardian *guardian);

enum guardian_rest {
    GUARDIAN_AT_WORK, /* or it does not know yet */
    GUARDIAN_PASSIVE, /* another one has the lock */
    GUARDIAN_AT_REST, /* nothing is left to be done or waited for */
};

/* For one pass. `ret_failed` is the number of ports that could not be helped.
 */
enum guardian_rest guardian_rest(const struct guardian *guardian,
                                 size_t *ret_failed);
/* Before anything is judged the switch is to have done all that it was asked
 * for so far: a switch that has just started has not made its ports yet. */
void guardian_sync_switch(struct guardian *guardian);
