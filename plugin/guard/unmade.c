/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ports that the switch could not make, while their containers live:
 *
 *   1. The row says so by its ofport, or has none for a while, or the container
 *      has a dead TAP and the host has no device. STREAK_FIRST_MS later a fence
 *      is set: that makes the switch try again. One serves all such ports. A
 *      switch that is down passes it when it has started.
 *   2. If it is passed and nothing has changed, that is a failure: it is logged
 *      once, and step 1 comes again after a while (streak.h).
 *   3. Else the device is on the host, and the row has made its port due.
 *
 * If the connection goes, or another client has the lock, nothing is known of
 * what was asked, and step 1 comes again.
 *
 * Why: ovs-vswitchd tries again at the next change of anything, and not before.
 * What is in its way may go without one. So it is when an ovs-vswitchd that
 * ends still has its TAPs of the host open, the datapath's own included, and
 * the next one finds them busy: they are down, and a device that is down tells
 * nobody that it is free. Without its datapath the next one makes no port at
 * all, and leaves the rows as they are.
 */
#include <errno.h>

#include "plugin/guard/guarded.h"

static bool is_asked(const struct guardian *guardian)
{
    return guardian->unmade_call.ovsdb || fence_is_set(&guardian->unmade_fence);
}

/* Has the switch been asked since the port is known to be unmade? */
static bool was_asked_for(const struct guarded *guarded)
{
    return guarded->guardian->unmade_asked_ms >= guarded->since_ms;
}

/* Looks at those that it was asked for. */
static void on_answer(struct guardian *guardian, bool is_known)
{
    fence_drop(&guardian->unmade_fence);
    LIST_EACH (link, &guardian->active) {
        struct guarded *guarded = container_of(link, struct guarded, active);
        if (!guarded->asked)
            continue;
        guarded->due = true;
        guarded->asked = is_known;
        guarded->ask_at_ms = 0;
    }
}

static void on_unmade_asked(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian =
        container_of(call, struct guardian, unmade_call);

    if (!fence_set(&guardian->unmade_fence, outcome->result))
        on_answer(guardian, false);
    unmade_see_switch(guardian);
    guardian_schedule(guardian);
}

static void ask_for_unmade(struct guardian *guardian)
{
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_txn(&txn);
    if (ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->unmade_call,
                       on_unmade_asked, &ignored) >= 0)
        guardian->unmade_asked_ms = guardian_now_ms(guardian);
}

static void unmade_failed(struct guarded *guarded,
                          const struct vswitch_port *port)
{
    struct err err = {0};

    err_set(&err, EIO, "%s",
            port->error ? port->error
                        : "its row does not tell why: see the log of "
                          "ovs-vswitchd");
    guarded_failed(guarded, "the switch could not make a port", &err);
    guarded->ask_at_ms = guarded->look_at_ms;
}

void guarded_ask_again(struct guarded *guarded, const struct vswitch_port *port)
{
    struct guardian *guardian = guarded->guardian;
    uint64_t now = guardian_now_ms(guardian);

    if (guarded->asked && is_asked(guardian))
        return; /* its answer makes the port due */
    if (guarded->asked) {
        guarded->asked = false;
        unmade_failed(guarded, port);
        return;
    }
    if (guarded->ask_at_ms == 0)
        guarded->ask_at_ms = now + STREAK_FIRST_MS;
    if (now >= guarded->ask_at_ms && !is_asked(guardian))
        ask_for_unmade(guardian);
    guarded->asked = now >= guarded->ask_at_ms && is_asked(guardian) &&
                     was_asked_for(guarded);
    if (!guarded->asked)
        guarded_later(guarded, now < guarded->ask_at_ms
                                   ? guarded->ask_at_ms - now
                                   : STREAK_FIRST_MS);
}

void unmade_see_switch(struct guardian *guardian)
{
    if (fence_is_passed(&guardian->unmade_fence, guardian->cur_cfg))
        on_answer(guardian, true);
}

void unmade_down(struct guardian *guardian)
{
    on_answer(guardian, false);
}

void unmade_done(struct guardian *guardian)
{
    ovsdb_forget(&guardian->unmade_call);
}
