/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An uplink whose device goes and comes back: the card is unplugged, its driver
 * is loaded anew, its name changes and changes back. In this order:
 *
 *   1. The device appears under the row's name, with another index than before.
 *   2. On a bridge of the kernel datapath the switch takes it by itself, which
 *      an ofport shows. The userspace datapath does not: its sockets stay bound
 *      to the dead device, while the row shows the new one. IFF_PROMISC tells,
 *      as the switch sets it when it opens a device (do_add_port() in
 *      lib/dpif-netdev.c). If it is missing the row gets a type that the switch
 *      cannot make (REMAKE_TYPE), and its own again when the row shows that the
 *      switch has let go.
 *   3. It is set up, and gets the MTU that the former device had.
 *
 * An index is treated once: if somebody sets the device down after that, he
 * means it.
 *
 * Pitfall: step 2 must not be remembered here only. ID_REMAKING in the row
 * tells a plugin that follows a killed one.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/link.h"
#include "plugin/docker/uplink.h"

/* On every datapath such a port is an error if it has no peer
 * (set_patch_config() in lib/netdev-vport.c). */
#define REMAKE_TYPE "patch"

struct uplink {
    char name[IFNAME_SIZE];
    int64_t ofport;  /* as the row had it last */
    int64_t ifindex; /* as the row had it last */
    bool remaking;   /* as the row had it last */
    int remade;      /* index of the device that the switch was told to take */
    int treated;     /* index of the device that was set up */
    unsigned mtu;    /* of the device that was treated last */
};

static struct uplink *uplink_find(struct uplinks *uplinks, const char *name)
{
    for (size_t i = 0; i < uplinks->count; i++) {
        if (strcmp(uplinks->rows[i].name, name) == 0)
            return &uplinks->rows[i];
    }
    return NULL;
}

static struct uplink *uplink_add_watched(struct uplinks *uplinks,
                                         const char *name)
{
    uplinks->rows = mem_resize(uplinks->rows,
                               (uplinks->count + 1) * sizeof(*uplinks->rows));
    struct uplink *uplink = &uplinks->rows[uplinks->count++];
    *uplink = (struct uplink){.ofport = 0};
    snprintf(uplink->name, sizeof(uplink->name), "%s", name);
    return uplink;
}

void uplinks_done(struct uplinks *uplinks)
{
    free(uplinks->rows);
    *uplinks = (struct uplinks){0};
}

static void txn_type(struct docker *docker, const struct vswitch_port *port,
                     bool remakes)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_update(&txn, "Interface");
    txn_where_uuid(&txn, port->iface_uuid);
    txn_set_string(&txn, "type", remakes ? REMAKE_TYPE : "");
    /* Other programs' flows may name it. */
    if (remakes)
        txn_set_int(&txn, "ofport_request", port->ofport);
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, port->iface_uuid);
    if (remakes)
        txn_put_pair(&txn, "external_ids", ID_REMAKING, "true");
    else
        txn_remove_key(&txn, "external_ids", ID_REMAKING);
    ovsdb_tell(docker->host->ovsdb, &txn, LOG_LEVEL_ERROR,
               "an uplink that has come back could not be put on its bridge "
               "again");
}

static bool is_on_dead_device(const struct docker *docker,
                              const struct vswitch_port *port,
                              const struct link_info *info)
{
    const char *on = "";

    if (info->promiscuous || !uplink_bridge(port, &on))
        return false;
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&docker->host->ports.bridges, on);
    return bridge && bridge->userspace;
}

static void treat(const struct docker *docker, struct uplink *uplink,
                  const struct link_info *info)
{
    struct err err = {0};
    bool has_changed = uplink->treated != 0;
    int r = 0;

    uplink->treated = info->ifindex;
    if (uplink->mtu && uplink->mtu != info->mtu)
        r = link_set_mtu(docker->host->net, info->ifindex, uplink->mtu, &err);
    else
        uplink->mtu = info->mtu;
    if (r >= 0 && !info->up)
        r = link_set_up(docker->host->net, info->ifindex, &err);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "an uplink could not be set up", "device",
                  uplink->name, "error", err.text, NULL);
    else if (has_changed)
        log_event(LOG_LEVEL_INFO, "an uplink has come back", "device",
                  uplink->name, NULL);
}

static void uplink_look(struct docker *docker, struct uplink *uplink,
                        const struct vswitch_port *port)
{
    struct link_info info;
    struct err err = {0};

    if (uplink->remaking) {
        if (port->ofport <= 0 && port->error)
            txn_type(docker, port, false);
        return;
    }
    if (port->ofport <= 0)
        return; /* the switch does not have it, or not yet */
    int r = link_find(docker->host->net, uplink->name, &info, &err);
    if (r < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
    /* Another device may have this name as an altname. */
    if (r <= 0 || strcmp(info.name, uplink->name) != 0)
        return;
    if (uplink->treated == info.ifindex) {
        uplink->mtu = info.mtu; /* the operator has set it */
    } else if (uplink->remade != info.ifindex &&
               is_on_dead_device(docker, port, &info)) {
        uplink->remade = info.ifindex;
        txn_type(docker, port, true);
    } else {
        treat(docker, uplink, &info);
    }
}

static void uplink_see_row(struct docker *docker,
                           const struct vswitch_port *port)
{
    struct uplink *uplink = uplink_find(&docker->uplinks, port->name);
    bool remaking = vswitch_port_id(port, ID_REMAKING) != NULL;

    if (!uplink)
        uplink = uplink_add_watched(&docker->uplinks, port->name);
    else if (uplink->ofport == port->ofport &&
             uplink->ifindex == port->ifindex && uplink->remaking == remaking)
        return;
    uplink->ofport = port->ofport;
    uplink->ifindex = port->ifindex;
    uplink->remaking = remaking;
    uplink_look(docker, uplink, port);
}

void uplinks_rows_changed(struct docker *docker)
{
    const struct vswitch_view *ports = &docker->host->ports;

    for (size_t i = 0; i < ports->change_count; i++) {
        const struct vswitch_port *port = ports->changes[i].port;
        const char *on;
        if (port && port->iface_uuid[0] &&
            !vswitch_port_id(port, ID_ENDPOINT) && uplink_bridge(port, &on))
            uplink_see_row(docker, port);
    }
}

void uplinks_hear(struct docker *docker, const struct link_event *event)
{
    struct uplink *uplink = uplink_find(&docker->uplinks, event->link.name);

    if (!uplink)
        return;
    if (event->type == LINK_GONE) {
        /* The kernel may give this index to the next device. */
        uplink->remade = 0;
        uplink->treated = uplink->treated ? -1 : 0;
        return;
    }
    const struct vswitch_port *port =
        vswitch_view_find(&docker->host->ports, uplink->name);
    const char *on;
    if (port && uplink_bridge(port, &on))
        uplink_look(docker, uplink, port);
}
