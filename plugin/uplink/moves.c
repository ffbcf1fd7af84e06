/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order:
 *
 *   1. Notes change, or a second has passed while some are not kept: all notes
 *      are read.
 *   2. One whose holder has ended is undone, by the steps of uplink/plan.h. One
 *      at a time, as two moves seldom meet.
 *   3. What fails is tried again with the next look.
 *
 * A holder that lives undoes its move itself. That another daemon does the same
 * is seen by the note: only one becomes its holder. What this daemon holds and
 * is not at, it could not complete.
 */
#include "plugin/uplink/moves.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/net/net.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/uplink/carry.h"
#include "ovsint/uplink/note.h"
#include "ovsint/uplink/plan.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/daemon/timer.h"
#include "plugin/uplink/access_ports.h"

#define LOOK_EVERY_MS 1000

struct moves {
    const char *boot;
    struct net *host;
    struct ovsdb *ovsdb;
    struct ovsdb_call call; /* one at a time */
    uv_timer_t timer;
    struct access_ports *access_ports;
    struct uplink_note note; /* that is being undone */
    struct uplink_plan plan;
    size_t notes_op; /* in the transaction of RECALL */
    bool undoes;
    bool changed;  /* since the notes were last read */
    uint64_t told; /* of the failure that was logged last; 0 = none was */
    unsigned handles;
};

static struct moves *moves_of(struct ovsdb_call *call)
{
    return container_of(call, struct moves, call);
}

static void look(struct moves *moves);
static void go_on(struct moves *moves);

static void on_time(uv_timer_t *timer)
{
    look(timer->data);
}

static void look_later(struct moves *moves)
{
    timer_in(&moves->timer, on_time, LOOK_EVERY_MS);
}

/* 2. Undo. */

static void end_undo(struct moves *moves)
{
    const struct uplink_plan *plan = &moves->plan;
    const char *card = moves->note.cards[0].name;

    uint64_t failure = plan->undo.code ? hash_text(hash_text(HASH_BEGIN, card),
                                                   plan->undo.text)
                                       : 0;

    if (failure && failure != moves->told)
        log_event(LOG_LEVEL_ERROR,
                  "a move that was interrupted could not be undone: it is "
                  "tried again",
                  "card", card, "error", plan->undo.text, NULL);
    else if (!failure && !plan->is_kept)
        log_event(LOG_LEVEL_WARNING, "undid a move that was interrupted",
                  "card", card, "bridge", moves->note.bridge, NULL);
    moves->told = failure;
    uplink_announce_cards(moves->host, &moves->note);
    uplink_note_done(&moves->note);
    moves->undoes = false;
    look_later(moves);
}

static void took(struct moves *moves, int r, const struct err *err)
{
    uplink_plan_took(&moves->plan, r, err);
    go_on(moves);
}

/* A mover that was killed may have sent one transaction more, which puts the
 * cards on the bridge. Once it is recalled no such one succeeds. */
static void learn_cards(struct moves *moves, const struct json *result)
{
    auto_uplink_notes struct uplink_notes notes = {0};

    uplink_notes_selected(&notes, result, moves->notes_op);
    const struct uplink_note *is =
        uplink_notes_find(&notes, moves->note.access);
    if (is)
        memcpy(moves->note.cards_uuid, is->cards_uuid, UPLINK_UUID_SIZE);
}

static void on_step(struct ovsdb_call *call,
                    const struct ovsdb_outcome *outcome)
{
    struct moves *moves = moves_of(call);

    if (outcome->r >= 0 && moves->plan.step == UPLINK_STEP_RECALL)
        learn_cards(moves, outcome->result);
    /* A guard that does not hold: somebody else has the note. */
    bool is_taken = outcome->r < 0 && outcome->fault.kind == REPLY_GUARD;

    took(moves, is_taken ? -ESTALE : outcome->r, &outcome->err);
}

static void send_step(struct moves *moves)
{
    auto_txn struct txn txn = {0};
    struct uplink_holder self;
    struct err err = {0};
    int r = 0;

    txn_init(&txn, OVSDB_NAME);
    if (moves->plan.step == UPLINK_STEP_LEAVE) {
        uplink_leave(&txn, &moves->note);
        (void)uplink_fence(&txn); /* so that the switch is told */
    } else {
        r = uplink_holder_self(moves->boot, &self, &err);
        if (r >= 0)
            uplink_set_state(&txn, &moves->note, UPLINK_UNDOING, &self);
        moves->notes_op = uplink_select(&txn);
    }
    if (r >= 0)
        r = ovsdb_transact(moves->ovsdb, &txn, &moves->call, on_step, &err);
    if (r < 0)
        took(moves, r, &err);
}

static void give_back(struct moves *moves)
{
    struct device_loss lost = {0};
    struct err err = {0};
    int r = uplink_give_back(moves->host, &moves->note, &lost, &err);

    if (lost.count)
        log_event(LOG_LEVEL_ERROR, "a card did not get all back", "card",
                  moves->note.cards[0].name, "error", lost.err.text, NULL);
    took(moves, r, &err);
}

static void go_on(struct moves *moves)
{
    switch (moves->plan.step) {
    case UPLINK_STEP_RECALL:
    case UPLINK_STEP_LEAVE:
        send_step(moves);
        break;
    case UPLINK_STEP_GIVE_BACK:
        give_back(moves);
        break;
    default:
        end_undo(moves);
        break;
    }
}

static void begin_undo(struct moves *moves, struct uplink_note *note)
{
    moves->note = *note;
    *note = (struct uplink_note){0};
    moves->plan = uplink_plan_undo();
    moves->undoes = true;
    if (strcmp(moves->note.holder.boot, moves->boot) != 0)
        uplink_forget(&moves->note);
    go_on(moves);
}

/* 1. Look. */

static bool is_left(const struct moves *moves, const struct uplink_note *note)
{
    return (note->holder.pid == getpid() && !moves->undoes) ||
           !uplink_holder_lives(&note->holder, moves->boot);
}

static void on_notes(struct ovsdb_call *call,
                     const struct ovsdb_outcome *outcome)
{
    struct moves *moves = moves_of(call);
    auto_uplink_notes struct uplink_notes notes = {0};
    bool waits = outcome->r < 0;

    if (outcome->r >= 0) {
        uplink_notes_selected(&notes, outcome->result, 0);
        access_ports_are(moves->access_ports, &notes);
    }
    for (size_t i = 0; i < notes.count && !moves->undoes; i++) {
        if (notes.list[i].state == UPLINK_KEPT)
            continue;
        waits = true;
        if (is_left(moves, &notes.list[i]))
            begin_undo(moves, &notes.list[i]);
    }
    if (moves->changed)
        look(moves);
    else if (waits && !moves->undoes)
        look_later(moves);
}

static void look(struct moves *moves)
{
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    moves->changed = moves->call.ovsdb || moves->undoes;
    if (moves->changed)
        return;
    txn_init(&txn, OVSDB_NAME);
    (void)uplink_select(&txn);
    /* Without a connection all rows come with the next one. */
    (void)!ovsdb_transact(moves->ovsdb, &txn, &moves->call, on_notes, &ignored);
}

static void watch(void *data, struct monitor *monitor)
{
    (void)data;
    monitor_init(monitor, OVSDB_NAME, SESSION_MONITOR);
    uplink_watch(monitor);
}

static void on_rows(void *data, const struct json *updates)
{
    (void)updates;
    look(data);
}

static void on_ovsdb_down(void *data, const struct err *reason)
{
    (void)data;
    (void)reason;
}

/* Opening and closing. */

static void free_when_closed(struct moves *moves)
{
    if (--moves->handles > 0)
        return;
    uplink_note_done(&moves->note);
    net_close(moves->host);
    free(moves);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_when_closed(handle->data);
}

static void on_access_ports_closed(void *data)
{
    free_when_closed(data);
}

static void on_ovsdb_closed(void *data)
{
    free_when_closed(data);
}

int moves_open(uv_loop_t *loop, const char *remote, const char *boot,
               struct moves **ret, struct err *err)
{
    static const struct ovsdb_events events = {.watch = watch,
                                               .synced = on_rows,
                                               .updated = on_rows,
                                               .down = on_ovsdb_down,
                                               .closed = on_ovsdb_closed};
    struct moves *moves = mem_new(sizeof(*moves));

    moves->boot = boot;
    int r = net_open(&moves->host, -1, NET_WITH_ANNOUNCE, err);
    if (r < 0) {
        free(moves);
        return r;
    }
    moves->handles = 3;
    moves->access_ports = access_ports_open(loop, moves->host);
    uv_timer_init(loop, &moves->timer);
    moves->timer.data = moves;
    moves->ovsdb = ovsdb_open(loop, remote, NULL, &events, moves);
    *ret = moves;
    return 0;
}

void moves_close(struct moves *moves)
{
    if (!moves)
        return;
    ovsdb_forget(&moves->call);
    uv_close((uv_handle_t *)&moves->timer, on_timer_closed);
    access_ports_close(moves->access_ports, on_access_ports_closed, moves);
    ovsdb_close(moves->ovsdb);
}
