/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection has three states: down (a timer says when to try again),
 * asking (connected, the monitor is asked for), up. Bytes go to the engine,
 * its events to whoever waits.
 *
 * An end of the connection is acted upon by the timer and not where it is
 * found, because it may be found while a caller of ovsdb_transact() is still
 * at work.
 */
#include "plugin/ovsdb_uv.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ovsint/backoff.h"
#include "ovsint/client.h"
#include "ovsint/names.h"
#include "ovsint/rpc.h"
#include "plugin/ovsdb_calls.h"
#include "plugin/stream.h"

enum state { STATE_DOWN, STATE_ASKING, STATE_UP };

struct ovsdb {
    struct stream stream; /* first: found from it by a cast */
    bool stream_open;     /* not given back by libuv */
    uv_timer_t timer;     /* down: try again; else: the end is to be told */
    bool timer_gone;
    bool closing;
    enum state state;
    const char *remote;
    const struct ovsdb_events *events;
    void *data;
    struct rpc *rpc;
    uint64_t monitor_id;
    uint64_t lock_id;
    struct backoff backoff;
    uint64_t chance;
    struct err broken; /* why the connection is about to end */
    struct ovsdb_call *calls;
};

static void on_timer(uv_timer_t *timer);

static int64_t now_ms(const struct ovsdb *ovsdb)
{
    return (int64_t)uv_now(ovsdb->timer.loop);
}

static uint32_t next_chance(struct ovsdb *ovsdb)
{
    ovsdb->chance = ovsdb->chance * UINT64_C(6364136223846793005) +
                    UINT64_C(1442695040888963407);
    return (uint32_t)(ovsdb->chance >> 32);
}

static void set_timer(struct ovsdb *ovsdb, int64_t ms)
{
    if (!ovsdb->closing)
        uv_timer_start(&ovsdb->timer, on_timer, (uint64_t)ms, 0);
}

static void try_later(struct ovsdb *ovsdb)
{
    backoff_down(&ovsdb->backoff, now_ms(ovsdb), next_chance(ovsdb));
    set_timer(ovsdb, backoff_wait_ms(&ovsdb->backoff, now_ms(ovsdb)));
}

/* The connection will end, for the first reason that is given. */
static void break_off(struct ovsdb *ovsdb, const struct err *reason)
{
    if (ovsdb->state == STATE_DOWN || ovsdb->broken.code)
        return;
    ovsdb->broken = *reason;
    set_timer(ovsdb, 0);
}

static void end_call(struct ovsdb *ovsdb, const struct rpc_event *event)
{
    struct ovsdb_call *call = calls_find(ovsdb->calls, event->id);
    struct ovsdb_outcome outcome = {0};

    if (!call)
        return;
    if (event->type == RPC_LOST)
        outcome.r = err_set(&outcome.err, ECONNRESET,
                            "the connection to OVSDB went before the answer "
                            "came");
    else if (event->error)
        outcome.r = reply_refused(event->error, &outcome.err);
    else
        outcome.r =
            reply_check(event->result, call->ops, &outcome.fault, &outcome.err);
    if (outcome.r >= 0)
        outcome.result = event->result;
    ovsdb_done *done = call->done;
    calls_remove(&ovsdb->calls, call);
    done(call, &outcome);
}

static void end_monitor_call(struct ovsdb *ovsdb, const struct rpc_event *event)
{
    struct err err = {0};

    if (event->type == RPC_LOST)
        return;
    if (event->error) {
        reply_refused(event->error, &err);
        err_wrap(&err, "OVSDB at %s: monitor", ovsdb->remote);
        break_off(ovsdb, &err);
        return;
    }
    ovsdb->state = STATE_UP;
    backoff_up(&ovsdb->backoff, now_ms(ovsdb));
    ovsdb->events->synced(ovsdb->data, event->result);
}

/* The reply is {"locked": true} or false; "locked" is notified later, when
 * whoever had it has gone. */
static void end_lock_call(const struct ovsdb *ovsdb,
                          const struct rpc_event *event)
{
    bool ours = false;

    if (event->type == RPC_REPLY && !event->error &&
        json_bool(json_get(event->result, "locked"), &ours))
        ovsdb->events->locked(ovsdb->data, ours);
}

static void handle_notification(const struct ovsdb *ovsdb,
                                const struct rpc_event *event)
{
    const struct json *updates =
        monitor_updates(event->method, event->params, OVSDB_MONITOR);

    if (ovsdb->state != STATE_UP)
        return;
    if (updates)
        ovsdb->events->updated(ovsdb->data, updates);
    else if (ovsdb->events->lock && strcmp(event->method, "locked") == 0)
        ovsdb->events->locked(ovsdb->data, true);
    else if (ovsdb->events->lock && strcmp(event->method, "stolen") == 0)
        ovsdb->events->locked(ovsdb->data, false);
}

static void handle(struct ovsdb *ovsdb, const struct rpc_event *event)
{
    if (event->type == RPC_NOTIFICATION) {
        handle_notification(ovsdb, event);
    } else if (event->id == ovsdb->lock_id) {
        end_lock_call(ovsdb, event);
    } else if (event->id == ovsdb->monitor_id) {
        end_monitor_call(ovsdb, event);
    } else {
        end_call(ovsdb, event);
    }
}

static void handle_all(struct ovsdb *ovsdb)
{
    for (;;) {
        auto_rpc_event struct rpc_event event = {0};
        if (!rpc_next(ovsdb->rpc, &event))
            return;
        handle(ovsdb, &event);
    }
}

/* The connection has ended. */
static void go_down(struct ovsdb *ovsdb)
{
    struct err reason = ovsdb->broken;

    ovsdb->broken = (struct err){0};
    ovsdb->state = STATE_DOWN;
    stream_close(&ovsdb->stream);
    rpc_lost(ovsdb->rpc);
    handle_all(ovsdb);
    assert(!ovsdb->calls);
    rpc_free(TAKE_PTR(ovsdb->rpc));
    if (ovsdb->closing)
        return;
    try_later(ovsdb);
    ovsdb->events->down(ovsdb->data, &reason);
}

static struct ovsdb *ovsdb_of(struct stream *stream)
{
    return (struct ovsdb *)stream;
}

static void ovsdb_received(struct stream *stream, const char *bytes,
                           size_t size)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);
    struct err err = {0};

    if (ovsdb->state == STATE_DOWN)
        return;
    if (rpc_feed(ovsdb->rpc, bytes, size, &err) < 0) {
        err_wrap(&err, "OVSDB at %s", ovsdb->remote);
        break_off(ovsdb, &err);
    }
    handle_all(ovsdb);
    stream_flush(stream);
}

static void ovsdb_ended(struct stream *stream, int code)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);
    struct err err = {0};

    if (code == 0)
        err_set(&err, ECONNRESET, "OVSDB at %s closed the connection",
                ovsdb->remote);
    else
        err_code(&err, -code, "OVSDB at %s", ovsdb->remote);
    break_off(ovsdb, &err);
}

static size_t ovsdb_output(struct stream *stream, const char **ret_bytes)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);

    return ovsdb->rpc ? rpc_output(ovsdb->rpc, ret_bytes) : 0;
}

static void ovsdb_sent(struct stream *stream, size_t size)
{
    rpc_sent(ovsdb_of(stream)->rpc, size);
}

static void ovsdb_flushed(struct stream *stream)
{
    (void)stream;
}

static void free_when_gone(struct ovsdb *ovsdb)
{
    if (!ovsdb->closing || ovsdb->stream_open || !ovsdb->timer_gone)
        return;
    const struct ovsdb_events *events = ovsdb->events;
    void *data = ovsdb->data;
    free(ovsdb);
    events->closed(data);
}

static void ovsdb_closed(struct stream *stream)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);

    ovsdb->stream_open = false;
    free_when_gone(ovsdb);
}

static const struct stream_events stream_events = {
    .received = ovsdb_received,
    .ended = ovsdb_ended,
    .output = ovsdb_output,
    .sent = ovsdb_sent,
    .flushed = ovsdb_flushed,
    .closed = ovsdb_closed,
};

static int connect_stream(struct ovsdb *ovsdb, struct err *err)
{
    auto_close int fd = client_connect(ovsdb->remote, deadline_in(0), err);

    if (fd < 0)
        return fd;
    stream_init(&ovsdb->stream, ovsdb->timer.loop, &stream_events);
    ovsdb->stream_open = true;
    int r = stream_adopt(&ovsdb->stream, fd);
    if (r < 0) {
        stream_close(&ovsdb->stream);
        return err_code(err, -r, "OVSDB at %s", ovsdb->remote);
    }
    (void)TAKE_FD(fd);
    return 0;
}

static void ask_for_lock(struct ovsdb *ovsdb)
{
    auto_buf struct buf params = BUF_INIT(256);

    if (!ovsdb->events->lock)
        return;
    buf_addf(&params, "[\"%s\"]", ovsdb->events->lock);
    ovsdb->lock_id = rpc_call(ovsdb->rpc, "lock", &params);
}

static void ask_for_rows(struct ovsdb *ovsdb)
{
    auto_monitor struct monitor monitor = {0};

    ovsdb->events->watch(ovsdb->data, &monitor);
    ovsdb->state = STATE_ASKING;
    ovsdb->rpc = rpc_new(&rpc_default_limits);
    ovsdb->monitor_id =
        rpc_call(ovsdb->rpc, "monitor_cond", monitor_params(&monitor));
    ask_for_lock(ovsdb);
    stream_read(&ovsdb->stream, true);
    stream_flush(&ovsdb->stream);
}

static void on_timer(uv_timer_t *timer)
{
    struct ovsdb *ovsdb = timer->data;
    struct err err = {0};

    if (ovsdb->state != STATE_DOWN) {
        go_down(ovsdb);
        return;
    }
    if (ovsdb->stream_open) {
        set_timer(ovsdb, 1); /* libuv still has the last one */
        return;
    }
    if (connect_stream(ovsdb, &err) < 0) {
        try_later(ovsdb);
        ovsdb->events->down(ovsdb->data, &err);
        return;
    }
    ask_for_rows(ovsdb);
}

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote,
                         const struct ovsdb_events *events, void *data)
{
    struct ovsdb *ovsdb = mem_new(sizeof(*ovsdb));

    ovsdb->remote = remote;
    ovsdb->events = events;
    ovsdb->data = data;
    ovsdb->chance = uv_hrtime();
    uv_timer_init(loop, &ovsdb->timer);
    ovsdb->timer.data = ovsdb;
    set_timer(ovsdb, 0);
    return ovsdb;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ovsdb *ovsdb = handle->data;

    ovsdb->timer_gone = true;
    free_when_gone(ovsdb);
}

void ovsdb_close(struct ovsdb *ovsdb)
{
    if (ovsdb->closing)
        return;
    ovsdb->closing = true;
    if (ovsdb->state != STATE_DOWN)
        go_down(ovsdb);
    uv_close((uv_handle_t *)&ovsdb->timer, on_timer_closed);
}

bool ovsdb_is_up(const struct ovsdb *ovsdb)
{
    return ovsdb->state == STATE_UP && !ovsdb->broken.code;
}

int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done, struct err *err)
{
    const struct buf *params;

    if (!ovsdb_is_up(ovsdb))
        return err_set(err, ENOTCONN, "there is no connection to OVSDB at %s",
                       ovsdb->remote);
    int r = txn_params(txn, &params, err);
    if (r < 0)
        return r;
    *call = (struct ovsdb_call){.ovsdb = ovsdb,
                                .id = rpc_call(ovsdb->rpc, "transact", params),
                                .ops = txn_count(txn),
                                .done = done};
    calls_add(&ovsdb->calls, call);
    stream_flush(&ovsdb->stream);
    return 0;
}

void ovsdb_forget(struct ovsdb_call *call)
{
    if (!call->ovsdb)
        return;
    if (call->ovsdb->rpc)
        rpc_forget(call->ovsdb->rpc, call->id);
    calls_remove(&call->ovsdb->calls, call);
}
