/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From a request to the verb that carries it out, and back. A table says which
 * path is which verb, and what its body must have. A call is one request from
 * then until it is answered. The router knows no verb by name.
 *
 * Pitfall: a call may be started more than once. A verb that needs the database
 * waits until it is there, and begins again if the connection goes meanwhile.
 * So a verb looks at what exists before it changes anything.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/list.h"
#include "ovsint/base/parse.h"
#include "ovsint/json/json.h"
#include "plugin/daemon/bridges.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/daemon/server.h"
#include "plugin/docker/body.h"

#define CALL_ID_SIZE DOCKER_ID_SIZE

struct docker;
struct router;
struct call;

enum call_needs {
    CALL_BODY = 1,     /* one JSON object */
    CALL_NETWORK = 2,  /* its member NetworkID */
    CALL_ENDPOINT = 4, /* its member EndpointID */
    CALL_SWITCH = 8,   /* the database's rows are known */
};

struct verb {
    const char *path;
    unsigned needs;
    void (*start)(struct call *call);
    /* The database cannot be reached, for the reason `why`. NULL = the call
     * fails with that. */
    void (*offline)(struct call *call, const struct err *why);
};

/* What a removal has asserted of a bridge. */
struct bridge_guard {
    char uuid[OVSDB_UUID_SIZE]; /* "" = no bridge goes */
    size_t op;                  /* the operation */
};

/* It ends with exactly one of call_reply(), call_done(), call_fail(), which
 * free it; or call_again() puts it back. */
struct call {
    struct list link; /* in the order of deadlines */
    const struct verb *verb;
    struct router *router;
    struct docker *docker;
    struct conn *conn;
    struct body reading;  /* its body is a large one, and not there yet */
    struct json *body;    /* NULL without CALL_BODY */
    const char *network;  /* NULL unless needed */
    const char *endpoint; /* NULL unless needed */
    uint64_t deadline_ms; /* on the loop's clock */
    uint64_t begun_ns;    /* uv_hrtime() */
    bool held;            /* not started, or to be started again */
    unsigned held_at;     /* the opening of the gate that it has missed */
    unsigned began_at;    /* that before it was started last */

    /* What the verb keeps between its start and its end. */
    struct ovsdb_call transaction;
    /* The port whose published ports have to be off; "" = none. */
    char leaving[IFNAME_SIZE];
    struct bridge_guard bridge_guard; /* of DeleteNetwork */
    /* What it waits for: for the message at the deadline. */
    const char *waits_for;
    /* The rows have changed; NULL = ignored. May end the call. */
    void (*rows_changed)(struct call *call);
    /* The deadline has come; NULL = the call fails. Must end the call. */
    void (*expire)(struct call *call);
    void *state;
    void (*free_state)(void *state);
};

/* The call whose transaction this is. */
struct call *call_of(struct ovsdb_call *transaction);

void call_reply(struct call *call, const struct buf *json);
/* Answers {}. */
void call_done(struct call *call);
/* Answers 500 and {"Err": ...}, and logs a line. */
void call_fail(struct call *call, const struct err *err);
/* The connection to the database went: starts again when it is back. */
void call_again(struct call *call);
/* Milliseconds until the deadline. */
unsigned call_left_ms(const struct call *call);

/* Answers every call within `timeout_ms`. The caller keeps the table, whose
 * last row has no path. */
struct router *router_new(uv_loop_t *loop, const struct verb *verbs,
                          struct docker *docker, unsigned timeout_ms);
/* For struct server_events; `data` is the router. */
void router_request(void *data, struct conn *conn,
                    const struct http_request *request);

/* What happens to calls that need the database: they run; they wait; they fail
 * with `why`. */
void router_run(struct router *router);
void router_hold(struct router *router);
void router_refuse(struct router *router, const struct err *why);

/* Tells the calls that have a rows_changed(). */
void router_rows_changed(struct router *router);

/* How many calls there were, how long they took, and how many failed, in the
 * text format of metrics.h. */
void router_metrics(const struct router *router, struct buf *ret);

/* Call it when no call is left. The memory is freed when the loop has closed
 * it. */
void router_close(struct router *router);
