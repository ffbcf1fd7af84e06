/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The session has four states: down (it waits for its next try), asking
 * (connected; the monitor is asked for), up, and ending (the connection is
 * closed, but not all events were taken). Each event of rpc.h becomes one event
 * of the session, or none.
 */
#include "ovsint/ovsdb/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/ovsdb/backoff.h"
#include "ovsint/ovsdb/monitor.h"

#define LOCK_PARAMS_SIZE 256

enum state { STATE_DOWN, STATE_ASKING, STATE_UP, STATE_ENDING };

struct session {
    const char *remote;
    const char *lock;
    struct buf monitor;
    bool watches;
    bool tells_up; /* the next event is SESSION_SYNCED, without rows */
    enum state state;
    struct rpc *rpc;
    uint64_t monitor_id;
    uint64_t lock_id;
    struct backoff backoff;
    uint64_t chance;
    struct err broken; /* why the connection is ending */
    bool tells_down;   /* the next event is SESSION_DOWN with `broken` */
    struct list calls;
};

const char *session_path(const char *remote)
{
    static const char scheme[] = "unix:";

    if (strncmp(remote, scheme, sizeof(scheme) - 1) == 0)
        remote += sizeof(scheme) - 1;
    return remote[0] == '/' ? remote : NULL;
}

struct session *session_new(const struct session_config *config)
{
    struct session *session = mem_new(sizeof(*session));
    const char *path = session_path(config->remote);

    session->remote = path ? path : config->remote;
    session->watches = config->monitor != NULL;
    if (session->watches) {
        session->monitor = BUF_INIT(config->monitor->size + 1);
        buf_add_text(&session->monitor, buf_text(config->monitor));
    }
    session->chance = config->seed;
    list_init(&session->calls);
    return session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    LIST_EACH (link, &session->calls) {
        *container_of(link, struct session_call, link) =
            (struct session_call){0};
    }
    rpc_free(session->rpc);
    buf_done(&session->monitor);
    free(session);
}

/* Knuth's MMIX generator. Its upper half is good enough to spread retries. */
static uint32_t next_chance(struct session *session)
{
    session->chance = session->chance * UINT64_C(6364136223846793005) +
                      UINT64_C(1442695040888963407);
    return (uint32_t)(session->chance >> 32);
}

enum session_need session_need(const struct session *session, int64_t now_ms,
                               int64_t *ret_ms)
{
    if (session->state == STATE_ASKING || session->state == STATE_UP)
        return session->broken.code ? SESSION_CLOSE : SESSION_TALK;
    int64_t wait = backoff_wait_ms(&session->backoff, now_ms);
    if (ret_ms)
        *ret_ms = wait;
    return wait > 0 ? SESSION_WAIT : SESSION_CONNECT;
}

void session_hurry(struct session *session)
{
    backoff_hurry(&session->backoff);
}

static void ask_lock(struct session *session)
{
    auto_buf struct buf params = BUF_INIT(LOCK_PARAMS_SIZE);

    buf_addf(&params, "[\"%s\"]", session->lock);
    session->lock_id = rpc_call(session->rpc, "lock", &params);
}

void session_lock(struct session *session, const char *lock)
{
    session->lock = lock;
    if (session_need(session, 0, NULL) == SESSION_TALK)
        ask_lock(session);
}

/* Both requests are sent at once. The monitor's comes first, so that the rows
 * are known by the time the lock is ours. */
void session_connected(struct session *session)
{
    session->state = STATE_ASKING;
    session->rpc = rpc_new(&rpc_default_limits);
    session->monitor_id = 0;
    if (session->watches)
        session->monitor_id =
            rpc_call(session->rpc, "monitor_cond", &session->monitor);
    else
        session->tells_up = true;
    session->lock_id = 0;
    if (session->lock)
        ask_lock(session);
}

static void go_down(struct session *session, int64_t now_ms)
{
    backoff_down(&session->backoff, now_ms, next_chance(session));
    session->tells_down = true;
}

void session_failed(struct session *session, int64_t now_ms,
                    const struct err *reason)
{
    session->broken = *reason;
    go_down(session, now_ms);
}

void session_broken(struct session *session, const struct err *reason)
{
    if (session_need(session, 0, NULL) == SESSION_TALK)
        session->broken = *reason;
}

void session_watch_anew(struct session *session, const struct buf *monitor,
                        const struct err *reason)
{
    buf_done(&session->monitor);
    session->monitor = BUF_INIT(monitor->size + 1);
    buf_add_text(&session->monitor, buf_text(monitor));
    session_broken(session, reason);
    session_hurry(session);
}

static const char *how_closed(const struct rpc *rpc)
{
    if (rpc_mid_message(rpc))
        return " in the middle of a message";
    return rpc_open_calls(rpc) > 0 ? " without an answer" : "";
}

void session_ended(struct session *session, int code)
{
    struct err reason = {0};

    if (session_need(session, 0, NULL) != SESSION_TALK)
        return;
    if (code == 0 || code == ECONNRESET)
        err_set(&reason, ECONNRESET, "OVSDB at %s closed the connection%s",
                session->remote, how_closed(session->rpc));
    else
        err_code(&reason, code, "OVSDB at %s", session->remote);
    session_broken(session, &reason);
}

void session_closed(struct session *session, int64_t now_ms)
{
    if (session->state == STATE_DOWN || session->state == STATE_ENDING)
        return;
    session->state = STATE_ENDING;
    rpc_lost(session->rpc);
    go_down(session, now_ms);
}

void session_feed(struct session *session, const char *bytes, size_t size)
{
    struct err err = {0};

    if (session_need(session, 0, NULL) != SESSION_TALK)
        return;
    if (rpc_feed(session->rpc, bytes, size, &err) >= 0)
        return;
    err_wrap(&err, "OVSDB at %s", session->remote);
    session_broken(session, &err);
}

size_t session_output(const struct session *session, const char **ret_bytes)
{
    return session->rpc ? rpc_output(session->rpc, ret_bytes) : 0;
}

void session_sent(struct session *session, size_t size)
{
    if (session->rpc)
        rpc_sent(session->rpc, size);
}

static bool monitor_ended(struct session *session, int64_t now_ms,
                          struct session_event *ret)
{
    struct err err = {0};

    if (ret->rpc.type == RPC_LOST)
        return false;
    if (ret->rpc.error) {
        reply_refused(ret->rpc.error, &err);
        err_wrap(&err, "OVSDB at %s: monitor", session->remote);
        session_broken(session, &err);
        return false;
    }
    session->state = STATE_UP;
    backoff_up(&session->backoff, now_ms);
    ret->type = SESSION_SYNCED;
    ret->updates = ret->rpc.result;
    return true;
}

/* The reply is {"locked": true} or false. After false, "locked" is notified
 * when its holder has gone. */
static bool lock_ended(struct session_event *ret)
{
    bool ours = false;

    if (ret->rpc.type != RPC_REPLY || ret->rpc.error ||
        !json_bool(json_get(ret->rpc.result, "locked"), &ours))
        return false;
    ret->type = ours ? SESSION_LOCKED : SESSION_UNLOCKED;
    return true;
}

static bool notified(const struct session *session, struct session_event *ret)
{
    const char *method = ret->rpc.method;

    if (session->state != STATE_UP)
        return false;
    ret->updates = monitor_updates(method, ret->rpc.params, SESSION_MONITOR);
    if (ret->updates)
        ret->type = SESSION_UPDATED;
    else if (session->lock && strcmp(method, "locked") == 0)
        ret->type = SESSION_LOCKED;
    else if (session->lock && strcmp(method, "stolen") == 0)
        ret->type = SESSION_UNLOCKED;
    else
        return false;
    return true;
}

static struct session_call *find_call(const struct session *session,
                                      uint64_t id)
{
    LIST_EACH (link, &session->calls) {
        struct session_call *call =
            container_of(link, struct session_call, link);
        if (call->id == id)
            return call;
    }
    return NULL;
}

/* What was sent may have been done, unless it could not even be queued. */
static int tell_lost(const struct session *session, struct err *err)
{
    if (session_is_up(session))
        return err_set(err, EMSGSIZE,
                       "OVSDB at %s: too much waits to be sent: is "
                       "ovsdb-server stuck?",
                       session->remote);
    if (!session->broken.code)
        return err_set(err, ECONNRESET,
                       "the connection to OVSDB at %s was closed before the "
                       "answer came",
                       session->remote);
    *err = session->broken;
    err->code = ECONNRESET;
    return -ECONNRESET;
}

static bool call_ended(const struct session *session, struct session_event *ret)
{
    struct session_call *call = find_call(session, ret->rpc.id);
    struct ovsdb_outcome *outcome = &ret->outcome;

    if (!call)
        return false;
    if (ret->rpc.type == RPC_LOST)
        outcome->r = tell_lost(session, &outcome->err);
    else if (ret->rpc.error)
        outcome->r = reply_refused(ret->rpc.error, &outcome->err);
    else
        outcome->r = reply_check(ret->rpc.result, call->ops, &outcome->fault,
                                 &outcome->err);
    if (outcome->r >= 0)
        outcome->result = ret->rpc.result;
    list_remove(&call->link);
    *call = (struct session_call){0};
    ret->type = SESSION_ENDED;
    ret->call = call;
    return true;
}

/* Turns an event of rpc.h into one of the session. False if the driver is not
 * to hear of it. */
static bool translate(struct session *session, int64_t now_ms,
                      struct session_event *ret)
{
    if (ret->rpc.type == RPC_NOTIFICATION)
        return notified(session, ret);
    if (ret->rpc.id == session->monitor_id)
        return monitor_ended(session, now_ms, ret);
    if (ret->rpc.id == session->lock_id)
        return lock_ended(ret);
    return call_ended(session, ret);
}

static bool take_down(struct session *session, struct session_event *ret)
{
    if (!session->tells_down)
        return false;
    rpc_free(TAKE_PTR(session->rpc));
    session->state = STATE_DOWN;
    session->tells_down = false;
    *ret =
        (struct session_event){.type = SESSION_DOWN, .reason = session->broken};
    session->broken = (struct err){0};
    return true;
}

/* Nothing has come from the server yet: so a try that fails after this is one
 * failure more for the back-off. */
static bool take_up(struct session *session, struct session_event *ret)
{
    if (!session->tells_up || session->broken.code)
        return false;
    session->tells_up = false;
    session->state = STATE_UP;
    ret->type = SESSION_SYNCED;
    return true;
}

bool session_next(struct session *session, int64_t now_ms,
                  struct session_event *ret)
{
    *ret = (struct session_event){0};
    if (take_up(session, ret))
        return true;
    while (session->rpc && rpc_next(session->rpc, &ret->rpc)) {
        if (translate(session, now_ms, ret))
            return true;
        session_event_done(ret);
    }
    return take_down(session, ret);
}

void session_event_done(struct session_event *event)
{
    rpc_event_done(&event->rpc);
    *event = (struct session_event){0};
}

bool session_is_up(const struct session *session)
{
    return session->state == STATE_UP && !session->broken.code;
}

int session_transact(struct session *session, struct txn *txn,
                     struct session_call *call, struct err *err)
{
    const struct buf *params;

    if (!session_is_up(session))
        return err_set(err, ENOTCONN, "there is no connection to OVSDB at %s",
                       session->remote);
    int r = txn_params(txn, &params, err);
    if (r < 0)
        return r;
    *call =
        (struct session_call){.id = rpc_call(session->rpc, "transact", params),
                              .ops = txn_count(txn)};
    list_append(&session->calls, &call->link);
    return 0;
}

void session_forget(struct session *session, struct session_call *call)
{
    if (!list_has(&call->link))
        return;
    if (session->rpc)
        rpc_forget(session->rpc, call->id);
    list_remove(&call->link);
    *call = (struct session_call){0};
}
