/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The JSON-RPC engine. It does not know what a transaction is. Open calls are
 * kept in an array that is always sorted, as ids only grow: bisection finds the
 * call of a reply. Calls that have ended are removed when the array is full, so
 * thousands of calls in flight cost next to nothing.
 */
#include "ovsint/ovsdb/rpc.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/limits.h"

#define FIRST_CALLS 8

struct call {
    uint64_t id;
    bool open;
};

struct queued {
    struct rpc_event event;
    struct queued *next;
};

struct rpc {
    struct rpc_limits limits;
    struct json_parser *parser;
    struct buf output;
    struct call *calls;
    size_t call_count; /* open ones, and ended ones between them */
    size_t call_room;
    size_t open_count;
    uint64_t last_id;
    struct queued *first;
    struct queued **last;
    bool mid_message;
    bool lost;
};

const struct rpc_limits rpc_default_limits = {
    .message_size = LIMIT_RPC_MESSAGE_SIZE,
    .output_size = LIMIT_RPC_OUTPUT_SIZE,
    .depth = LIMIT_JSON_DEPTH,
};

void rpc_event_done(struct rpc_event *event)
{
    json_free(event->document);
    *event = (struct rpc_event){0};
}

struct rpc *rpc_new(const struct rpc_limits *limits)
{
    struct rpc *rpc = mem_new(sizeof(*rpc));
    struct json_limits json = {.size = limits->message_size,
                               .depth = limits->depth};

    rpc->limits = *limits;
    rpc->parser = json_parser_new(&json);
    rpc->output = BUF_INIT(limits->output_size);
    rpc->last = &rpc->first;
    return rpc;
}

void rpc_free(struct rpc *rpc)
{
    struct rpc_event event;

    if (!rpc)
        return;
    while (rpc_next(rpc, &event))
        rpc_event_done(&event);
    json_parser_free(rpc->parser);
    buf_done(&rpc->output);
    free(rpc->calls);
    free(rpc);
}

static void push(struct rpc *rpc, struct rpc_event event)
{
    struct queued *queued = mem_new(sizeof(*queued));

    queued->event = event;
    *rpc->last = queued;
    rpc->last = &queued->next;
}

static void push_lost(struct rpc *rpc, uint64_t id)
{
    push(rpc, (struct rpc_event){.type = RPC_LOST, .id = id});
}

/* Removes the calls that have ended. The array grows only if more than half of
 * it are open calls: so each removal is paid for by those that ended since the
 * last one. */
static void calls_make_room(struct rpc *rpc)
{
    size_t kept = 0;

    if (rpc->call_count < rpc->call_room)
        return;
    for (size_t i = 0; i < rpc->call_count; i++) {
        if (rpc->calls[i].open)
            rpc->calls[kept++] = rpc->calls[i];
    }
    rpc->call_count = kept;
    if (rpc->call_room && kept <= rpc->call_room / 2)
        return;

    size_t room = rpc->call_room ? rpc->call_room * 2 : FIRST_CALLS;
    rpc->calls = mem_resize(rpc->calls, room * sizeof(*rpc->calls));
    rpc->call_room = room;
}

/* Ends the call. False if there is no such open call. */
static bool calls_end(struct rpc *rpc, uint64_t id)
{
    size_t low = 0, high = rpc->call_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rpc->calls[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rpc->call_count || rpc->calls[low].id != id ||
        !rpc->calls[low].open)
        return false;
    rpc->calls[low].open = false;
    rpc->open_count--;
    return true;
}

/* Queues all of the message or nothing: a part of it would garble the
 * stream. */
static bool queue_output(struct rpc *rpc, const struct buf *message)
{
    if (message->overflow || message->size > rpc->output.cap - rpc->output.size)
        return false;
    buf_add(&rpc->output, message->data, message->size);
    return true;
}

uint64_t rpc_call(struct rpc *rpc, const char *method, const struct buf *params)
{
    auto_buf struct buf message = BUF_INIT(rpc->limits.output_size);
    struct json_writer w = JSON_WRITER(&message);
    uint64_t id = ++rpc->last_id;

    json_write_object(&w);
    json_write_key(&w, "id");
    json_write_int(&w, (int64_t)id);
    json_write_member(&w, "method", method);
    buf_add_text(&message, ",\"params\":");
    buf_add(&message, params->data, params->size);
    buf_add_text(&message, "}");

    if (rpc->lost || params->overflow || !queue_output(rpc, &message)) {
        push_lost(rpc, id);
        return id;
    }
    calls_make_room(rpc);
    rpc->calls[rpc->call_count++] = (struct call){.id = id, .open = true};
    rpc->open_count++;
    return id;
}

void rpc_forget(struct rpc *rpc, uint64_t id)
{
    if (calls_end(rpc, id))
        return;
    for (struct queued **at = &rpc->first; *at; at = &(*at)->next) {
        struct queued *queued = *at;
        if (queued->event.type == RPC_NOTIFICATION || queued->event.id != id)
            continue;
        *at = queued->next;
        if (!*at)
            rpc->last = at;
        rpc_event_done(&queued->event);
        free(queued);
        return;
    }
}

size_t rpc_open_calls(const struct rpc *rpc)
{
    return rpc->open_count;
}

static int take_reply(struct rpc *rpc, struct json **message, struct err *err)
{
    const struct json *error = json_get(*message, "error");
    struct rpc_event event = {.type = RPC_REPLY};
    int64_t id;

    if (!json_get(*message, "id"))
        return err_set(err, EPROTO,
                       "the peer sent an object with neither method nor id");
    if (!json_int(json_get(*message, "id"), &id) || id <= 0 ||
        !calls_end(rpc, (uint64_t)id))
        return 0;
    event.id = (uint64_t)id;
    event.result = json_get(*message, "result");
    event.error = json_type(error) == JSON_NULL ? NULL : error;
    event.document = TAKE_PTR(*message);
    push(rpc, event);
    return 0;
}

/* "echo" is the only request that a server may make of us (RFC 7047,
 * 4.1.11). */
static int answer(struct rpc *rpc, const struct json *message, struct err *err)
{
    auto_buf struct buf reply = BUF_INIT(rpc->limits.output_size);
    struct json_writer w = JSON_WRITER(&reply);
    const char *method = json_string(json_get(message, "method"));

    json_write_object(&w);
    json_write_key(&w, "id");
    json_write_value(&w, json_get(message, "id"));
    json_write_key(&w, "result");
    if (strcmp(method, "echo") == 0) {
        json_write_value(&w, json_get(message, "params"));
        json_write_key(&w, "error");
        json_write_null(&w);
    } else {
        json_write_null(&w);
        json_write_key(&w, "error");
        json_write_object(&w);
        json_write_member(&w, "error", "unknown method");
        json_write_member(&w, "details", method);
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
    if (!queue_output(rpc, &reply))
        return err_set(err, ENOBUFS,
                       "the peer asks \"%.40s\" but does not take our answers",
                       method);
    return 0;
}

/* If an event keeps the message, it is taken out of *message. */
static int take_message(struct rpc *rpc, struct json **message, struct err *err)
{
    const struct json *id = json_get(*message, "id");
    const struct json *method = json_get(*message, "method");
    const struct json *params = json_get(*message, "params");

    if (json_type(*message) != JSON_OBJECT)
        return err_set(err, EPROTO, "the peer sent %s instead of a message",
                       json_type_name(*message));
    if (!method)
        return take_reply(rpc, message, err);
    if (!json_string(method) || json_type(params) != JSON_ARRAY)
        return err_set(err, EPROTO,
                       "the peer sent a request with %s as its method and %s "
                       "as its params",
                       json_type_name(method), json_type_name(params));
    if (id && json_type(id) != JSON_NULL)
        return answer(rpc, *message, err);
    push(rpc, (struct rpc_event){.type = RPC_NOTIFICATION,
                                 .method = json_string(method),
                                 .params = params,
                                 .document = TAKE_PTR(*message)});
    return 0;
}

static bool only_blanks(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

int rpc_feed(struct rpc *rpc, const char *bytes, size_t size, struct err *err)
{
    if (rpc->lost)
        return err_set(err, EPIPE, "the connection is lost");
    while (size > 0) {
        auto_json struct json *message = NULL;
        size_t used;
        int r =
            json_parser_feed(rpc->parser, bytes, size, &used, &message, err);
        if (r == 0) {
            rpc->mid_message |= !only_blanks(bytes, size);
            return 0;
        }
        if (r > 0) {
            rpc->mid_message = false;
            bytes += used;
            size -= used;
            r = take_message(rpc, &message, err);
        }
        if (r < 0) {
            rpc_lost(rpc);
            return r;
        }
    }
    return 0;
}

bool rpc_next(struct rpc *rpc, struct rpc_event *ret)
{
    auto_free struct queued *queued = rpc->first;

    if (!queued)
        return false;
    rpc->first = queued->next;
    if (!rpc->first)
        rpc->last = &rpc->first;
    *ret = queued->event;
    return true;
}

size_t rpc_output(const struct rpc *rpc, const char **ret_bytes)
{
    *ret_bytes = buf_text(&rpc->output);
    return rpc->output.size;
}

void rpc_sent(struct rpc *rpc, size_t size)
{
    buf_consume(&rpc->output, size);
}

bool rpc_mid_message(const struct rpc *rpc)
{
    return rpc->mid_message;
}

void rpc_lost(struct rpc *rpc)
{
    rpc->lost = true;
    buf_clear(&rpc->output);
    for (size_t i = 0; i < rpc->call_count; i++) {
        if (rpc->calls[i].open)
            push_lost(rpc, rpc->calls[i].id);
    }
    rpc->call_count = 0;
    rpc->open_count = 0;
}
