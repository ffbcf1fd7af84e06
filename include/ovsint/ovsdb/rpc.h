/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OVSDB end of JSON-RPC 1.0 (RFC 7047, section 4) as an engine: bytes go
 * in, events and bytes come out. Pure: it has no descriptor, no clock and no
 * opinion on reconnecting; a driver (client.h, or the plugin's event loop) owns
 * those.
 *
 * What a reader would get wrong: every call ends in exactly one event, a reply
 * or RPC_LOST, unless it is forgotten. RPC_LOST means "outcome unknown": the
 * server may have committed before the connection went.
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

/* The limits of limits.h. */
extern const struct rpc_limits rpc_default_limits;

enum rpc_event_type {
    RPC_REPLY,        /* the answer to the call `id` */
    RPC_NOTIFICATION, /* the peer says `method` with `params` */
    RPC_LOST,         /* the call `id` will never be answered */
};

struct rpc_event {
    enum rpc_event_type type;
    uint64_t id;               /* RPC_REPLY, RPC_LOST */
    const struct json *result; /* RPC_REPLY: NULL or JSON null when absent */
    const struct json *error;  /* RPC_REPLY: NULL unless the call failed */
    const char *method;        /* RPC_NOTIFICATION */
    const struct json *params; /* RPC_NOTIFICATION: always an array */
    struct json *document;     /* owns everything above; may be NULL */
};

/* Releases what the event owns and empties it; an empty event is fine. */
void rpc_event_done(struct rpc_event *event);
#define auto_rpc_event __attribute__((cleanup(rpc_event_done)))

struct rpc *rpc_new(const struct rpc_limits *limits);
void rpc_free(struct rpc *rpc);
DEFINE_AUTO(rpc, struct rpc *, rpc_free)
#define auto_rpc AUTO(rpc)

/* Queues a request. `params` is the text of a JSON array, and is copied.
 * Returns the call's id, never 0. A call that cannot be sent (the connection
 * is lost, the output is full, `params` overflowed) ends in RPC_LOST. */
uint64_t rpc_call(struct rpc *rpc, const char *method,
                  const struct buf *params);

/* The caller no longer waits: a reply that still comes is ignored, and there
 * will be no event for `id`. Unknown ids are fine. */
void rpc_forget(struct rpc *rpc, uint64_t id);

/* Number of calls that wait for their end. */
size_t rpc_open_calls(const struct rpc *rpc);

/* Bytes from the peer, split anywhere. Answers `echo` requests, refuses other
 * requests, ignores replies to unknown calls. 0, or negative errno when the
 * peer broke the protocol (-EPROTO), sent no JSON (-EINVAL), passed a limit
 * (-EFBIG, -E2BIG) or does not take our answers (-ENOBUFS). After that the
 * connection counts as lost and all further input is refused (-EPIPE). */
int rpc_feed(struct rpc *rpc, const char *bytes, size_t size,
             struct err *err) MUST_CHECK;

/* Takes the oldest event, which the caller then owns; false when there is
 * none. */
bool rpc_next(struct rpc *rpc, struct rpc_event *ret) MUST_CHECK;

/* Bytes that wait to be sent: their number, and where they are until the next
 * call of this module. rpc_sent() says how many of them went out. */
size_t rpc_output(const struct rpc *rpc, const char **ret_bytes);
void rpc_sent(struct rpc *rpc, size_t size);

/* True when a message has begun but not ended: a connection that closes now
 * closes in the middle of a message. */
bool rpc_mid_message(const struct rpc *rpc);

/* The connection is gone: each open call becomes RPC_LOST, in the order of
 * their ids, after the events that are already there. */
void rpc_lost(struct rpc *rpc);
