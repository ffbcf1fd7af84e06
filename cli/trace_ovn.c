/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace` on a logical switch of OVN, which itself answers questions for
 * MACs, on the host of whoever asks. Who has an address elsewhere is in the
 * northbound database; what another host does with the packet is not seen from
 * here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/northbound.h"
#include "cli/trace.h"
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

void trace_look_at_logical(struct client *northbound, struct trace_seen *ret)
{
    auto_session_event struct session_event synced = {0}, event = {0};
    struct deadline deadline = deadline_in(PATIENCE_MS);
    struct err *why = &ret->logical.why;
    auto_txn struct txn txn = {0};

    ret->logical.asked = true;
    if (!northbound)
        return; /* why is known to whoever has tried to connect */
    if (client_show(northbound, NULL, deadline, &synced, why) < 0)
        return;
    txn_init(&txn, NORTHBOUND_NAME);
    northbound_select_address(&txn, &ret->hop.ip,
                              ret->from.port->logical_switch);
    if (northbound_ask(northbound, &txn, deadline, &event, why) >= 0)
        take_row(reply_row(event.outcome.result, 0, 0), ret);
}
