/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Announces moved TAPs again when they can be heard. On the userspace datapath
 * the thread that forwards also has to notice the moves, and while many TAPs
 * are moved it mostly waits for the kernel's lock. Until it has noticed a move
 * it takes the TAP to be down on the host, and sends it nothing. So what a
 * container asks its neighbours meanwhile, or what they answer, is lost, and
 * the kernel asks again only after a second.
 *
 * So when no TAP was moved for LULL_MS a fence is set. When it is passed all
 * that were moved announce themselves, and ask again for their neighbours.
 */
#include <errno.h>

#include "plugin/guard/guarded.h"

/* More than one move takes. */
#define LULL_MS 60

static void turn_all(struct guardian *guardian, enum reannouncement from,
                     enum reannouncement to)
{
    for (size_t i = 0; i < guardian->count; i++) {
        struct guarded *guarded = guardian->guarded_ports[i];
        if (guarded->reannouncement != from)
            continue;
        guarded->reannouncement = to;
        guarded->due |= to == GREETING_DUE;
    }
}

static bool is_asked(const struct guardian *guardian)
{
    return guardian->round.ovsdb || fence_is_set(&guardian->gone_round);
}

static void on_switch_asked(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian = container_of(call, struct guardian, round);

    /* If another client has the lock now, it will move what is left, and the
     * kernel's own questions have to suffice here. */
    if (!fence_set(&guardian->gone_round, outcome->result))
        turn_all(guardian, GREETING_ASKED,
                 outcome->r == -ECONNRESET ? GREETING_WANTED : GREETING_NONE);
    reannounce_see_switch(guardian);
    guardian_schedule(guardian);
}

static void ask(struct guardian *guardian)
{
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_say(&txn);
    if (ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->round,
                       on_switch_asked, &ignored) >= 0)
        turn_all(guardian, GREETING_WANTED, GREETING_ASKED);
}

static bool is_wanted(const struct guardian *guardian)
{
    for (size_t i = 0; i < guardian->count; i++) {
        if (guardian->guarded_ports[i]->reannouncement == GREETING_WANTED)
            return true;
    }
    return false;
}

uint64_t reannounce_next_ms(const struct guardian *guardian)
{
    if (is_asked(guardian) || !is_wanted(guardian))
        return 0;
    return guardian->repaired_ms + LULL_MS;
}

void reannounce_try(struct guardian *guardian)
{
    uint64_t next = reannounce_next_ms(guardian);

    if (next && next <= guardian_now_ms(guardian))
        ask(guardian);
}

void reannounce_see_switch(struct guardian *guardian)
{
    if (!fence_is_passed(&guardian->gone_round, guardian->cur_cfg))
        return;
    fence_drop(&guardian->gone_round);
    turn_all(guardian, GREETING_ASKED, GREETING_DUE);
}

void reannounce_down(struct guardian *guardian)
{
    fence_drop(&guardian->gone_round);
    turn_all(guardian, GREETING_ASKED, GREETING_WANTED);
}

void reannounce_done(struct guardian *guardian)
{
    ovsdb_forget(&guardian->round);
}
