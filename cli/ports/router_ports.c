/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The switch's end names the router's port; the other way round the database
 * has nothing. */
#include "cli/ports/router_ports.h"

#include <string.h>

#include "ovsint/base/parse.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/spec/address.h"

#define LINK_LOCAL_SIZE (IP_TEXT_SIZE + 2)

enum { OP_ENDS, OP_PORTS };

size_t router_ports_select(struct txn *txn)
{
    size_t first =
        txn_select(txn, "Logical_Switch_Port", "_uuid", "options", NULL);

    txn_where_string(txn, "type", "router");
    txn_select(txn, "Logical_Router_Port", "name", "mac", "networks", NULL);
    txn_where_any(txn);
    return first;
}

static const struct json *port_named(const struct json *result, size_t op,
                                     const char *wanted)
{
    for (size_t i = 0; wanted && i < reply_row_count(result, op); i++) {
        const struct json *row = reply_row(result, op, i);
        const char *name = row_string(row, "name");
        if (name && strcmp(name, wanted) == 0)
            return row;
    }
    return NULL;
}

bool router_ports_next(const struct json *result, size_t op, size_t *at,
                       struct router_end *ret)
{
    while (*at < reply_row_count(result, op + OP_ENDS)) {
        const struct json *end = reply_row(result, op + OP_ENDS, (*at)++);
        ret->on_switch = row_uuid(end, "_uuid");
        ret->port = port_named(result, op + OP_PORTS,
                               row_map_get(end, "options", "router-port"));
        if (ret->on_switch && ret->port)
            return true;
    }
    return false;
}

static bool has_link_local(const char *mac_text, const struct ip *ip)
{
    auto_buf struct buf text = BUF_INIT(LINK_LOCAL_SIZE);
    struct mac mac;
    struct ip is;

    if (!mac_text || parse_mac(mac_text, &mac) < 0)
        return false;
    northbound_add_link_local(&mac, &text);
    return parse_ip(buf_text(&text) + 1, &is) >= 0 && ip_equal(&is, ip);
}

bool router_port_has(const struct json *port, const struct ip *ip)
{
    for (size_t i = 0; i < row_set_count(port, "networks"); i++) {
        const char *text = row_set_string(port, "networks", i);
        struct ip_prefix prefix;
        if (text && parse_prefix(text, &prefix) >= 0 &&
            ip_equal(&prefix.ip, ip))
            return true;
    }
    return has_link_local(row_string(port, "mac"), ip);
}
