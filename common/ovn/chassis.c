/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads the keys, and knows what each encapsulation takes of a packet.
 */
#include "ovsint/ovn/chassis.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"

#define DEFAULT_BRIDGE "br-int"
#define KEY_SIZE (CHASSIS_NAME_SIZE + 32)

/* What surrounds a packet: of its own the Ethernet header; outside IPv4 (IPv6:
 * 20 more), UDP, and the header of the tunnel. OVN has one option of 8 bytes in
 * Geneve, and STT's header is 18 bytes and a TCP one. */
static const struct {
    const char *type;
    unsigned overhead;
} encapsulations[] = {{"geneve", 58}, {"vxlan", 50}, {"stt", 72}};

#define IPV6_MORE 20

size_t chassis_select(struct txn *txn)
{
    size_t op = txn_select(txn, "Open_vSwitch", "external_ids", NULL);

    txn_where_any(txn);
    return op;
}

/* external_ids, in a row or as a map. */
struct ids {
    const struct json *row;
    const struct vswitch_map *map; /* NULL = in the row */
};

static const char *id_of(const struct ids *ids, const char *key)
{
    return ids->map ? vswitch_map_get(ids->map, key)
                    : row_map_get(ids->row, "external_ids", key);
}

static const char *value_of(const struct ids *ids, const char *name,
                            const char *key)
{
    char own[KEY_SIZE];

    snprintf(own, sizeof(own), "%s-%s", key, name);
    const char *value = id_of(ids, own);
    return value ? value : id_of(ids, key);
}

static unsigned overhead_of(const char *types, const char *ips)
{
    unsigned most = 0;

    for (size_t i = 0; i < ARRAY_LEN(encapsulations); i++) {
        if (strstr(types, encapsulations[i].type) &&
            encapsulations[i].overhead > most)
            most = encapsulations[i].overhead;
    }
    return most + (strchr(ips, ':') ? IPV6_MORE : 0);
}

void chassis_read(const struct json *result, size_t op, struct chassis *ret)
{
    chassis_read_row(reply_row(result, op, 0), ret);
}

static void read_ids(const struct ids *ids, struct chassis *ret)
{
    const char *name = id_of(ids, "system-id");

    *ret = (struct chassis){0};
    if (!name || strlen(name) >= sizeof(ret->name))
        return;
    snprintf(ret->name, sizeof(ret->name), "%s", name);
    const char *bridge = value_of(ids, name, "ovn-bridge");
    const char *ips = value_of(ids, name, "ovn-encap-ip");
    const char *types = value_of(ids, name, "ovn-encap-type");
    snprintf(ret->bridge, sizeof(ret->bridge), "%.63s",
             bridge ? bridge : DEFAULT_BRIDGE);
    snprintf(ret->encap_ips, sizeof(ret->encap_ips), "%.255s", ips ? ips : "");
    ret->overhead = overhead_of(types ? types : "", ret->encap_ips);
}

void chassis_read_row(const struct json *row, struct chassis *ret)
{
    read_ids(&(struct ids){.row = row}, ret);
}

void chassis_read_map(const struct vswitch_map *map, struct chassis *ret)
{
    read_ids(&(struct ids){.map = map}, ret);
}

static const char *mappings_of(const struct ids *ids)
{
    const char *name = id_of(ids, "system-id");

    return value_of(ids, name ? name : "", "ovn-bridge-mappings");
}

const char *chassis_mappings_of_row(const struct json *row)
{
    return mappings_of(&(struct ids){.row = row});
}

const char *chassis_mappings(const struct vswitch_map *map)
{
    return mappings_of(&(struct ids){.map = map});
}

int chassis_mtu(const struct chassis *chassis, unsigned underlay,
                struct err *err)
{
    if (underlay > chassis->overhead)
        return (int)(underlay - chassis->overhead);
    return err_set(err, ENODEV,
                   "no device of this host has the address %s of OVN's tunnels "
                   "(external_ids:ovn-encap-ip of the table Open_vSwitch)",
                   chassis->encap_ips);
}

/* "physical:br-phy,other:br-other" */
const char *chassis_physical(const char *mappings, const char *network,
                             char ret[BRIDGE_NAME_SIZE])
{
    size_t size = strlen(network);

    while (mappings && *mappings) {
        size_t len = strcspn(mappings, ",");
        if (len > size + 1 && strncmp(mappings, network, size) == 0 &&
            mappings[size] == ':') {
            snprintf(ret, BRIDGE_NAME_SIZE, "%.*s", (int)(len - size - 1),
                     mappings + size + 1);
            return ret;
        }
        mappings += len + (mappings[len] == ',');
    }
    return NULL;
}

int chassis_check(const struct chassis *chassis, const char *bridge,
                  struct err *err)
{
    if (!chassis->name[0] || !chassis->encap_ips[0])
        return err_set(err, ENODEV,
                       "this host is no chassis of OVN: external_ids:%s of the "
                       "table Open_vSwitch is not set, see ovn-controller(8)",
                       chassis->name[0] ? "ovn-encap-ip" : "system-id");
    if (strcmp(chassis->bridge, bridge) == 0)
        return 0;
    return err_set(err, ENODEV,
                   "OVN's bridge on this host is %s, and not %s: set "
                   "ovn.bridge in the configuration",
                   chassis->bridge, bridge);
}
