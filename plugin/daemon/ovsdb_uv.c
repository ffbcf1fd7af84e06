/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Moves bytes between the socket and the session, passes the session's events
 * to whoever waits, and has one timer for the moment at which the session wants
 * something.
 *
 * Pitfall: the end of the connection may be noticed while a caller of
 * ovsdb_transact() is still at work. So it is handled by the timer, and not
 * where it is noticed.
 */
#include "plugin/daemon/ovsdb_uv.h"

#include <errno.h>

#include "ovsint/ovsdb/client.h"
#include "plugin/daemon/stream.h"
#include "plugin/daemon/timer.h"

struct ovsdb {
    struct stream stream;
    bool stream_open; /* libuv has not given it back yet */
    uv_timer_t timer; /* fires when the session wants something */
    bool timer_gone;
    bool closing;
    const char *remote;
    const char *lock;
    const struct ovsdb_events *events;
    void *data;
    struct session *session;
    struct histogram times;
};

static void on_ovsdb_timer(uv_timer_t *timer);

static struct ovsdb *ovsdb_of(struct stream *stream)
{
    return container_of(stream, struct ovsdb, stream);
}

static int64_t now_ms(const struct ovsdb *ovsdb)
{
    return (int64_t)uv_now(ovsdb->timer.loop);
}

static void set_timer(struct ovsdb *ovsdb, int64_t ms)
{
    if (!ovsdb->closing)
        timer_in(&ovsdb->timer, on_ovsdb_timer, (uint64_t)ms);
}

/* Sets the timer for the moment at which the session wants something. If it
 * waits for bytes, libuv reports them. */
static void schedule(struct ovsdb *ovsdb)
{
    int64_t ms = 0;

    if (session_need(ovsdb->session, now_ms(ovsdb), &ms) != SESSION_TALK)
        set_timer(ovsdb, ms);
}

static void end_call(const struct session_event *event)
{
    struct ovsdb_call *call =
        container_of(event->call, struct ovsdb_call, session);
    ovsdb_done *done = call->done;

    if (event->outcome.r != -ECONNRESET)
        histogram_add(&call->ovsdb->times,
                      (uv_hrtime() - call->sent_ns) / NS_PER_US);
    *call = (struct ovsdb_call){0};
    done(call, &event->outcome);
}

static void tell_owner(struct ovsdb *ovsdb, const struct session_event *event)
{
    const struct ovsdb_events *events = ovsdb->events;

    switch (event->type) {
    case SESSION_SYNCED:
        events->synced(ovsdb->data, event->updates);
        break;
    case SESSION_UPDATED:
        events->updated(ovsdb->data, event->updates);
        break;
    case SESSION_LOCKED:
    case SESSION_UNLOCKED:
        events->locked(ovsdb->data, event->type == SESSION_LOCKED);
        break;
    case SESSION_ENDED:
        end_call(event);
        break;
    case SESSION_DOWN:
        if (!ovsdb->closing)
            events->down(ovsdb->data, &event->reason);
        break;
    }
}

static void tell_all(struct ovsdb *ovsdb)
{
    for (;;) {
        auto_session_event struct session_event event = {0};
        if (!session_next(ovsdb->session, now_ms(ovsdb), &event))
            break;
        tell_owner(ovsdb, &event);
    }
    schedule(ovsdb);
}

static void ovsdb_received(struct stream *stream, const char *bytes,
                           size_t size)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);

    session_feed(ovsdb->session, bytes, size);
    tell_all(ovsdb);
    stream_flush(stream);
}

static void ovsdb_ended(struct stream *stream, int code)
{
    struct ovsdb *ovsdb = ovsdb_of(stream);

    session_ended(ovsdb->session, -code);
    schedule(ovsdb);
}

static size_t ovsdb_output(struct stream *stream, const char **ret_bytes)
{
    return session_output(ovsdb_of(stream)->session, ret_bytes);
}

static void ovsdb_sent(struct stream *stream, size_t size)
{
    session_sent(ovsdb_of(stream)->session, size);
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
    session_free(ovsdb->session);
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

static void connect_now(struct ovsdb *ovsdb)
{
    struct err err = {0};

    if (connect_stream(ovsdb, &err) < 0) {
        session_failed(ovsdb->session, now_ms(ovsdb), &err);
    } else {
        session_connected(ovsdb->session);
        stream_read(&ovsdb->stream, true);
        stream_flush(&ovsdb->stream);
    }
}

static void close_now(struct ovsdb *ovsdb)
{
    stream_close(&ovsdb->stream);
    session_closed(ovsdb->session, now_ms(ovsdb));
}

static void on_ovsdb_timer(uv_timer_t *timer)
{
    struct ovsdb *ovsdb = timer->data;

    switch (session_need(ovsdb->session, now_ms(ovsdb), NULL)) {
    case SESSION_CLOSE:
        close_now(ovsdb);
        break;
    case SESSION_CONNECT:
        if (ovsdb->stream_open) {
            set_timer(ovsdb, 1); /* libuv still has the former one */
            return;
        }
        connect_now(ovsdb);
        break;
    case SESSION_TALK:
    case SESSION_WAIT:
        break;
    }
    tell_all(ovsdb);
}

static struct session *make_session(const struct ovsdb *ovsdb)
{
    auto_monitor struct monitor monitor = {0};

    ovsdb->events->watch(ovsdb->data, &monitor);
    struct session_config config = {
        .remote = ovsdb->remote,
        .monitor = monitor_params(&monitor),
        .seed = uv_hrtime(),
    };
    struct session *session = session_new(&config);
    if (ovsdb->lock)
        session_lock(session, ovsdb->lock);
    return session;
}

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data)
{
    struct ovsdb *ovsdb = mem_new(sizeof(*ovsdb));

    ovsdb->remote = remote;
    ovsdb->lock = lock;
    ovsdb->events = events;
    ovsdb->data = data;
    ovsdb->session = make_session(ovsdb);
    uv_timer_init(loop, &ovsdb->timer);
    ovsdb->timer.data = ovsdb;
    set_timer(ovsdb, 0);
    return ovsdb;
}

static void on_ovsdb_closed(uv_handle_t *handle)
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
    enum session_need need = session_need(ovsdb->session, now_ms(ovsdb), NULL);
    if (need == SESSION_TALK || need == SESSION_CLOSE) {
        close_now(ovsdb);
        tell_all(ovsdb);
    }
    uv_close((uv_handle_t *)&ovsdb->timer, on_ovsdb_closed);
}

void ovsdb_hurry(struct ovsdb *ovsdb)
{
    session_hurry(ovsdb->session);
    schedule(ovsdb);
}

void ovsdb_watch_anew(struct ovsdb *ovsdb, const struct err *reason)
{
    auto_monitor struct monitor monitor = {0};

    ovsdb->events->watch(ovsdb->data, &monitor);
    session_watch_anew(ovsdb->session, monitor_params(&monitor), reason);
    schedule(ovsdb);
}

const struct histogram *ovsdb_times(const struct ovsdb *ovsdb)
{
    return &ovsdb->times;
}

bool ovsdb_is_up(const struct ovsdb *ovsdb)
{
    return session_is_up(ovsdb->session);
}

int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done, struct err *err)
{
    int r = session_transact(ovsdb->session, txn, &call->session, err);

    if (r < 0)
        return r;
    call->ovsdb = ovsdb;
    call->done = done;
    call->sent_ns = uv_hrtime();
    stream_flush(&ovsdb->stream);
    return 0;
}

void ovsdb_forget(struct ovsdb_call *call)
{
    if (!call->ovsdb)
        return;
    session_forget(call->ovsdb->session, &call->session);
    *call = (struct ovsdb_call){0};
}

/* It owns itself, and is freed by its answer. */
struct telling {
    struct ovsdb_call call;
    enum log_level level;
    const char *what;
};

static void end_telling(struct telling *telling, int r, const struct err *err)
{
    if (r < 0)
        log_event(telling->level, telling->what, "error", err->text, NULL);
    free(telling);
}

static void on_told(struct ovsdb_call *call,
                    const struct ovsdb_outcome *outcome)
{
    end_telling(container_of(call, struct telling, call), outcome->r,
                &outcome->err);
}

void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what)
{
    struct telling *telling = mem_new(sizeof(*telling));
    struct err err = {0};

    telling->level = level;
    telling->what = what;
    int r = ovsdb_transact(ovsdb, txn, &telling->call, on_told, &err);
    if (r < 0)
        end_telling(telling, r, &err);
}
