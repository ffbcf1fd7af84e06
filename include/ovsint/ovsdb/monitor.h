/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `monitor_cond` (ovsdb-server(7), section 4.1.12 on): builds its parameters,
 * reads its reply and the `update2` notifications that follow. A monitor is
 * named by a string that the caller chooses. Pure.
 *
 * Pitfall: a row matches if it meets one of the conditions of its table, while
 * in a transaction it must meet all. And the row of ROW_MODIFY has only the
 * columns that have changed: of a column with at most one element the new
 * value, of a larger set or map the *difference* (elements to toggle).
 * ROW_INITIAL and ROW_INSERT leave out columns with their default value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/json/json.h"

struct monitor {
    struct buf params;
    bool in_table;
    bool in_where;
    bool finished;
};

/* Starts the parameters. Then comes monitor_table() for each table, followed by
 * its conditions (none = every row). Columns end with NULL. */
void monitor_init(struct monitor *monitor, const char *db, const char *name);
void monitor_done(struct monitor *monitor);
#define auto_monitor __attribute__((cleanup(monitor_done)))

void monitor_table(struct monitor *monitor, const char *table, ...)
    __attribute__((sentinel));
void monitor_where_string(struct monitor *monitor, const char *column,
                          const char *value);
void monitor_where_uuid(struct monitor *monitor, const char *uuid);
void monitor_where_pair(struct monitor *monitor, const char *column,
                        const char *key, const char *value);

/* The finished parameters of the call "monitor_cond". `monitor` owns them. */
const struct buf *monitor_params(struct monitor *monitor);

enum row_change { ROW_INITIAL, ROW_INSERT, ROW_MODIFY, ROW_DELETE };

struct row_update {
    const char *uuid;
    enum row_change change;
    const struct json *row; /* NULL for ROW_DELETE */
};

/* The table updates of an `update2` notification for the monitor `name`, else
 * NULL. The reply to "monitor_cond" is itself such a value. */
const struct json *monitor_updates(const char *method,
                                   const struct json *params, const char *name);

size_t monitor_update_count(const struct json *updates, const char *table);
/* False past the end, or if the peer has sent something else. */
bool monitor_update_at(const struct json *updates, const char *table,
                       size_t index, struct row_update *ret);
