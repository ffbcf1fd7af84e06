/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bodies of requests, as JSON. A small one is read at once. Of larger ones one
 * slice is read in each millisecond, of each in turn, so that whoever sends the
 * largest bodies that are taken, over many connections, delays the loop, and
 * with it the calls of others, by no more than a slice.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "ovsint/base/list.h"
#include "ovsint/json/json.h"

struct body_reader {
    uv_timer_t timer;
    struct list bodies;
};

/* One that is being read; embedded. The zeroed value is none. */
struct body {
    struct list link;
    struct body_reader *reader;
    struct json_parser *parser;
    const char *bytes; /* what is left */
    size_t size;
    struct json *json;
    /* It has been read, or `err` says what is wrong with it. May free `body`.
     */
    void (*done)(struct body *body, struct json *json, struct err *err);
};

void body_reader_init(struct body_reader *reader, uv_loop_t *loop);
/* Call it when no body is left. */
void body_reader_close(struct body_reader *reader, uv_close_cb closed);

/* Reads the bytes, which the caller keeps until `done`. */
void body_read(struct body_reader *reader, struct body *body, const char *bytes,
               size_t size,
               void (*done)(struct body *body, struct json *json,
                            struct err *err));
/* Ends it without `done`. None is fine. */
void body_forget(struct body *body);
