/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one pass needs besides: a begin at which the switch has caught up, and
 * an end at which nothing is left to be done or waited for.
 */
#include <stddef.h>

#include "ovsint/base/log.h"
#include "plugin/guard/guarded.h"

static void switch_asked(struct ovsdb_call *call,
                         const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian =
        (struct guardian *)(void *)((char *)call -
                                    offsetof(struct guardian, sync));

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
        ovsdb_transact(guardian->driver->ovsdb, &txn, &guardian->sync,
                       switch_asked, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

void guardian_sync_switch(struct guardian *guardian)
{
    guardian->syncs = true;
}

static bool is_at_rest(const struct guarded *guarded)
{
    /* On its way: by somebody who is at work, and answers for it. */
    return !guarded->busy && !guarded->due && !guarded->aside &&
           !streak_has_hope(&guarded->streak) &&
           guarded->reannouncement == GREETING_NONE &&
           guarded->verdict != VERDICT_UNNOTICED &&
           guarded->verdict != VERDICT_REMAKE &&
           guarded->verdict != VERDICT_RETYPE &&
           (guarded->verdict != VERDICT_PATIENCE || guarded->slow);
}

enum guardian_rest guardian_rest(const struct guardian *guardian,
                                 size_t *ret_failed)
{
    if (guardian->is_up && guardian->lock_told && !guardian->has_lock)
        return GUARDIAN_PASSIVE;
    if (!guardian_may_work(guardian) || guardian->sync.ovsdb ||
        guardian->lost_rows || guardian->stray_taps)
        return GUARDIAN_AT_WORK;
    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *guarded = guardian->guarded_ports[i];
        if (!is_at_rest(guarded))
            return GUARDIAN_AT_WORK;
        *ret_failed += guarded->streak.failures > 0 ||
                       guarded->verdict == VERDICT_BLOCKED ||
                       guarded->verdict == VERDICT_BLIND;
    }
    return GUARDIAN_AT_REST;
}
