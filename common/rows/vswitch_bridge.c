/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A monitor shows the bridges of a host, or those that a container is attached
 * to. Both are few, so a bridge is found by scanning.
 */
#include "ovsint/rows/vswitch_bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/base/buf.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/row.h"

static void bridge_done(struct vswitch_bridge *bridge)
{
    free(bridge->uuid);
    free(bridge->name);
}

void vswitch_bridges_done(struct vswitch_bridges *bridges)
{
    for (size_t i = 0; i < bridges->count; i++)
        bridge_done(&bridges->rows[i]);
    free(bridges->rows);
    *bridges = (struct vswitch_bridges){0};
}

static struct vswitch_bridge *find_row(const struct vswitch_bridges *bridges,
                                       const char *uuid)
{
    for (size_t i = 0; i < bridges->count; i++) {
        if (strcmp(bridges->rows[i].uuid, uuid) == 0)
            return &bridges->rows[i];
    }
    return NULL;
}

static struct vswitch_bridge *add_row(struct vswitch_bridges *bridges,
                                      const char *uuid, const char *name)
{
    bridges->rows = mem_resize(bridges->rows,
                               (bridges->count + 1) * sizeof(*bridges->rows));
    struct vswitch_bridge *bridge = &bridges->rows[bridges->count++];
    *bridge = (struct vswitch_bridge){.uuid = mem_text(uuid, strlen(uuid)),
                                      .name = mem_text(name, strlen(name))};
    return bridge;
}

/* A column that is absent has not changed, or has its default value. */
static void apply_columns(struct vswitch_bridge *bridge, const struct json *row)
{
    const char *type = row_string(row, "datapath_type");

    if (type)
        bridge->userspace = strcmp(type, "netdev") == 0;
    (void)row_bool(row, "stp_enable", &bridge->stp);
    (void)row_bool(row, "rstp_enable", &bridge->rstp);
    (void)row_bool(row, "mcast_snooping_enable", &bridge->snoops);
}

static void apply_row(struct vswitch_bridges *bridges,
                      const struct row_update *update)
{
    struct vswitch_bridge *bridge = find_row(bridges, update->uuid);

    if (update->change == ROW_DELETE) {
        if (!bridge)
            return;
        bridge_done(bridge);
        *bridge = bridges->rows[--bridges->count];
        return;
    }
    if (!bridge) {
        const char *name = row_string(update->row, "name");
        if (!name)
            return; /* the row itself was never shown */
        bridge = add_row(bridges, update->uuid, name);
    }
    apply_columns(bridge, update->row);
}

void vswitch_bridges_apply(struct vswitch_bridges *bridges,
                           const struct json *updates)
{
    struct row_update update;

    for (size_t i = 0; monitor_update_at(updates, "Bridge", i, &update); i++)
        apply_row(bridges, &update);
}

const struct vswitch_bridge *
vswitch_bridges_by_uuid(const struct vswitch_bridges *bridges, const char *uuid)
{
    return find_row(bridges, uuid);
}

const struct vswitch_bridge *
vswitch_bridges_find(const struct vswitch_bridges *bridges, const char *name)
{
    for (size_t i = 0; i < bridges->count; i++) {
        if (strcmp(bridges->rows[i].name, name) == 0)
            return &bridges->rows[i];
    }
    return NULL;
}

bool vswitch_bridge_needs_checksums(const struct vswitch_bridge *bridge,
                                    enum vnic_type type)
{
    return bridge && bridge->userspace && type == VNIC_VETH;
}

/* A port is flooded to if it forwards by its spanning tree, or if there is
 * none. Open vSwitch decides that when the port is added (bundle_add_port() in
 * ofproto/ofproto-dpif.c). An internal port takes no part in a spanning tree
 * (port_configure_stp() in vswitchd/bridge.c), so it never forwards, and no
 * column of the port changes that. */
int vswitch_bridge_floods(const struct vswitch_bridge *bridge, struct err *err)
{
    const char *column = bridge->stp ? "stp_enable" : "rstp_enable";

    if (!bridge->stp && !bridge->rstp)
        return 0;
    return err_set(
        err, EOPNOTSUPP,
        "bridge %s has %s=true, and Open vSwitch sends nothing that "
        "is for all, ARP included, to an internal port that is added "
        "then: ask for type=veth, or say 'ovs-vsctl set Bridge %s "
        "%s=false'",
        bridge->name, column, bridge->name, column);
}

int vswitch_bridge_carries(const struct vswitch_bridge *bridge,
                           const struct attachment *wanted, struct err *err)
{
    if (wanted->type != VNIC_INTERNAL)
        return 0;
    if (bridge->userspace && wanted->mtu > USERSPACE_MTU_MAX)
        return err_set(err, EOPNOTSUPP,
                       "mtu %u: on bridge %s, which is of the userspace "
                       "datapath, Open vSwitch cuts off what an internal port "
                       "in a container sends after %d bytes: ask for mtu=%d or "
                       "less, or for type=veth",
                       wanted->mtu, bridge->name, USERSPACE_MTU_MAX,
                       USERSPACE_MTU_MAX);
    return vswitch_bridge_floods(bridge, err);
}
