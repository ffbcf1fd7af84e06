/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An attach, top to bottom: the table of stages is the order. A stage is done
 * once for all vNICs, or for each of them in turn. attach_next() calls the
 * present stage until it needs the driver. A stage that fails leads to RELEASE;
 * one that finds something changed leads back to the first look. Pure.
 */
#include "ovsint/attach/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/base/limits.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/ready_port.h"

/* A container that has ended without release leaves a row with its port number,
 * while the kernel datapath has freed its own number with the namespace. If a
 * new port gets the latter, ovs-vswitchd takes it for the old one
 * (update_port() in ofproto/ofproto.c), and both have one OpenFlow number. At
 * each reconfiguration the one takes it from the other, whose device is deleted
 * (process_dpif_port_change() in ofproto/ofproto-dpif.c) even where it was
 * moved, and is made anew on the host at the next one. It ends when the old
 * row goes. */
#define DEVICE_BACK_MS 3000

static enum go look_watch(struct attach *a);
static enum go look_rows(struct attach *a);
static enum go await_switch(struct attach *a, struct vnic *vnic);
static enum go await_gateway(struct attach *a, struct vnic *vnic);
static enum go place(struct attach *a, struct vnic *vnic);
static enum go attach_finish(struct attach *a);

static const struct stage {
    enum attach_phase phase;
    enum go (*once)(struct attach *a);
    enum go (*each)(struct attach *a, struct vnic *vnic);
} stages[] = {
    {ATTACH_LOOK, .once = look_watch},
    {ATTACH_LOOK, .once = look_rows},
    {ATTACH_LOOK, .each = look_refuse_uncarried},
    {ATTACH_LOOK, .each = look_name_pair},
    {ATTACH_LOOK, .each = look_refuse_taken_name},
    {ATTACH_LOOK, .once = ovn_look},
    {ATTACH_CLAIM, .each = claim_make_pair},
    {ATTACH_CLAIM, .each = claim_choose},
    {ATTACH_CLAIM, .each = claim_number},
    {ATTACH_CLAIM, .once = claim_rows},
    {ATTACH_READY, .each = await_switch},
    {ATTACH_FLOWS, .once = flows_drop_gone},
    {ATTACH_FLOWS, .each = flows_put},
    {ATTACH_FLOWS, .each = await_gateway},
    {ATTACH_PLACE, .each = place},
    {ATTACH_PLACE, .each = ovn_await_installed},
    {ATTACH_LEASE, .each = lan_take_lease},
    {ATTACH_LEASE, .each = lan_await_router},
    {ATTACH_DONE, .once = attach_finish},
    {ATTACH_RELEASE, .once = release_rows},
    {ATTACH_RELEASE, .once = ovn_release},
    {ATTACH_RELEASE, .once = flows_drop_gone},
    {ATTACH_RELEASE, .once = release_pairs},
    {ATTACH_RELEASE, .once = attach_finish},
};

enum { STAGE_WATCH = 0, STAGE_LOOK = 1, STAGE_RELEASE = 19 };

/* LOOK: the rows. */

enum { WATCH_ASK, WATCH_SHOWN };

static enum go look_watch(struct attach *a)
{
    if (a->at == WATCH_ASK)
        return ask_watch(a, WATCH_SHOWN);
    return a->answer.r < 0 ? fail_as_answered(a, NULL) : GO_ON;
}

static enum go look_rows(struct attach *a)
{
    if (a->want.task == ATTACH_RESTORE)
        return GO_ON; /* the guards tell what is there */
    if (a->want.task == ATTACH_REPAIR || a->want.holder.kind == HOLDER_ENDPOINT)
        return look_at_endpoint(a);
    return look_at_rows(a);
}

/* READY: the switch has made the port. */

/* 1 = ready, 0 = not yet, negative = the switch has failed or the row is
 * gone. */
static int port_state(const struct attach *a, const struct vnic *vnic,
                      struct err *err)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);

    if (!port)
        return err_set(err, ENOENT,
                       "port %s was removed by somebody before the switch "
                       "had made it",
                       vnic->is.port);
    if (port->ofport > 0)
        return 1;
    if (port->error || port->ofport < 0)
        return err_set(err, EIO,
                       "the switch could not make port %s: %s (see the log of "
                       "ovs-vswitchd)",
                       vnic->is.port,
                       port->error ? port->error : "no reason given");
    return 0;
}

static enum go await_switch(struct attach *a, struct vnic *vnic)
{
    if (a->want.until < ATTACH_READY || vnic->is.present)
        return GO_ON;
    int r = port_state(a, vnic, &a->failure.err);
    if (r > 0)
        return GO_ON;
    if (r < 0)
        return fail_for(
            a, vnic, r == -ENOENT ? ATTACH_ROW_GONE : ATTACH_FOR_OTHER_REASONS);
    if (!attach_is_over(a))
        return ask_wait(a, a->deadline_ms, 0);
    err_set(&a->failure.err, ETIMEDOUT,
            "ovs-vswitchd did not make port %s within %u ms: is it running, "
            "and does 'ovs-vsctl show' report an error for bridge %s?",
            vnic->is.port, a->want.timeout_ms, vnic->is.spec.bridge);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

/* FLOWS: the daemon has answered what the row asks of the gateway. */

/* 1 = it has published the ports, 0 = no answer yet, negative = it has not. */
static int gateway_state(const struct vswitch_port *port, struct err *err)
{
    static const size_t prefix = sizeof(ASKED_FAILED) - 1;
    const char *answer = vswitch_port_id(port, ID_ASKED_ANSWER);

    if (!answer)
        return 0;
    if (strcmp(answer, ASKED_READY) == 0)
        return 1;
    return err_set(err, EIO, "%s",
                   strncmp(answer, ASKED_FAILED, prefix) == 0 ? answer + prefix
                                                              : answer);
}

static enum go await_gateway(struct attach *a, struct vnic *vnic)
{
    if (a->want.task != ATTACH_MAKE ||
        a->want.holder.kind != HOLDER_CONTAINER ||
        !a->want.holder.container.asked_ports)
        return GO_ON;
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);
    if (!port) {
        err_set(&a->failure.err, ENOENT,
                "port %s was removed by somebody before its ports were "
                "published",
                vnic->is.port);
        return fail_for(a, vnic, ATTACH_ROW_GONE);
    }
    int r = gateway_state(port, &a->failure.err);
    if (r > 0)
        return GO_ON;
    if (r < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    if (!attach_is_over(a))
        return ask_wait(a, a->deadline_ms, 0);
    err_set(&a->failure.err, ETIMEDOUT,
            "ovsint-plugin, which is the gateway of a network with mode=nat, "
            "did not answer within %u ms: is it running ('systemctl status "
            "ovsint-plugin')%s?",
            a->want.timeout_ms,
            vnic->is.spec.ovn[0]
                ? ", and does OVN's northbound database, which it asks for the "
                  "gateway, answer"
                : "");
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

/* PLACE: moves the device into the container and sets everything. An adopted
 * device is set up again, as the call that had placed it may have been
 * killed. */

enum { PLACE_MOVE, PLACE_MOVED, PLACE_LATER, PLACE_SET_UP };

static enum go move_again(struct attach *a, struct vnic *vnic)
{
    if (a->device_back_ms == 0)
        a->device_back_ms = a->now_ms + DEVICE_BACK_MS;
    if (a->now_ms < a->device_back_ms && !attach_is_over(a))
        return ask_wait(a, a->now_ms + ATTACH_LOOK_EVERY_MS, PLACE_LATER);
    err_set(&a->failure.err, ENODEV,
            "the switch made port %s, but its device is not in this network "
            "namespace: does ovs-vswitchd run in another one?",
            vnic->is.port);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

bool device_was_taken(const struct attach *a, const struct vnic *vnic)
{
    return a->answer.r == -ENODEV && vnic->is.spec.type == VNIC_INTERNAL &&
           !vnic->is.present;
}

static enum go place(struct attach *a, struct vnic *vnic)
{
    if (a->want.until < ATTACH_PLACE || a->want.mover != ATTACH_BY_US ||
        vnic->is.is_theirs)
        return GO_ON;
    if (a->at == PLACE_SET_UP && device_was_taken(a, vnic))
        return move_again(a, vnic);
    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    switch (a->at) {
    case PLACE_MOVE:
        a->device_back_ms = 0;
        if (vnic->is.present || vnic->is.spec.type == VNIC_VETH)
            break; /* it is inside, or was made there */
        return ask_device(a, ATTACH_STEP_MOVE, a->i, vnic->is.port,
                          PLACE_MOVED);
    case PLACE_MOVED:
        if (a->answer.r == 0)
            return move_again(a, vnic);
        break;
    case PLACE_LATER:
        return ask_device(a, ATTACH_STEP_MOVE, a->i, vnic->is.port,
                          PLACE_MOVED);
    case PLACE_SET_UP:
        return GO_ON;
    }
    enum go go =
        ask_device(a, ATTACH_STEP_SET_UP, a->i, vnic->is.port, PLACE_SET_UP);
    a->todo.is_mute = ovn_awaits_installed(a, vnic);
    return go;
}

/* The end, after DONE or RELEASE. */
static enum go attach_finish(struct attach *a)
{
    a->todo = (struct attach_todo){.step = a->failed ? ATTACH_STEP_FAIL
                                                     : ATTACH_STEP_DONE};
    return GO_ASK; /* from now on always */
}

/* The engine's motor. */

static void go_to(struct attach *a, size_t stage)
{
    a->stage = stage;
    a->i = 0;
    a->at = 0;
    a->row.name[0] = '\0';
    no_answer(a);
}

/* What was armed tells what has to be undone. */
static void go_release(struct attach *a)
{
    size_t pairs = 0;

    for (size_t i = 0; i < a->count; i++)
        pairs += a->vnics[i].pair_armed;
    a->failed = true;
    flows_forget_gone(a); /* they may be there */
    a->failure.may_have_rows =
        a->want.mover == ATTACH_BY_THEM && a->armed.count;
    if (a->releasing) {
        go_to(a, ARRAY_LEN(stages) - 1);
        return;
    }
    a->releasing = true;
    a->deadline_ms = a->now_ms + UNDO_TIMEOUT_MS;
    a->patience_ms = a->deadline_ms;
    go_to(a, a->armed.count || pairs ? STAGE_RELEASE : ARRAY_LEN(stages) - 1);
}

/* The driver connects anew and shows all rows. */
static bool may_resume(const struct attach *a)
{
    return a->want.waits_on && a->todo.step == ATTACH_STEP_WAIT &&
           stages[a->stage].phase == ATTACH_READY && !a->releasing &&
           !attach_is_over(a) &&
           (a->answer.r == -ECONNRESET || a->answer.r == -ENOTCONN);
}

/* Without rows nothing would tell it when to go on. A release reads them
 * anew. */
static bool waits_in_vain(const struct attach *a)
{
    return a->answer.kind == ANSWER_LOST && a->todo.step == ATTACH_STEP_WAIT &&
           !a->releasing;
}

static enum go call_stage(struct attach *a)
{
    const struct stage *stage = &stages[a->stage];

    if (may_resume(a)) {
        go_to(a, STAGE_WATCH);
        return GO_LOOK;
    }
    if (waits_in_vain(a))
        return fail_as_answered(a, stage->each ? &a->vnics[a->i] : NULL);
    if (stage->once)
        return stage->once(a);
    if (stage->each && a->i < a->count)
        return stage->each(a, &a->vnics[a->i]);
    return GO_ON;
}

/* To the stage's next vNIC, or to the next stage. */
static void go_on(struct attach *a)
{
    a->at = 0;
    no_answer(a);
    if (stages[a->stage].each && a->i + 1 < a->count) {
        a->i++;
        return;
    }
    go_to(a, a->stage + 1);
}

const struct attach_todo *attach_next(struct attach *a, int64_t now_ms)
{
    a->now_ms = now_ms;
    if (a->asked && answer_has_time(a->todo.step) && now_ms >= a->todo.until_ms)
        answer_expire(a);
    while (!a->asked) {
        switch (call_stage(a)) {
        case GO_ON:
            go_on(a);
            break;
        case GO_ASK:
            a->asked = true;
            no_answer(a);
            break;
        case GO_STAY:
            no_answer(a);
            break;
        case GO_LOOK:
            if (a->stage != STAGE_WATCH)
                go_to(a, STAGE_LOOK);
            break;
        case GO_FAIL:
            go_release(a);
            break;
        }
    }
    return &a->todo;
}

void attach_cancel(struct attach *a, const struct err *why)
{
    if (a->releasing || stages[a->stage].phase == ATTACH_DONE)
        return;
    a->asked = false;
    a->failure.err = *why;
    go_release(a);
}

/* Making it, and what can be seen of it. */

static void init_vnic(const struct attach_want *want, struct vnic *vnic,
                      const struct port_want *port)
{
    vnic->asked = port;
    vnic->is.mac = port->mac;
    snprintf(vnic->is.port, sizeof(vnic->is.port), "%s", port->name);
    if (port->spec)
        vnic->is.spec = *port->spec;
    if (port->spec && want->task == ATTACH_MAKE &&
        !ready_port_fit(port->spec, vnic->fit))
        vnic->fit[0] = '\0';
    else if (want->former)
        snprintf(vnic->is.port, sizeof(vnic->is.port), "%.15s",
                 want->former->name);
}

struct attach *attach_new(const struct attach_want *want,
                          const struct port_want *ports, size_t count,
                          const struct vswitch_view *view)
{
    struct attach *a = mem_new(sizeof(*a));

    if (count > LIMIT_ATTACHMENTS)
        count = LIMIT_ATTACHMENTS;
    a->want = *want;
    a->ports = ports;
    a->view = view;
    a->count = count;
    a->deadline_ms = want->deadline_ms;
    a->patience_ms = want->patience_ms;
    a->vnics = mem_new((count ? count : 1) * sizeof(*a->vnics));
    for (size_t i = 0; i < count; i++)
        init_vnic(want, &a->vnics[i], &ports[i]);
    for (size_t i = 0; i < want->reserved_count; i++)
        name_list_add(&a->logical_evicted, want->reserved[i]);
    if (want->task == ATTACH_REMOVE) {
        a->releasing = true;
        a->stage = STAGE_RELEASE;
    }
    return a;
}

void attach_free(struct attach *a)
{
    if (!a)
        return;
    txn_done(&a->txn);
    txn_done(&a->northbound);
    flows_done(a);
    holder_done(&a->holder);
    free(a->evictions.list);
    free(a->taken);
    free(a->armed.names);
    free(a->leaving.names);
    free(a->drops.names);
    free(a->removes.names);
    free(a->logical_armed.names);
    free(a->logical_evicted.names);
    free(a->logical_leaving.names);
    free(a->localnets.uuids);
    free(a->ready_lost.names);
    for (size_t i = 0; i < a->count; i++)
        free(a->vnics[i].others.uuids);
    free(a->vnics);
    free(a);
}

enum attach_phase attach_phase(const struct attach *a)
{
    return stages[a->stage].phase;
}

const char *attach_phase_name(enum attach_phase phase)
{
    static const char *const names[] = {
        [ATTACH_LOOK] = "look",   [ATTACH_CLAIM] = "claim",
        [ATTACH_READY] = "ready", [ATTACH_FLOWS] = "flows",
        [ATTACH_PLACE] = "place", [ATTACH_LEASE] = "lease",
        [ATTACH_DONE] = "done",   [ATTACH_RELEASE] = "release",
    };

    return names[phase];
}

size_t attach_count(const struct attach *a)
{
    return a->count;
}

const struct attach_vnic *attach_vnic(const struct attach *a, size_t i)
{
    return &a->vnics[i].is;
}

const char *attach_removes(const struct attach *a, size_t i)
{
    if (i < a->evictions.count && !a->releasing)
        return a->evictions.list[i].name;
    if (a->releasing && i < a->removes.count)
        return a->removes.names[i];
    return NULL;
}

const struct attach_failure *attach_failure(const struct attach *a)
{
    return &a->failure;
}

const char *attach_failure_left(const struct attach_failure *failure)
{
    if (failure->undo.code == 0)
        return NULL;
    return failure->left_pair
               ? "rollback failed: a veth pair may be left on the host"
               : "rollback failed: a port may be left on the bridge";
}
