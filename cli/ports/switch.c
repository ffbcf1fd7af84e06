/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Rows of three tables, joined from the bridge down. Pure. */
#include "cli/ports/switch.h"

#include <stdlib.h>
#include <string.h>

#include "cli/ports/plugged.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/network_row.h"

void switch_done(struct switch_seen *seen)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct switch_bridge *bridge = &seen->bridges[i];
        for (size_t p = 0; p < bridge->count; p++) {
            struct switch_port *port = &bridge->ports[p];
            free(port->name);
            free(port->port);
            free(port->type);
            free(port->vlan);
            free(port->leads_to);
        }
        free(bridge->networks);
        free(bridge->ports);
        free(bridge->name);
    }
    free(seen->bridges);
    *seen = (struct switch_seen){0};
}

void switch_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Bridge", "name", "ports", "datapath_type",
                  "fail_mode", "external_ids", NULL);
    monitor_table(monitor, "Port", "name", "interfaces", "tag", "trunks",
                  "vlan_mode", NULL);
    monitor_table(monitor, "Interface", "name", "type", "ofport", "options",
                  "external_ids", "mtu", "link_state", NULL);
}

/* The rows of a table, sorted by uuid. */
struct rows {
    struct row_update *list;
    size_t count;
    size_t room;
};

static void free_rows(struct rows *rows)
{
    free(rows->list);
}
#define auto_rows __attribute__((cleanup(free_rows)))

static int by_uuid(const void *a, const void *b)
{
    const struct row_update *left = a, *right = b;

    return strcmp(left->uuid, right->uuid);
}

static void rows_of(const struct json *updates, const char *table,
                    struct rows *ret)
{
    struct row_update row;

    for (size_t i = 0; monitor_update_at(updates, table, i, &row); i++) {
        ret->list =
            mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
        ret->list[ret->count++] = row;
    }
    if (ret->count)
        qsort(ret->list, ret->count, sizeof(*ret->list), by_uuid);
}

/* NULL if there is no such row. */
static const struct json *row_of(const struct rows *rows, const char *uuid)
{
    const struct row_update key = {.uuid = uuid};
    const struct row_update *found =
        uuid && rows->count ? bsearch(&key, rows->list, rows->count,
                                      sizeof(*rows->list), by_uuid)
                            : NULL;

    return found ? found->row : NULL;
}

static const char *other_end(const struct json *interface)
{
    const char *peer = row_map_get(interface, "options", "peer");

    return peer ? peer : row_map_get(interface, "options", "remote_ip");
}

static void take_interface(struct switch_bridge *bridge,
                           const struct json *port,
                           const struct json *interface)
{
    const char *name = row_string(interface, "name");
    const char *type = row_string(interface, "type");
    const char *link = row_string(interface, "link_state");

    if (!name)
        return;
    bridge->ports = mem_grow(bridge->ports, bridge->count, &bridge->room,
                             sizeof(*bridge->ports));
    struct switch_port *ret = &bridge->ports[bridge->count++];
    *ret = (struct switch_port){.tag = -1};
    ret->name = mem_copy(name);
    ret->port = mem_copy(row_string(port, "name"));
    ret->type = mem_copy(type && strcmp(type, "system") != 0 ? type : "");
    ret->vlan = plugged_vlan(port);
    ret->leads_to = mem_copy(other_end(interface));
    (void)row_int(port, "tag", &ret->tag);
    (void)row_int(interface, "ofport", &ret->ofport);
    (void)row_int(interface, "mtu", &ret->mtu);
    ret->link_down = link && strcmp(link, "down") == 0;
    ret->is_local = strcmp(name, bridge->name) == 0;
    ret->is_ours = row_map_get(interface, "external_ids", ID_OWNER) != NULL;
}

static int by_ofport(const void *a, const void *b)
{
    const struct switch_port *left = a, *right = b;

    if (left->ofport != right->ofport)
        return left->ofport < right->ofport ? -1 : 1;
    return strcmp(left->name, right->name);
}

static void take_network(struct switch_bridge *bridge, const char *id,
                         const char *text)
{
    auto_network_row struct network_row row = {0};
    struct err ignored = {0};

    if (network_row_read(text, &row, &ignored) < 0 || row.mode != MODE_NAT)
        return;
    bridge->networks =
        mem_grow(bridge->networks, bridge->network_count, &bridge->network_room,
                 sizeof(*bridge->networks));
    struct switch_network *network = &bridge->networks[bridge->network_count++];
    *network = (struct switch_network){
        .masquerades4 = row.nat4.way == NAT_MASQUERADE,
        .masquerades6 = row.nat6.way == NAT_MASQUERADE,
        .routed4 = row.nat4.way == NAT_ROUTED,
        .routed6 = row.nat6.way == NAT_ROUTED,
    };
    host_port_name(id, row.mode, network->device);
}

static void take_networks(struct switch_bridge *bridge, const struct json *row)
{
    static const char prefix[] = ID_NETWORK_PREFIX;
    const char *key, *value;

    for (size_t i = 0; row_map_at(row, "external_ids", i, &key, &value); i++) {
        if (strncmp(key, prefix, sizeof(prefix) - 1) == 0)
            take_network(bridge, key + sizeof(prefix) - 1, value);
    }
}

static void take_bridge(struct switch_seen *seen, const struct json *row,
                        const struct rows *ports, const struct rows *interfaces)
{
    const char *name = row_string(row, "name");
    const char *type = row_string(row, "datapath_type");
    const char *mode = row_string(row, "fail_mode");

    if (!name)
        return;
    seen->bridges = mem_grow(seen->bridges, seen->count, &seen->room,
                             sizeof(*seen->bridges));
    struct switch_bridge *bridge = &seen->bridges[seen->count++];
    *bridge = (struct switch_bridge){0};
    bridge->name = mem_copy(name);
    bridge->userspace = type && strcmp(type, "netdev") == 0;
    take_networks(bridge, row);
    bridge->is_secure = mode && strcmp(mode, "secure") == 0;
    for (size_t p = 0; p < row_set_count(row, "ports"); p++) {
        const struct json *port = row_of(ports, row_set_uuid(row, "ports", p));
        for (size_t i = 0; i < row_set_count(port, "interfaces"); i++)
            take_interface(
                bridge, port,
                row_of(interfaces, row_set_uuid(port, "interfaces", i)));
    }
    if (bridge->count)
        qsort(bridge->ports, bridge->count, sizeof(*bridge->ports), by_ofport);
}

static int by_name(const void *a, const void *b)
{
    const struct switch_bridge *left = a, *right = b;

    return strcmp(left->name, right->name);
}

void switch_from_rows(struct switch_seen *ret, const struct json *updates)
{
    auto_rows struct rows bridges = {0};
    auto_rows struct rows ports = {0};
    auto_rows struct rows interfaces = {0};

    rows_of(updates, "Bridge", &bridges);
    rows_of(updates, "Port", &ports);
    rows_of(updates, "Interface", &interfaces);
    for (size_t i = 0; i < bridges.count; i++)
        take_bridge(ret, bridges.list[i].row, &ports, &interfaces);
    if (ret->count)
        qsort(ret->bridges, ret->count, sizeof(*ret->bridges), by_name);
}

const struct switch_bridge *switch_bridge_find(const struct switch_seen *seen,
                                               const char *name)
{
    for (size_t i = 0; name && i < seen->count; i++) {
        if (strcmp(seen->bridges[i].name, name) == 0)
            return &seen->bridges[i];
    }
    return NULL;
}

const struct switch_port *switch_port_find(const struct switch_bridge *bridge,
                                           const char *name)
{
    for (size_t i = 0; i < bridge->count; i++) {
        if (strcmp(bridge->ports[i].name, name) == 0)
            return &bridge->ports[i];
    }
    return NULL;
}
