/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The row of an uplink has one key for each network that has named it. These
 * keys are the only count of its users.
 */
#include "plugin/docker/uplink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/vswitch_plug.h"

static void uplink_key(const char *network, char ret[NETWORK_KEY_SIZE])
{
    snprintf(ret, NETWORK_KEY_SIZE, ID_UPLINK_PREFIX "%s", network);
}

/* Counts the keys of networks in an uplink's row. */
static size_t count_networks(const struct vswitch_port *port,
                             const char **ret_bridge)
{
    size_t count = 0;

    for (size_t i = 0; i < port->ids.count; i++) {
        if (strncmp(port->ids.pairs[i].key, ID_UPLINK_PREFIX,
                    sizeof(ID_UPLINK_PREFIX) - 1) != 0)
            continue;
        *ret_bridge = port->ids.pairs[i].value;
        count++;
    }
    return count;
}

bool uplink_bridge(const struct vswitch_port *port, const char **ret_bridge)
{
    return count_networks(port, ret_bridge) > 0;
}

static const struct vswitch_port *find_uplink(const struct docker *docker,
                                              const char *device,
                                              const char **ret_bridge)
{
    const struct vswitch_port *port =
        vswitch_view_find(&docker->host->ports, device);

    return port && uplink_bridge(port, ret_bridge) ? port : NULL;
}

static void count_address(void *data, const struct addr_info *info)
{
    size_t *count = data;

    *count += !info->link_scope;
}

/* Without a word of the administrator only a card of the host may be taken,
 * and only one that serves nothing else: the host's end of somebody's cable is
 * a way into that one's network. */
static int check_card(const struct docker *docker, const struct link_info *info,
                      struct err *err)
{
    struct link_info master;
    struct err ignored = {0};

    if (info->master) {
        bool found = link_by_index(docker->host->net, info->master, &master,
                                   &ignored) > 0;
        return err_set(err, EBUSY,
                       "option uplink: %s is on %s already: take it off there "
                       "first",
                       info->name, found ? master.name : "another bridge");
    }
    if (!info->kind[0] ||
        policy_names(&docker->host->settings->policy, RULE_UPLINKS))
        return 0;
    return err_set(err, EPERM,
                   "option uplink: %s is no network card but a device of kind "
                   "%s, which somebody else may use: an administrator may add "
                   "\"uplinks\": [\"%s\"] to \"policy\"",
                   info->name, info->kind, info->name);
}

int uplink_check(const struct docker *docker, const char *device,
                 const char *bridge, struct err *err)
{
    struct link_info info;
    const char *on;
    size_t addresses = 0;

    if (find_uplink(docker, device, &on)) {
        if (strcmp(on, bridge) == 0)
            return 0;
        return err_set(err, EBUSY,
                       "option uplink: %s is the uplink of bridge %s", device,
                       on);
    }
    int r = link_find(docker->host->net, device, &info, err);
    if (r < 0)
        return r;
    if (r == 0)
        return err_set(err, ENODEV, "option uplink: there is no device %s",
                       device);
    r = addr_each(docker->host->net, info.ifindex, count_address, &addresses,
                  err);
    if (r < 0)
        return err_wrap(err, "option uplink: addresses of %s", device);
    if (info.loopback || addresses)
        return err_set(err, EBUSY,
                       "option uplink: %s carries addresses of the host, which "
                       "would be cut off: move them to the bridge first",
                       device);
    return check_card(docker, &info, err);
}

static void owner_pairs(struct txn *txn, const char *key, const char *bridge)
{
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, DOCKER_OWNER);
    txn_pair(txn, key, bridge);
}

/* Open vSwitch takes one device by each of its names, and sends back to it what
 * came from it. The index tells, which the switch writes; rows of others count
 * as well, which the view does not show. */
static size_t guard_device(const struct docker *docker, const char *device,
                           struct txn *txn)
{
    struct link_info info;
    struct err ignored = {0}; /* uplink_check() has found it just now */

    if (link_find(docker->host->net, device, &info, &ignored) <= 0)
        return UPLINK_NO_GUARD;
    size_t guard = txn_wait_absent(txn, "Interface");
    txn_where_int(txn, "ifindex", info.ifindex);
    return guard;
}

bool uplink_refused(const char *device, size_t guard,
                    const struct reply_fault *fault, struct err *err)
{
    if (guard == UPLINK_NO_GUARD || fault->kind != REPLY_GUARD ||
        fault->op != guard)
        return false;
    (void)err_set(
        err, EBUSY,
        "option uplink: %s is a port of Open vSwitch already, by this "
        "name or by another one that it has: 'ip link show %s' tells "
        "its names, and 'ovs-vsctl port-to-br NAME' the bridge",
        device, device);
    return true;
}

size_t uplink_add(const struct docker *docker, const char *network,
                  const char *device, const char *bridge, struct txn *txn)
{
    char key[NETWORK_KEY_SIZE];
    const char *on;
    const struct vswitch_port *port = find_uplink(docker, device, &on);

    uplink_key(network, key);
    if (port) {
        txn_wait_present(txn, "Interface");
        txn_where_uuid(txn, port->iface_uuid);
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, port->iface_uuid);
        txn_put_pair(txn, "external_ids", key, bridge);
        return UPLINK_NO_GUARD;
    }
    size_t guard = guard_device(docker, device, txn);
    txn_insert(txn, "Interface", "uplink_interface");
    txn_set_string(txn, "name", device);
    owner_pairs(txn, key, bridge);
    txn_insert(txn, "Port", "uplink_port");
    txn_set_string(txn, "name", device);
    txn_set_named(txn, "interfaces", "uplink_interface");
    owner_pairs(txn, NULL, NULL);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", bridge);
    txn_add_named(txn, "ports", "uplink_port");
    return guard;
}

int uplink_raise(const struct docker *docker, const char *device,
                 struct err *err)
{
    struct link_info info;

    int r = link_find(docker->host->net, device, &info, err);
    if (r > 0 && !info.up)
        r = link_set_up(docker->host->net, info.ifindex, err);
    return r < 0 ? err_wrap(err, "set up %s", device) : 0;
}

/* The other end is in another namespace, or belongs to somebody: a virtual
 * machine's or another switch's. */
void uplink_advise(const struct docker *docker, const char *device,
                   const char *bridge)
{
    const struct vswitch_bridge *on =
        vswitch_bridges_find(&docker->host->ports.bridges, bridge);
    struct link_info info;
    struct err ignored = {0};

    if (on && on->userspace &&
        link_find(docker->host->net, device, &info, &ignored) > 0 &&
        strcmp(info.kind, "veth") == 0)
        log_event(
            LOG_LEVEL_WARNING,
            "an uplink is a veth pair, and its bridge is of the userspace "
            "datapath, which does not finish checksums: TCP and UDP from "
            "outside arrive only if the other end finishes them, as after "
            "'ethtool -K DEVICE tx off' there",
            "uplink", device, "bridge", bridge, NULL);
}

void uplink_remove(const struct docker *docker, const char *network,
                   struct txn *txn)
{
    char key[NETWORK_KEY_SIZE];

    uplink_key(network, key);
    for (size_t i = 0; i < docker->host->ports.count; i++) {
        const struct vswitch_port *port = docker->host->ports.ports[i];
        const char *on;
        if (!vswitch_port_id(port, key))
            continue;
        if (count_networks(port, &on) == 1 && port->port_uuid[0]) {
            vswitch_remove(txn, port->port_uuid, port->name);
        } else {
            txn_mutate(txn, "Interface");
            txn_where_uuid(txn, port->iface_uuid);
            txn_remove_key(txn, "external_ids", key);
        }
    }
}
