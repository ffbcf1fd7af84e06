/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Updates of the table Bridge, as ovsdb-server sends them, for tests of what
 * reads them. Rows are JSON with single quotes.
 */
#pragma once

#include "tests/lib/model.h"

#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"
#define UUID_B "bbbbbbbb-0000-4000-8000-000000000002"

/* The caller frees it. */
static inline struct json *bridge_updates(const char *rows)
{
    auto_buf struct buf text = BUF_INIT(65536);
    struct json *updates = NULL;
    struct err err = {0};

    buf_addf(&text, "{'Bridge':{%s}}", rows);
    auto_free char *quoted = model_quotes(buf_text(&text));
    CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &updates, &err),
             err);
    return updates;
}
