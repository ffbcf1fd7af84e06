/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Builds the parameters of `monitor_cond` and reads what comes back. The
 * members have the names of ovsdb-server(7), sections 4.1.12 and 4.1.14. The
 * older notification "update" (full rows, no conditions) is not read, as nobody
 * asks for it.
 */
#include "ovsint/ovsdb/monitor.h"

#include <stdarg.h>
#include <string.h>

#include "ovsint/base/limits.h"

void monitor_init(struct monitor *monitor, const char *db, const char *name)
{
    *monitor = (struct monitor){.params = BUF_INIT(LIMIT_TXN_SIZE)};
    struct json_writer w = JSON_WRITER(&monitor->params);
    json_write_array(&w);
    json_write_string(&w, db);
    json_write_string(&w, name);
    json_write_object(&w);
}

void monitor_done(struct monitor *monitor)
{
    buf_done(&monitor->params);
}

static void end_table(struct monitor *monitor)
{
    if (monitor->in_where)
        buf_add_text(&monitor->params, "]");
    if (monitor->in_table)
        buf_add_text(&monitor->params, "}]");
    monitor->in_where = false;
    monitor->in_table = false;
}

void monitor_table(struct monitor *monitor, const char *table, ...)
{
    struct json_writer w = JSON_WRITER(&monitor->params);
    va_list columns;

    w.needs_comma = monitor->in_table;
    end_table(monitor);
    json_write_key(&w, table);
    json_write_array(&w);
    json_write_object(&w);
    json_write_key(&w, "columns");
    json_write_array(&w);
    va_start(columns, table);
    for (;;) {
        const char *column = va_arg(columns, const char *);
        if (!column)
            break;
        json_write_string(&w, column);
    }
    va_end(columns);
    json_write_array_end(&w);
    monitor->in_table = true;
}

/* Begins [column, function, ... and leaves the value and the end to the
 * caller. */
static struct json_writer condition(struct monitor *monitor, const char *column,
                                    const char *function)
{
    struct json_writer w = JSON_WRITER(&monitor->params);

    w.needs_comma = true;
    if (!monitor->in_where) {
        json_write_key(&w, "where");
        json_write_array(&w);
        monitor->in_where = true;
    }
    json_write_array(&w);
    json_write_string(&w, column);
    json_write_string(&w, function);
    return w;
}

void monitor_where_string(struct monitor *monitor, const char *column,
                          const char *value)
{
    struct json_writer w = condition(monitor, column, "==");

    json_write_string(&w, value);
    json_write_array_end(&w);
}

void monitor_where_uuid(struct monitor *monitor, const char *uuid)
{
    struct json_writer w = condition(monitor, "_uuid", "==");

    json_write_array(&w);
    json_write_string(&w, "uuid");
    json_write_string(&w, uuid);
    json_write_array_end(&w);
    json_write_array_end(&w);
}

void monitor_where_pair(struct monitor *monitor, const char *column,
                        const char *key, const char *value)
{
    struct json_writer w = condition(monitor, column, "includes");

    json_write_array(&w);
    json_write_string(&w, "map");
    json_write_array(&w);
    json_write_array(&w);
    json_write_string(&w, key);
    json_write_string(&w, value);
    json_write_array_end(&w);
    json_write_array_end(&w);
    json_write_array_end(&w);
    json_write_array_end(&w);
}

const struct buf *monitor_params(struct monitor *monitor)
{
    if (!monitor->finished) {
        end_table(monitor);
        buf_add_text(&monitor->params, "}]");
        monitor->finished = true;
    }
    return &monitor->params;
}

const struct json *monitor_updates(const char *method,
                                   const struct json *params, const char *name)
{
    const char *whose = json_string(json_at(params, 0));

    if (strcmp(method, "update2") != 0 || !whose || strcmp(whose, name) != 0)
        return NULL;
    return json_at(params, 1);
}

size_t monitor_update_count(const struct json *updates, const char *table)
{
    const struct json *rows = json_get(updates, table);

    return json_type(rows) == JSON_OBJECT ? json_count(rows) : 0;
}

bool monitor_update_at(const struct json *updates, const char *table,
                       size_t index, struct row_update *ret)
{
    static const char *const names[] = {
        [ROW_INITIAL] = "initial",
        [ROW_INSERT] = "insert",
        [ROW_MODIFY] = "modify",
        [ROW_DELETE] = "delete",
    };
    const struct json *rows = json_get(updates, table);
    const struct json *update = json_at(rows, index);
    const char *uuid = json_key_at(rows, index);
    const char *name = json_key_at(update, 0);

    if (!uuid || !name)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        const struct json *row = json_at(update, 0);
        if (json_type(row) != JSON_OBJECT)
            row = NULL;
        *ret = (struct row_update){
            .uuid = uuid, .change = (enum row_change)i, .row = row};
        return true;
    }
    return false;
}
