/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `monitor_cond` (ovsdb-server(7), section 4.1.12 on): the builder of its
 * parameters and the readers of its reply and of the `update2` notifications
 * that follow. A monitor is named by a string that the caller chooses.
 * Pure.
 *
 * What a reader would get wrong: the conditions of one table are alternatives
 * (any of them), unlike those of a transaction (all of them). And the row of
 * ROW_MODIFY holds changed columns only: the new value of a column of at most
 * one element, but the *difference* of a larger set or map (elements to
 * toggle). Columns with their default value are left out of ROW_INITIAL and
 * ROW_INSERT.
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

/* Starts the parameters: then for each table monitor_table(), followed by its
 * conditions (none = every row). Columns end with NULL. */
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

/* The finished parameters of the call "monitor_cond"; owned by `monitor`. */
const struct buf *monitor_params(struct monitor *monitor);

enum row_change { ROW_INITIAL, ROW_INSERT, ROW_MODIFY, ROW_DELETE };

struct row_update {
    const char *uuid;
    enum row_change change;
    const struct json *row; /* NULL for ROW_DELETE */
};

/* The table updates inside an `update2` notification of the monitor `name`,
 * else NULL. The reply to "monitor_cond" is such a value itself. */
const struct json *monitor_updates(const char *method,
                                   const struct json *params, const char *name);

size_t monitor_update_count(const struct json *updates, const char *table);
/* False past the end, or when the peer sent something else. */
bool monitor_update_at(const struct json *updates, const char *table,
                       size_t index, struct row_update *ret);
