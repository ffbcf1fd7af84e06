/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One pass of the guardian:
 *
 *   1. The rows come, and the lock, unless another guardian has it.
 *   2. A fence is set: a switch that has just started has not made its ports
 *      yet.
 *   3. When it is passed, the guardian looks and repairs as in the daemon.
 *   4. The pass ends when nothing is left to be done or waited for. That is
 *      checked by a timer, as nobody needs to know it sooner.
 *
 * It fails if the database is away, if the deadline comes before 4, and if some
 * ports could not be repaired.
 */
#include "plugin/guard/once.h"

#include <errno.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"
#include "plugin/guard/guarded.h"

#define LOOK_EVERY_MS 20

static void on_switch_asked(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian = container_of(call, struct guardian, begin_call);

    (void)fence_set(&guardian->begin_fence, outcome->result);
    guardian_schedule(guardian);
}

void guardian_ask_switch(struct guardian *guardian)
{
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    fence_txn(&txn);
    if (guardian->begin_call.ovsdb == NULL &&
        ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->begin_call,
                       on_switch_asked, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

static void once_end(struct once *once, int r, const struct err *why)
{
    uv_close((uv_handle_t *)&once->timer, NULL);
    once->on_ended(once->data, r, why);
}

static int once_explain(const struct host *host, struct err *err)
{
    if (host->down.code)
        return err_set(err, ETIMEDOUT, "%s", host->down.text);
    return err_set(err, ETIMEDOUT,
                   "the guardian's work was not done within the deadline: "
                   "does ovs-vswitchd run, and what does its log say?");
}

static void on_once_timer(uv_timer_t *timer)
{
    struct once *once = timer->data;
    const struct host *host = once->guardian->host;
    struct err err = {0};
    size_t failed;
    int r = 0;

    switch (guardian_rest(once->guardian, &failed)) {
    case GUARDIAN_AT_REST:
        if (failed)
            r = err_set(&err, EIO,
                        "ports that could not be repaired: %zu; the log says "
                        "which",
                        failed);
        once_end(once, r, &err);
        return;
    case GUARDIAN_PASSIVE:
        log_event(LOG_LEVEL_INFO,
                  "another guardian is at work: nothing is left to do", NULL);
        once_end(once, 0, &err);
        return;
    case GUARDIAN_AT_WORK:
        break;
    }
    /* If the connection could not be made, the pass does not wait for it. */
    if (host->down.code || uv_now(timer->loop) >= once->deadline_ms) {
        r = once_explain(host, &err);
        once_end(once, r, &err);
    }
}

void once_begin(struct once *once, uv_loop_t *loop, struct guardian *guardian,
                unsigned timeout_ms, once_ended *on_ended, void *data)
{
    *once = (struct once){.guardian = guardian,
                          .deadline_ms = uv_now(loop) + timeout_ms,
                          .on_ended = on_ended,
                          .data = data};
    guardian->begins_with_fence = true;
    uv_timer_init(loop, &once->timer);
    once->timer.data = once;
    timer_every(&once->timer, on_once_timer, LOOK_EVERY_MS, LOOK_EVERY_MS);
}
