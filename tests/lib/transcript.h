/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Replays a conversation with the OVSDB engine out of a text file. Its lines:
 *
 *   # a remark
 *   = call METHOD PARAMS   we make a call; also: = forget ID, = lost, and, as
 *                          the first line, = limits MESSAGE OUTPUT DEPTH
 *   > BYTES                all that we have to send by now
 *   < BYTES                the peer sends this; lines that follow each other
 *                          are one piece, without line ends
 *   ! reply ID RESULT ERROR, ! notify METHOD PARAMS, ! lost ID
 *                          the next event; "-" stands for nothing
 *   ! refused TEXT         the input was refused, TEXT is part of the message
 *   ? mid, ? between       whether a message has begun but not ended
 *
 * Whatever is sent or happens without its line is a failure. Pieces are fed in
 * chunks of `split` bytes.
 */
#pragma once

#include <errno.h>

#include "ovsint/base/io.h"
#include "ovsint/ovsdb/rpc.h"
#include "tests/lib/json_text.h"

#define TRANSCRIPT_EVENTS 64

struct transcript {
    const char *path;
    int line;
    size_t split;
    struct rpc *rpc;
    struct rpc_limits limits;
    struct buf piece;
    char *events[TRANSCRIPT_EVENTS]; /* each in the words of the file */
    size_t event_first, event_count;
};

#define TRANSCRIPT_FAIL(t, fmt, ...)                                         \
    TEST_FAIL("%s:%d, split at %zu: " fmt, (t)->path, (t)->line, (t)->split, \
              __VA_ARGS__)

static inline void transcript_note(struct transcript *t, struct buf *text)
{
    if (t->event_count == TRANSCRIPT_EVENTS)
        TRANSCRIPT_FAIL(t, "more than %d events", TRANSCRIPT_EVENTS);
    t->events[t->event_count++] = text->data;
}

static inline void transcript_collect(struct transcript *t)
{
    struct rpc_event event;

    while (rpc_next(t->rpc, &event)) {
        struct buf text = BUF_INIT(1u << 20);
        auto_free char *first = json_text(
            event.type == RPC_NOTIFICATION ? event.params : event.result);
        auto_free char *error = json_text(event.error);
        if (event.type == RPC_REPLY)
            buf_addf(&text, "reply %llu %s %s", (unsigned long long)event.id,
                     first, error);
        else if (event.type == RPC_NOTIFICATION)
            buf_addf(&text, "notify %s %s", event.method, first);
        else
            buf_addf(&text, "lost %llu", (unsigned long long)event.id);
        transcript_note(t, &text);
        rpc_event_done(&event);
    }
}

static inline void transcript_feed(struct transcript *t)
{
    size_t at = 0;

    while (at < t->piece.size) {
        size_t left = t->piece.size - at;
        size_t size = left < t->split ? left : t->split;
        /* A copy of exactly this size, so that a sanitizer sees its end. */
        auto_free char *chunk = mem_new(size);
        struct err err = {0};
        memcpy(chunk, t->piece.data + at, size);
        int r = rpc_feed(t->rpc, chunk, size, &err);
        transcript_collect(t);
        at += size;
        if (r < 0) {
            struct buf text = BUF_INIT(1024);
            CHECK_EQ(err.code, -r);
            buf_addf(&text, "refused %s", err.text);
            transcript_note(t, &text);
            /* A connection that was refused stays refused. */
            struct err again = {0};
            CHECK_EQ(rpc_feed(t->rpc, "{", 1, &again), -EPIPE);
            break;
        }
    }
    buf_clear(&t->piece);
}

static inline void transcript_settled(struct transcript *t)
{
    if (t->event_first < t->event_count)
        TRANSCRIPT_FAIL(t, "unexpected event: %s", t->events[t->event_first]);
    t->event_first = t->event_count = 0;
}

static inline void transcript_expect(struct transcript *t, const char *want)
{
    if (t->event_first == t->event_count)
        TRANSCRIPT_FAIL(t, "no event, want: %s", want);
    auto_free char *have = t->events[t->event_first++];
    static const char refused[] = "refused ";
    size_t len = sizeof(refused) - 1;
    bool same =
        strncmp(want, refused, len) == 0
            ? strncmp(have, refused, len) == 0 && strstr(have + len, want + len)
            : strcmp(have, want) == 0;
    if (!same)
        TRANSCRIPT_FAIL(t, "event: %s, want: %s", have, want);
}

static inline void transcript_said(struct transcript *t, const char *want)
{
    const char *bytes;
    size_t size = rpc_output(t->rpc, &bytes);

    if (size != strlen(want) || memcmp(bytes, want, size) != 0)
        TRANSCRIPT_FAIL(t, "said: %.*s, want: %s", (int)size, bytes, want);
    rpc_sent(t->rpc, size);
}

static inline void transcript_do(struct transcript *t, char *what)
{
    char *word = strsep(&what, " ");

    if (strcmp(word, "lost") == 0) {
        rpc_lost(t->rpc);
    } else if (strcmp(word, "forget") == 0) {
        rpc_forget(t->rpc, strtoull(what, NULL, 10));
    } else if (strcmp(word, "limits") == 0) {
        t->limits.message_size = strtoul(strsep(&what, " "), NULL, 10);
        t->limits.output_size = strtoul(strsep(&what, " "), NULL, 10);
        t->limits.depth = (unsigned)strtoul(what, NULL, 10);
        rpc_free(t->rpc);
        t->rpc = rpc_new(&t->limits);
    } else if (strcmp(word, "call") == 0) {
        auto_buf struct buf params = BUF_INIT(1u << 20);
        const char *method = strsep(&what, " ");
        buf_add_text(&params, what);
        rpc_call(t->rpc, method, &params);
    } else {
        TRANSCRIPT_FAIL(t, "cannot %s", word);
    }
    transcript_collect(t);
}

static inline void transcript_line(struct transcript *t, char *line)
{
    char *rest = line[0] && line[1] ? line + 2 : line + strlen(line);

    if (line[0] == '<') {
        if (t->piece.size == 0)
            transcript_settled(t);
        buf_add_text(&t->piece, rest);
        return;
    }
    transcript_feed(t);
    switch (line[0]) {
    case '!':
        transcript_expect(t, rest);
        break;
    case '>':
        transcript_settled(t);
        transcript_said(t, rest);
        break;
    case '?':
        CHECK_EQ(rpc_mid_message(t->rpc), strcmp(rest, "mid") == 0);
        break;
    case '=':
        transcript_settled(t);
        transcript_do(t, rest);
        break;
    case '#':
    case '\0':
        break;
    default:
        TRANSCRIPT_FAIL(t, "not a transcript line: %s", line);
    }
}

/* Plays the file once. `text` is its content, and is changed. */
static inline void transcript_play(const char *path, char *text, size_t split)
{
    struct transcript t = {.path = path,
                           .split = split,
                           .limits = rpc_default_limits,
                           .piece = BUF_INIT(1u << 20)};

    t.rpc = rpc_new(&t.limits);
    while (text) {
        t.line++;
        transcript_line(&t, strsep(&text, "\n"));
    }
    transcript_feed(&t);
    transcript_settled(&t);
    transcript_said(&t, "");
    buf_done(&t.piece);
    rpc_free(t.rpc);
}

/* Plays the file with every chunk size from 1 to its own length. Returns how
 * often that was. */
static inline size_t transcript_play_all(const char *path)
{
    auto_buf struct buf file = BUF_INIT(1u << 20);
    struct err err = {0};

    CHECK_OK(io_read_file(path, &file, &err), err);
    for (size_t split = 1; split <= file.size; split++) {
        auto_free char *copy = mem_text(file.data, file.size);
        transcript_play(path, copy, split);
    }
    return file.size;
}
