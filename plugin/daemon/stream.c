/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bytes go out by uv_try_write() first, which costs no copy. What the socket
 * does not take at once is copied, as the owner's engine may move its buffer
 * while libuv still reads from it.
 *
 * Every pointer that libuv gives back is the address of a handle inside a
 * stream. One function turns it into the stream and checks a magic number: so a
 * stream that was freed too early is found there and not later.
 */
#include "plugin/daemon/stream.h"

#include <assert.h>
#include <errno.h>

#include "ovsint/base/limits.h"
#include "ovsint/base/list.h"

#define STREAM_MAGIC 0x5354524du
#define READ_SIZE (64u * 1024)

#define STREAM_OF(pointer, member) \
    stream_check(container_of(pointer, struct stream, member))

static struct stream *stream_check(struct stream *stream)
{
    assert(stream->magic == STREAM_MAGIC);
    return stream;
}

void stream_init(struct stream *stream, uv_loop_t *loop,
                 const struct stream_events *events)
{
    *stream = (struct stream){.magic = STREAM_MAGIC,
                              .events = events,
                              .sending = BUF_INIT(LIMIT_HTTP_OUTPUT_SIZE)};
    int r = uv_pipe_init(loop, &stream->pipe, 0);
    assert(r == 0);
    stream->pipe.data = stream;
    (void)r;
}

int stream_accept(struct stream *stream, uv_stream_t *listener)
{
    return uv_accept(listener, (uv_stream_t *)&stream->pipe);
}

int stream_adopt(struct stream *stream, int fd)
{
    return uv_pipe_open(&stream->pipe, fd);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    /* libuv asks for it immediately before it reads, so all streams share
     * it. */
    static char room[READ_SIZE];
    const struct stream *stream = handle->data;

    (void)suggested;
    *ret = uv_buf_init(room, stream->read_size ? (unsigned)stream->read_size
                                               : sizeof(room));
}

static void stream_end(struct stream *stream)
{
    if (stream->ended || stream->broken)
        return;
    stream_read(stream, false);
    stream->ended = true;
    stream->events->ended(stream, 0);
}

static void stream_fail(struct stream *stream, int code)
{
    if (stream->broken || stream_closing(stream))
        return;
    stream_read(stream, false);
    stream->broken = true;
    stream->events->ended(stream, code);
}

static void on_read(uv_stream_t *handle, ssize_t got, const uv_buf_t *room)
{
    struct stream *stream = STREAM_OF(handle, pipe);

    if (got > 0)
        stream->events->received(stream, room->base, (size_t)got);
    else if (got == UV_EOF)
        stream_end(stream);
    else if (got < 0)
        stream_fail(stream, (int)got);
}

void stream_read(struct stream *stream, bool wanted)
{
    if (stream_closing(stream))
        return;
    wanted = wanted && !stream->ended && !stream->broken;
    if (wanted == stream->reading)
        return;
    stream->reading = wanted;
    if (!wanted) {
        uv_read_stop((uv_stream_t *)&stream->pipe);
        return;
    }
    int r = uv_read_start((uv_stream_t *)&stream->pipe, give_room, on_read);
    if (r < 0)
        stream_fail(stream, r);
}

static void on_written(uv_write_t *request, int status)
{
    struct stream *stream = STREAM_OF(request, write);

    stream->writing = false;
    buf_consume(&stream->sending, stream->sending.size);
    if (stream_closing(stream))
        return;
    if (status < 0) {
        stream_fail(stream, status);
        return;
    }
    stream_flush(stream);
    if (!stream->writing && !stream_closing(stream))
        stream->events->flushed(stream);
}

static void write_later(struct stream *stream, const char *bytes, size_t size)
{
    buf_add(&stream->sending, bytes, size);
    if (stream->sending.overflow) {
        stream_fail(stream, -ENOBUFS);
        return;
    }
    uv_buf_t part =
        uv_buf_init(stream->sending.data, (unsigned)stream->sending.size);
    int r = uv_write(&stream->write, (uv_stream_t *)&stream->pipe, &part, 1,
                     on_written);
    if (r < 0) {
        stream_fail(stream, r);
        return;
    }
    stream->writing = true;
    stream->events->sent(stream, size);
}

static void write_some(struct stream *stream, const char *bytes, size_t size)
{
    /* uv_buf_t is not const, although a write does not change it. */
    union {
        const char *in;
        char *out;
    } base = {.in = bytes};
    uv_buf_t part = uv_buf_init(base.out, (unsigned)size);
    int put = uv_try_write((uv_stream_t *)&stream->pipe, &part, 1);

    if (put > 0)
        stream->events->sent(stream, (size_t)put);
    else if (put == UV_EAGAIN)
        write_later(stream, bytes, size);
    else
        stream_fail(stream, put);
}

void stream_flush(struct stream *stream)
{
    const char *bytes;

    while (!stream->writing && !stream->broken && !stream_closing(stream)) {
        size_t size = stream->events->output(stream, &bytes);
        if (size == 0)
            return;
        write_some(stream, bytes, size);
    }
}

bool stream_writing(const struct stream *stream)
{
    return stream->writing;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct stream *stream = STREAM_OF(request, shutdown);

    if (status < 0 && status != UV_ECANCELED)
        stream_fail(stream, status);
}

void stream_shutdown(struct stream *stream)
{
    if (stream->shut || stream_closing(stream))
        return;
    stream->shut = true;
    int r = uv_shutdown(&stream->shutdown, (uv_stream_t *)&stream->pipe,
                        on_shutdown);
    if (r < 0)
        stream_fail(stream, r);
}

static void on_stream_closed(uv_handle_t *handle)
{
    struct stream *stream = STREAM_OF(handle, pipe);

    buf_done(&stream->sending);
    stream->magic = 0;
    stream->events->closed(stream);
}

void stream_close(struct stream *stream)
{
    if (!stream_closing(stream))
        uv_close((uv_handle_t *)&stream->pipe, on_stream_closed);
}

bool stream_closing(const struct stream *stream)
{
    return uv_is_closing((const uv_handle_t *)&stream->pipe);
}
