/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * RELEASE: undoes what a call has asked for, or removes all that the holder
 * has. At the end of a container there may be no process and no namespace any
 * more, and the configuration may have changed: so the rows alone have to tell.
 * A runtime may also ask for a container that was never attached, while another
 * one with its id runs elsewhere: hence attach_claim().
 *
 * An undo finds ports by name. Names are random and used once: so the name
 * tells our port even if the reply with its uuid was lost. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/rows/port_name.h"

/* A row may change between look and transaction: a member comes or goes, a
 * controller writes external_ids. */
#define TRIES 8
#define RECONNECT_MS 50
#define PROCESS_EVERY_MS 10

enum {
    RELEASE_BEGIN,
    RELEASE_WATCH,
    RELEASE_SHOWN,
    RELEASE_JUDGE,   /* the next row */
    RELEASE_PROCESS, /* the process of the row's run was asked about */
    RELEASE_LATER,   /* the same row once more */
    RELEASE_REPLY,
};

static bool is_undo(const struct attach *a)
{
    return a->failed;
}

static enum go stay(struct attach *a, int at)
{
    a->at = at;
    return GO_STAY;
}

/* A failed undo never hides the first failure, and pairs are deleted
 * nevertheless. */
static enum go could_not(struct attach *a, const struct err *err,
                         const char *left, bool is_pair)
{
    flows_forget_gone(a);
    if (!is_undo(a)) {
        a->failure.err = *err;
        return fail_for(a, NULL,
                        err->code == ETIMEDOUT || err->code == ECONNRESET
                            ? ATTACH_NO_ANSWER
                            : ATTACH_FOR_OTHER_REASONS);
    }
    if (a->failure.undo.code == 0) {
        a->failure.undo = *err;
        a->failure.left_pair = is_pair;
        snprintf(a->failure.left, sizeof(a->failure.left), "%s", left);
    }
    return GO_ON;
}

static enum go could_not_leave(struct attach *a, const struct err *err)
{
    a->logical_leaving.count = 0;
    return could_not(a, err, a->armed.count ? a->armed.names[0] : "", false);
}

/* A database that is away is often about to come back. If a transaction got no
 * answer, the next look at the rows tells whether it was done. */
static enum go watch_again(struct attach *a)
{
    int r = a->answer.r;
    bool may_restart = r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET ||
                       r == -ENOTCONN;

    if (may_restart && a->now_ms < a->patience_ms && !attach_is_over(a))
        return ask_wait(a, a->now_ms + RECONNECT_MS, RELEASE_WATCH);
    return could_not_leave(a, &a->answer.err);
}

/* Notes which ports are left before it looks at processes, as that takes
 * time. */

static enum go note(struct attach *a, const struct vswitch_port *port)
{
    name_list_add(&a->leaving, port->name);
    return stay(a, RELEASE_JUDGE);
}

static enum go judge(struct attach *a, const struct vswitch_port *port)
{
    const char *id = a->want.holder.id;

    if (!attach_owns(a, port) || !vswitch_port_has_member(port, id) ||
        !attach_concerns(a, port))
        return stay(a, RELEASE_JUDGE);
    if (is_undo(a))
        return name_list_has(&a->armed, port->name) ? note(a, port)
                                                    : stay(a, RELEASE_JUDGE);
    switch (attach_claim(a, port)) {
    case CLAIM_OURS:
        return note(a, port);
    case CLAIM_OTHER:
        break;
    case CLAIM_IF_ENDED:
    case CLAIM_RUNS:
        return ask_process(a, vswitch_port_pid(port, id),
                           vswitch_port_id(port, ID_NETNS_ID), RELEASE_PROCESS);
    }
    return stay(a, RELEASE_JUDGE);
}

/* A runtime may ask while the killed process is still ending. A process that
 * lives on belongs to another run of the bundle. */
static enum go process_seen(struct attach *a, const struct vswitch_port *port)
{
    if (a->answer.r <= 0)
        return note(a, port);
    if (attach_claim(a, port) == CLAIM_RUNS && a->now_ms < a->want.ending_ms &&
        !attach_is_over(a))
        return ask_wait(a, a->now_ms + PROCESS_EVERY_MS, RELEASE_LATER);
    return stay(a, RELEASE_JUDGE);
}

/* Leaving them. */

/* The port that the caller has named, whoever it is for: whether that may go
 * was judged by its row, which must still be as it is shown. */
static bool is_named(const struct attach *a)
{
    return a->want.task == ATTACH_REMOVE && a->count > 0;
}

static bool is_last(const struct attach *a, const struct vswitch_port *port)
{
    return is_named(a) || a->want.holder.kind == HOLDER_ENDPOINT ||
           vswitch_port_member_count(port) <= 1;
}

/* When its port is gone, nobody needs the host end of a pair. The switch
 * deletes the device of an internal port itself. */
static void note_pair(struct attach *a, const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    if (!is_last(a, port))
        name_list_remove(&a->drops, port->name);
    else if (!is_undo(a) && !names_is_port(port->name) &&
             vswitch_port_spec_names(port, KEY_TYPE) &&
             vswitch_port_spec(port, &spec, &ignored) >= 0 &&
             spec.type == VNIC_VETH)
        name_list_add(&a->drops, port->name);
}

/* Its logical port goes when the rows have gone: a container may join
 * meanwhile, and then they stay. */
static void note_logical(struct attach *a, const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    if (vswitch_port_spec_names(port, KEY_OVN) &&
        vswitch_port_spec(port, &spec, &ignored) >= 0 && spec.ovn[0])
        name_list_add(&a->logical_leaving, port->name);
}

static void txn_leave(struct attach *a, const struct vswitch_port *port,
                      struct txn *txn)
{
    note_pair(a, port);
    if (!is_last(a, port)) {
        vswitch_leave(txn, port, a->want.holder.id);
        return;
    }
    name_list_add(&a->removes, port->name);
    note_logical(a, port);
    flows_note_gone(a, port);
    if (a->want.holder.kind == HOLDER_ENDPOINT && !is_named(a))
        vswitch_remove(txn, port->port_uuid, port->name);
    else
        vswitch_unplug(txn, port);
}

static enum go leave(struct attach *a)
{
    struct txn *txn = begin_txn(a);
    size_t begin = txn_count(txn);

    a->removes.count = 0;
    a->logical_leaving.count = 0;
    flows_forget_gone(a);
    for (size_t i = 0; i < a->leaving.count; i++) {
        const struct vswitch_port *port =
            vswitch_view_find(a->view, a->leaving.names[i]);
        if (port)
            txn_leave(a, port, txn);
    }
    return txn_count(txn) > begin ? ask_send(a, RELEASE_REPLY) : GO_ON;
}

/* The one row that may be concerned. */
static enum go leave_one(struct attach *a, const struct vswitch_port *port)
{
    if (port)
        name_list_add(&a->leaving, port->name);
    return leave(a);
}

static enum go leave_endpoint(struct attach *a, const struct vswitch_port *port)
{
    return leave_one(a, port && attach_may_remove(port) ? port : NULL);
}

static enum go begin_rows(struct attach *a)
{
    a->row.name[0] = '\0';
    a->leaving.count = 0;
    if (is_named(a))
        return leave_one(a, vswitch_view_find(a->view, a->vnics[0].is.port));
    if (a->want.holder.kind == HOLDER_ENDPOINT)
        return leave_endpoint(a, attach_endpoint_port(a));
    return stay(a, RELEASE_JUDGE);
}

static enum go next_row(struct attach *a)
{
    const struct vswitch_port *port = attach_next_port(a, a->row.name);

    if (!port)
        return leave(a);
    snprintf(a->row.name, sizeof(a->row.name), "%s", port->name);
    return judge(a, port);
}

static enum go this_row(struct attach *a)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, a->row.name);

    if (!port)
        return stay(a, RELEASE_JUDGE);
    return a->at == RELEASE_LATER ? judge(a, port) : process_seen(a, port);
}

static enum go replied(struct attach *a)
{
    if (a->answer.r >= 0)
        return GO_ON;
    if (!answer_is_guard(a))
        return watch_again(a);
    if (is_named(a))
        return could_not_leave(a, &a->answer.err);
    if (++a->row.tries < TRIES)
        return begin_rows(a);
    err_wrap(&a->answer.err, "the rows changed at each of %d tries", TRIES);
    return could_not_leave(a, &a->answer.err);
}

static void arm_drops(struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->vnics[i].pair_armed)
            name_list_add(&a->drops, a->vnics[i].is.port);
    }
}

/* If we are not the mover, the caller releases the rows. */
static bool has_rows_to_leave(const struct attach *a)
{
    return !is_undo(a) || (a->armed.count && a->want.mover == ATTACH_BY_US);
}

enum go release_rows(struct attach *a)
{
    switch (a->at) {
    case RELEASE_BEGIN:
        arm_drops(a);
        return has_rows_to_leave(a) ? stay(a, RELEASE_WATCH) : GO_ON;
    case RELEASE_WATCH:
        return ask_watch(a, RELEASE_SHOWN);
    case RELEASE_SHOWN:
        a->row.tries = 0;
        return a->answer.r < 0 ? watch_again(a) : begin_rows(a);
    case RELEASE_JUDGE:
        return next_row(a);
    case RELEASE_PROCESS:
    case RELEASE_LATER:
        return this_row(a);
    }
    return replied(a);
}

enum { DROP_NEXT, DROP_DONE };

enum go release_pairs(struct attach *a)
{
    if (a->at == DROP_DONE) {
        const char *name = a->drops.names[a->i++];
        if (a->answer.r < 0 &&
            could_not(a, &a->answer.err, name, true) == GO_FAIL)
            return GO_FAIL;
    }
    if (a->i == a->drops.count)
        return GO_ON;
    return ask_device(a, ATTACH_STEP_DROP_PAIR, 0, a->drops.names[a->i],
                      DROP_DONE);
}
