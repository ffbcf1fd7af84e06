/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop's driver of session.h, which has the order of things: one
 * connection that is made again whenever it goes, one monitor that is asked for
 * again with it, and any number of transactions in flight. It knows no table.
 *
 * What a reader would get wrong: a transaction that ends with -ECONNRESET may
 * have been done. Whoever gets that looks at the rows again, after `synced`,
 * before he repeats anything.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/ovsdb/txn.h"

#define OVSDB_MONITOR "ovsint"

struct ovsdb;
struct ovsdb_call;

typedef void ovsdb_done(struct ovsdb_call *call,
                        const struct ovsdb_outcome *outcome);

/* One transaction in flight; embedded in whatever waits for it. Zeroed = not
 * in flight. */
struct ovsdb_call {
    struct ovsdb *ovsdb; /* NULL = not in flight */
    struct session_call session;
    ovsdb_done *done;
};

struct ovsdb_events {
    /* Says what to monitor, under the name OVSDB_MONITOR; asked once. */
    void (*watch)(void *data, struct monitor *monitor);
    /* The connection is up: these are the rows, and all that was known before
     * is void. */
    void (*synced)(void *data, const struct json *updates);
    void (*updated)(void *data, const struct json *updates);
    /* A lock to ask for (RFC 7047 section 4.1.8), NULL = none; `locked` tells
     * whenever it is ours or has ceased to be. It is not ours after `down`. */
    const char *lock;
    void (*locked)(void *data, bool ours);
    /* The connection went, or could not be made once more. All calls have
     * ended before. */
    void (*down)(void *data, const struct err *reason);
    /* After ovsdb_close(): the last thing that happens. */
    void (*closed)(void *data);
};

/* Begins to connect to `remote` ("unix:/path"), for ever. `remote` is kept by
 * the caller. */
struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote,
                         const struct ovsdb_events *events, void *data);
void ovsdb_close(struct ovsdb *ovsdb);

bool ovsdb_is_up(const struct ovsdb *ovsdb);

/* Sends the transaction; `done` is called once, never within this function,
 * unless ovsdb_forget() comes first. -ENOTCONN while there is no connection,
 * -EMSGSIZE. */
int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done,
                   struct err *err) MUST_CHECK;

/* Nobody waits for it any more: `done` will not be called. What it asked for
 * may still be done. A call that is not in flight is fine. */
void ovsdb_forget(struct ovsdb_call *call);
