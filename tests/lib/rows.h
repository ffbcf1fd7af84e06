/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Rows of ports and bridges for tests, in a few words; and transactions as a
 * text that can be compared: JSON with single quotes.
 */
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"
#include "tests/lib/test.h"

#define ROWS_SIZE (1u << 20)

static inline void rows_quotes(char *text, char from, char to)
{
    for (char *c = text; *c; c++) {
        if (*c == from)
            *c = to;
    }
}

/* A monitor's updates as JSON; the caller frees. */
static inline struct json *rows_json(const char *text)
{
    static const struct json_limits limits = {.size = ROWS_SIZE, .depth = 32};
    auto_free char *copy = mem_text(text, strlen(text));
    struct json *json = NULL;
    struct err err = {0};

    rows_quotes(copy, '\'', '"');
    CHECK_OK(json_parse(copy, strlen(copy), &limits, &json, &err), err);
    return json;
}

static inline void rows_apply(struct vswitch_view *view, const char *text)
{
    auto_json struct json *updates = rows_json(text);

    vswitch_view_apply(view, updates);
}

/* Shows the view a port whose Interface has these keys: names and values in
 * turn, NULL at the end. The uuids of its rows are
 * "iiiiiiii-0000-4000-8000-<name>" and "pppppppp-...". */
static inline void rows_port(struct vswitch_view *view, const char *name, ...)
{
    auto_buf struct buf text = BUF_INIT(ROWS_SIZE);
    struct json_writer w = JSON_WRITER(&text);
    char uuid[2][OVSDB_UUID_SIZE];
    static const char *const tables[] = {"Port", "Interface"};
    va_list keys;

    json_write_object(&w);
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        snprintf(uuid[t], sizeof(uuid[t]), "%s-0000-4000-8000-%s",
                 t ? "iiiiiiii" : "pppppppp", name);
        json_write_key(&w, tables[t]);
        json_write_object(&w);
        json_write_key(&w, uuid[t]);
        json_write_object(&w);
        json_write_key(&w, "insert");
        json_write_object(&w);
        json_write_member(&w, "name", name);
        json_write_key(&w, "external_ids");
        json_write_array(&w);
        json_write_string(&w, "map");
        json_write_array(&w);
        va_start(keys, name);
        for (const char *key; (key = va_arg(keys, const char *)) != NULL;) {
            const char *value = va_arg(keys, const char *);
            json_write_array(&w);
            json_write_string(&w, key);
            json_write_string(&w, value);
            json_write_array_end(&w);
        }
        va_end(keys);
        json_write_array_end(&w);
        json_write_array_end(&w);
        json_write_object_end(&w);
        json_write_object_end(&w);
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
    rows_apply(view, buf_text(&text));
}

/* Finishes the transaction and returns its parameters. The caller frees
 * them. */
static inline char *rows_txn(struct txn *txn)
{
    const struct buf *params;
    struct err err = {0};

    CHECK_OK(txn_params(txn, &params, &err), err);
    char *text = mem_text(params->data, params->size);
    rows_quotes(text, '"', '\'');
    return text;
}
