/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Rows are looked for as they were shown: a command asks once. Pure. */
#include "cli/mirror/rows.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/ovsdb/row.h"

void mirror_rows_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Mirror", "external_ids", "output_port",
                  "select_src_port", "select_dst_port", "select_vlan",
                  "statistics", NULL);
    monitor_table(monitor, "Bridge", "name", "ports", "mirrors", NULL);
    monitor_table(monitor, "Port", "name", NULL);
    monitor_table(monitor, "Interface", "name", "error", NULL);
    monitor_table(monitor, "Open_vSwitch", "cur_cfg", NULL);
}

bool mirror_switch_cfg(const struct json *rows, int64_t *ret)
{
    struct row_update update;

    return monitor_update_at(rows, "Open_vSwitch", 0, &update) &&
           row_int(update.row, "cur_cfg", ret);
}

/* The row of a table with this name; its uuid is in *ret. */
static bool find_named(const struct json *rows, const char *table,
                       const char *name, struct row_update *ret)
{
    for (size_t i = 0; monitor_update_at(rows, table, i, ret); i++) {
        const char *is = row_string(ret->row, "name");
        if (is && strcmp(is, name) == 0)
            return true;
    }
    return false;
}

bool mirror_port_find(const struct json *rows, const char *name,
                      struct mirror_end *ret)
{
    struct row_update update;

    if (strlen(name) >= sizeof(ret->name) ||
        !find_named(rows, "Port", name, &update))
        return false;
    snprintf(ret->name, sizeof(ret->name), "%s", name);
    snprintf(ret->uuid, sizeof(ret->uuid), "%s", update.uuid);
    return true;
}

bool mirror_has_bridge(const struct json *rows, const char *name)
{
    struct row_update update;

    return find_named(rows, "Bridge", name, &update);
}

const char *mirror_bridge_of(const struct json *rows, const char *column,
                             const char *uuid)
{
    struct row_update update;

    for (size_t i = 0; monitor_update_at(rows, "Bridge", i, &update); i++) {
        if (row_set_has_uuid(update.row, column, uuid))
            return row_string(update.row, "name");
    }
    return NULL;
}

/* A value of a map of numbers. */
static int64_t number_of(const struct json *row, const char *column,
                         const char *key)
{
    const struct json *pairs = row_map(row, column);
    int64_t value = 0;

    for (size_t i = 0; i < json_count(pairs); i++) {
        const struct json *pair = json_at(pairs, i);
        const char *is = json_string(json_at(pair, 0));
        if (is && strcmp(is, key) == 0 && json_int(json_at(pair, 1), &value))
            return value;
    }
    return 0;
}

static void read_vlans(const struct json *row, struct vlan_set *ret)
{
    for (size_t i = 0; i < row_set_count(row, "select_vlan"); i++) {
        int64_t vlan;
        if (json_int(row_set_at(row, "select_vlan", i), &vlan) && vlan >= 0 &&
            vlan < VLAN_COUNT)
            vlan_set_add(ret, (unsigned)vlan);
    }
}

void mirror_facts_read(const struct json *rows, const struct mirror *mirror,
                       struct mirror_facts *ret)
{
    struct row_update update;
    char tunnel[IFNAME_SIZE];

    *ret = (struct mirror_facts){0};
    for (size_t i = 0; monitor_update_at(rows, "Mirror", i, &update); i++) {
        if (strcmp(update.uuid, mirror->uuid) != 0)
            continue;
        read_vlans(update.row, &ret->vlans);
        ret->packets = number_of(update.row, "statistics", "tx_packets");
        ret->bytes = number_of(update.row, "statistics", "tx_bytes");
    }
    mirror_tunnel_name(mirror->name, tunnel);
    if (mirror->tunnel && find_named(rows, "Interface", tunnel, &update))
        ret->error = row_string(update.row, "error");
}
