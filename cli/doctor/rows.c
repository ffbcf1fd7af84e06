/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the database says of the host beside our ports: the switch's version and
 * settings, bridges, uplinks, networks with mode=nat. Pure.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/doctor/doctor.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/network_row.h"

/* Types of Interfaces, see ovs-vswitchd.conf.db(5). */
static const char *const tunnels[] = {
    "geneve", "vxlan", "gre",     "ip6gre", "erspan", "ip6erspan",
    "gtpu",   "srv6",  "bareudp", "lisp",   "stt",
};

void doctor_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Open_vSwitch", "ovs_version", "next_cfg", "cur_cfg",
                  "external_ids", "other_config", NULL);
    monitor_table(monitor, "Bridge", "name", "ports", "external_ids",
                  "mcast_snooping_enable", VSWITCH_BRIDGE_COLUMNS, NULL);
    monitor_table(monitor, "Port", "name", "interfaces", "external_ids", NULL);
    /* Devices that the switch has not made: both words mean the same. */
    monitor_table(monitor, "Interface", "name", "type", "external_ids", NULL);
    monitor_where_string(monitor, "type", "");
    monitor_where_string(monitor, "type", "system");
    for (size_t i = 0; i < ARRAY_LEN(tunnels); i++)
        monitor_where_string(monitor, "type", tunnels[i]);
}

static bool is_tunnel(const char *type)
{
    for (size_t i = 0; type && i < ARRAY_LEN(tunnels); i++) {
        if (strcmp(type, tunnels[i]) == 0)
            return true;
    }
    return false;
}

static bool is_true(const struct json *row, const char *column, const char *key)
{
    const char *value = row_map_get(row, column, key);

    return value && strcmp(value, "true") == 0;
}

/* The first one of these that is not set: ovn-controller(8). */
static const char *absent_key(const struct json *row, const char *name)
{
    static const char *const keys[] = {"system-id", "ovn-encap-type",
                                       "ovn-encap-ip"};
    char own[CHASSIS_NAME_SIZE + 32];

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        snprintf(own, sizeof(own), "%s-%s", keys[i], name);
        if (!row_map_get(row, "external_ids", keys[i]) &&
            !row_map_get(row, "external_ids", own))
            return keys[i];
    }
    return NULL;
}

static void take_ovn(struct host_seen *seen, const struct json *row)
{
    const char *remote = row_map_get(row, "external_ids", "ovn-remote");

    seen->has_ovn = remote != NULL;
    if (!remote)
        return;
    snprintf(seen->ovn.remote, sizeof(seen->ovn.remote), "%s", remote);
    chassis_read_row(row, &seen->ovn.chassis);
    const char *mappings = chassis_mappings_of_row(row);
    free(seen->ovn.mappings);
    seen->ovn.mappings = mappings ? mem_text(mappings, strlen(mappings)) : NULL;
    seen->ovn.absent = absent_key(row, seen->ovn.chassis.name);
}

static void take_switch(struct host_seen *seen, const struct json *updates)
{
    struct row_update update;

    if (!monitor_update_at(updates, "Open_vSwitch", 0, &update))
        return;
    const char *version = row_string(update.row, "ovs_version");
    snprintf(seen->version, sizeof(seen->version), "%s",
             version ? version : "");
    (void)row_int(update.row, "next_cfg", &seen->next_cfg);
    (void)row_int(update.row, "cur_cfg", &seen->cur_cfg);
    seen->userspace_tso =
        is_true(update.row, "other_config", "userspace-tso-enable");
    take_ovn(seen, update.row);
}

/* The row of `table` whose set `column` has the uuid. */
static const char *holder_of(const struct json *updates, const char *table,
                             const char *column, const char *uuid,
                             const char **ret_name)
{
    struct row_update update;

    for (size_t i = 0; monitor_update_at(updates, table, i, &update); i++) {
        if (!row_set_has_uuid(update.row, column, uuid))
            continue;
        *ret_name = row_string(update.row, "name");
        return update.uuid;
    }
    return NULL;
}

/* The name of the bridge that has the Interface with this uuid, or NULL. */
static const char *bridge_with(const struct json *updates, const char *iface)
{
    const char *port, *bridge = NULL;
    const char *uuid = holder_of(updates, "Port", "interfaces", iface, &port);

    return uuid && holder_of(updates, "Bridge", "ports", uuid, &bridge) ? bridge
                                                                        : NULL;
}

static void take_card(struct host_seen *seen, const struct json *updates,
                      const struct row_update *update)
{
    const char *name = row_string(update->row, "name");

    /* The outer end of a pair is a port of ours. */
    if (!name || row_map_get(update->row, "external_ids", ID_OWNER))
        return;
    const char *bridge = bridge_with(updates, update->uuid);
    if (!bridge)
        return;
    seen->cards = mem_grow(seen->cards, seen->card_count, &seen->card_room,
                           sizeof(*seen->cards));
    struct card_seen *card = &seen->cards[seen->card_count++];
    *card = (struct card_seen){0};
    snprintf(card->name, sizeof(card->name), "%s", name);
    snprintf(card->bridge, sizeof(card->bridge), "%s", bridge);
}

static void take_tunnel(struct host_seen *seen, const struct json *updates,
                        const struct row_update *update)
{
    const char *name = bridge_with(updates, update->uuid);
    const struct vswitch_bridge *bridge =
        name ? vswitch_bridges_find(&seen->bridges, name) : NULL;

    if (bridge && bridge->userspace)
        seen->has_tunnel = true;
}

static void take_network(struct host_seen *seen, const char *network,
                         const char *text)
{
    auto_network_row struct network_row row = {0};
    struct err ignored = {0};
    bool has_ipv4 = false;

    if (network_row_read(text, &row, &ignored) < 0)
        return;
    if (row.ovn && row.uplink) {
        struct physical_seen *physical =
            ovn_seen_physical(&seen->ovn, row.ovn, row.uplink);
        physical->is_asked_for = true;
        physical->vlan = row.physical_vlan;
    }
    if (row.mode != MODE_NAT)
        return;
    for (size_t i = 0; i < row.host_ip_count; i++)
        has_ipv4 |= row.host_ips[i].ip.family == AF_INET;
    for (size_t i = 0; i < row.pool_count; i++)
        has_ipv4 |= row.pools[i].ip.family == AF_INET;
    if (!has_ipv4)
        return;
    seen->routers = mem_grow(seen->routers, seen->router_count,
                             &seen->router_room, sizeof(*seen->routers));
    struct router_seen *router = &seen->routers[seen->router_count++];
    *router = (struct router_seen){.forwards = true};
    host_port_name(network, row.mode, router->device);
}

static void take_networks(struct host_seen *seen, const struct json *bridge)
{
    static const char prefix[] = ID_NETWORK_PREFIX;
    const char *key, *value;

    for (size_t i = 0; row_map_at(bridge, "external_ids", i, &key, &value); i++)
        if (strncmp(key, prefix, sizeof(prefix) - 1) == 0)
            take_network(seen, key + sizeof(prefix) - 1, value);
}

/* A move that is not confirmed: uplink/note.h. */
static void take_move(struct host_seen *seen, const struct json *port)
{
    const char *state = row_map_get(port, "external_ids", ID_MOVE_STATE);
    const char *name = row_string(port, "name");

    if (state && name)
        host_said(seen, FINDING_MOVE_UNFINISHED, name, state);
}

/* ovn-controller's tunnels have "CHASSIS@ADDRESS" there, later versions also
 * "%ADDRESS" behind it (encaps_tunnel_id_create() in its source). With several
 * addresses there are several to one chassis. */
static void take_peer(struct ovn_seen *ovn, const struct json *port)
{
    const char *id = row_map_get(port, "external_ids", "ovn-chassis-id");
    const char *end = id ? strrchr(id, '@') : NULL;
    size_t size = end ? (size_t)(end - id) : 0;

    if (size == 0)
        return;
    if (size >= sizeof(ovn->peer)) {
        ovn->has_more_peers = true; /* there is one more, whatever its name */
        return;
    }
    bool is_same = strncmp(ovn->peer, id, size) == 0 && ovn->peer[size] == '\0';
    ovn->has_more_peers |= ovn->peer[0] && !is_same;
    if (!ovn->peer[0])
        snprintf(ovn->peer, sizeof(ovn->peer), "%.*s", (int)size, id);
}

void doctor_rows(struct host_seen *seen, const struct json *updates)
{
    struct row_update update;

    take_switch(seen, updates);
    vswitch_bridges_apply(&seen->bridges, updates);
    for (size_t i = 0; monitor_update_at(updates, "Bridge", i, &update); i++)
        take_networks(seen, update.row);
    for (size_t i = 0; monitor_update_at(updates, "Interface", i, &update);
         i++) {
        if (is_tunnel(row_string(update.row, "type")))
            take_tunnel(seen, updates, &update);
        else
            take_card(seen, updates, &update);
    }
    for (size_t i = 0; monitor_update_at(updates, "Port", i, &update); i++) {
        take_move(seen, update.row);
        take_peer(&seen->ovn, update.row);
    }
}
