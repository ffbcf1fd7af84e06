/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * DeleteNetwork: one transaction takes off the network row, with it ports that
 * Docker has lost, the uplink if no other network uses it, and a bridge of ours
 * if this was its last network.
 *
 * If another network has come to that bridge meanwhile a guard fails, and it is
 * tried again. So it is if the bridge has ports of others, as of the hook, or
 * an operator's card: then the bridge stays. If the database is away, or
 * refuses, the network is removed later (removals.h). Docker is told of success
 * in any case: it forgets the network, whatever the answer is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/ready_port.h"
#include "plugin/docker/endpoints.h"
#include "plugin/docker/uplink.h"

static void remove_ports(struct docker *docker, const char *network,
                         struct txn *txn)
{
    for (size_t i = 0; i < docker->host->ports.count; i++) {
        const struct vswitch_port *port = docker->host->ports.ports[i];
        const char *of = vswitch_port_id(port, ID_NETWORK);
        if (of && strcmp(of, network) == 0)
            port_remove(docker, port, txn);
    }
}

/* Nobody wants them any more, and they would go with the bridge. */
static void remove_ready_ports(struct docker *docker,
                               const struct bridge *bridge, struct txn *txn)
{
    const struct vswitch_view *view = &docker->host->ports;
    size_t size = strlen(bridge->name);

    for (const struct vswitch_port *port =
             vswitch_view_first(view, VSWITCH_BY_POOL, NULL);
         port; port = vswitch_port_next(port, VSWITCH_BY_POOL)) {
        const char *fit = vswitch_port_id(port, ID_POOL);
        if (ready_port_is(port) && strncmp(fit, bridge->name, size) == 0 &&
            fit[size] == '/')
            port_remove(docker, port, txn);
    }
}

/* After all that has gone the bridge has its own port and no other. */
static void assert_empty(const struct docker *docker,
                         const struct bridge *bridge, struct txn *txn,
                         struct bridge_guard *ret)
{
    const struct vswitch_port *own =
        vswitch_view_find(&docker->host->ports, bridge->name);

    snprintf(ret->uuid, sizeof(ret->uuid), "%s", bridge->uuid);
    ret->op = txn_wait_row(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_set_set(txn, "ports");
    if (own && own->port_uuid[0])
        txn_item_uuid(txn, own->port_uuid);
}

void network_remove_failed(struct docker *docker,
                           const struct bridge_guard *guard,
                           const struct ovsdb_outcome *outcome)
{
    if (!guard->uuid[0] || outcome->r >= 0 ||
        outcome->fault.kind != REPLY_GUARD || outcome->fault.op != guard->op)
        return;
    const char *name = bridges_keep(&docker->host->bridges, guard->uuid);
    if (name)
        log_event(LOG_LEVEL_INFO,
                  "a bridge stays after its last network, as it has ports of "
                  "others",
                  "bridge", name, NULL);
}

/* Removes the bridge, guarded: another network may have come to it
 * meanwhile. */
static void remove_bridge(struct docker *docker, const struct bridge *bridge,
                          struct txn *txn, struct bridge_guard *ret_guard)
{
    remove_ready_ports(docker, bridge, txn);
    assert_empty(docker, bridge, txn, ret_guard);
    bridges_expect_removal(&docker->host->bridges, bridge->uuid);
    txn_wait_row(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_set_map(txn, "external_ids");
    for (size_t i = 0; i < bridge->ids.count; i++)
        txn_pair(txn, bridge->ids.pairs[i].key, bridge->ids.pairs[i].value);
    txn_mutate(txn, "Open_vSwitch");
    txn_where_any(txn);
    txn_remove_uuid(txn, "bridges", bridge->uuid);
}

static bool goes(const struct bridge *bridge, size_t networks)
{
    return bridge_is_ours(bridge) && !bridge->has_others &&
           bridge_network_count(bridge) == networks;
}

/* Networks that are removed at the same time may each have seen the other one
 * on the bridge, so none of them has removed it. */
static const struct bridge *find_deserted(const struct docker *docker)
{
    for (size_t i = 0; i < docker->host->bridges.count; i++) {
        const struct bridge *bridge = &docker->host->bridges.rows[i];
        if (goes(bridge, 0))
            return bridge;
    }
    return NULL;
}

void network_remove(struct docker *docker, const char *network, struct txn *txn,
                    struct bridge_guard *ret_guard)
{
    const char *network_row;
    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, network, &network_row);
    char key[NETWORK_KEY_SIZE];
    char begun[NETWORK_KEY_SIZE];

    *ret_guard = (struct bridge_guard){0};
    network_key(network, key);
    network_begun_key(network, begun);
    bridges_forget(&docker->host->bridges, key);
    bridges_forget(&docker->host->bridges, begun);
    remove_ports(docker, network, txn);
    host_port_remove(docker->gateway, network, txn);
    uplink_remove(docker, network, txn);
    if (!bridge) {
        bridge = find_deserted(docker);
        if (bridge)
            remove_bridge(docker, bridge, txn, ret_guard);
        return;
    }
    if (goes(bridge, 1)) {
        remove_bridge(docker, bridge, txn, ret_guard);
        return;
    }
    txn_mutate(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_remove_key(txn, "external_ids", key);
    txn_mutate(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_remove_key(txn, "external_ids", begun);
}

/* Whatever fails, Docker forgets the network now. */
void delete_network_offline(struct call *call, const struct err *why)
{
    struct docker *docker = call->docker;

    log_event(LOG_LEVEL_WARNING, "the network will be removed later", "network",
              call->network, "reason", why->text, NULL);
    removals_add(&docker->removals, REMOVE_NETWORK, call->network);
    call_done(call);
}

static void delete_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    delete_network_offline(call, &err);
}

static void network_removed(struct call *call)
{
    logical_sweep_run(&call->docker->logical);
    call_done(call);
}

static void on_network_removed(struct ovsdb_call *done,
                               const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    network_remove_failed(call->docker, &call->bridge_guard, outcome);
    bool again = outcome->r == -ESTALE ||
                 (outcome->r >= 0 && find_deserted(call->docker));

    if (outcome->r == -ECONNRESET)
        call_again(call);
    else if (again)
        delete_network_start(call);
    else if (outcome->r < 0)
        delete_network_offline(call, &outcome->err);
    else
        network_removed(call);
}

void delete_network_start(struct call *call)
{
    struct docker *docker = call->docker;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    network_remove(docker, call->network, &txn, &call->bridge_guard);
    if (txn_count(&txn) == 0) {
        call_done(call);
        return;
    }
    call->expire = delete_expired;
    int r = ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                           on_network_removed, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        delete_network_offline(call, &err);
}
