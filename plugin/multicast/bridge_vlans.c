/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* OVSDB cannot join tables: all ports are read, and those of others left out.
 */
#include "plugin/multicast/bridge_vlans.h"

#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/index.h"
#include "ovsint/base/list.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"

enum { OP_BRIDGE, OP_PORTS, OP_INTERFACE };

void bridge_vlans_ask(struct txn *txn, const char *bridge)
{
    txn_select(txn, "Bridge", "ports", NULL);
    txn_where_string(txn, "name", bridge);
    txn_select(txn, "Port", "_uuid", "tag", "trunks", "vlan_mode", NULL);
    txn_where_any(txn);
    txn_select(txn, "Interface", "mac_in_use", NULL);
    txn_where_string(txn, "name", bridge);
}

/* The ports of the bridge by their uuids. */
struct member {
    struct index_link link;
    const char *uuid;
};

static bool is_member(const struct index *members, const char *uuid)
{
    INDEX_EACH (link, members, hash_text(HASH_BEGIN, uuid)) {
        if (strcmp(container_of(link, struct member, link)->uuid, uuid) == 0)
            return true;
    }
    return false;
}

static void add_trunks(const struct json *port, struct bridge_vlans *ret)
{
    size_t count = row_set_count(port, "trunks");

    ret->untagged |= count == 0;
    for (size_t i = 0; i < count; i++) {
        int64_t vlan = -1;
        (void)json_int(row_set_at(port, "trunks", i), &vlan);
        if (vlan == 0)
            ret->untagged = true;
        else if (vlan > 0 && vlan < VLAN_COUNT)
            vlan_set_add(&ret->vlans, (unsigned)vlan);
    }
}

/* Port.vlan_mode in vswitchd.conf.db(5). Without a mode a port with a tag is an
 * access port, and one without is a trunk. */
static void add_port(const struct json *port, struct bridge_vlans *ret)
{
    const char *mode = row_string(port, "vlan_mode");
    int64_t tag = 0;
    bool has_tag = row_int(port, "tag", &tag);

    if (!mode)
        mode = has_tag ? "access" : "trunk";
    if (strcmp(mode, "trunk") != 0 && tag > 0 && tag < VLAN_COUNT)
        vlan_set_add(&ret->vlans, (unsigned)tag);
    else if (strcmp(mode, "trunk") != 0)
        ret->untagged = true;
    if (strcmp(mode, "access") != 0 && strcmp(mode, "dot1q-tunnel") != 0)
        add_trunks(port, ret);
}

void bridge_vlans_read(const struct json *result, struct bridge_vlans *ret)
{
    const struct json *bridge = reply_row(result, OP_BRIDGE, 0);
    size_t count = row_set_count(bridge, "ports");
    auto_free struct member *list = mem_new((count + 1) * sizeof(*list));
    struct index members = {0};
    const char *mac =
        row_string(reply_row(result, OP_INTERFACE, 0), "mac_in_use");

    *ret = (struct bridge_vlans){0};
    if (mac)
        (void)!parse_mac(mac, &ret->mac);
    for (size_t i = 0; i < count; i++) {
        list[i].uuid = row_set_uuid(bridge, "ports", i);
        if (list[i].uuid)
            index_add(&members, &list[i].link,
                      hash_text(HASH_BEGIN, list[i].uuid));
    }
    for (size_t i = 0; i < reply_row_count(result, OP_PORTS); i++) {
        const struct json *port = reply_row(result, OP_PORTS, i);
        const char *uuid = row_uuid(port, "_uuid");
        if (uuid && is_member(&members, uuid))
            add_port(port, ret);
    }
    index_done(&members);
}
