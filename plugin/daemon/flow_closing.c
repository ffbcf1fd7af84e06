/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When ovs-vswitchd ends all flows go, and the next one forwards what arrives
 * until they are back. So the rows of guarded ports are closed as soon as the
 * connection to a bridge goes, and opened when their flows are in force.
 *
 *   1. The connection goes: one transaction closes all. The next ovs-vswitchd
 *      reads rows some tens of milliseconds later. If it has read them before
 *      that, it sees them change at once.
 *   2. Its reply tells what the columns were. What an operator had changed is
 *      noted in the row, in a second transaction. If the connection comes and
 *      goes again before that, nothing is asked anew until the note is there:
 *      the columns are those of a closed port by then.
 *   3. Flows are in force: another one opens those that are closed, also those
 *      that an earlier daemon had closed.
 *
 * What can fail: the database may be away, as when everything is restarted.
 * Then nothing is closed; a port that is closed is opened later. If the daemon
 * ends in between, the ports stay closed until the next one starts.
 *
 * Pitfall: an internal port of the userspace datapath has no need of it, as its
 * device is made anew, and comes into its container after the flows.
 */
#include "ovsint/base/log.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/switch_look.h"
#include "ovsint/rows/vswitch_closing.h"
#include "plugin/daemon/flow_bridge.h"
#include "plugin/daemon/timer.h"

static void not_closed(const struct flow_bridge *bridge, const struct err *why)
{
    log_event(LOG_LEVEL_WARNING,
              "ports are not closed while their source guards are not in force",
              "bridge", bridge->name, "reason", why->text, NULL);
}

static void end_closing(struct flow_bridge *bridge)
{
    if (bridge->closes_again)
        flow_closing_close(bridge);
    else
        flow_closing_open(bridge);
}

/* The rows tell the notes by now. */
static void on_noted(struct ovsdb_call *call,
                     const struct ovsdb_outcome *outcome)
{
    (void)outcome;
    end_closing(container_of(call, struct flow_bridge, closing));
}

static bool note_row(const struct flow_bridge *bridge, const struct json *row,
                     struct txn *txn)
{
    const char *name = row_string(row, "name");
    const struct vswitch_port *port =
        name ? vswitch_view_find(&bridge->keeper->host->ports, name) : NULL;
    struct attachment spec;
    struct err ignored = {0};

    return port && vswitch_port_spec(port, &spec, &ignored) >= 0 &&
           vswitch_note_vlans(txn, row, &spec);
}

static void on_closed(struct ovsdb_call *call,
                      const struct ovsdb_outcome *outcome)
{
    struct flow_bridge *bridge =
        container_of(call, struct flow_bridge, closing);
    auto_txn struct txn txn = {0};
    struct err ignored = {0};
    bool any = false;

    if (outcome->r < 0)
        not_closed(bridge, &outcome->err);
    txn_init(&txn, OVSDB_NAME);
    for (size_t op = 0; outcome->r >= 0 && op < json_count(outcome->result);
         op++)
        any |= note_row(bridge, reply_row(outcome->result, op, 0), &txn);
    if (!any || ovsdb_transact(bridge->keeper->host->ovsdb, &txn,
                               &bridge->closing, on_noted, &ignored) < 0)
        end_closing(bridge);
}

/* Do the devices of internal ports stay in their containers, too, when
 * ovs-vswitchd ends? The datapath of a bridge may change. */
static bool keeps_devices(const struct flow_bridge *bridge)
{
    const struct vswitch_bridge *row = vswitch_bridges_find(
        &bridge->keeper->host->ports.bridges, bridge->name);

    return row && !row->userspace;
}

void flow_closing_close(struct flow_bridge *bridge)
{
    auto_txn struct txn txn = {0};
    struct err err = {0};
    bool all_stay = keeps_devices(bridge);
    bool any = false;

    bridge->closes_again = bridge->closing.ovsdb != NULL;
    if (bridge->closes_again)
        return;
    txn_init(&txn, OVSDB_NAME);
    LIST_EACH (link, &bridge->ports) {
        const struct kept *kept = kept_at(link);
        bool closes = kept->guards && (all_stay || kept->type == VNIC_VETH);
        if (closes) {
            vswitch_ask_vlans(&txn, kept->name);
            vswitch_close(&txn, kept->name);
        }
        any |= closes;
    }
    switch_look(&txn);
    if (any && ovsdb_transact(bridge->keeper->host->ovsdb, &txn,
                              &bridge->closing, on_closed, &err) < 0)
        not_closed(bridge, &err);
}

static void not_opened(struct flow_bridge *bridge, const struct err *why)
{
    bridge->has_closed = true;
    bridge->at_ms = timer_earlier(
        bridge->at_ms, flow_keeper_now_ms(bridge->keeper) + FLOW_RETRY_MS);
    flow_keeper_schedule(bridge->keeper);
    if (!bridge->told_closed)
        log_event(
            LOG_LEVEL_WARNING,
            "ports stay closed for now, though their source guards are in "
            "force",
            "bridge", bridge->name, "reason", why->text, NULL);
    bridge->told_closed = true;
}

/* Others may have got their flows meanwhile. */
static void on_opened(struct ovsdb_call *call,
                      const struct ovsdb_outcome *outcome)
{
    struct flow_bridge *bridge =
        container_of(call, struct flow_bridge, opening);

    if (outcome->r < 0) {
        not_opened(bridge, &outcome->err);
        return;
    }
    bridge->told_closed = false;
    flow_closing_open(bridge);
}

/* Returns true if there is something to write. */
static bool add_open(struct kept *kept, struct txn *txn)
{
    const struct vswitch_port *port =
        vswitch_view_find(&kept->bridge->keeper->host->ports, kept->name);
    struct attachment spec;
    struct err ignored = {0};

    if (!port || !vswitch_port_is_closed(port))
        return false;
    if (kept->state != KEPT_IN_FORCE ||
        vswitch_port_spec(port, &spec, &ignored) < 0) {
        kept->bridge->has_closed = true;
        return false;
    }
    vswitch_open(txn, port, &spec);
    return true;
}

/* Not while a port is being closed, as its row may not have its note yet. One
 * transaction at a time: what it has changed the rows tell before its
 * reply comes. Without a connection all rows come anew with the next one, and
 * with them the next try. */
void flow_closing_open(struct flow_bridge *bridge)
{
    auto_txn struct txn txn = {0};
    struct err err = {0};
    bool any = false;

    if (!bridge->has_closed || bridge->opening.ovsdb || bridge->closing.ovsdb ||
        !ovsdb_is_up(bridge->keeper->host->ovsdb))
        return;
    bridge->has_closed = false;
    txn_init(&txn, OVSDB_NAME);
    LIST_EACH (link, &bridge->ports) {
        if (txn_is_large(&txn)) {
            bridge->has_closed = true; /* the others follow */
            break;
        }
        any |= add_open(kept_at(link), &txn);
    }
    switch_look(&txn);
    if (any && ovsdb_transact(bridge->keeper->host->ovsdb, &txn,
                              &bridge->opening, on_opened, &err) < 0)
        not_opened(bridge, &err);
}
