/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the guardian writes. A port has one transaction at a time (`busy`). Each
 * asserts the lock. That a port goes is a job of the attach engine
 * (ATTACH_REMOVE), which asserts that its row is still the one that was judged.
 * When it is answered the port is looked at again: whether it has worked, or
 * another client was faster (-ESTALE), or the connection went. Any other
 * failure is logged, and tried again after a while.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/attach/work.h"
#include "ovsint/base/log.h"
#include "ovsint/net/pidns.h"
#include "plugin/guard/guarded.h"

static struct guarded *guarded_of(struct ovsdb_call *call)
{
    return container_of(call, struct guarded, call);
}

static void guarded_send(struct guarded *guarded, struct txn *txn,
                         ovsdb_done *done)
{
    struct err err = {0};

    if (ovsdb_transact(guarded->guardian->host->ovsdb, txn, &guarded->call,
                       done, &err) < 0)
        /* the connection is about to end; after that all ports are looked at */
        return;
    guarded->busy = true;
}

/* Ends a transaction, or a job. 0 = done, 1 = somebody was faster, negative =
 * failed and logged. */
static int guarded_settle(struct guarded *guarded, int r, const struct err *err,
                          const char *what)
{
    guarded->busy = false;
    guarded->due = true;
    guardian_schedule(guarded->guardian);
    if (r >= 0)
        return 0;
    if (r == -ECONNRESET || r == -ESTALE)
        return 1;
    guarded->due = false;
    guarded_failed(guarded, what, err);
    return r;
}

static void on_note_reply(struct ovsdb_call *call,
                          const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);

    (void)guarded_settle(guarded, outcome->r, &outcome->err,
                         "could not note in OVSDB that a port's device has "
                         "arrived");
}

/* Only from here on do the rows know the namespaces of Docker's ports. */
static void txn_put_sandbox(struct txn *txn, const struct look *look)
{
    char pidns[PIDNS_ID_SIZE];
    struct err ignored = {0};

    txn_put_pair(txn, "external_ids", ID_NETNS_ID, look->sandbox.id);
    if (pidns_id(pidns, &ignored) >= 0)
        txn_put_pair(txn, "external_ids", ID_PIDNS, pidns);
}

void guarded_note(struct guarded *guarded, const struct look *look)
{
    auto_txn struct txn txn = {0};

    guarded->checked = true;
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, look->port->iface_uuid);
    txn_put_pair(&txn, "external_ids", ID_ARRIVED, "true");
    if (look->seen.of_docker)
        txn_put_sandbox(&txn, look);
    guarded_send(guarded, &txn, on_note_reply);
}

/* Of a pair the end that is the host's. */
static int collect_work(struct attach_job *job, const struct attach *attach,
                        const struct attach_todo *todo, struct link_info *ret,
                        struct err *err)
{
    struct guarded *guarded = container_of(job, struct guarded, job);
    const struct attach_place place = {.host = guarded->guardian->host->net,
                                       .netns = -1};

    return attach_work(&place, attach, todo, ret, err);
}

static void on_collect_done(struct attach_job *job, const struct attach *attach,
                            const struct attach_failure *failure)
{
    struct guarded *guarded = container_of(job, struct guarded, job);

    (void)attach;
    guarded->guardian->removing--;
    if (guarded_settle(guarded, failure ? -failure->err.code : 0,
                       failure ? &failure->err : NULL,
                       "a dead port could not be removed") != 0)
        return;
    guarded->guardian->collected++;
    log_event(LOG_LEVEL_INFO, "removed a port whose container is gone", "port",
              guarded->name, "reason", guarded->reason, NULL);
}

void guarded_collect(struct guarded *guarded, const struct look *look)
{
    static const struct attach_job_events events = {.work = collect_work,
                                                    .done = on_collect_done};
    struct attach_uv *attaches = guarded->guardian->attaches;
    const struct host *host = guarded->guardian->host;
    const struct attach_want want = {.task = ATTACH_REMOVE,
                                     .boot = host->boot,
                                     .lock = GUARDIAN_LOCK,
                                     .deadline_ms = attach_uv_now_ms(attaches) +
                                                    host->call_timeout_ms};

    if (guarded->guardian->removing == JOBS_AT_ONCE) {
        guarded->due = true; /* see is_queued() in guardian.c */
        return;
    }
    guarded->reason = verdict_reason(VERDICT_COLLECT, &look->seen);
    guarded->want = (struct port_want){0};
    snprintf(guarded->want.name, sizeof(guarded->want.name), "%s",
             guarded->name);
    guarded->busy = true;
    guarded->guardian->removing++;
    attach_job_begin(attaches, &guarded->job, &events, &want, &guarded->want,
                     1);
}

static void on_fence_reply(struct ovsdb_call *call,
                           const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);

    if (guarded_settle(guarded, outcome->r, &outcome->err,
                       "could not ask the switch whether it "
                       "is up to date") != 0)
        return;
    guarded->due = false; /* until the switch has answered */
    if (fence_set(&guarded->fence, outcome->result) &&
        fence_is_passed(&guarded->fence, guarded->guardian->cur_cfg))
        guarded->due = true;
}

static void ask_switch(struct guarded *guarded)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_txn(&txn);
    guarded_send(guarded, &txn, on_fence_reply);
}

/* A device that is made again under its name before the switch has removed the
 * old one would be taken for the old one. The fence says when it has. */
bool guarded_fence_is_passed(struct guarded *guarded)
{
    if (!fence_is_set(&guarded->fence))
        ask_switch(guarded);
    return fence_is_passed(&guarded->fence, guarded->guardian->cur_cfg);
}

static void txn_set_type(struct txn *txn, const struct vswitch_port *port,
                         const char *type)
{
    txn_init(txn, OVSDB_NAME);
    txn_assert(txn, GUARDIAN_LOCK);
    txn_update(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    txn_set_string(txn, "type", type);
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
}

static void on_remake_reply(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    (void)guarded_settle(guarded_of(call), outcome->r, &outcome->err,
                         "a port could not be made again");
}

/* Without a fence it would not be clear that the device is missing: a switch
 * that is down or starting makes it by itself. */
void guarded_remake(struct guarded *guarded, const struct look *look)
{
    auto_txn struct txn txn = {0};

    if (!guarded_fence_is_passed(guarded))
        return;
    guarded->reason = verdict_reason(guarded->verdict, &look->seen);
    txn_set_type(&txn, look->port, "");
    txn_put_pair(&txn, "external_ids", ID_REMAKING, "true");
    guarded_send(guarded, &txn, on_remake_reply);
}

static void on_retype_reply(struct ovsdb_call *call,
                            const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);
    const struct seen seen = {.on_host = guarded->on_host};

    if (guarded_settle(guarded, outcome->r, &outcome->err,
                       "a port could not be made again") != 0)
        return;
    guarded->remade_ms = guardian_now_ms(guarded->guardian);
    if (guarded->on_host) { /* for other ports the move counts as the repair */
        guarded->repairs++;
        guarded->guardian->repairs++;
    }
    if (!guarded->reason) /* another guardian has begun this */
        guarded->reason = verdict_reason(VERDICT_RETYPE, &seen);
    log_event(LOG_LEVEL_INFO, "made a port again", "port", guarded->name,
              "reason", TAKE_PTR(guarded->reason), NULL);
}

/* Once the switch has seen the former type it drops the former device
 * (bridge_del_ports() and bridge_delete_or_reconfigure_ports() in
 * vswitchd/bridge.c). */
void guarded_retype(struct guarded *guarded, const struct vswitch_port *port)
{
    auto_txn struct txn txn = {0};

    if (!guarded_fence_is_passed(guarded))
        return;
    txn_set_type(&txn, port, "internal");
    txn_remove_key(&txn, "external_ids", ID_REMAKING);
    guarded_send(guarded, &txn, on_retype_reply);
}
