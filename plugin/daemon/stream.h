/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A byte stream over a Unix socket on the event loop: what the plugin's server
 * and its OVSDB connection have in common. It knows no protocol. Received bytes
 * are shown to the owner; bytes to send are taken from the owner's engine.
 *
 * Pitfall: a stream ends twice. stream_close() only asks for it. The memory
 * belongs to libuv until `closed` is called, which comes last and is the only
 * place to free it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "ovsint/base/buf.h"

struct stream;

struct stream_events {
    void (*received)(struct stream *stream, const char *bytes, size_t size);
    /* The peer sends no more (code 0), or the stream broke (a negative errno).
     * Each is reported once. The owner decides whether to close. */
    void (*ended)(struct stream *stream, int code);
    /* The bytes that wait to be sent; and the report that so many were sent. */
    size_t (*output)(struct stream *stream, const char **ret_bytes);
    void (*sent)(struct stream *stream, size_t size);
    /* A stream_flush() that had to wait for the peer has sent everything. */
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
    bool broken; /* it can neither read nor write any more */
    bool shut;
    /* The most that is read in one go; 0 = a good deal. */
    size_t read_size;
    const struct stream_events *events;
};

void stream_init(struct stream *stream, uv_loop_t *loop,
                 const struct stream_events *events);

/* Makes it the next connection of a listening pipe. Returns 0 or a negative
 * errno. */
int stream_accept(struct stream *stream, uv_stream_t *listener) MUST_CHECK;

/* Takes over a connected descriptor. Returns 0 or a negative errno; on failure
 * the caller keeps the descriptor. */
int stream_adopt(struct stream *stream, int fd) MUST_CHECK;

/* Starts or stops reading. May be repeated. */
void stream_read(struct stream *stream, bool wanted);

/* Sends what the owner's output() has, as far as the peer takes it now. The
 * rest follows by itself. */
void stream_flush(struct stream *stream);
/* Are bytes on their way? */
bool stream_writing(const struct stream *stream);

/* Tells the peer that nothing more will come. Reading goes on. */
void stream_shutdown(struct stream *stream);

/* May be called twice. */
void stream_close(struct stream *stream);
bool stream_closing(const struct stream *stream);
