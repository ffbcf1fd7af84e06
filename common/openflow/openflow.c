/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One message after the other is cut out of the input and taken by its type.
 * All messages of a request carry its id as their transaction id, the barrier
 * behind them too: so each error that belongs to it is known, and the answer to
 * the barrier is its end.
 *
 * If the switch refuses one message of a bundle, it may do the others. The
 * request has failed all the same, and whoever made it has to make another
 * one.
 */
#include "ovsint/openflow/openflow.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/limits.h"

#define VERSION_1_4 5
#define HEADER 8

enum {
    TYPE_HELLO = 0,
    TYPE_ERROR = 1,
    TYPE_ECHO_REQUEST = 2,
    TYPE_ECHO_REPLY = 3,
    TYPE_PACKET_OUT = 13,
    TYPE_MULTIPART_REQUEST = 18,
    TYPE_MULTIPART_REPLY = 19,
    TYPE_BARRIER_REQUEST = 20,
    TYPE_BARRIER_REPLY = 21,
    TYPE_BUNDLE_CONTROL = 33,
    TYPE_BUNDLE_ADD = 34,
};

#define HELLO_VERSIONS 1 /* OFPHET_VERSIONBITMAP */

enum {
    ERROR_HELLO = 0,
    ERROR_FLOW_MOD = 5,
    ERROR_TABLE_FULL = 1,
    ERROR_METER_MOD = 12,
};

#define BUNDLE_OPEN 0
#define BUNDLE_COMMIT 4
#define BUNDLE_FLAGS 3 /* atomic, ordered */
#define BUNDLE_HEADER 16

#define NO_BUFFER 0xffffffffu /* OFP_NO_BUFFER */
#define PORT_CONTROLLER 0xfffffffdu
#define PORT_TABLE 0xfffffff9u
#define ACTION_OUTPUT 0
#define OUTPUT_SIZE 16
#define PACKET_OUT_HEADER 24

#define MULTIPART_PORTS 13
#define MULTIPART_MONITOR 16
#define MULTIPART_HEADER 16
#define MONITOR_HEADER 16
/* OFPFMF_INITIAL, OFPFMF_REMOVED, OFPFMF_MODIFY */
#define MONITOR_FLAGS (1 << 0 | 1 << 2 | 1 << 3)
#define ANY 0xffffffffu
#define UPDATE_INITIAL 0
#define UPDATE_REMOVED 2
#define UPDATE_MODIFIED 3
#define UPDATE_RESUMED 6
#define UPDATE_HEADER 4
#define UPDATE_FULL 24
#define UPDATE_COOKIE 16
#define PORT_HEADER 8

struct request {
    uint32_t id;
    struct err err; /* the first error of the switch about it */
};

struct openflow {
    struct buf input;
    struct buf output;
    struct request *requests; /* that have not ended, oldest first */
    size_t request_count;
    size_t request_room;
    struct openflow_event *events;
    size_t event_first, event_count, event_room;
    uint32_t last_id;
    size_t begun_at; /* where in the output the present change begins */
    bool has_hello;  /* of the switch */
    bool lost;
};

static void write_hello(struct openflow *of)
{
    flow_write_header(TYPE_HELLO, HEADER + 8, 0, &of->output);
    flow_write_number(HELLO_VERSIONS, 2, &of->output);
    flow_write_number(8, 2, &of->output);
    flow_write_number(1u << VERSION_1_4, 4, &of->output);
}

struct openflow *openflow_new(void)
{
    struct openflow *of = mem_new(sizeof(*of));

    of->input = BUF_INIT(UINT16_MAX);
    of->output = BUF_INIT(LIMIT_OPENFLOW_OUTPUT);
    write_hello(of);
    return of;
}

void openflow_free(struct openflow *of)
{
    if (!of)
        return;
    buf_done(&of->input);
    buf_done(&of->output);
    free(of->requests);
    free(of->events);
    free(of);
}

/* Events and requests. */

static void push(struct openflow *of, const struct openflow_event *event)
{
    of->events = mem_grow(of->events, of->event_first + of->event_count,
                          &of->event_room, sizeof(*of->events));
    of->events[of->event_first + of->event_count++] = *event;
}

bool openflow_next(struct openflow *of, struct openflow_event *ret)
{
    if (of->event_count == 0)
        return false;
    *ret = of->events[of->event_first++];
    if (--of->event_count == 0)
        of->event_first = 0;
    return true;
}

static void push_lost(struct openflow *of, uint32_t id)
{
    push(of, &(struct openflow_event){.type = OPENFLOW_LOST, .id = id});
}

static struct request *find_request(struct openflow *of, uint32_t id)
{
    for (size_t i = 0; i < of->request_count; i++) {
        if (of->requests[i].id == id)
            return &of->requests[i];
    }
    return NULL;
}

/* The id is never 0: that is the hello's. */
static uint32_t next_id(struct openflow *of)
{
    if (++of->last_id == 0)
        ++of->last_id;
    of->begun_at = of->output.size;
    return of->last_id;
}

/* All of the request is sent or nothing of it. */
static void end_output(struct openflow *of)
{
    flow_write_header(TYPE_BARRIER_REQUEST, HEADER, of->last_id, &of->output);
    if (!of->lost && !of->output.overflow) {
        of->requests = mem_grow(of->requests, of->request_count,
                                &of->request_room, sizeof(*of->requests));
        of->requests[of->request_count++] = (struct request){.id = of->last_id};
        return;
    }
    of->output.size = of->begun_at;
    of->output.overflow = false;
    push_lost(of, of->last_id);
}

static void write_bundle_header(struct openflow *of, uint8_t type, size_t size,
                                uint16_t control)
{
    flow_write_header(type, size, of->last_id, &of->output);
    flow_write_number(of->last_id, 4, &of->output); /* the bundle's id */
    flow_write_number(control, 2, &of->output);
    flow_write_number(BUNDLE_FLAGS, 2, &of->output);
}

static void add_to_bundle(struct openflow *of, const struct buf *message)
{
    write_bundle_header(of, TYPE_BUNDLE_ADD, BUNDLE_HEADER + message->size, 0);
    buf_add(&of->output, message->data, message->size);
}

static void write_bundle(struct openflow *of, const struct flow_change *change)
{
    auto_buf struct buf message = BUF_INIT(FLOW_MOD_SIZE);
    uint32_t id = of->last_id;

    write_bundle_header(of, TYPE_BUNDLE_CONTROL, BUNDLE_HEADER, BUNDLE_OPEN);
    for (size_t i = 0; i < change->delete_count; i++) {
        buf_clear(&message);
        flow_write_delete(change->deletes[i].cookie, change->deletes[i].mask,
                          id, &message);
        add_to_bundle(of, &message);
    }
    for (size_t i = 0; i < change->add_count; i++) {
        buf_clear(&message);
        flow_write_add(&change->adds[i], id, &message);
        add_to_bundle(of, &message);
    }
    write_bundle_header(of, TYPE_BUNDLE_CONTROL, BUNDLE_HEADER, BUNDLE_COMMIT);
}

/* Meters are no part of a bundle. A flow needs its meter before. */
static void write_meters(struct openflow *of, const struct flow_change *change)
{
    for (size_t i = 0; i < change->add_count; i++) {
        if (change->adds[i].meter.id)
            flow_write_meter(&change->adds[i].meter, &of->output);
    }
}

static void write_gone_meters(struct openflow *of,
                              const struct flow_change *change)
{
    for (size_t i = 0; i < change->delete_count; i++) {
        for (size_t m = 0; m < FLOW_METERS; m++) {
            uint32_t meter = change->deletes[i].meters[m];
            if (meter)
                flow_write_meter_delete(meter, &of->output);
        }
    }
}

static void write_packet(struct openflow *of, const struct flow_packet *packet)
{
    struct buf *out = &of->output;

    flow_write_header(TYPE_PACKET_OUT,
                      PACKET_OUT_HEADER + OUTPUT_SIZE + packet->size,
                      of->last_id, out);
    flow_write_number(NO_BUFFER, 4, out);
    flow_write_number(packet->in_port ? packet->in_port : PORT_CONTROLLER, 4,
                      out);
    flow_write_number(OUTPUT_SIZE, 2, out);
    flow_write_number(0, 6, out);
    flow_write_number(ACTION_OUTPUT, 2, out);
    flow_write_number(OUTPUT_SIZE, 2, out);
    flow_write_number(PORT_TABLE, 4, out);
    flow_write_number(0, 8, out);
    buf_add(out, packet->bytes, packet->size);
}

uint32_t openflow_change(struct openflow *of, const struct flow_change *change)
{
    uint32_t id = next_id(of);

    write_meters(of, change);
    if (change->delete_count || change->add_count || !change->packet_count)
        write_bundle(of, change);
    write_gone_meters(of, change);
    for (size_t i = 0; i < change->packet_count; i++)
        write_packet(of, &change->packets[i]);
    end_output(of);
    return id;
}

uint32_t openflow_watch(struct openflow *of, const struct flow *match)
{
    auto_buf struct buf fields = BUF_INIT(FLOW_MOD_SIZE);
    uint32_t id = next_id(of);

    flow_write_match(match, &fields);
    flow_write_header(TYPE_MULTIPART_REQUEST,
                      MULTIPART_HEADER + MONITOR_HEADER + fields.size, id,
                      &of->output);
    flow_write_number(MULTIPART_MONITOR, 2, &of->output);
    flow_write_number(0, 6, &of->output);   /* flags, padding */
    flow_write_number(id, 4, &of->output);  /* the monitor's id */
    flow_write_number(ANY, 4, &of->output); /* whatever port and group */
    flow_write_number(ANY, 4, &of->output);
    flow_write_number(MONITOR_FLAGS, 2, &of->output);
    flow_write_number(0, 2, &of->output); /* table 0; add the monitor */
    buf_add(&of->output, fields.data, fields.size);
    end_output(of);
    return id;
}

uint32_t openflow_ports(struct openflow *of)
{
    uint32_t id = next_id(of);

    flow_write_header(TYPE_MULTIPART_REQUEST, MULTIPART_HEADER, id,
                      &of->output);
    flow_write_number(MULTIPART_PORTS, 2, &of->output);
    flow_write_number(0, 6, &of->output);
    end_output(of);
    return id;
}

/* Messages of the switch. */

struct message {
    uint8_t version;
    uint8_t type;
    uint32_t xid;
    const uint8_t *body;
    size_t size; /* of the body */
};

static uint64_t number(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* 6.3.1: if the peer tells its versions one by one, ours must be among them.
 * Else it speaks all up to that of its hello. */
static bool speaks_ours(const struct message *message)
{
    for (size_t at = 0; at + 4 <= message->size;) {
        size_t len = number(message->body + at + 2, 2);
        if (len < 4 || len > message->size - at)
            break;
        if (number(message->body + at, 2) == HELLO_VERSIONS && len >= 8)
            return number(message->body + at + 4, 4) >> VERSION_1_4 & 1;
        at += (len + 7) / 8 * 8;
    }
    return message->version >= VERSION_1_4;
}

static int refuse_version(struct err *err)
{
    return err_set(err, EPROTONOSUPPORT,
                   "the switch does not speak OpenFlow 1.4: does the column "
                   "protocols of the bridge leave it out?");
}

static int take_hello(struct openflow *of, const struct message *message,
                      struct err *err)
{
    if (!speaks_ours(message))
        return refuse_version(err);
    of->has_hello = true;
    return 0;
}

/* Only the first error of a request is kept, as others may follow from it. */
static int take_error(struct openflow *of, const struct message *message,
                      struct err *err)
{
    struct request *request = find_request(of, message->xid);

    if (message->size < 4)
        return err_set(err, EPROTO, "the switch sent an error without a code");
    unsigned type = (unsigned)number(message->body, 2);
    unsigned code = (unsigned)number(message->body + 2, 2);
    if (type == ERROR_HELLO)
        return refuse_version(err);
    if (!request || request->err.code)
        return 0;
    if (type == ERROR_FLOW_MOD && code == ERROR_TABLE_FULL)
        err_set(&request->err, ENOSPC, "the flow table of the switch is full");
    else if (type == ERROR_METER_MOD)
        err_set(&request->err, EOPNOTSUPP,
                "the switch has no meter for it, by which it limits 'storm', "
                "and 'rate' of a port with a guard: see 'ovs-ofctl -O "
                "OpenFlow14 meter-features BRIDGE'");
    else
        err_set(&request->err, EIO,
                "the switch refused flows with error %u, code %u of OpenFlow "
                "1.4 (see the log of ovs-vswitchd)",
                type, code);
    return 0;
}

static int take_echo(struct openflow *of, const struct message *message,
                     struct err *err)
{
    struct buf *out = &of->output;

    if (HEADER + message->size > out->cap - out->size)
        return err_set(err, ENOBUFS, "the switch does not take our answers");
    flow_write_header(TYPE_ECHO_REPLY, HEADER + message->size, message->xid,
                      out);
    buf_add(out, message->body, message->size);
    return 0;
}

static int take_barrier(struct openflow *of, const struct message *message)
{
    struct request *request = find_request(of, message->xid);

    if (!request)
        return 0;
    struct openflow_event event = {.type = request->err.code ? OPENFLOW_FAILED
                                                             : OPENFLOW_DONE,
                                   .id = request->id,
                                   .err = request->err};
    size_t i = (size_t)(request - of->requests);
    of->request_count--;
    memmove(request, request + 1,
            (of->request_count - i) * sizeof(*of->requests));
    push(of, &event);
    return 0;
}

static int push_change(struct openflow *of, enum openflow_event_type type,
                       uint64_t cookie, struct err *err)
{
    if (of->event_count >= LIMIT_OPENFLOW_EVENTS)
        return err_set(err, ENOBUFS, "the switch reports flows without end");
    push(of, &(struct openflow_event){.type = type, .cookie = cookie});
    return 0;
}

static int take_update(struct openflow *of, const uint8_t *update, size_t len,
                       struct err *err)
{
    unsigned what = (unsigned)number(update + 2, 2);

    switch (what) {
    case UPDATE_INITIAL:
    case UPDATE_REMOVED:
    case UPDATE_MODIFIED:
        if (len < UPDATE_FULL)
            break;
        return push_change(
            of, what == UPDATE_INITIAL ? OPENFLOW_FOUND : OPENFLOW_CHANGED,
            number(update + UPDATE_COOKIE, 8), err);
    case UPDATE_RESUMED:
        return push_change(of, OPENFLOW_OVERRUN, 0, err);
    default:
        return 0;
    }
    return err_set(err, EPROTO, "the switch sent a report that is too short");
}

static int take_multipart(struct openflow *of, const struct message *message,
                          struct err *err)
{
    size_t at = MULTIPART_HEADER - HEADER;

    if (message->size < at)
        return err_set(err, EPROTO, "the switch sent half a reply");
    unsigned type = (unsigned)number(message->body, 2);
    bool is_ports = type == MULTIPART_PORTS;
    if (!is_ports && type != MULTIPART_MONITOR)
        return 0;
    size_t head = is_ports ? PORT_HEADER : UPDATE_HEADER;
    while (at < message->size) {
        const uint8_t *part = message->body + at;
        size_t left = message->size - at;
        size_t len = left < head ? 0 : number(part + (is_ports ? 4 : 0), 2);
        if (len < head || len > left)
            return err_set(err, EPROTO,
                           "the switch sent a report of impossible length");
        int r = is_ports ? push_change(of, OPENFLOW_PORT, number(part, 4), err)
                         : take_update(of, part, len, err);
        if (r < 0)
            return r;
        at += len;
    }
    return 0;
}

static int take_message(struct openflow *of, const struct message *message,
                        struct err *err)
{
    if (message->type == TYPE_HELLO)
        return take_hello(of, message, err);
    if (message->type == TYPE_ERROR)
        return take_error(of, message, err);
    switch (message->type) {
    case TYPE_ECHO_REQUEST:
        return take_echo(of, message, err);
    case TYPE_MULTIPART_REPLY:
        return take_multipart(of, message, err);
    case TYPE_BARRIER_REPLY:
        return take_barrier(of, message);
    }
    return 0;
}

/* The switch may say hello, or refuse ours, in any version. */
static int check_head(const struct openflow *of, const uint8_t *head,
                      struct err *err)
{
    if (head[1] != TYPE_HELLO && head[1] != TYPE_ERROR &&
        (!of->has_hello || head[0] != VERSION_1_4))
        return err_set(err, EPROTO,
                       "the peer sent a message of type %u and version %u %s: "
                       "is this the socket of a bridge?",
                       head[1], head[0],
                       of->has_hello ? "after its hello" : "before a hello");
    if (number(head + 2, 2) < HEADER)
        return err_set(err, EPROTO,
                       "the peer sent a message of impossible length: is this "
                       "the socket of a bridge?");
    return 0;
}

/* Bytes that are missing from the message that has begun; 0 = it is
 * complete. */
static int missing(const struct openflow *of, size_t *ret, struct err *err)
{
    const uint8_t *head = (const uint8_t *)of->input.data;

    *ret = HEADER;
    if (of->input.size >= HEADER) {
        int r = check_head(of, head, err);
        if (r < 0)
            return r;
        *ret = number(head + 2, 2);
    }
    *ret -= of->input.size;
    return 0;
}

static int take_input(struct openflow *of, struct err *err)
{
    const uint8_t *head = (const uint8_t *)of->input.data;
    const struct message message = {.version = head[0],
                                    .type = head[1],
                                    .xid = (uint32_t)number(head + 4, 4),
                                    .body = head + HEADER,
                                    .size = of->input.size - HEADER};
    int r = take_message(of, &message, err);

    buf_clear(&of->input);
    return r;
}

static int feed(struct openflow *of, const uint8_t *bytes, size_t size,
                struct err *err)
{
    while (size > 0) {
        size_t want;
        int r = missing(of, &want, err);
        if (r < 0)
            return r;
        size_t part = want < size ? want : size;
        buf_add(&of->input, bytes, part);
        bytes += part;
        size -= part;
        r = missing(of, &want, err);
        if (r >= 0 && want == 0)
            r = take_input(of, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int openflow_feed(struct openflow *of, const void *bytes, size_t size,
                  struct err *err)
{
    if (of->lost)
        return err_set(err, EPIPE, "the connection is lost");
    int r = feed(of, bytes, size, err);
    if (r < 0)
        openflow_lost(of);
    return r;
}

size_t openflow_output(const struct openflow *of, const char **ret_bytes)
{
    *ret_bytes = buf_text(&of->output);
    return of->output.size;
}

void openflow_sent(struct openflow *of, size_t size)
{
    buf_consume(&of->output, size);
}

void openflow_lost(struct openflow *of)
{
    of->lost = true;
    buf_clear(&of->output);
    for (size_t i = 0; i < of->request_count; i++)
        push_lost(of, of->requests[i].id);
    of->request_count = 0;
}
