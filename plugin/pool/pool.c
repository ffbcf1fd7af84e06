/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When the pools are looked after. The order of things:
 *
 *   1. Rows come or change: what is wanted may be something else, ready ports
 *      may have been taken. A look is due.
 *   2. When no attach has been seen for CALM_MS the timer fires, and
 *      pool_plan_make() says what is to be done. While a port is being made for
 *      a container, ready ports would make that slower: so they wait for it,
 * but no longer than PATIENCE_MS, as one that never gets ready must not keep
 *      all pools empty.
 *   3. One transaction removes and makes; it asserts the lock, so that of two
 *      daemons one does. If a port that was to go has been taken meanwhile
 *      nothing is done, and the next look follows. What is too much for one
 *      transaction follows in another.
 *
 * What the switch cannot make is removed, and that pool is filled again after
 * POOL_RETRY_MS. If the database refuses, nothing is written for as long. With
 * nothing to do no timer runs. It remembers nothing that rows can tell.
 */
#include "plugin/pool/pool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/host.h"
#include "plugin/daemon/timer.h"
#include "plugin/pool/plan.h"

#define CALM_MS 200
#define PATIENCE_MS 5000
/* A device that was deleted may be about to be made again. And a database that
 * has restarted knows of no device until ovs-vswitchd has found it again, which
 * asks for it each 8 s at the least. */
#define DEVICELESS_MS 10000

struct pool {
    struct host *host;
    struct host_subscriber subscriber;
    uv_timer_t timer;
    struct ovsdb_call call;
    struct wanted_pools configured;
    struct wanted_pools wanted;
    bool has_lock;
    bool has_ports;         /* there were ready ports at the last look */
    bool is_refused;        /* by the database, and that was logged */
    bool is_cut_off;        /* not all was made that was to be */
    bool told_cut;          /* that more are wanted than there may be */
    uint64_t attached_ms;   /* when an attach was last seen */
    uint64_t due_ms;        /* since when a look is due; 0 = it is not */
    uint64_t deviceless_ms; /* since when a device is missing; 0 = none is */
    uint64_t write_ms;      /* nothing is written before that */
    /* Of the transaction that is under way: */
    char (*removes)[IFNAME_SIZE];
    size_t remove_count;
    size_t add_count;
};

static void on_pool_timer(uv_timer_t *timer);

static uint64_t now_of(const struct pool *pool)
{
    return uv_now(pool->timer.loop);
}

static bool may_work(const struct pool *pool)
{
    return pool->has_lock && !pool->call.ovsdb &&
           ovsdb_is_up(pool->host->ovsdb);
}

static void look_at(struct pool *pool, uint64_t at_ms)
{
    if (may_work(pool))
        timer_at(&pool->timer, on_pool_timer, at_ms);
}

/* While attaches follow one another the time does not move on for ever. */
static void look_soon(struct pool *pool)
{
    if (pool->due_ms == 0)
        pool->due_ms = now_of(pool);
    uint64_t calm = pool->attached_ms + CALM_MS;
    uint64_t latest = pool->due_ms + PATIENCE_MS;
    look_at(pool, calm < latest ? calm : latest);
}

/* What is wanted. */

static void log_refused(const char *what, const struct err *why)
{
    log_event(LOG_LEVEL_WARNING, "no ports are kept ready", "for", what,
              "reason", why->text, NULL);
}

static void tell_of_cut(struct pool *pool)
{
    char most[24];

    snprintf(most, sizeof(most), "%d", LIMIT_READY);
    if (pool->wanted.is_cut && !pool->told_cut)
        log_event(LOG_LEVEL_WARNING,
                  "the pools of all networks want more ready ports than there "
                  "may be: the last ones have fewer, or none",
                  "most", most, NULL);
    pool->told_cut = pool->wanted.is_cut;
}

static void find_wanted(struct pool *pool)
{
    const struct wanted_pools *configured = &pool->configured;
    struct wanted_pools *wanted = &pool->wanted;
    struct wanted_pools before = *wanted;

    *wanted = (struct wanted_pools){0};
    if (configured->count) {
        wanted->list = mem_new(configured->count * sizeof(*wanted->list));
        memcpy(wanted->list, configured->list,
               configured->count * sizeof(*wanted->list));
        wanted->count = configured->count;
    }
    wanted->total = configured->total;
    wanted->is_cut = configured->is_cut;
    wanted_of_networks(&pool->host->bridges, pool->host->settings, wanted);
    wanted_of_ports(&pool->host->ports, wanted);
    wanted_remember(wanted, &before);
    wanted_done(&before);
    tell_of_cut(pool);
}

/* Doing it. */

/* `fit`: the pool that it is about; NULL = all. */
static void tell_of_failure(const char *fit, const char *why)
{
    log_event(LOG_LEVEL_WARNING,
              "ports could not be kept ready; containers start without them, "
              "and it is tried again",
              "pool", fit, "reason", why, NULL);
}

/* Its ports in the switch. */
static void tell_of_failures(struct pool *pool)
{
    for (size_t i = 0; i < pool->wanted.count; i++) {
        struct wanted_pool *wanted = &pool->wanted.list[i];
        if (wanted->failed && !wanted->is_failing)
            tell_of_failure(wanted->fit,
                            wanted->why ? wanted->why : "no reason given");
        wanted->is_failing |= wanted->failed > 0;
    }
}

static void write_refused(struct pool *pool, const struct err *why)
{
    pool->write_ms = now_of(pool) + POOL_RETRY_MS;
    if (!pool->is_refused)
        tell_of_failure(NULL, why->text);
    pool->is_refused = true;
}

static void log_change(const struct pool *pool)
{
    char removed[24], made[24];

    snprintf(removed, sizeof(removed), "%zu", pool->remove_count);
    snprintf(made, sizeof(made), "%zu", pool->add_count);
    log_event(LOG_LEVEL_INFO, "ready ports", "made", made, "removed", removed,
              NULL);
}

/* To a view that does not know, a removal would be somebody else's. */
static void expect_removals(struct pool *pool, const struct pool_plan *plan)
{
    pool->remove_count = plan->remove_count;
    pool->removes = mem_new((plan->remove_count + 1) * sizeof(*pool->removes));
    for (size_t i = 0; i < plan->remove_count; i++) {
        const char *name = plan->removes[i]->name;
        memcpy(pool->removes[i], name, strlen(name) + 1);
        vswitch_view_expect_removal(&pool->host->ports, name);
    }
}

/* They stay, and one may be a container's by now. */
static void expect_nothing(struct pool *pool)
{
    for (size_t i = 0; i < pool->remove_count; i++)
        vswitch_view_expect_nothing(&pool->host->ports, pool->removes[i]);
}

static void on_pool_written(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct pool *pool = container_of(call, struct pool, call);
    bool is_lost = outcome->r == -ECONNRESET; /* the rows will tell */

    if (outcome->r >= 0) {
        pool->is_refused = false;
        log_change(pool);
    } else if (!is_lost) {
        expect_nothing(pool);
    }
    free(TAKE_PTR(pool->removes));
    if (is_lost)
        return;
    if (outcome->r < 0 && outcome->fault.kind != REPLY_GUARD)
        write_refused(pool, &outcome->err);
    look_soon(pool);
}

static void write_plan(struct pool *pool, const struct pool_plan *plan)
{
    struct host *host = pool->host;
    auto_txn struct txn txn = {0};
    struct err err = {0};
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return;
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    pool_plan_remove(plan, &txn);
    pool->add_count =
        plan->add_count ? pool_plan_fill(&pool->wanted, &host->bridges,
                                         host->boot, now_of(pool), nonce, &txn)
                        : 0;
    pool->is_cut_off = pool->add_count < plan->add_count;
    if (ovsdb_transact(host->ovsdb, &txn, &pool->call, on_pool_written, &err) <
        0) {
        write_refused(pool, &err);
        look_soon(pool);
        return;
    }
    expect_removals(pool, plan);
}

/* A device that is missing: when it has had its time. 0 = none is. */
static uint64_t deviceless_until(struct pool *pool,
                                 const struct pool_plan *plan)
{
    if (!plan->deviceless)
        pool->deviceless_ms = 0;
    else if (pool->deviceless_ms == 0)
        pool->deviceless_ms = now_of(pool);
    return pool->deviceless_ms ? pool->deviceless_ms + DEVICELESS_MS : 0;
}

static bool has_to_wait(const struct pool *pool, const struct pool_plan *plan)
{
    uint64_t now = now_of(pool);

    return (plan->is_attaching || now < pool->attached_ms + CALM_MS) &&
           now < pool->due_ms + PATIENCE_MS;
}

static void look_after_pools(struct pool *pool)
{
    const struct pool_moment moment = {
        .now_ms = now_of(pool),
        .drops_deviceless = pool->deviceless_ms &&
                            now_of(pool) >= pool->deviceless_ms + DEVICELESS_MS,
        .goes_on = pool->is_cut_off};
    auto_pool_plan struct pool_plan plan = {0};

    if (moment.now_ms < pool->write_ms) {
        look_at(pool, pool->write_ms);
        return;
    }
    pool_plan_make(&pool->host->ports, &pool->host->bridges, pool->host->boot,
                   &moment, &pool->wanted, &plan);
    pool->has_ports = plan.count > 0;
    tell_of_failures(pool);
    uint64_t next = deviceless_until(pool, &plan);
    if (!plan.add_count && !plan.remove_count) {
        pool->due_ms = 0;
        pool->is_cut_off = false;
        if (plan.retry_ms && (next == 0 || plan.retry_ms < next))
            next = plan.retry_ms;
        if (next)
            look_at(pool, next);
        return;
    }
    if (has_to_wait(pool, &plan)) {
        look_at(pool, moment.now_ms + CALM_MS);
        return;
    }
    pool->due_ms = 0;
    pool->deviceless_ms = 0;
    write_plan(pool, &plan);
}

static void on_pool_timer(uv_timer_t *timer)
{
    struct pool *pool = timer->data;

    if (may_work(pool))
        look_after_pools(pool);
}

/* Rows. */

#define SIGNS                                                            \
    (VSWITCH_INSERTED | VSWITCH_REMOVED | VSWITCH_IDS | VSWITCH_OFPORT | \
     VSWITCH_IFINDEX | VSWITCH_ERROR)

/* Is it a port of a container that comes, goes or is taken? */
static bool see_changes(struct pool *pool)
{
    const struct vswitch_view *view = &pool->host->ports;
    bool any = false;

    for (size_t i = 0; i < view->change_count; i++) {
        const struct vswitch_change *change = &view->changes[i];
        if (!(change->what & SIGNS))
            continue;
        any = true;
        if (!change->port || !ready_port_is(change->port))
            pool->attached_ms = now_of(pool);
    }
    return any;
}

/* Does it concern what is wanted? */
static bool changes_wanted(const struct pool *pool, const struct json *updates)
{
    const struct vswitch_view *view = &pool->host->ports;
    struct row_update bridge;

    if (monitor_update_at(updates, "Bridge", 0, &bridge))
        return true;
    for (size_t i = 0; i < view->change_count; i++) {
        const struct vswitch_change *change = &view->changes[i];
        if (change->what & VSWITCH_POOL_ASKED)
            return true;
    }
    return false;
}

static void on_pool_rows(void *data, const struct json *updates, bool anew)
{
    struct pool *pool = data;
    bool other = anew || changes_wanted(pool, updates);

    if (other)
        find_wanted(pool);
    if (!anew && pool->wanted.count == 0 && !pool->has_ports)
        return;
    if (see_changes(pool) || other)
        look_soon(pool);
}

static void on_pool_down(void *data, const struct err *why)
{
    struct pool *pool = data;

    (void)why;
    pool->has_lock = false;
    /* What was waited for before tells nothing of what comes after. */
    pool->deviceless_ms = 0;
    pool->due_ms = 0;
    uv_timer_stop(&pool->timer);
}

static void on_pool_lock(void *data, bool ours)
{
    struct pool *pool = data;

    pool->has_lock = ours;
    look_soon(pool);
}

static const struct host_events pool_events = {
    .on_rows = on_pool_rows, .on_down = on_pool_down, .on_lock = on_pool_lock};

struct pool *pool_open(uv_loop_t *loop, struct host *host)
{
    struct pool *pool = mem_new(sizeof(*pool));

    pool->host = host;
    wanted_of_settings(host->settings, log_refused, &pool->configured);
    uv_timer_init(loop, &pool->timer);
    pool->timer.data = pool;
    pool->subscriber =
        (struct host_subscriber){.events = &pool_events, .data = pool};
    host_subscribe(host, &pool->subscriber);
    return pool;
}

static void on_pool_closed(uv_handle_t *handle)
{
    struct pool *pool = handle->data;

    wanted_done(&pool->configured);
    wanted_done(&pool->wanted);
    free(pool->removes);
    free(pool);
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    ovsdb_forget(&pool->call);
    host_unsubscribe(&pool->subscriber);
    uv_close((uv_handle_t *)&pool->timer, on_pool_closed);
}
