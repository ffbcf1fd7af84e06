/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Routers of OVN's whose two gateway hosts are all the hosts there are: this
 * one and the only one that it has a tunnel to. If one dies, no tunnel of the
 * other is up any more, and that takes itself for the one that is cut off.
 *
 * Which hosts there are is not asked of the southbound database, to which most
 * hosts have only ovn-controller's connection: ovn-controller makes a tunnel to
 * each chassis, and notes on it which one that is.
 */
#include <stdio.h>

#include "cli/doctor/look.h"
#include "cli/ports/northbound.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"

#define PATIENCE_MS 2000

/* A router's port has its gateways in rows of one table or, as a group, in
 * those of another one: ovn-nb(5). */
enum { OP_PORTS, OP_GROUPS, OP_OF_HOSTS };
enum { OF_PORT, OF_GROUP, OPS_OF_HOST };

static void select_host(struct txn *txn, const char *host)
{
    txn_select(txn, "Gateway_Chassis", "_uuid", NULL);
    txn_where_string(txn, "chassis_name", host);
    txn_select(txn, "HA_Chassis", "_uuid", NULL);
    txn_where_string(txn, "chassis_name", host);
}

/* Does the set have one of the rows that the operation has found? */
static bool has_one_of(const struct json *row, const char *column,
                       const struct json *result, size_t op)
{
    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const char *uuid = row_uuid(reply_row(result, op, i), "_uuid");
        if (uuid && row_set_has_uuid(row, column, uuid))
            return true;
    }
    return false;
}

static bool has_both(const struct json *row, const char *column,
                     const struct json *result, size_t of)
{
    return has_one_of(row, column, result, OP_OF_HOSTS + of) &&
           has_one_of(row, column, result, OP_OF_HOSTS + OPS_OF_HOST + of);
}

static bool is_of_both(const struct json *port, const struct json *result)
{
    if (has_both(port, "gateway_chassis", result, OF_PORT))
        return true;
    for (size_t i = 0; i < reply_row_count(result, OP_GROUPS); i++) {
        const struct json *group = reply_row(result, OP_GROUPS, i);
        const char *uuid = row_uuid(group, "_uuid");
        if (uuid && row_set_has_uuid(port, "ha_chassis_group", uuid) &&
            has_both(group, "ha_chassis", result, OF_GROUP))
            return true;
    }
    return false;
}

int doctor_ask_gateways(struct client *client, struct ovn_seen *ovn,
                        struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};

    if (!ovn->peer[0] || ovn->has_more_peers)
        return 0;
    txn_init(&txn, NORTHBOUND_NAME);
    txn_select(&txn, "Logical_Router_Port", "name", "gateway_chassis",
               "ha_chassis_group", NULL);
    txn_where_any(&txn);
    txn_select(&txn, "HA_Chassis_Group", "_uuid", "ha_chassis", NULL);
    txn_where_any(&txn);
    select_host(&txn, ovn->chassis.name);
    select_host(&txn, ovn->peer);
    int r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &event, err);
    const struct json *result = event.outcome.result;
    for (size_t i = 0; r >= 0 && i < reply_row_count(result, OP_PORTS); i++) {
        const struct json *port = reply_row(result, OP_PORTS, i);
        const char *name = row_string(port, "name");
        if (name && is_of_both(port, result))
            snprintf(ovn->pair, sizeof(ovn->pair), "%s", name);
    }
    return r;
}
