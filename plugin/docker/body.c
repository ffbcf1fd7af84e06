/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One timer and one list: the body at its head gets a slice and goes to the
 * tail. The parser takes a text in any pieces, so nothing is read twice.
 */
#include "plugin/docker/body.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/limits.h"
#include "plugin/daemon/timer.h"

/* Of the worst text, one digit for each value, this takes two milliseconds. */
#define SLICE_SIZE (64u * 1024)
/* A timer of 0 ms would fire again before the loop looks at its sockets. */
#define SLICE_EVERY_MS 1

void body_reader_init(struct body_reader *reader, uv_loop_t *loop)
{
    list_init(&reader->bodies);
    uv_timer_init(loop, &reader->timer);
    reader->timer.data = reader;
}

void body_reader_close(struct body_reader *reader, uv_close_cb closed)
{
    uv_close((uv_handle_t *)&reader->timer, closed);
}

void body_forget(struct body *body)
{
    if (!body->reader)
        return;
    list_remove(&body->link);
    json_parser_free(body->parser);
    json_free(body->json);
    *body = (struct body){0};
}

/* After the document only blanks may come. */
static int take(struct body *body, size_t size, struct err *err)
{
    size_t used = 0;
    int r = 0;

    if (!body->json)
        r = json_parser_feed(body->parser, body->bytes, size, &used,
                             &body->json, err);
    if (r < 0)
        return r;
    for (; body->json && used < size; used++) {
        if (!strchr(" \t\r\n", body->bytes[used]) || !body->bytes[used])
            return err_set(err, EINVAL,
                           "something follows the end of the JSON text");
    }
    body->bytes += size;
    body->size -= size;
    if (body->size == 0 && !body->json)
        return err_set(err, EINVAL, "the JSON text ends too early");
    return 0;
}

static void end(struct body *body, struct err *err)
{
    struct json *json = err ? NULL : TAKE_PTR(body->json);
    void (*done)(struct body * body, struct json * json, struct err * err) =
        body->done;

    body_forget(body);
    done(body, json, err);
}

static void read_slice(struct body *body)
{
    size_t size = body->size < SLICE_SIZE ? body->size : SLICE_SIZE;
    struct body_reader *reader = body->reader;
    struct err err = {0};

    list_remove(&body->link);
    list_append(&reader->bodies, &body->link);
    if (take(body, size, &err) < 0)
        end(body, &err);
    else if (body->size == 0)
        end(body, NULL);
}

static void on_body_timer(uv_timer_t *timer)
{
    struct body_reader *reader = timer->data;
    struct list *first = list_first(&reader->bodies);

    if (first)
        read_slice(container_of(first, struct body, link));
    if (!list_is_empty(&reader->bodies))
        timer_in(timer, on_body_timer, SLICE_EVERY_MS);
}

void body_read(struct body_reader *reader, struct body *body, const char *bytes,
               size_t size,
               void (*done)(struct body *body, struct json *json,
                            struct err *err))
{
    static const struct json_limits limits = {.size = LIMIT_HTTP_BODY_SIZE,
                                              .depth = LIMIT_JSON_DEPTH,
                                              .nodes = LIMIT_HTTP_BODY_NODES};
    auto_json struct json *json = NULL;
    struct err err = {0};

    if (size <= SLICE_SIZE) {
        int r = json_parse(bytes, size, &limits, &json, &err);
        done(body, TAKE_PTR(json), r < 0 ? &err : NULL);
        return;
    }
    *body = (struct body){.reader = reader,
                          .parser = json_parser_new(&limits),
                          .bytes = bytes,
                          .size = size,
                          .done = done};
    list_append(&reader->bodies, &body->link);
    if (!uv_is_active((uv_handle_t *)&reader->timer))
        timer_in(&reader->timer, on_body_timer, SLICE_EVERY_MS);
}
