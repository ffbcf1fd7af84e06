/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Announces the addresses of a logical port twice, ANNOUNCE_INTERVAL apart (RFC
 * 5227 section 2.3; RFC 4861 section 7.2.6 allows that as well). Whoever
 * attaches it does so once, when ovn-controller says that it is installed, and
 * cannot wait for the second time. One frame can be lost, as the first one
 * through a tunnel is, and then a neighbour sends to the address's former MAC
 * for minutes.
 *
 * Announces moved TAPs once more:
 *
 *   1. A TAP is moved into its container (REANNOUNCE_WANTED).
 *   2. When nothing was moved for LULL_MS, a fence is set (REANNOUNCE_ASKED).
 *   3. When it is passed, all that were moved are due (REANNOUNCE_DUE): they
 *      announce themselves, and their neighbours are asked for
 *      (ask_neighbours.c).
 *
 * If the connection goes, it goes back from 2 to 1. If the fence cannot be set,
 * because another guardian has the lock by now, the kernel's own questions have
 * to suffice.
 *
 * Why: on the userspace datapath the thread that forwards also has to notice
 * the moves, and while many TAPs are moved it mostly waits for the kernel's
 * lock. Until it has noticed a move it takes the TAP to be down on the host,
 * and sends it nothing. So what a container asks its neighbours meanwhile, or
 * what they answer, is lost, and the kernel asks again only after a second.
 */
#include <errno.h>

#include "plugin/guard/guarded.h"

/* More than one move takes. */
#define LULL_MS 60
/* ANNOUNCE_INTERVAL of RFC 5227 section 1.1. */
#define TWICE_MS 2000

void reannounce_see_row(struct guarded *guarded,
                        const struct vswitch_port *port)
{
    bool installed = vswitch_port_id_is(port, ID_OVN_INSTALLED, "true");

    if (installed && !guarded->installed) {
        guarded->announce_at_ms = guardian_now_ms(guarded->guardian) + TWICE_MS;
        guarded_later(guarded, TWICE_MS);
    }
    guarded->installed = installed;
}

void reannounce_see_time(struct guarded *guarded)
{
    if (guarded->announce_at_ms == 0 ||
        guarded->announce_at_ms > guardian_now_ms(guarded->guardian))
        return;
    guarded->announce_at_ms = 0;
    if (guarded->reannouncement == REANNOUNCE_NONE)
        guarded->reannouncement = REANNOUNCE_TWICE;
}

bool reannounce_is_due(const struct guarded *guarded)
{
    return guarded->reannouncement == REANNOUNCE_DUE ||
           guarded->reannouncement == REANNOUNCE_TWICE;
}

static void reannounce_turn_all(struct guardian *guardian,
                                enum reannouncement from,
                                enum reannouncement to)
{
    LIST_EACH (link, &guardian->active) {
        struct guarded *guarded = container_of(link, struct guarded, active);
        if (guarded->reannouncement != from)
            continue;
        guarded->reannouncement = to;
        guardian->reannounces |= to == REANNOUNCE_WANTED;
        guarded->due |= to == REANNOUNCE_DUE;
    }
}

static bool reannounce_is_asked(const struct guardian *guardian)
{
    return guardian->reannounce_call.ovsdb ||
           fence_is_set(&guardian->reannounce_fence);
}

static void on_switch_asked(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian =
        container_of(call, struct guardian, reannounce_call);

    /* If another client has the lock now, it will move what is left, and the
     * kernel's own questions have to suffice here. */
    if (!fence_set(&guardian->reannounce_fence, outcome->result))
        reannounce_turn_all(guardian, REANNOUNCE_ASKED,
                            outcome->r == -ECONNRESET ? REANNOUNCE_WANTED
                                                      : REANNOUNCE_NONE);
    reannounce_see_switch(guardian);
    guardian_schedule(guardian);
}

static void reannounce_ask(struct guardian *guardian)
{
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_txn(&txn);
    if (ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->reannounce_call,
                       on_switch_asked, &ignored) >= 0)
        reannounce_turn_all(guardian, REANNOUNCE_WANTED, REANNOUNCE_ASKED);
}

static bool reannounce_is_wanted(struct guardian *guardian)
{
    bool is_wanted = false;

    if (!guardian->reannounces)
        return false;
    LIST_EACH (link, &guardian->active)
        is_wanted |=
            container_of(link, struct guarded, active)->reannouncement ==
            REANNOUNCE_WANTED;
    guardian->reannounces = is_wanted;
    return is_wanted;
}

uint64_t reannounce_next_ms(struct guardian *guardian)
{
    if (reannounce_is_asked(guardian) || !reannounce_is_wanted(guardian))
        return 0;
    return guardian->repaired_ms + LULL_MS;
}

void reannounce_try(struct guardian *guardian)
{
    uint64_t next = reannounce_next_ms(guardian);

    if (next && next <= guardian_now_ms(guardian))
        reannounce_ask(guardian);
}

void reannounce_see_switch(struct guardian *guardian)
{
    if (!fence_is_passed(&guardian->reannounce_fence, guardian->cur_cfg))
        return;
    fence_drop(&guardian->reannounce_fence);
    reannounce_turn_all(guardian, REANNOUNCE_ASKED, REANNOUNCE_DUE);
}

void reannounce_down(struct guardian *guardian)
{
    fence_drop(&guardian->reannounce_fence);
    reannounce_turn_all(guardian, REANNOUNCE_ASKED, REANNOUNCE_WANTED);
}

void reannounce_done(struct guardian *guardian)
{
    ovsdb_forget(&guardian->reannounce_call);
}
