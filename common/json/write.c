/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The writer. What it writes is always JSON in UTF-8: a byte that is not
 * becomes U+FFFD, as the peer would else refuse the whole message for one odd
 * name. It does not check that all that was opened is closed.
 */
#include "common/json/tree.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void begin_value(struct json_writer *w)
{
    if (w->needs_comma && !w->after_key)
        buf_add(w->buf, ",", 1);
    w->after_key = false;
    w->needs_comma = true;
}

static void open_container(struct json_writer *w, const char *bracket)
{
    begin_value(w);
    buf_add(w->buf, bracket, 1);
    w->needs_comma = false;
}

static void close_container(struct json_writer *w, const char *bracket)
{
    assert(!w->after_key);
    buf_add(w->buf, bracket, 1);
    w->needs_comma = true;
}

void json_write_object(struct json_writer *w)
{
    open_container(w, "{");
}

void json_write_object_end(struct json_writer *w)
{
    close_container(w, "}");
}

void json_write_array(struct json_writer *w)
{
    open_container(w, "[");
}

void json_write_array_end(struct json_writer *w)
{
    close_container(w, "]");
}

static void add_escape(struct buf *buf, unsigned char c)
{
    static const char named[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };

    if (c >= 0x80)
        buf_add_text(buf, "\\ufffd");
    else if (c < sizeof(named) && named[c])
        buf_addf(buf, "\\%c", named[c]);
    else
        buf_addf(buf, "\\u%04x", c);
}

/* Bytes of the character if it may stand unescaped, else 0. */
static size_t plain_size(const char *text, size_t size)
{
    unsigned char c = (unsigned char)*text;

    if (c < ' ' || c == '"' || c == '\\')
        return 0;
    return json_utf8_size(text, size);
}

static void add_quoted(struct buf *buf, const char *text)
{
    size_t left = strlen(text);

    buf_add(buf, "\"", 1);
    while (left > 0) {
        size_t run = 0, step = 1;
        while (run < left && step > 0) {
            step = plain_size(text + run, left - run);
            run += step;
        }
        buf_add(buf, text, run);
        text += run;
        left -= run;
        if (left > 0) {
            add_escape(buf, (unsigned char)*text);
            text++;
            left--;
        }
    }
    buf_add(buf, "\"", 1);
}

void json_write_key(struct json_writer *w, const char *key)
{
    assert(!w->after_key);
    begin_value(w);
    add_quoted(w->buf, key);
    buf_add(w->buf, ":", 1);
    w->after_key = true;
}

void json_write_string(struct json_writer *w, const char *text)
{
    begin_value(w);
    add_quoted(w->buf, text);
}

void json_write_int(struct json_writer *w, int64_t value)
{
    begin_value(w);
    buf_addf(w->buf, "%" PRId64, value);
}

void json_write_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buf_add_text(w->buf, value ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
    begin_value(w);
    buf_add_text(w->buf, "null");
}

static void write_items(struct json_writer *w, const struct json *container)
{
    for (size_t i = 0; i < container->count; i++) {
        if (container->items[i].key)
            json_write_key(w, container->items[i].key);
        json_write_value(w, &container->items[i]);
    }
}

/* The recursion goes no deeper than the limit of the parser that read the
 * value. */
void json_write_value(struct json_writer *w, const struct json *value)
{
    switch (json_type(value)) {
    case JSON_NONE:
    case JSON_NULL:
        json_write_null(w);
        break;
    case JSON_BOOL:
        json_write_bool(w, value->boolean);
        break;
    case JSON_INT:
        json_write_int(w, value->integer);
        break;
    case JSON_REAL:
        begin_value(w);
        buf_add_text(w->buf, value->text);
        break;
    case JSON_STRING:
        json_write_string(w, value->text);
        break;
    case JSON_ARRAY:
        json_write_array(w);
        write_items(w, value);
        json_write_array_end(w);
        break;
    case JSON_OBJECT:
        json_write_object(w);
        write_items(w, value);
        json_write_object_end(w);
        break;
    }
}

void json_write_member(struct json_writer *w, const char *key, const char *text)
{
    json_write_key(w, key);
    json_write_string(w, text);
}
