/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The row of a host access port. Like a container's, it reserves its addresses
 * on the segment, so nobody else gets them.
 */
#include "plugin/gateway/host_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/ovn/logical_gateway.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/vswitch_view.h"

int host_port_attachment(const struct network_row *network_row,
                         const char *spec, const struct settings *settings,
                         const char *bridge, struct attachment *ret,
                         struct err *err)
{
    static const struct json_limits limits = {.size = ATTACHMENT_TEXT_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_json struct json *json = NULL;
    struct err ignored = {0};
    int r = -ENOENT;

    if (spec)
        r = json_parse(spec, strlen(spec), &limits, &json, &ignored);
    if (r >= 0)
        r = attachment_read(json, ret, &ignored);
    if (r < 0 && network_row->host)
        r = attachment_read(network_row->host, ret, &ignored);
    if (r < 0)
        r = network_row_attachment(network_row, settings, bridge, ret, err);
    /* The network is where its row is, whatever its options lead to today. */
    if (r >= 0)
        snprintf(ret->bridge, sizeof(ret->bridge), "%s", bridge);
    return r;
}

struct mac host_mac(const char *network, const char *on)
{
    return on[0] ? logical_gateway_mac(on) : names_mac(network, "host");
}

static void txn_interface(const struct host_port *port, const char *name,
                          struct txn *txn)
{
    auto_buf struct buf spec = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer w = JSON_WRITER(&spec);
    const char *on = port->attachment->ovn;
    struct mac mac = host_mac(port->network, on);
    char text[MAC_TEXT_SIZE], iface_id[LOGICAL_GATEWAY_SIZE];

    attachment_write(port->attachment, &w);
    mac_format(&mac, text);
    txn_insert(txn, "Interface", "host_interface");
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", "internal");
    txn_set_string(txn, "mac", text);
    if (port->attachment->mtu)
        txn_set_int(txn, "mtu_request", port->attachment->mtu);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, DOCKER_OWNER);
    txn_pair(txn, ID_HOST_NETWORK, port->network);
    txn_pair(txn, ID_HOST_SPEC, buf_text(&spec));
    logical_gateway_name(on, iface_id);
    txn_pair(txn, ID_IFACE, on[0] ? iface_id : NULL);
}

static void txn_port(const struct host_port *port, const char *name,
                     const char *segment, struct txn *txn)
{
    const struct network_row *network_row = port->network_row;
    char key[ID_KEY_SIZE];

    txn_insert(txn, "Port", "host_port");
    txn_set_string(txn, "name", name);
    txn_set_named(txn, "interfaces", "host_interface");
    if (port->attachment->vlan)
        txn_set_int(txn, "tag", port->attachment->vlan);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, DOCKER_OWNER);
    txn_pair(txn, ID_SEGMENT, segment);
    for (size_t i = 0; i < network_row->host_ip_count; i++) {
        vswitch_address_key(&network_row->host_ips[i].ip, key);
        txn_pair(txn, key, segment);
    }
}

/* Guards come before the rows: for the name, then for each address. */
void host_port_say(struct host_port *port, struct txn *txn)
{
    const struct network_row *network_row = port->network_row;
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    char name[IFNAME_SIZE];
    char key[ID_KEY_SIZE];

    host_port_name(port->network, network_row->mode, name);
    attachment_segment(port->attachment, &segment);
    port->first_op = txn_count(txn);
    txn_wait_absent(txn, "Interface");
    txn_where_string(txn, "name", name);
    for (size_t i = 0; i < network_row->host_ip_count; i++) {
        vswitch_address_key(&network_row->host_ips[i].ip, key);
        txn_wait_absent(txn, "Port");
        txn_where_pair(txn, "external_ids", key, buf_text(&segment));
    }
    txn_interface(port, name, txn);
    txn_port(port, name, buf_text(&segment), txn);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", port->attachment->bridge);
    txn_add_named(txn, "ports", "host_port");
}

bool host_port_refused(const struct host_port *port,
                       const struct reply_fault *fault, struct err *err)
{
    size_t op = fault->op - port->first_op;
    char text[IP_TEXT_SIZE];

    if (fault->kind != REPLY_GUARD || fault->op < port->first_op ||
        op > port->network_row->host_ip_count)
        return false;
    if (op == 0) {
        host_port_name(port->network, port->network_row->mode, text);
        err_set(err, EEXIST,
                "the switch has a port %s already, which is to be the "
                "network's host access port: remove it, or create the network "
                "once more",
                text);
        return true;
    }
    ip_format(&port->network_row->host_ips[op - 1].ip, text);
    err_set(err, EADDRINUSE,
            "address %s, which the host is to have, is held by a port of "
            "bridge %s: 'ovs-vsctl find Port external_ids:" ID_IP_PREFIX
            "%s=...' shows it",
            text, port->attachment->bridge, text);
    return true;
}
