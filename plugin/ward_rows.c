/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guardian says to the database. Each transaction asserts the lock
 * and, where it removes, that the row is still the one that was judged; when
 * one of them does not hold, whoever was faster was right.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/log.h"
#include "ovsint/pidns.h"
#include "ovsint/vswitch_plug.h"
#include "plugin/ward.h"

static struct ward *ward_of(struct ovsdb_call *call)
{
    return (struct ward *)call;
}

static void say(struct ward *ward, struct txn *txn, ovsdb_done *done)
{
    struct err err = {0};

    if (ovsdb_transact(ward->guardian->driver->ovsdb, txn, &ward->call, done,
                       &err) < 0)
        return; /* the connection is about to end: all is looked at again */
    ward->busy = true;
}

/* 0 done, 1 somebody was faster, negative logged. */
static int settle(struct ward *ward, const struct ovsdb_outcome *outcome,
                  const char *what)
{
    ward->busy = false;
    ward->due = true;
    guardian_schedule(ward->guardian);
    if (outcome->r >= 0)
        return 0;
    if (outcome->r == -ECONNRESET || outcome->r == -ESTALE)
        return 1;
    ward->due = false;
    ward_failed(ward, what, &outcome->err);
    return outcome->r;
}

static void noted(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct ward *ward = ward_of(call);

    (void)settle(ward, outcome, "the arrival of a port could not be noted");
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

void ward_note(struct ward *ward, const struct look *look)
{
    auto_txn struct txn txn = {0};

    ward->checked = true;
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, look->port->iface_uuid);
    txn_put_pair(&txn, "external_ids", ID_ARRIVED, "true");
    if (look->seen.of_docker)
        say_sandbox(&txn, look);
    say(ward, &txn, noted);
}

static void collected(struct ovsdb_call *call,
                      const struct ovsdb_outcome *outcome)
{
    struct ward *ward = ward_of(call);
    struct guardian *guardian = ward->guardian;

    if (settle(ward, outcome, "a dead port could not be removed") != 0)
        return;
    guardian->collected++;
    log_event(LOG_LEVEL_INFO, "removed a port whose container is gone", "port",
              ward->name, "reason", ward->reason, NULL);
}

void ward_collect(struct ward *ward, const struct look *look)
{
    auto_txn struct txn txn = {0};

    ward->reason = verdict_reason(VERDICT_COLLECT, &look->seen);
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    vswitch_unplug(&txn, look->port);
    say(ward, &txn, collected);
}

static void asked(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct ward *ward = ward_of(call);

    if (settle(ward, outcome, "the switch could not be asked") != 0)
        return;
    ward->due = false; /* until the switch has answered */
    if (fence_set(&ward->confirmed, outcome->result) &&
        fence_is_passed(&ward->confirmed, ward->guardian->cur_cfg))
        ward->due = true;
}

static void ask_switch(struct ward *ward)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    fence_say(&txn);
    say(ward, &txn, asked);
}

/* The switch says when it has removed the port: one that comes back under its
 * name before that would be taken for the old one. */
bool ward_is_confirmed(struct ward *ward)
{
    if (!fence_is_set(&ward->confirmed))
        ask_switch(ward);
    return fence_is_passed(&ward->confirmed, ward->guardian->cur_cfg);
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
    (void)settle(ward_of(call), outcome, "a port could not be made again");
}

/* A switch that is down or starts is about to make the device anyway. */
void ward_remake(struct ward *ward, const struct look *look)
{
    auto_txn struct txn txn = {0};

    if (!ward_is_confirmed(ward))
        return;
    ward->reason = verdict_reason(ward->verdict, &look->seen);
    say_type(&txn, look->port, "");
    txn_put_pair(&txn, "external_ids", ID_REMAKING, "true");
    say(ward, &txn, dropped);
}

static void remade(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct ward *ward = ward_of(call);
    const struct seen seen = {.on_host = ward->on_host};

    if (settle(ward, outcome, "a port could not be made again") != 0)
        return;
    ward->remade_ms = guardian_now_ms(ward->guardian);
    if (ward->on_host) { /* others are repaired when they are moved */
        ward->repairs++;
        ward->guardian->repairs++;
    }
    if (!ward->reason) /* another guardian has begun it */
        ward->reason = verdict_reason(VERDICT_RETYPE, &seen);
    log_event(LOG_LEVEL_INFO, "made a port again", "port", ward->name, "reason",
              TAKE_PTR(ward->reason), NULL);
}

/* The former device goes with the former type, once the switch has seen that
 * one (bridge_del_ports() and bridge_delete_or_reconfigure_ports() in
 * vswitchd/bridge.c). */
void ward_retype(struct ward *ward, const struct vswitch_port *port)
{
    auto_txn struct txn txn = {0};

    if (!ward_is_confirmed(ward))
        return;
    say_type(&txn, port, "internal");
    txn_remove_key(&txn, "external_ids", ID_REMAKING);
    say(ward, &txn, remade);
}
