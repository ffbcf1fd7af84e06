/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte stream over a Unix socket on the event loop: the part of libuv that
 * the plugin's server and its OVSDB connection have in common. It knows no
 * protocol: bytes in are shown, bytes out are pulled from the owner's engine.
 *
 * What a reader would get wrong: a stream ends twice. stream_close() only asks
 * for it; the memory belongs to libuv until `closed` was called, which is the
 * last thing that happens to a stream and the only place to free it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "ovsint/base/buf.h"

struct stream;

struct stream_events {
    void (*received)(struct stream *stream, const char *bytes, size_t size);
    /* The peer sends no more (code 0), or the stream broke (a negative
     * errno); each is told once. The owner decides whether to close. */
    void (*ended)(struct stream *stream, int code);
    /* The bytes that wait to be sent, and that so many went out. */
    size_t (*output)(struct stream *stream, const char **ret_bytes);
    void (*sent)(struct stream *stream, size_t size);
    /* stream_flush() came to an end that had to wait for the peer. */
    void (*flushed)(struct stream *stream);
    void (*closed)(struct stream *stream);
};

/* Embedded in its owner. */
struct stream {
    uint32_t magic;
    uv_pipe_t pipe;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct buf sending; /* belongs to `write` while `writing` */
    bool writing;
    bool reading;
    bool ended;  /* the peer sends no more */
    bool broken; /* neither reading nor writing makes sense */
    bool shut;
    const struct stream_events *events;
};

void stream_init(struct stream *stream, uv_loop_t *loop,
                 const struct stream_events *events);

/* Makes it the next connection of a listening pipe. 0 or negative errno. */
int stream_accept(struct stream *stream, uv_stream_t *listener) MUST_CHECK;

/* Takes over a connected descriptor. 0 or negative errno; on failure the
 * descriptor is still the caller's. */
int stream_adopt(struct stream *stream, int fd) MUST_CHECK;

/* Starts or stops reading; both may be said again. */
void stream_read(struct stream *stream, bool wanted);

/* Sends what the owner's output() has, as far as the peer takes it now; the
 * rest follows by itself. */
void stream_flush(struct stream *stream);
/* True while bytes are on their way. */
bool stream_writing(const struct stream *stream);

/* Tells the peer that nothing more comes; reading goes on. */
void stream_shutdown(struct stream *stream);

/* May be called twice. */
void stream_close(struct stream *stream);
bool stream_closing(const struct stream *stream);
