/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The event loop's driver of session.h, which has the order of events: one
 * connection that is made again whenever it goes, one monitor that is asked for
 * again with it, and any number of transactions in flight. It knows no table.
 *
 * Pitfall: a transaction that ends with -ECONNRESET may have been done. So look
 * at the rows again, after `synced`, before repeating anything.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "ovsint/base/log.h"
#include "ovsint/base/metrics.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/ovsdb/txn.h"

struct ovsdb;
struct ovsdb_call;

typedef void ovsdb_done(struct ovsdb_call *call,
                        const struct ovsdb_outcome *outcome);

/* One transaction in flight, embedded in whatever waits for it. Zeroed = not in
 * flight. */
struct ovsdb_call {
    struct ovsdb *ovsdb; /* NULL = not in flight */
    struct session_call session;
    ovsdb_done *done;
    uint64_t sent_ns; /* uv_hrtime() */
};

struct ovsdb_events {
    /* Fills what to monitor, under the name SESSION_MONITOR. Called once, and
     * by ovsdb_watch_anew(). */
    void (*watch)(void *data, struct monitor *monitor);
    /* The connection is up, and these are the rows. Forget all that was known
     * before. */
    void (*synced)(void *data, const struct json *updates);
    void (*updated)(void *data, const struct json *updates);
    /* The lock has become ours, or has ceased to be. After `down` it is not
     * ours. */
    void (*locked)(void *data, bool ours);
    /* The connection went, or a try to make it failed. All calls have ended
     * before. */
    void (*down)(void *data, const struct err *reason);
    /* The end of ovsdb_close(): nothing is called after it. */
    void (*closed)(void *data);
};

/* Connects to `remote` ("unix:/path"), again and again until ovsdb_close(), and
 * asks for `lock` there (RFC 7047 section 4.1.8), NULL = none. The caller keeps
 * both. */
struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data);
void ovsdb_close(struct ovsdb *ovsdb);

/* Somebody waits for the connection, which is down: it is tried again soon,
 * however often it has failed (backoff.h). */
void ovsdb_hurry(struct ovsdb *ovsdb);

/* Other rows are wanted from now on: the connection is made again for them, and
 * ends for this reason before. */
void ovsdb_watch_anew(struct ovsdb *ovsdb, const struct err *reason);

bool ovsdb_is_up(const struct ovsdb *ovsdb);

/* How long transactions took that were answered. */
const struct histogram *ovsdb_times(const struct ovsdb *ovsdb);

/* Sends the transaction. `done` is called once, and never within this function,
 * unless ovsdb_forget() comes first. -ENOTCONN while there is no connection,
 * -EMSGSIZE. */
int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done,
                   struct err *err) MUST_CHECK;

/* Nobody waits for it any more: `done` will not be called. It may still be
 * carried out. A call that is not in flight is fine. */
void ovsdb_forget(struct ovsdb_call *call);

/* Sends a transaction that nobody waits for. If it fails, now or later, `what`
 * is logged at `level` with the reason. The caller keeps `what` for ever. */
void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what);
