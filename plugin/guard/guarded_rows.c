/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guardian says to the database. Each transaction asserts the lock
 * and, where it removes, that the row is still the one that was judged; when
 * one of them does not hold, whoever was faster was right.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/pidns.h"
#include "ovsint/rows/vswitch_plug.h"
#include "plugin/guard/guarded.h"

static struct guarded *guarded_of(struct ovsdb_call *call)
{
    return container_of(call, struct guarded, call);
}

static void say(struct guarded *guarded, struct txn *txn, ovsdb_done *done)
{
    struct err err = {0};

    if (ovsdb_transact(guarded->guardian->host->ovsdb, txn, &guarded->call,
                       done, &err) < 0)
        return; /* the connection is about to end: all is looked at again */
    guarded->busy = true;
}

/* 0 done, 1 somebody was faster, negative logged. */
static int settle(struct guarded *guarded, const struct ovsdb_outcome *outcome,
                  const char *what)
{
    guarded->busy = false;
    guarded->due = true;
    guardian_schedule(guarded->guardian);
    if (outcome->r >= 0)
        return 0;
    if (outcome->r == -ECONNRESET || outcome->r == -ESTALE)
        return 1;
    guarded->due = false;
    guarded_failed(guarded, what, &outcome->err);
    return outcome->r;
}

static void noted(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);

    (void)settle(guarded, outcome, "the arrival of a port could not be noted");
}

/* Docker's namespaces are known to the rows only from here on. */
static void say_sandbox(struct txn *txn, const struct look *look)
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
        say_sandbox(&txn, look);
    say(guarded, &txn, noted);
}

static void collected(struct ovsdb_call *call,
                      const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);
    struct guardian *guardian = guarded->guardian;

    if (settle(guarded, outcome, "a dead port could not be removed") != 0)
        return;
    guardian->collected++;
    log_event(LOG_LEVEL_INFO, "removed a port whose container is gone", "port",
              guarded->name, "reason", guarded->reason, NULL);
}

void guarded_collect(struct guarded *guarded, const struct look *look)
{
    auto_txn struct txn txn = {0};

    guarded->reason = verdict_reason(VERDICT_COLLECT, &look->seen);
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    vswitch_unplug(&txn, look->port);
    say(guarded, &txn, collected);
}

static void asked(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);

    if (settle(guarded, outcome, "the switch could not be asked") != 0)
        return;
    guarded->due = false; /* until the switch has answered */
    if (fence_set(&guarded->confirmed, outcome->result) &&
        fence_is_passed(&guarded->confirmed, guarded->guardian->cur_cfg))
        guarded->due = true;
}

static void ask_switch(struct guarded *guarded)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_say(&txn);
    say(guarded, &txn, asked);
}

/* The switch says when it has removed the port: one that comes back under its
 * name before that would be taken for the old one. */
bool guarded_is_confirmed(struct guarded *guarded)
{
    if (!fence_is_set(&guarded->confirmed))
        ask_switch(guarded);
    return fence_is_passed(&guarded->confirmed, guarded->guardian->cur_cfg);
}

static void say_type(struct txn *txn, const struct vswitch_port *port,
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

static void dropped(struct ovsdb_call *call,
                    const struct ovsdb_outcome *outcome)
{
    (void)settle(guarded_of(call), outcome, "a port could not be made again");
}

/* A switch that is down or starts is about to make the device anyway. */
void guarded_remake(struct guarded *guarded, const struct look *look)
{
    auto_txn struct txn txn = {0};

    if (!guarded_is_confirmed(guarded))
        return;
    guarded->reason = verdict_reason(guarded->verdict, &look->seen);
    say_type(&txn, look->port, "");
    txn_put_pair(&txn, "external_ids", ID_REMAKING, "true");
    say(guarded, &txn, dropped);
}

static void remade(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct guarded *guarded = guarded_of(call);
    const struct seen seen = {.on_host = guarded->on_host};

    if (settle(guarded, outcome, "a port could not be made again") != 0)
        return;
    guarded->remade_ms = guardian_now_ms(guarded->guardian);
    if (guarded->on_host) { /* others are repaired when they are moved */
        guarded->repairs++;
        guarded->guardian->repairs++;
    }
    if (!guarded->reason) /* another guardian has begun it */
        guarded->reason = verdict_reason(VERDICT_RETYPE, &seen);
    log_event(LOG_LEVEL_INFO, "made a port again", "port", guarded->name,
              "reason", TAKE_PTR(guarded->reason), NULL);
}

/* The former device goes with the former type, once the switch has seen that
 * one (bridge_del_ports() and bridge_delete_or_reconfigure_ports() in
 * vswitchd/bridge.c). */
void guarded_retype(struct guarded *guarded, const struct vswitch_port *port)
{
    auto_txn struct txn txn = {0};

    if (!guarded_is_confirmed(guarded))
        return;
    say_type(&txn, port, "internal");
    txn_remove_key(&txn, "external_ids", ID_REMAKING);
    say(guarded, &txn, remade);
}
