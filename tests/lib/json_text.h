/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* JSON literals for tests: a text that must parse, and a value as text. */
#pragma once

#include <string.h>

#include "ovsint/json/json.h"
#include "tests/lib/test.h"

static inline struct json *json_of(const char *text)
{
    static const struct json_limits limits = {.size = 1u << 26, .depth = 64};
    struct json *json = NULL;
    struct err err = {0};

    if (json_parse(text, strlen(text), &limits, &json, &err) < 0)
        TEST_FAIL("test data %s: %s", text, err.text);
    return json;
}

/* The value as text, or "-" if there is none. The caller frees it. */
static inline char *json_text(const struct json *json)
{
    struct buf text = BUF_INIT(1u << 26);
    struct json_writer w = JSON_WRITER(&text);

    if (json)
        json_write_value(&w, json);
    else
        buf_add_text(&text, "-");
    return text.data;
}
