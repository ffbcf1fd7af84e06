/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace` on a logical switch of OVN, which itself answers questions for
 * MACs, on the host of whoever asks. Who has an address elsewhere is in the
 * northbound database; what another host does with the packet is not seen from
 * here. On a switch with a port of type localnet it may be somebody outside, of
 * whom OVN knows nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/ports/northbound.h"
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

static void look_for_localnet(struct client *client, const char *name,
                              struct deadline deadline, struct trace_seen *ret)
{
    auto_session_event struct session_event event = {0}, physical = {0};
    struct northbound_localnets localnets = {0};
    auto_txn struct txn txn = {0}, question = {0};
    struct err *why = &ret->logical.why;
    struct northbound_switch on;

    txn_init(&txn, NORTHBOUND_NAME);
    txn_init(&question, NORTHBOUND_NAME);
    northbound_look(&txn, name);
    northbound_look_localnets(&txn);
    int r = northbound_ask(client, &txn, deadline, &event, why);
    if (r >= 0)
        r = northbound_read_look(event.outcome.result, 0, name, &on, why);
    if (r < 0)
        return;
    northbound_read_localnets(event.outcome.result, 1, &localnets);
    if (localnets.count > 0) {
        northbound_look_physical(&question, &on, &localnets);
        r = northbound_ask(client, &question, deadline, &physical, why);
    }
    if (r >= 0 && localnets.count > 0)
        northbound_read_physical(physical.outcome.result, 0, &localnets, &on);
    ret->logical.is_physical = on.is_physical;
    free(localnets.uuids);
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
        look_for_localnet(northbound, on, deadline, ret);
}
