/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Pitfall: do not clear the mark on RevokeExternalConnectivity. Next comes
 * either the removal of the endpoint, with its row, or the same call for
 * another endpoint, which takes the mark over.
 */
#include "ovsint/rows/default_route.h"

/* The ports of its container, itself among them. */
static const struct vswitch_port *
first_sibling(const struct vswitch_view *ports, const struct vswitch_port *port)
{
    const char *netns = vswitch_port_id(port, ID_NETNS);

    return netns ? vswitch_view_first(ports, VSWITCH_BY_NETNS, netns) : NULL;
}

bool default_route_note(struct txn *txn, const struct vswitch_view *ports,
                        const struct vswitch_port *port)
{
    if (vswitch_port_id(port, ID_GATEWAY))
        return false;
    for (const struct vswitch_port *other = first_sibling(ports, port); other;
         other = vswitch_port_next(other, VSWITCH_BY_NETNS)) {
        if (!vswitch_port_id(other, ID_GATEWAY))
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
    if (vswitch_port_id(port, ID_GATEWAY))
        return false;
    for (const struct vswitch_port *other = first_sibling(ports, port); other;
         other = vswitch_port_next(other, VSWITCH_BY_NETNS)) {
        if (vswitch_port_id(other, ID_GATEWAY))
            return true;
    }
    return false;
}
