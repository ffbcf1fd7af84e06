/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bridges that change under their ports. After a change of the datapath veth
 * pairs are looked at again, as only the userspace datapath needs checksums
 * from them. After a change to a spanning tree there is nothing to repair, and
 * the log says what is to come.
 */
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/ovsdb/row.h"
#include "plugin/guard/guarded.h"

static void look_at_pairs(struct guardian *guardian)
{
    for (size_t i = 0; i < guardian->count; i++) {
        struct guarded *guarded = guardian->guarded_ports[i];
        if (!guarded->pair)
            continue;
        guarded->checked = false;
        guarded_now(guarded);
    }
}

/* Veth pairs take part in a spanning tree, as network cards do. */
static bool is_internal_on(const struct vswitch_port *port, const char *bridge)
{
    const char *segment = vswitch_map_get(&port->port_ids, ID_SEGMENT);
    size_t len = strlen(bridge);
    struct attachment spec;
    struct err ignored = {0};

    return segment && strncmp(segment, bridge, len) == 0 &&
           segment[len] == '/' &&
           vswitch_port_spec(port, &spec, &ignored) >= 0 &&
           spec.type == VNIC_INTERNAL;
}

/* Ports that are there already receive broadcasts: the switch decided that when
 * they were added. */
static void warn_of_tree(const struct guardian *guardian,
                         const struct vswitch_bridge *bridge)
{
    const struct vswitch_view *view = &guardian->host->ports;
    struct err why = {0};
    size_t count = 0;

    if (vswitch_bridge_floods(bridge, &why) >= 0)
        return;
    for (size_t i = 0; i < view->count; i++)
        count += is_internal_on(view->ports[i], bridge->name);
    if (count)
        log_event(LOG_LEVEL_WARNING,
                  "containers are on a bridge that has a spanning tree now: a "
                  "port that has to be made anew there will receive no "
                  "broadcasts, and with Open vSwitch 4.0 no port there does "
                  "until the tree is off",
                  "bridge", bridge->name, "reason", why.text, NULL);
}

void bridges_see_change(struct guardian *guardian, const struct json *updates)
{
    const struct vswitch_bridges *bridges = &guardian->host->ports.bridges;
    struct row_update update;

    for (size_t i = 0; monitor_update_at(updates, "Bridge", i, &update); i++) {
        const struct vswitch_bridge *bridge =
            vswitch_bridges_by_uuid(bridges, update.uuid);
        if (!bridge)
            continue;
        if (update.change == ROW_MODIFY &&
            json_get(update.row, "datapath_type"))
            look_at_pairs(guardian);
        if (json_get(update.row, "stp_enable") ||
            json_get(update.row, "rstp_enable"))
            warn_of_tree(guardian, bridge);
    }
}
