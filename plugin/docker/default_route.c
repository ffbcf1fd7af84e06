/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark outlives RevokeExternalConnectivity: what follows that is the end of
 * the endpoint, with its row, or the call for another one, which takes the mark
 * over.
 */
#include "plugin/docker/default_route.h"

#include <string.h>

#include "plugin/daemon/ovsdb_tell.h"

static bool is_sibling(const struct vswitch_port *port,
                       const struct vswitch_port *other)
{
    const char *netns = vswitch_port_id(port, ID_NETNS);
    const char *others = vswitch_port_id(other, ID_NETNS);

    return other != port && netns && others && strcmp(netns, others) == 0;
}

void default_route_note(const struct driver *driver,
                        const struct vswitch_port *port)
{
    const struct vswitch_view *ports = &driver->ports;
    auto_txn struct txn txn = {0};

    if (port->gateway)
        return;
    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < ports->count; i++) {
        const struct vswitch_port *other = ports->ports[i];
        if (!other->gateway || !is_sibling(port, other))
            continue;
        txn_mutate(&txn, "Interface");
        txn_where_uuid(&txn, other->iface_uuid);
        txn_remove_key(&txn, "external_ids", ID_GATEWAY);
    }
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, port->iface_uuid);
    txn_put_pair(&txn, "external_ids", ID_GATEWAY, "true");
    ovsdb_tell(driver->ovsdb, &txn, LOG_LEVEL_DEBUG,
               "it was not noted which network gives the default route");
}

bool default_route_is_elsewhere(const struct vswitch_view *ports,
                                const struct vswitch_port *port)
{
    if (port->gateway)
        return false;
    for (size_t i = 0; i < ports->count; i++) {
        const struct vswitch_port *other = ports->ports[i];
        if (other->gateway && is_sibling(port, other))
            return true;
    }
    return false;
}
