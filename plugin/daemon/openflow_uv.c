/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bytes from the stream to the engine, and from the engine to the stream. All
 * that can fail later ends in `down`.
 */
#include "plugin/daemon/openflow_uv.h"

#include <errno.h>
#include <sys/socket.h>

#include "ovsint/base/io.h"
#include "ovsint/base/list.h"
#include "plugin/daemon/stream.h"

struct openflow_uv {
    struct stream stream;
    struct openflow *engine;
    const struct openflow_uv_events *events;
    void *data;
    bool closing;
};

static struct openflow_uv *connection_of(struct stream *stream)
{
    return container_of(stream, struct openflow_uv, stream);
}

static void tell(struct openflow_uv *connection)
{
    struct openflow_event event;

    while (!connection->closing && openflow_next(connection->engine, &event))
        connection->events->event(connection->data, &event);
}

static void fail(struct openflow_uv *connection, const struct err *why)
{
    openflow_lost(connection->engine);
    tell(connection);
    stream_read(&connection->stream, false);
    if (!connection->closing)
        connection->events->down(connection->data, why);
}

static void bridge_received(struct stream *stream, const char *bytes,
                            size_t size)
{
    struct openflow_uv *connection = connection_of(stream);
    struct err err = {0};

    if (openflow_feed(connection->engine, bytes, size, &err) < 0) {
        fail(connection, &err);
        return;
    }
    tell(connection);
    stream_flush(stream);
}

/* A bridge that does not speak our version says so and closes at once. Whoever
 * was writing then hears of the end first, and the reason is still to be
 * read. */
static void read_reason(struct openflow_uv *connection, struct err *err)
{
    char bytes[4096];
    struct err reason = {0};
    uv_os_fd_t fd;
    ssize_t got;

    if (uv_fileno((const uv_handle_t *)&connection->stream.pipe, &fd) < 0)
        return;
    while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        if (openflow_feed(connection->engine, bytes, (size_t)got, &reason) <
            0) {
            *err = reason;
            return;
        }
    }
}

static void bridge_ended(struct stream *stream, int code)
{
    struct openflow_uv *connection = connection_of(stream);
    struct err err = {0};

    if (code == 0) {
        err_set(&err, ECONNRESET, "ovs-vswitchd closed the connection");
    } else {
        err_code(&err, -code, "the connection to ovs-vswitchd");
        read_reason(connection, &err);
    }
    fail(connection, &err);
}

static size_t bridge_output(struct stream *stream, const char **ret_bytes)
{
    return openflow_output(connection_of(stream)->engine, ret_bytes);
}

static void bridge_sent(struct stream *stream, size_t size)
{
    openflow_sent(connection_of(stream)->engine, size);
}

static void bridge_flushed(struct stream *stream)
{
    (void)stream;
}

static void bridge_closed(struct stream *stream)
{
    struct openflow_uv *connection = connection_of(stream);

    openflow_free(connection->engine);
    free(connection);
}

static const struct stream_events bridge_events = {.received = bridge_received,
                                                   .ended = bridge_ended,
                                                   .output = bridge_output,
                                                   .sent = bridge_sent,
                                                   .flushed = bridge_flushed,
                                                   .closed = bridge_closed};

int openflow_uv_open(uv_loop_t *loop, const char *path,
                     const struct openflow_uv_events *events, void *data,
                     struct openflow_uv **ret, struct err *err)
{
    auto_close int fd = io_connect_unix(path, deadline_in(0), err);

    if (fd < 0)
        return fd;
    struct openflow_uv *connection = mem_new(sizeof(*connection));
    connection->engine = openflow_new();
    connection->events = events;
    connection->data = data;
    stream_init(&connection->stream, loop, &bridge_events);
    int r = stream_adopt(&connection->stream, fd);
    if (r < 0) {
        openflow_uv_close(connection);
        return err_code(err, -r, "connect to %s", path);
    }
    (void)TAKE_FD(fd);
    *ret = connection;
    stream_read(&connection->stream, true);
    stream_flush(&connection->stream);
    return 0;
}

void openflow_uv_close(struct openflow_uv *connection)
{
    if (!connection)
        return;
    connection->closing = true;
    stream_close(&connection->stream);
}

uint32_t openflow_uv_change(struct openflow_uv *connection,
                            const struct flow_change *change)
{
    uint32_t id = openflow_change(connection->engine, change);

    stream_flush(&connection->stream);
    return id;
}

uint32_t openflow_uv_watch(struct openflow_uv *connection,
                           const struct flow *match)
{
    uint32_t id = openflow_watch(connection->engine, match);

    stream_flush(&connection->stream);
    return id;
}

bool openflow_uv_has_ended(const struct openflow_uv *connection)
{
    uv_os_fd_t fd;
    char byte;

    return uv_fileno((const uv_handle_t *)&connection->stream.pipe, &fd) == 0 &&
           recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}
