/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Logical ports that no door of ours has made, on switches with ports of this
 * host. OVN takes several ports with one address, static ones without a word:
 * the packets go to one of them. A plug looks at those of ours alone, as the
 * addresses of others stand in a text that the database cannot search.
 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor/look.h"
#include "cli/ports/northbound.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"

#define PATIENCE_MS 2000

enum { OP_STRANGERS, OP_SWITCHES };

/* Of a gateway nothing is said here: see ask_routers(). */
static bool is_asked_for(const struct logical_seen *logical)
{
    return logical->is_there && logical->on[0] && logical->ip_count > 0;
}

/* One select for each, in their order. */
static size_t select_all(struct txn *txn, const struct ovn_seen *ovn)
{
    static const char *const owners[] = {EVERY_OWNER};
    size_t count = 0;

    txn_select(txn, "Logical_Switch_Port", "_uuid", "name", "addresses",
               "dynamic_addresses", NULL);
    for (size_t i = 0; i < ARRAY_LEN(owners); i++)
        txn_where_not_pair(txn, "external_ids", ID_OWNER, owners[i]);
    for (size_t i = 0; i < ovn->logical_count; i++) {
        const struct logical_seen *logical = &ovn->logical[i];
        if (!is_asked_for(logical))
            continue;
        txn_select(txn, "Logical_Switch", "ports", NULL);
        txn_where_string(txn, "name", logical->on);
        count++;
    }
    return count;
}

bool doctor_has_address(const char *addresses, const struct ip *ip)
{
    char text[IP_TEXT_SIZE];
    struct ip is;

    while (addresses && *addresses) {
        size_t size = strcspn(addresses, " ");
        snprintf(text, sizeof(text), "%.*s", (int)size, addresses);
        if (parse_ip(text, &is) == 0 && ip_equal(&is, ip))
            return true;
        addresses += size + strspn(addresses + size, " ");
    }
    return false;
}

static bool column_has(const struct json *row, const char *column,
                       const struct ip *ip)
{
    for (size_t i = 0; i < row_set_count(row, column); i++) {
        if (doctor_has_address(row_set_string(row, column, i), ip))
            return true;
    }
    return false;
}

static bool has_any(const struct json *row, const struct logical_seen *logical)
{
    for (size_t i = 0; i < logical->ip_count; i++) {
        if (column_has(row, "addresses", &logical->ips[i]) ||
            column_has(row, "dynamic_addresses", &logical->ips[i]))
            return true;
    }
    return false;
}

static void take_strangers(const struct json *result, const struct json *on,
                           struct logical_seen *logical)
{
    for (size_t i = 0; i < reply_row_count(result, OP_STRANGERS); i++) {
        const struct json *row = reply_row(result, OP_STRANGERS, i);
        const char *uuid = row_uuid(row, "_uuid");
        const char *name = row_string(row, "name");
        if (uuid && name && row_set_has_uuid(on, "ports", uuid) &&
            has_any(row, logical))
            snprintf(logical->twin, sizeof(logical->twin), "%s", name);
    }
}

int doctor_ask_strangers(struct client *client, struct ovn_seen *ovn,
                         struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};
    size_t op = OP_SWITCHES;

    txn_init(&txn, NORTHBOUND_NAME);
    if (select_all(&txn, ovn) == 0)
        return 0;
    int r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &event, err);
    for (size_t i = 0; r >= 0 && i < ovn->logical_count; i++) {
        struct logical_seen *logical = &ovn->logical[i];
        if (is_asked_for(logical))
            take_strangers(event.outcome.result,
                           reply_row(event.outcome.result, op++, 0), logical);
    }
    return r;
}
