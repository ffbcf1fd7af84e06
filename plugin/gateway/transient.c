/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Transient networks: one whose last port has gone is kept for a moment, as its
 * container may be about to start again. Then its row and its host access port
 * go in one transaction, which is guarded: if a port has come meanwhile all
 * stays, and the host access port is set up again.
 *
 * A port that was refused has not used its network, and one that waits for its
 * answer has not yet. While there is such a one the network cannot go, but its
 * moment goes on: else it would stay for as long as somebody tries to have it
 * with another subnet.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"
#include "plugin/gateway/host_entry.h"
#include "plugin/gateway/host_port.h"

#define TRANSIENT_IDLE_MS 2000
#define TRANSIENT_AGAIN_MS 100
#define TRANSIENT_REFUSED_MS 30000

static void on_transient_removed(struct ovsdb_call *call,
                                 const struct ovsdb_outcome *outcome)
{
    struct host_entry *entry = container_of(call, struct host_entry, call);

    if (outcome->r >= 0)
        return; /* the rows show it */
    bool has_come = outcome->fault.kind == REPLY_GUARD;

    entry->leaving = false;
    entry->due = true;
    /* What has come may be refused, and then it does not count. A database that
     * refuses, as its disk is full, does so again a moment later. */
    entry->idle_ms = uv_now(entry->ports->idle_timer.loop) - TRANSIENT_IDLE_MS +
                     (has_come ? TRANSIENT_AGAIN_MS : TRANSIENT_REFUSED_MS);
    if (!has_come)
        log_event(LOG_LEVEL_WARNING, "could not remove a network without ports",
                  "network", entry->network, "error", outcome->err.text, NULL);
    transient_look(entry->ports);
    host_devices_look_soon(entry->ports);
}

static void remove_network(struct host_entry *entry)
{
    struct gateway *gateway = entry->ports->gateway;
    struct host *host = gateway->host;
    const char *text;
    const struct bridge *bridge =
        bridges_network(&host->bridges, entry->network, &text);
    char key[NETWORK_KEY_SIZE];
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    if (!bridge || entry->call.ovsdb || !ovsdb_is_up(host->ovsdb))
        return; /* the rows will change */
    network_key(entry->network, key);
    txn_init(&txn, OVSDB_NAME);
    txn_wait_absent(&txn, "Interface");
    txn_where_pair(&txn, "external_ids", ID_NETWORK, entry->network);
    txn_mutate(&txn, "Bridge");
    txn_where_uuid(&txn, bridge->uuid);
    txn_remove_key(&txn, "external_ids", key);
    host_port_remove(gateway, entry->network, &txn);
    if (ovsdb_transact(host->ovsdb, &txn, &entry->call, on_transient_removed,
                       &ignored) < 0)
        entry->leaving = false;
}

enum use {
    USE_NONE,
    USE_ASKED, /* by ports that were refused, or wait for their answer */
    USE_MADE,
};

static enum use use_of(const struct host_entry *entry)
{
    static const size_t prefix = sizeof(ASKED_FAILED) - 1;
    const struct vswitch_view *rows = &entry->ports->gateway->host->ports;
    enum use use = USE_NONE;

    for (const struct vswitch_port *row =
             vswitch_view_first(rows, VSWITCH_BY_NETWORK, entry->network);
         row; row = vswitch_port_next(row, VSWITCH_BY_NETWORK)) {
        const char *answer = vswitch_port_id(row, ID_ASKED_ANSWER);
        if (!vswitch_port_id(row, ID_ASKED_PORTS) ||
            (answer && strncmp(answer, ASKED_FAILED, prefix) != 0))
            return USE_MADE;
        use = USE_ASKED;
    }
    return use;
}

void transient_look(struct host_ports *ports)
{
    uint64_t now = uv_now(ports->idle_timer.loop);
    uint64_t next = 0;

    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        if (!entry->network_row.owner || entry->leaving)
            continue;
        enum use use = use_of(entry);
        if (use == USE_MADE)
            entry->idle_ms = 0;
        else if (entry->idle_ms == 0)
            entry->idle_ms = now;
        if (use != USE_NONE)
            continue; /* its row will change, or go */
        uint64_t due = entry->idle_ms + TRANSIENT_IDLE_MS;
        if (due <= now)
            remove_network(entry);
        else if (next == 0 || due < next)
            next = due;
    }
    if (next)
        timer_at(&ports->idle_timer, on_transient_timer, next);
}

void on_transient_timer(uv_timer_t *timer)
{
    transient_look(timer->data);
}
