/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A session with an OVSDB server that outlives its connections, as an engine:
 * one monitor, one lock and any number of transactions in flight. Monitor and
 * lock are asked for again on each new connection. Bytes, the time, and what
 * became of a connection go in; bytes, events and the next step come out. Pure:
 * it has no descriptor and no clock, and knows no table.
 *
 * The order: the driver asks session_need() and does it:
 *
 *   1. SESSION_CONNECT: session_connected(), or session_failed() and on with 4.
 *      The monitor and the lock are asked for.
 *   2. SESSION_TALK: session_feed() and session_output(). The monitor's reply
 *      is the event SESSION_SYNCED. From there on transactions are taken, and
 *      SESSION_UPDATED, SESSION_LOCKED, SESSION_UNLOCKED and SESSION_ENDED come
 *      as the server says so.
 *   3. SESSION_CLOSE: the server has broken the protocol, or has refused the
 *      monitor. The driver closes the connection and calls session_closed(),
 *      which it also does if the peer has closed. Each open transaction ends
 *      with -ECONNRESET, then comes SESSION_DOWN with the first reason.
 *   4. SESSION_WAIT: nothing before the time that backoff.h sets.
 *
 * After each of these calls the driver takes all events by session_next().
 *
 * Pitfall: a transaction that ends with -ECONNRESET may have been done. So look
 * at the rows again, after SESSION_SYNCED, before repeating anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/list.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/rpc.h"
#include "ovsint/ovsdb/txn.h"

struct session;

/* What became of a transaction. */
struct ovsdb_outcome {
    /* 0 = committed; -ECONNRESET = unknown, as the connection went; -EMSGSIZE =
     * not sent, as the server does not read; else as reply_check() says */
    int r;
    const struct json *result; /* for reply.h; NULL unless committed */
    struct reply_fault fault;
    struct err err;
};

/* One transaction in flight, embedded in whatever waits for it. Zeroed = not in
 * flight. */
struct session_call {
    struct list link;
    uint64_t id;
    size_t ops;
};

struct session_config {
    const char *remote; /* for messages; kept by the caller */
    /* Of monitor_params(), under the name SESSION_MONITOR; copied. NULL = no
     * rows are wanted: SESSION_SYNCED comes at once. */
    const struct buf *monitor;
    uint64_t seed; /* any number, to spread retries by */
};

#define SESSION_MONITOR "ovsint"

/* The path of the socket in an address, "unix:/path" or "/path", or NULL. */
const char *session_path(const char *remote);

struct session *session_new(const struct session_config *config);
/* Calls in flight are forgotten. */
void session_free(struct session *session);

enum session_need {
    SESSION_WAIT,    /* for *ret_ms milliseconds */
    SESSION_CONNECT, /* a connection is to be made */
    SESSION_TALK,    /* bytes are to be carried */
    SESSION_CLOSE,   /* the connection is to be closed */
};

/* `ret_ms` is set for SESSION_WAIT; it may be NULL. */
enum session_need session_need(const struct session *session, int64_t now_ms,
                               int64_t *ret_ms);

/* Somebody waits for the connection: the next try comes soon. */
void session_hurry(struct session *session);

/* Other rows are wanted from now on: the monitor of a session that has one is
 * replaced, and a connection that there is ends, for this reason, to be made
 * again. */
void session_watch_anew(struct session *session, const struct buf *monitor,
                        const struct err *reason);

/* The connection has been made. */
void session_connected(struct session *session);
/* It could not be made, for this reason. */
void session_failed(struct session *session, int64_t now_ms,
                    const struct err *reason);
/* The connection is of no use any more: the peer has closed it (code 0), or it
 * has failed with this errno. Its next need is SESSION_CLOSE. Only the first
 * reason counts. */
void session_ended(struct session *session, int code);
/* The same, for a reason that the driver knows. */
void session_broken(struct session *session, const struct err *reason);
/* The driver has closed it. */
void session_closed(struct session *session, int64_t now_ms);

/* Asks for the lock (RFC 7047 section 4.1.8) now, or when it is connected, and
 * on each further connection; the caller keeps the name. A second lock takes
 * the place of the first in that, but the server knows of both until the
 * connection ends. */
void session_lock(struct session *session, const char *lock);

/* Bytes from the server, split anywhere. */
void session_feed(struct session *session, const char *bytes, size_t size);
/* Bytes that wait to be sent, as rpc_output() has them. */
size_t session_output(const struct session *session, const char **ret_bytes);
void session_sent(struct session *session, size_t size);

enum session_event_type {
    SESSION_SYNCED,  /* `updates` are all rows; forget what was known before */
    SESSION_UPDATED, /* `updates` are changes of rows */
    /* the lock is ours, until SESSION_UNLOCKED or SESSION_DOWN */
    SESSION_LOCKED,
    SESSION_UNLOCKED, /* somebody else has the lock */
    SESSION_ENDED,    /* `call` has the outcome `outcome` */
    SESSION_DOWN,     /* the connection went or could not be made: `reason` */
};

struct session_event {
    enum session_event_type type;
    const struct json *updates;
    struct session_call *call; /* SESSION_ENDED: no longer in flight */
    struct ovsdb_outcome outcome;
    struct err reason;
    struct rpc_event rpc; /* owns what the pointers to JSON point to */
};

/* Takes the oldest event; the caller then owns it. False if there is none. */
bool session_next(struct session *session, int64_t now_ms,
                  struct session_event *ret) MUST_CHECK;
void session_event_done(struct session_event *event);
#define auto_session_event __attribute__((cleanup(session_event_done)))

/* Is it synced, and not about to end? */
bool session_is_up(const struct session *session);

/* Queues the transaction. SESSION_ENDED comes for it once, unless
 * session_forget() comes first. -ENOTCONN while the session is not up,
 * -EMSGSIZE. */
int session_transact(struct session *session, struct txn *txn,
                     struct session_call *call, struct err *err) MUST_CHECK;
/* Nobody waits for it any more, but it may still be carried out. A call that is
 * not in flight is fine. */
void session_forget(struct session *session, struct session_call *call);
