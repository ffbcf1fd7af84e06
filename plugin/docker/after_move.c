/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A port that needs something carries ID_UNDRESSED until that is done: so the
 * many ports that need nothing cost one look at a key. Doing it twice changes
 * nothing. A failure is logged and not tried again, as the container runs, and
 * nobody waits for an answer.
 */
#include "plugin/docker/after_move.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/link.h"
#include "ovsint/net/qdisc.h"
#include "plugin/docker/endpoints.h"

/* The end of a veth pair inside; Docker has chosen its name. */
struct search {
    struct mac mac;
    struct link_info found;
};

static void match_mac(void *data, const struct link_info *info)
{
    struct search *search = data;

    if (!info->loopback && mac_equal(&info->mac, &search->mac))
        search->found = *info;
}

/* 1 with the device inside, 0 if it is not there. */
static int find_inside(struct net *inside, const struct vswitch_port *port,
                       const struct attachment *attachment,
                       struct link_info *ret, struct err *err)
{
    struct search search = {0};

    if (attachment->type == VNIC_INTERNAL)
        return link_find(inside, port->name, ret, err);
    if (!vswitch_port_mac(port, &search.mac))
        return 0;
    int r = link_each(inside, match_mac, &search, err);
    *ret = search.found;
    return r < 0 ? r : search.found.ifindex != 0;
}

static int set_up_inside(const struct sandbox *sandbox,
                         const struct vswitch_port *port,
                         const struct attachment *a,
                         const struct link_info *info, struct err *err)
{
    const char *altname = vswitch_port_id(port, ID_ALTNAME);
    struct net *inside = sandbox->inside;
    int r = vnic_set_listening(inside, sandbox->fd, info, a->accepts_ra, err);

    if (r >= 0 && altname)
        r = vnic_set_altname(inside, info, altname, err);

    if (r >= 0 && a->mtu && info->mtu != a->mtu)
        r = link_set_mtu(inside, info->ifindex, a->mtu, err);
    if (r >= 0 && a->rate_kbit)
        r = qdisc_set_rate(inside, info->ifindex, a->rate_kbit, a->burst_kbit,
                           a->mtu ? a->mtu : info->mtu, err);
    return r;
}

static void note_set_up(const struct docker *docker,
                        const struct vswitch_port *port)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, port->iface_uuid);
    txn_remove_key(&txn, "external_ids", ID_UNDRESSED);
    ovsdb_tell(docker->host->ovsdb, &txn, LOG_LEVEL_DEBUG,
               "could not note in OVSDB that a device is set up");
}

/* 1 done, 0 it has not arrived, negative if it failed for good. */
static int try_set_up(const struct vswitch_port *port, struct err *err)
{
    struct attachment attachment;
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct link_info info;

    int r = vswitch_port_spec(port, &attachment, err);
    if (r < 0)
        return r;
    if (sandbox_open(port, NET_PLAIN, &sandbox, err) != SANDBOX_HERE)
        return 0;
    r = find_inside(sandbox.inside, port, &attachment, &info, err);
    if (r <= 0)
        return r;
    r = set_up_inside(&sandbox, port, &attachment, &info, err);
    return r < 0 ? r : 1;
}

static void set_up_port(const struct docker *docker,
                        const struct vswitch_port *port)
{
    struct err err = {0};

    int r = try_set_up(port, &err);
    if (r == 0)
        return;
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "a device could not be set up in full",
                  "port", port->name, "error", err.text, NULL);
    note_set_up(docker, port);
}

static bool needs_set_up(const struct vswitch_port *port)
{
    return vswitch_port_id(port, ID_UNDRESSED) &&
           vswitch_port_id(port, ID_NETNS) && !vswitch_port_has_left(port);
}

/* The end of a veth pair that the switch has never moves. */
static bool may_have_arrived(const struct vswitch_port *port)
{
    return port->ifindex == 0 || strncmp(port->name, "ov", 2) == 0;
}

void after_move_arrived(struct docker *docker)
{
    const struct vswitch_view *ports = &docker->host->ports;

    for (const struct vswitch_port *port =
             vswitch_view_first(ports, VSWITCH_BY_SET_UP, NULL);
         port; port = vswitch_port_next(port, VSWITCH_BY_SET_UP)) {
        if (port->ofport > 0 && needs_set_up(port) && may_have_arrived(port))
            set_up_port(docker, port);
    }
}

void after_move_moved(struct docker *docker, const char *device)
{
    char port[IFNAME_SIZE];

    if (strncmp(device, "ov", 2) != 0 || strlen(device) <= ENDPOINT_PREFIX_LEN)
        return;
    snprintf(port, sizeof(port), "%s", device);
    port[ENDPOINT_PREFIX_LEN] = '0';
    const struct vswitch_port *found =
        vswitch_view_find(&docker->host->ports, port);
    if (found && found->ofport > 0 && needs_set_up(found))
        set_up_port(docker, found);
}

void after_move_endpoint(struct docker *docker, const char *endpoint)
{
    const struct vswitch_port *port = endpoint_find(docker, endpoint);

    if (port && port->ofport > 0 && needs_set_up(port))
        set_up_port(docker, port);
}

void after_move_leaving(const struct vswitch_port *port)
{
    const char *altname = vswitch_port_id(port, ID_ALTNAME);
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct link_info info;
    struct err err = {0};

    if (!altname ||
        sandbox_open(port, NET_PLAIN, &sandbox, &err) != SANDBOX_HERE)
        return;
    int r = link_find(sandbox.inside, altname, &info, &err);
    if (r > 0 && strcmp(info.name, port->name) == 0)
        r = link_del_altname(sandbox.inside, info.ifindex, altname, &err);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "could not remove an altname", "port",
                  port->name, "error", err.text, NULL);
}
