/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The OVSDB end of JSON-RPC 1.0 (RFC 7047, section 4) as an engine: bytes go
 * in, events and bytes come out. Pure: a driver owns the descriptor and the
 * clock, and decides when to connect again.
 *
 * Pitfall: RPC_LOST means "outcome unknown": the server may have committed
 * before the connection went. Each call ends in exactly one event, a reply or
 * RPC_LOST, unless it is forgotten.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

struct rpc;

struct rpc_limits {
    size_t message_size; /* bytes of one message from the peer */
    size_t output_size;  /* bytes that may wait to be sent */
    unsigned depth;      /* nesting of one message */
};

/* Those of limits.h. */
extern const struct rpc_limits rpc_default_limits;

enum rpc_event_type {
    RPC_REPLY,        /* the answer to the call `id` */
    RPC_NOTIFICATION, /* the peer sends `method` with `params` */
    RPC_LOST,         /* nobody will answer the call `id` */
};

struct rpc_event {
    enum rpc_event_type type;
    uint64_t id;               /* RPC_REPLY, RPC_LOST */
    const struct json *result; /* RPC_REPLY: NULL or JSON null if absent */
    const struct json *error;  /* RPC_REPLY: NULL unless the call failed */
    const char *method;        /* RPC_NOTIFICATION */
    const struct json *params; /* RPC_NOTIFICATION: always an array */
    struct json *document;     /* owns everything above; may be NULL */
};

/* Releases what the event owns and empties it. An empty event is fine. */
void rpc_event_done(struct rpc_event *event);
#define auto_rpc_event __attribute__((cleanup(rpc_event_done)))

struct rpc *rpc_new(const struct rpc_limits *limits);
void rpc_free(struct rpc *rpc);
DEFINE_AUTO(rpc, struct rpc *, rpc_free)
#define auto_rpc AUTO(rpc)

/* Queues a request. `params` is the text of a JSON array and is copied. Returns
 * the call's id, never 0. If the call cannot be sent (the connection is lost,
 * the output is full, `params` has overflowed) it ends in RPC_LOST. */
uint64_t rpc_call(struct rpc *rpc, const char *method,
                  const struct buf *params);

/* Nobody waits for the call any more: there will be no event for `id`, and a
 * reply that still comes is ignored. An unknown id is fine. */
void rpc_forget(struct rpc *rpc, uint64_t id);

/* Number of calls that have not ended. */
size_t rpc_open_calls(const struct rpc *rpc);

/* Takes bytes from the peer, split anywhere. Answers `echo` requests, refuses
 * other requests, ignores replies to unknown calls. Returns a negative errno if
 * the peer broke the protocol (-EPROTO), sent no JSON (-EINVAL), passed a limit
 * (-EFBIG, -E2BIG) or does not read our answers (-ENOBUFS). The connection then
 * counts as lost, and further input is refused (-EPIPE). */
int rpc_feed(struct rpc *rpc, const char *bytes, size_t size,
             struct err *err) MUST_CHECK;

/* Takes the oldest event; the caller then owns it. False if there is none. */
bool rpc_next(struct rpc *rpc, struct rpc_event *ret) MUST_CHECK;

/* Bytes that wait to be sent: how many, and where they are until the next call
 * of this module. rpc_sent() says how many of them were sent. */
size_t rpc_output(const struct rpc *rpc, const char **ret_bytes);
void rpc_sent(struct rpc *rpc, size_t size);

/* Has a message begun but not ended? A connection that closes now closes in the
 * middle of it. */
bool rpc_mid_message(const struct rpc *rpc);

/* The connection is gone. Each open call becomes RPC_LOST, in the order of the
 * ids, after the events that are already there. */
void rpc_lost(struct rpc *rpc);
