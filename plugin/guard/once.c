/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of the guardian:
 *
 *   1. The database's rows come, and with them the lock, or not.
 *   2. The switch is asked to say when it has done all that it was asked for so
 *      far: one that has just started has not made its ports yet.
 *   3. The guardian looks and repairs, as it does for ever in the daemon.
 *   4. Nothing is left to be done or waited for. Whether that is so is looked
 *      at from time to time, as nobody needs it sooner.
 *
 * It fails when the database is away, when the deadline has come before 4, and
 * when ports are left that could not be helped.
 */
#include "plugin/guard/once.h"

#include <errno.h>

#include "ovsint/base/log.h"
#include "plugin/guard/guarded.h"

#define LOOK_EVERY_MS 20

/* ---- step 2 ---- */

static void on_switch_asked(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian = container_of(call, struct guardian, sync);

    (void)fence_set(&guardian->begin, outcome->result);
    guardian_schedule(guardian);
}

void guardian_ask_switch(struct guardian *guardian)
{
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    fence_say(&txn);
    if (guardian->sync.ovsdb == NULL &&
        ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->sync,
                       on_switch_asked, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

/* ---- step 4 ---- */

static void end(struct once *once, int r, const struct err *why)
{
    uv_close((uv_handle_t *)&once->timer, NULL);
    once->on_ended(once->data, r, why);
}

static int explain(const struct host *host, struct err *err)
{
    if (host->down.code)
        return err_set(err, ETIMEDOUT, "%s", host->down.text);
    return err_set(err, ETIMEDOUT,
                   "ports are not at rest within the deadline: does "
                   "ovs-vswitchd run, and what does its log say?");
}

static void on_timer(uv_timer_t *timer)
{
    struct once *once = timer->data;
    const struct host *host = once->guardian->host;
    struct err err = {0};
    size_t failed;
    int r = 0;

    switch (guardian_rest(once->guardian, &failed)) {
    case GUARDIAN_AT_REST:
        if (failed)
            r = err_set(&err, EIO, "%zu ports could not be helped", failed);
        end(once, r, &err);
        return;
    case GUARDIAN_PASSIVE:
        log_event(LOG_LEVEL_INFO,
                  "another guardian is at work: nothing is left to do", NULL);
        end(once, 0, &err);
        return;
    case GUARDIAN_AT_WORK:
        break;
    }
    /* A connection that could not be made is not waited for. */
    if (host->down.code || uv_now(timer->loop) >= once->deadline_ms) {
        r = explain(host, &err);
        end(once, r, &err);
    }
}

void once_begin(struct once *once, uv_loop_t *loop, struct guardian *guardian,
                unsigned timeout_ms, once_ended *on_ended, void *data)
{
    *once = (struct once){.guardian = guardian,
                          .deadline_ms = uv_now(loop) + timeout_ms,
                          .on_ended = on_ended,
                          .data = data};
    guardian->syncs = true;
    uv_timer_init(loop, &once->timer);
    once->timer.data = once;
    uv_timer_start(&once->timer, on_timer, LOOK_EVERY_MS, LOOK_EVERY_MS);
}
