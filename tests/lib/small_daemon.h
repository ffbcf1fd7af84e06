/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the rooms of the daemon stand on, for unit tests: a host whose database
 * is a small one, and an event loop with a clock of numbers. It defines those
 * functions of libuv, host.c and ovsdb_uv.c that a room calls, so nothing else
 * of them is linked. Include it in one file of a program.
 *
 * daemon_turn() delivers what the database has to say: first the rows that have
 * changed, then the replies, as ovsdb-server does. daemon_elapse() lets time
 * pass, and timers fire.
 */
#pragma once

#include "plugin/daemon/host.h"
#include "tests/lib/small_ovsdb.h"
#ifndef DAEMON_HAS_NORTHBOUND
#include "tests/lib/small_northbound.h"
#endif

#define DAEMON_BOOT "boot1"
#define DAEMON_REMOTE "unix:/run/openvswitch/db.sock"
#define DAEMON_CALLS 64
#define DAEMON_TIMERS 32

struct daemon_reply {
    struct ovsdb_call *call; /* NULL = nobody waits for it any more */
    bool is_silent;          /* it does not come */
    struct ovsdb_outcome outcome;
    struct json *result;
};

static struct small_daemon {
    struct host host;
    struct settings settings;
    struct small_ovsdb *db;
    uint64_t now_ms;
    uint64_t busy_ms; /* each look at uv_hrtime() comes so much later */
    uint64_t worked_ms;
    bool in_timer; /* one is being called */
    bool is_up;
    bool is_silent;   /* requests get no reply, and are not done */
    int replies_fail; /* ... fail with that errno, and are not done */
    int sends_fail;   /* nothing is sent, with this errno */
    struct daemon_reply replies[DAEMON_CALLS];
    size_t reply_count;
    uv_timer_t *timers[DAEMON_TIMERS];
    uint64_t due_ms[DAEMON_TIMERS];
    uv_timer_cb fires[DAEMON_TIMERS];
    uint64_t repeat_ms[DAEMON_TIMERS];
    uv_handle_t *closing[DAEMON_TIMERS];
    uv_close_cb closed[DAEMON_TIMERS];
    size_t closing_count;
    /* Is told of each transaction that was sent. */
    void (*on_sent)(const char *said);
} small_daemon;

/* The event loop. */

uint64_t uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return small_daemon.now_ms;
}

void uv_update_time(uv_loop_t *loop)
{
    (void)loop;
}

uint64_t uv_hrtime(void)
{
    small_daemon.worked_ms += small_daemon.busy_ms;
    return (small_daemon.now_ms + small_daemon.worked_ms) * UINT64_C(1000000);
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    *timer = (uv_timer_t){.loop = loop};
    return 0;
}

int uv_timer_stop(uv_timer_t *timer)
{
    for (size_t i = 0; i < DAEMON_TIMERS; i++) {
        if (small_daemon.timers[i] == timer)
            small_daemon.timers[i] = NULL;
    }
    return 0;
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb fires, uint64_t ms,
                   uint64_t repeat)
{
    size_t i = 0;

    CHECK(ms > 0); /* see plugin/daemon/timer.h */
    uv_timer_stop(timer);
    while (small_daemon.timers[i])
        i++;
    CHECK(i < DAEMON_TIMERS);
    small_daemon.timers[i] = timer;
    /* "As soon as possible" takes no time here, but for a timer's callback. */
    bool at_once = ms == 1 && !small_daemon.in_timer;
    small_daemon.due_ms[i] = small_daemon.now_ms + (at_once ? 0 : ms);
    small_daemon.fires[i] = fires;
    small_daemon.repeat_ms[i] = repeat;
    return 0;
}

/* Of handles only timers are asked. */
int uv_is_active(const uv_handle_t *handle)
{
    for (size_t i = 0; i < DAEMON_TIMERS; i++) {
        if ((const uv_handle_t *)small_daemon.timers[i] == handle)
            return 1;
    }
    return 0;
}

uint64_t uv_timer_get_due_in(const uv_timer_t *timer)
{
    for (size_t i = 0; i < DAEMON_TIMERS; i++) {
        if (small_daemon.timers[i] == timer &&
            small_daemon.due_ms[i] > small_daemon.now_ms)
            return small_daemon.due_ms[i] - small_daemon.now_ms;
    }
    return 0;
}

/* As libuv, it calls back later: daemon_turn() and daemon_close() do. */
void uv_close(uv_handle_t *handle, uv_close_cb closed)
{
    uv_timer_stop((uv_timer_t *)handle);
    if (!closed)
        return;
    CHECK(small_daemon.closing_count < DAEMON_TIMERS);
    small_daemon.closing[small_daemon.closing_count] = handle;
    small_daemon.closed[small_daemon.closing_count++] = closed;
}

static inline void daemon_closed(void)
{
    while (small_daemon.closing_count > 0) {
        size_t i = --small_daemon.closing_count;
        small_daemon.closed[i](small_daemon.closing[i]);
    }
}

/* The timer that is due first, by then; DAEMON_TIMERS = none. */
static inline size_t daemon_timer(uint64_t until_ms)
{
    size_t first = DAEMON_TIMERS;

    for (size_t i = 0; i < DAEMON_TIMERS; i++) {
        if (small_daemon.timers[i] && small_daemon.due_ms[i] <= until_ms &&
            (first == DAEMON_TIMERS ||
             small_daemon.due_ms[i] < small_daemon.due_ms[first]))
            first = i;
    }
    return first;
}

/* When the next timer fires, after now; -1 = none is set. */
static inline long daemon_next_ms(void)
{
    size_t i = daemon_timer(UINT64_MAX);

    return i == DAEMON_TIMERS
               ? -1
               : (long)(small_daemon.due_ms[i] - small_daemon.now_ms);
}

/* The timer that is due first, by then, fires. False when none is. */
static inline bool daemon_fire(uint64_t until_ms)
{
    size_t i = daemon_timer(until_ms);

    if (i == DAEMON_TIMERS)
        return false;
    uv_timer_t *timer = small_daemon.timers[i];
    if (small_daemon.due_ms[i] > small_daemon.now_ms)
        small_daemon.now_ms = small_daemon.due_ms[i];
    small_daemon.due_ms[i] += small_daemon.repeat_ms[i];
    if (!small_daemon.repeat_ms[i])
        small_daemon.timers[i] = NULL;
    small_daemon.in_timer = true;
    small_daemon.fires[i](timer);
    small_daemon.in_timer = false;
    daemon_closed();
    return true;
}

/* Time passes, and timers fire in their order. The database says nothing. */
static inline void daemon_elapse(uint64_t ms)
{
    uint64_t until = small_daemon.now_ms + ms;

    while (daemon_fire(until))
        continue;
    small_daemon.now_ms = until;
}

/* The host. */

void host_subscribe(struct host *host, struct host_subscriber *subscriber)
{
    list_append(&host->subscribers, &subscriber->link);
}

void host_unsubscribe(struct host_subscriber *subscriber)
{
    list_remove(&subscriber->link);
}

/* Calls one event of each subscriber that wants it. */
#define DAEMON_TELL(event, ...)                                   \
    do {                                                          \
        LIST_EACH (link, &small_daemon.host.subscribers) {        \
            const struct host_subscriber *told =                  \
                container_of(link, struct host_subscriber, link); \
            if (told->events->event)                              \
                told->events->event(told->data, __VA_ARGS__);     \
        }                                                         \
    } while (0)

static inline struct host *daemon_open(struct small_ovsdb *db)
{
    struct host *host = &small_daemon.host;

    small_daemon.db = db;
    small_daemon.now_ms = 1000;
    small_daemon.settings = (struct settings){
        .timeout_ms = 10000, .guards = true, .policy.named = 1u << RULE_GUARD};
    *host = (struct host){.settings = &small_daemon.settings,
                          .ovsdb = (struct ovsdb *)&small_daemon,
                          .boot = DAEMON_BOOT,
                          .call_timeout_ms = 10000};
    host->ports.keeps_removed = true;
    list_init(&host->subscribers);
    return host;
}

static inline void daemon_close(void)
{
    daemon_closed();
    CHECK(list_is_empty(&small_daemon.host.subscribers));
    for (size_t i = 0; i < small_daemon.reply_count; i++)
        json_free(small_daemon.replies[i].result);
    small_daemon.reply_count = 0;
    vswitch_view_done(&small_daemon.host.ports);
    bridges_done(&small_daemon.host.bridges);
}

/* The session. */

const struct histogram *ovsdb_times(const struct ovsdb *ovsdb)
{
    static const struct histogram times;

    (void)ovsdb;
    return &times;
}

bool ovsdb_is_up(const struct ovsdb *ovsdb)
{
    (void)ovsdb;
    return small_daemon.is_up;
}

int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done, struct err *err)
{
    struct daemon_reply reply = {.call = call};

    if (!small_daemon.is_up)
        return err_set(err, ENOTCONN, "there is no connection");
    if (small_daemon.sends_fail)
        return err_set(err, small_daemon.sends_fail, "refused");
    CHECK(!call->ovsdb);
    *call = (struct ovsdb_call){.ovsdb = ovsdb, .done = done};
    reply.is_silent = small_daemon.is_silent;
    if (small_daemon.replies_fail) {
        reply.outcome.r =
            err_set(&reply.outcome.err, small_daemon.replies_fail, "refused");
    } else if (!reply.is_silent) {
        reply.outcome = small_ovsdb_transact(small_daemon.db, txn);
        reply.result = TAKE_PTR(small_daemon.db->result);
    }
    CHECK(small_daemon.reply_count < DAEMON_CALLS);
    small_daemon.replies[small_daemon.reply_count++] = reply;
    if (!reply.is_silent && small_daemon.on_sent)
        small_daemon.on_sent(small_daemon.db->said);
    return 0;
}

void ovsdb_forget(struct ovsdb_call *call)
{
    for (size_t i = 0; i < small_daemon.reply_count; i++) {
        if (small_daemon.replies[i].call == call)
            small_daemon.replies[i].call = NULL;
    }
    *call = (struct ovsdb_call){0};
}

static inline void daemon_end_call(struct ovsdb_call *call,
                                   const struct ovsdb_outcome *outcome)
{
    ovsdb_done *done = call->done;

    *call = (struct ovsdb_call){0};
    done(call, outcome);
}

static inline void daemon_show(bool anew)
{
    struct host *host = &small_daemon.host;
    auto_json struct json *updates = small_ovsdb_updates(small_daemon.db, anew);

    if (!updates)
        return;
    if (anew) {
        vswitch_view_done(&host->ports);
        bridges_sync(&host->bridges, updates);
    } else {
        bridges_apply(&host->bridges, updates);
    }
    vswitch_view_apply(&host->ports, updates);
    DAEMON_TELL(on_rows, updates, anew);
}

/* The rows that have changed, then one reply. False when there was none. */
static inline bool daemon_turn(void)
{
    struct daemon_reply reply;
    size_t i = 0;

    daemon_closed();
    if (small_daemon.is_up)
        daemon_show(false);
    while (i < small_daemon.reply_count && small_daemon.replies[i].is_silent)
        i++;
    if (i == small_daemon.reply_count)
        return false;
    reply = small_daemon.replies[i];
    small_daemon.reply_count--;
    memmove(small_daemon.replies + i, small_daemon.replies + i + 1,
            (small_daemon.reply_count - i) * sizeof(reply));
    reply.outcome.result = reply.outcome.r < 0 ? NULL : reply.result;
    if (reply.call)
        daemon_end_call(reply.call, &reply.outcome);
    json_free(reply.result);
    return true;
}

/* Until the database has nothing more to say. */
static inline void daemon_settle(void)
{
    while (daemon_turn())
        continue;
}

static inline void daemon_up(void)
{
    small_daemon.is_up = true;
    daemon_show(true);
}

/* The connection goes. What was in flight may have been done, or not. */
static inline void daemon_down(void)
{
    struct ovsdb_outcome lost = {0};
    struct err why = {0};

    small_daemon.is_up = false;
    lost.r = err_set(&lost.err, ECONNRESET, "the connection went");
    err_set(&why, EPIPE, "the server has ended");
    while (small_daemon.reply_count > 0) {
        struct daemon_reply reply =
            small_daemon.replies[--small_daemon.reply_count];
        json_free(reply.result);
        if (reply.call)
            daemon_end_call(reply.call, &lost);
    }
    DAEMON_TELL(on_down, &why);
}
