/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace` on a logical switch of OVN, which itself answers questions for
 * MACs, on the host of whoever asks. Who has an address elsewhere is in the
 * northbound database; what another host does with the packet is not seen from
 * here. It may be a router of OVN's, and on a switch with a port of type
 * localnet somebody outside, of whom OVN knows nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/ports/northbound.h"
#include "cli/ports/router_ports.h"
#include "cli/trace/trace.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define PATIENCE_MS 2000

static void take_row(const struct json *row, struct trace_seen *ret)
{
    struct trace_logical *logical = &ret->logical;
    const char *host = row_map_get(row, "external_ids", ID_OVN_HOST);
    const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);
    const char *addresses = row_string(row, "addresses");
    char mac[MAC_TEXT_SIZE];

    if (!row)
        return;
    if (!holder)
        holder = row_map_get(row, "external_ids", ID_ENDPOINT);
    logical->found = true;
    logical->bound = northbound_is_bound(row);
    snprintf(logical->host, sizeof(logical->host), "%s", host ? host : "?");
    snprintf(logical->holder, sizeof(logical->holder), "%s",
             holder ? holder : "?");
    snprintf(mac, sizeof(mac), "%.*s",
             addresses ? (int)strcspn(addresses, " ") : 0,
             addresses ? addresses : "");
    ret->hop.has_mac = parse_mac(mac, &ret->hop.mac) >= 0;
}

static void take_router(const struct json *port, struct trace_seen *ret)
{
    const char *name = row_string(port, "name"), *mac = row_string(port, "mac");

    snprintf(ret->logical.router, sizeof(ret->logical.router), "%s",
             name ? name : "?");
    ret->hop.has_mac = mac && parse_mac(mac, &ret->hop.mac) >= 0;
}

/* Is one of the routers' ports that have the address on this switch? */
static int look_for_router(struct client *client, const struct json *seen,
                           size_t op_routers,
                           const struct northbound_switch *on,
                           struct deadline deadline, struct trace_seen *ret)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};
    struct router_end end;
    size_t at = 0, op = 0;

    txn_init(&txn, NORTHBOUND_NAME);
    while (router_ports_next(seen, op_routers, &at, &end)) {
        if (!router_port_has(end.port, &ret->hop.ip))
            continue;
        txn_select(&txn, "Logical_Switch", "_uuid", NULL);
        txn_where_uuid(&txn, on->uuid);
        txn_where_ref(&txn, "ports", end.on_switch);
    }
    if (txn_count(&txn) == 0)
        return 0;
    int r = northbound_ask(client, &txn, deadline, &event, &ret->logical.why);
    for (at = 0; r >= 0 && router_ports_next(seen, op_routers, &at, &end);) {
        if (router_port_has(end.port, &ret->hop.ip) &&
            reply_row_count(event.outcome.result, op++) > 0)
            take_router(end.port, ret);
    }
    return r;
}

static int look_for_localnet(struct client *client, const struct json *seen,
                             size_t op_localnets, struct northbound_switch *on,
                             struct deadline deadline, struct trace_seen *ret)
{
    auto_session_event struct session_event event = {0};
    struct northbound_localnets localnets = {0};
    auto_txn struct txn txn = {0};
    int r = 0;

    txn_init(&txn, NORTHBOUND_NAME);
    northbound_read_localnets(seen, op_localnets, &localnets);
    if (localnets.count > 0) {
        northbound_look_physical(&txn, on, &localnets);
        r = northbound_ask(client, &txn, deadline, &event, &ret->logical.why);
    }
    if (r >= 0 && localnets.count > 0)
        northbound_read_physical(event.outcome.result, 0, &localnets, on);
    ret->logical.is_physical = on->is_physical;
    free(localnets.uuids);
    return r;
}

/* Nobody of ours has the address. */
static void look_for_others(struct client *client, const char *name,
                            struct deadline deadline, struct trace_seen *ret)
{
    auto_session_event struct session_event event = {0};
    struct err *why = &ret->logical.why;
    auto_txn struct txn txn = {0};
    struct northbound_switch on;

    txn_init(&txn, NORTHBOUND_NAME);
    size_t op_switch = northbound_look(&txn, name);
    size_t op_localnets = northbound_look_localnets(&txn);
    size_t op_routers = router_ports_select(&txn);
    int r = northbound_ask(client, &txn, deadline, &event, why);
    const struct json *seen = event.outcome.result;
    if (r >= 0)
        r = northbound_read_look(seen, op_switch, name, &on, why);
    if (r >= 0)
        r = look_for_router(client, seen, op_routers, &on, deadline, ret);
    if (r >= 0 && !ret->logical.router[0])
        (void)!look_for_localnet(client, seen, op_localnets, &on, deadline,
                                 ret);
}

void trace_look_at_logical(struct client *northbound, struct trace_seen *ret)
{
    auto_session_event struct session_event synced = {0}, event = {0};
    struct deadline deadline = deadline_in(PATIENCE_MS);
    const char *on = ret->from.port->logical_switch;
    struct err *why = &ret->logical.why;
    auto_txn struct txn txn = {0};

    ret->logical.asked = true;
    if (!northbound)
        return; /* why is known to whoever has tried to connect */
    if (client_show(northbound, NULL, deadline, &synced, why) < 0)
        return;
    txn_init(&txn, NORTHBOUND_NAME);
    northbound_select_address(&txn, &ret->hop.ip, on);
    if (northbound_ask(northbound, &txn, deadline, &event, why) < 0)
        return;
    take_row(reply_row(event.outcome.result, 0, 0), ret);
    if (!ret->logical.found)
        look_for_others(northbound, on, deadline, ret);
}
