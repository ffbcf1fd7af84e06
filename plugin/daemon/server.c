/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A connection is one struct with its handles inside. It is freed in one place,
 * conn_release(), when libuv has given the handle back and no request of it is
 * in progress.
 *
 * There is no idle timeout. Docker keeps idle connections for as long as it
 * lives; if one is closed at the wrong moment, Docker repeats the request
 * without its body. So only when all connections are in use does the one that
 * has been quiet longest make room, be it idle or in the middle of a request
 * that does not go on.
 *
 * Nobody holds up the others. What a connection sends is read a little at a
 * time; whoever sends more, or many requests at once, gets in line, and the
 * first few of the line have their turn in each millisecond. So whoever sends
 * little is served at once, however many others send however much.
 */
#include "plugin/daemon/server.h"

#include <errno.h>

#include "ovsint/base/list.h"
#include "ovsint/base/log.h"
#include "plugin/daemon/stream.h"
#include "plugin/daemon/timer.h"

/* A text takes up to 2 ms for each 64 KiB (docker/body.c): so the first of
 * these by each of 512 connections up to 32 ms, and the turns up to 8 ms. */
#define SIZE_AT_ONCE 2048
#define SIZE_IN_TURN (64u * 1024)
#define REQUESTS_AT_ONCE 8
#define TURNS 4
/* A timer of 0 ms would fire again before the loop looks at its sockets. */
#define TURNS_EVERY_MS 1

struct conn {
    struct list link;
    struct list in_line; /* while it is, nothing is read or served */
    struct stream stream;
    struct server *server;
    struct http *http;
    bool in_call;
    bool continuing; /* conn_continue() is running */
    size_t held;     /* input that is kept, as it counts in server->held */
    bool gone;       /* libuv has given the stream's memory back */
    uint64_t heard_ms;
};

struct server {
    uv_pipe_t listener;
    const struct server_config *config;
    struct list conns;
    struct list line;
    uv_timer_t turns;
    size_t count;
    size_t held;  /* by all connections */
    bool waiting; /* a connection has come and was not accepted yet */
    bool stopping;
    bool listener_gone;
};

static const struct stream_events conn_events;

static void accept_next(struct server *server);

static void tell_stopped(struct server *server)
{
    if (server->stopping && server->listener_gone && server->count == 0)
        server->config->events->stopped(server->config->data);
}

static void on_turns_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;

    server->listener_gone = true;
    tell_stopped(server);
}

/* The connections that are left are closed, or in calls. */
static void on_listener_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;

    uv_close((uv_handle_t *)&server->turns, on_turns_closed);
}

static void on_never_opened(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0)
        accept_next(listener->data);
}

/* A pipe of libuv is a stream of any family: uv_pipe_open() looks at the
 * descriptor's mode alone. */
int server_open(uv_loop_t *loop, int fd, const struct server_config *config,
                struct server **ret, struct err *err)
{
    struct server *server = mem_new(sizeof(*server));

    server->config = config;
    list_init(&server->conns);
    list_init(&server->line);
    uv_pipe_init(loop, &server->listener, 0);
    server->listener.data = server;
    int r = uv_pipe_open(&server->listener, fd);
    if (r >= 0)
        r = uv_listen((uv_stream_t *)&server->listener,
                      (int)config->connections, on_connection);
    if (r < 0) {
        uv_close((uv_handle_t *)&server->listener, on_never_opened);
        return err_code(err, -r, "serve the socket");
    }
    uv_timer_init(loop, &server->turns);
    server->turns.data = server;
    *ret = server;
    return 0;
}

void server_free(struct server *server)
{
    free(server);
}

static bool conn_waits(const struct conn *conn)
{
    return list_has(&conn->in_line);
}

static void conn_count_input(struct conn *conn, size_t held)
{
    conn->server->held += held - conn->held;
    conn->held = held;
}

static void conn_release(struct conn *conn)
{
    struct server *server = conn->server;

    if (!conn->gone || conn->in_call)
        return;
    list_remove(&conn->link);
    conn_count_input(conn, 0);
    http_free(conn->http);
    free(conn);
    server->count--;
    if (server->waiting)
        accept_next(server);
    tell_stopped(server);
}

static void conn_close(struct conn *conn)
{
    list_remove(&conn->in_line);
    stream_close(&conn->stream);
}

/* Makes room: closes the connection that has been quiet longest. */
static void evict(struct server *server)
{
    struct conn *quiet = NULL;

    LIST_EACH (link, &server->conns) {
        struct conn *conn = container_of(link, struct conn, link);
        if (stream_closing(&conn->stream))
            return; /* one is closing already */
        if (!conn->in_call && (!quiet || conn->heard_ms < quiet->heard_ms))
            quiet = conn;
    }
    if (quiet)
        conn_close(quiet);
}

static void accept_next(struct server *server)
{
    if (server->stopping)
        return;
    server->waiting = server->count >= server->config->connections;
    if (server->waiting) {
        evict(server);
        return;
    }

    struct conn *conn = mem_new(sizeof(*conn));
    conn->server = server;
    conn->http = http_new(server->config->profile);
    conn->heard_ms = uv_now(server->listener.loop);
    list_append(&server->conns, &conn->link);
    server->count++;
    stream_init(&conn->stream, server->listener.loop, &conn_events);
    conn->stream.read_size = SIZE_AT_ONCE;
    if (stream_accept(&conn->stream, (uv_stream_t *)&server->listener) < 0)
        conn_close(conn);
    else
        stream_read(&conn->stream, true);
}

static void on_turns(uv_timer_t *timer);

static void conn_get_in_line(struct conn *conn)
{
    struct server *server = conn->server;

    if (conn_waits(conn) || server->stopping || stream_closing(&conn->stream))
        return;
    list_append(&server->line, &conn->in_line);
    if (!uv_is_active((uv_handle_t *)&server->turns))
        timer_in(&server->turns, on_turns, TURNS_EVERY_MS);
}

static void serve_some(struct conn *conn)
{
    const struct server_config *config = conn->server->config;
    struct http_request request;
    size_t served = 0;

    /* Many requests may be there, and each may be answered at once. They are
     * served by this loop, not by recursion. */
    conn->continuing = true;
    while (!conn->in_call && !conn_waits(conn) &&
           !stream_closing(&conn->stream) && http_next(conn->http, &request)) {
        conn->in_call = true;
        config->events->request(config->data, conn, &request);
        if (++served == REQUESTS_AT_ONCE)
            conn_get_in_line(conn);
    }
    conn->continuing = false;
}

/* Sends, reads, ends or serves, as the engine's state requires. */
static void conn_continue(struct conn *conn)
{
    serve_some(conn);
    stream_flush(&conn->stream);
    if (stream_closing(&conn->stream))
        return;
    bool out = !stream_writing(&conn->stream);
    bool ended = out && http_finished(conn->http);
    bool leaves = out && conn->server->stopping && !http_busy(conn->http);
    if (leaves || (ended && conn->stream.ended)) {
        conn_close(conn);
    } else if (!ended) {
        /* While a client does not read its answers, no more of its requests are
         * read. */
        stream_read(&conn->stream,
                    out && !conn_waits(conn) && http_wants_input(conn->http));
    } else {
        /* Closing with unread input would reset the connection before the
         * client has read the reason. So read the rest and drop it. */
        stream_shutdown(&conn->stream);
        stream_read(&conn->stream, !conn_waits(conn));
    }
}

static void on_turns(uv_timer_t *timer)
{
    struct server *server = timer->data;
    const struct list *last = server->line.previous;
    struct list *first = NULL;

    /* Whoever gets in line anew waits for the next time. */
    for (size_t i = 0; i < TURNS && first != last; i++) {
        first = list_first(&server->line);
        if (!first)
            return;
        struct conn *conn = container_of(first, struct conn, in_line);
        list_remove(&conn->in_line);
        conn->stream.read_size = SIZE_IN_TURN;
        conn_continue(conn);
    }
    if (list_first(&server->line) && !server->stopping)
        timer_in(timer, on_turns, TURNS_EVERY_MS);
}

/* Each request may be large, but not all at once. The connection goes that
 * holds most, so that whoever sends little is served. */
static void evict_largest(struct server *server)
{
    struct conn *largest = NULL;

    LIST_EACH (link, &server->conns) {
        struct conn *conn = container_of(link, struct conn, link);
        if (!conn->in_call && !stream_closing(&conn->stream) &&
            (!largest || conn->held > largest->held))
            largest = conn;
    }
    if (!largest)
        return;
    log_event(LOG_LEVEL_WARNING,
              "clients send more than is kept of unfinished requests: the one "
              "that has sent most is cut off",
              NULL);
    conn_count_input(largest, 0);
    conn_close(largest);
}

static struct conn *conn_of(struct stream *stream)
{
    return container_of(stream, struct conn, stream);
}

static void conn_received(struct stream *stream, const char *bytes, size_t size)
{
    struct conn *conn = conn_of(stream);

    conn->heard_ms = uv_now(stream->pipe.loop);
    http_feed(conn->http, bytes, size);
    if (size == stream->read_size) /* there may be more */
        conn_get_in_line(conn);
    stream->read_size = SIZE_AT_ONCE;
    conn_continue(conn);
    if (stream_closing(stream))
        return;
    conn_count_input(conn, http_held(conn->http));
    if (conn->server->held > LIMIT_HTTP_INPUT_SIZE)
        evict_largest(conn->server);
}

static void conn_ended(struct stream *stream, int code)
{
    struct conn *conn = conn_of(stream);

    if (code < 0) {
        conn_close(conn);
        return;
    }
    http_end(conn->http);
    conn_continue(conn);
}

static size_t conn_output(struct stream *stream, const char **ret_bytes)
{
    return http_output(conn_of(stream)->http, ret_bytes);
}

static void conn_sent(struct stream *stream, size_t size)
{
    http_sent(conn_of(stream)->http, size);
}

static void conn_flushed(struct stream *stream)
{
    conn_continue(conn_of(stream));
}

static void conn_closed(struct stream *stream)
{
    struct conn *conn = conn_of(stream);

    conn->gone = true;
    conn_release(conn);
}

static const struct stream_events conn_events = {
    .received = conn_received,
    .ended = conn_ended,
    .output = conn_output,
    .sent = conn_sent,
    .flushed = conn_flushed,
    .closed = conn_closed,
};

void server_reply(struct conn *conn, unsigned status, const struct buf *body)
{
    conn->in_call = false;
    conn->heard_ms = uv_now(conn->server->listener.loop);
    http_reply(conn->http, status, buf_text(body), body->size);
    conn_count_input(conn, http_held(conn->http));
    if (conn->gone)
        conn_release(conn);
    else if (!conn->continuing)
        conn_continue(conn);
}

void server_stop(struct server *server)
{
    if (server->stopping)
        return;
    server->stopping = true;
    uv_close((uv_handle_t *)&server->listener, on_listener_closed);
    LIST_EACH (link, &server->conns) {
        struct conn *conn = container_of(link, struct conn, link);
        list_remove(&conn->in_line);
        if (!conn->in_call && !stream_writing(&conn->stream))
            conn_close(conn);
    }
}

void server_abort(struct server *server)
{
    LIST_EACH (link, &server->conns)
        conn_close(container_of(link, struct conn, link));
}
