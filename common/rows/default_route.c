/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pitfall: do not clear the mark on RevokeExternalConnectivity. Next comes
 * either the removal of the endpoint, with its row, or the same call for
 * another endpoint, which takes the mark over.
 */
#include "ovsint/rows/default_route.h"

#include <string.h>

static bool is_sibling(const struct vswitch_port *port,
                       const struct vswitch_port *other)
{
    const char *netns = vswitch_port_id(port, ID_NETNS);
    const char *others = vswitch_port_id(other, ID_NETNS);

    return other != port && netns && others && strcmp(netns, others) == 0;
}

bool default_route_note(struct txn *txn, const struct vswitch_view *ports,
                        const struct vswitch_port *port)
{
    if (port->gateway)
        return false;
    for (size_t i = 0; i < ports->count; i++) {
        const struct vswitch_port *other = ports->ports[i];
        if (!other->gateway || !is_sibling(port, other))
            continue;
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, other->iface_uuid);
        txn_remove_key(txn, "external_ids", ID_GATEWAY);
    }
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    txn_put_pair(txn, "external_ids", ID_GATEWAY, "true");
    return true;
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
