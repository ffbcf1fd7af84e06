/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The life of a pending removal:
 *
 *   1. It is noted, and tried if the database is there; else when the rows are.
 *   2. What the rows show of it is removed in one transaction. If they show
 *      nothing, a no-op query is sent as a fence: the database answers in
 * order, so an insert that was sent earlier is visible before the answer.
 *   3. Whenever rows change 2 is repeated, until the rows show nothing and the
 *      database has answered.
 *
 * If a guard fails it goes back to 2, if the connection goes to 1. After any
 * other failure, as of a database whose disk is full, it is tried again after
 * RETRY_MS.
 */
#include "plugin/docker/removals.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/publish.h"

#define RETRY_MS 30000

struct removal {
    struct list link;
    struct ovsdb_call call;
    struct bridge_guard bridge_guard; /* of REMOVE_NETWORK */
    struct removals *removals;
    enum removal_kind kind;
    char *id;
    bool answered;     /* the server has answered since the removal was noted */
    bool is_refused;   /* that was logged */
    uint64_t retry_ms; /* not before that */
};

static struct removal *removal_at(struct list *link)
{
    return container_of(link, struct removal, link);
}

void removals_init(struct removals *removals, uv_loop_t *loop,
                   struct docker *docker)
{
    removals->docker = docker;
    removals->timer = mem_new(sizeof(*removals->timer));
    uv_timer_init(loop, removals->timer);
    removals->timer->data = removals;
    list_init(&removals->pending);
}

static void removal_drop(struct removal *removal)
{
    removal->removals->count--;
    list_remove(&removal->link);
    ovsdb_forget(&removal->call);
    free(removal->id);
    free(removal);
}

static void removal_try(struct removal *removal);

static void on_retry(uv_timer_t *timer)
{
    removals_try(timer->data);
}

/* Docker has forgotten it, and nobody else will ask for it again. */
static void removal_refused(struct removal *removal, const struct err *err)
{
    uv_timer_t *timer = removal->removals->timer;

    if (!removal->is_refused)
        log_event(LOG_LEVEL_ERROR,
                  removal->kind == MARK_LEFT
                      ? "could not note yet that a container has left its "
                        "network"
                      : "a pending removal failed, and is tried again",
                  "id", removal->id, "error", err->text, NULL);
    removal->is_refused = true;
    removal->retry_ms = uv_now(timer->loop) + RETRY_MS;
    if (!uv_is_active((uv_handle_t *)timer))
        timer_in(timer, on_retry, RETRY_MS);
}

/* If a guard has failed, the change that made it fail came before this answer
 * and is visible already. No further event would cause another try, so try
 * here. */
static void on_removed(struct ovsdb_call *call,
                       const struct ovsdb_outcome *outcome)
{
    struct removal *removal = container_of(call, struct removal, call);

    if (outcome->r == -ECONNRESET)
        return; /* tried again when the rows are there anew */
    if (outcome->r < 0 && outcome->r != -ESTALE) {
        removal_refused(removal, &outcome->err);
        return;
    }
    network_remove_failed(removal->removals->docker, &removal->bridge_guard,
                          outcome);
    removal->answered |= outcome->r >= 0;
    removal_try(removal);
}

static void fill(struct removal *removal, struct txn *txn)
{
    struct docker *docker = removal->removals->docker;

    txn_init(txn, OVSDB_NAME);
    switch (removal->kind) {
    case REMOVE_ENDPOINT:
        endpoint_remove(docker, removal->id, txn);
        break;
    case REMOVE_NETWORK:
        network_remove(docker, removal->id, txn, &removal->bridge_guard);
        break;
    case REMOVE_PORTS:
        endpoint_unpublish(docker, removal->id, txn);
        break;
    case MARK_LEFT:
        port_mark_left(docker, removal->id, txn);
        break;
    }
    if (txn_count(txn) > 0 || removal->answered)
        return;
    txn_select(txn, "Open_vSwitch", "_uuid", NULL);
    txn_where_any(txn);
}

static void removal_try(struct removal *removal)
{
    struct ovsdb *ovsdb = removal->removals->docker->host->ovsdb;
    uv_timer_t *timer = removal->removals->timer;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (removal->call.ovsdb || !ovsdb_is_up(ovsdb))
        return;
    if (uv_now(timer->loop) < removal->retry_ms) {
        if (!uv_is_active((uv_handle_t *)timer))
            timer_at(timer, on_retry, removal->retry_ms);
        return;
    }
    fill(removal, &txn);
    if (txn_count(&txn) == 0) {
        if (removal->kind != MARK_LEFT)
            log_event(LOG_LEVEL_INFO, "a pending removal is done", "id",
                      removal->id, NULL);
        if (removal->kind == REMOVE_NETWORK)
            logical_sweep_run(&removal->removals->docker->logical);
        removal_drop(removal);
        return;
    }
    int r = ovsdb_transact(ovsdb, &txn, &removal->call, on_removed, &err);
    /* -ENOTCONN: tried again when the rows are there anew */
    if (r < 0 && r != -ENOTCONN)
        removal_refused(removal, &err);
}

void removals_try(struct removals *removals)
{
    LIST_EACH (link, &removals->pending)
        removal_try(removal_at(link));
}

static struct removal *find_noted(struct removals *removals,
                                  enum removal_kind kind, const char *id)
{
    LIST_EACH (link, &removals->pending) {
        struct removal *removal = removal_at(link);
        if (removal->kind == kind && strcmp(removal->id, id) == 0)
            return removal;
    }
    return NULL;
}

bool removals_cancel(struct removals *removals, enum removal_kind kind,
                     const char *id)
{
    struct removal *removal = find_noted(removals, kind, id);

    if (removal)
        removal_drop(removal);
    return removal != NULL;
}

void removals_add(struct removals *removals, enum removal_kind kind,
                  const char *id)
{
    if (find_noted(removals, kind, id))
        return;
    if (removals->count == LIMIT_REMOVALS)
        removal_drop(removal_at(list_first(&removals->pending)));
    struct removal *removal = mem_new(sizeof(*removal));
    removal->removals = removals;
    removal->kind = kind;
    removal->id = mem_text(id, strlen(id));
    list_append(&removals->pending, &removal->link);
    removals->count++;
    removal_try(removal);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void removals_done(struct removals *removals)
{
    if (removals->count)
        log_event(LOG_LEVEL_WARNING,
                  "ports that Docker has removed are left in OVSDB, as it is "
                  "away",
                  NULL);
    LIST_EACH (link, &removals->pending)
        removal_drop(removal_at(link));
    uv_close((uv_handle_t *)removals->timer, on_timer_closed);
}
