/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a closed port. A trunk drops what comes in without a VLAN
 * header, and what has one of a VLAN that is not among its own
 * (input_vid_is_valid() in ofproto/ofproto-dpif-xlate.c). It has no use for a
 * tag (bundle_set() in ofproto/ofproto-dpif.c), so that one stays: somebody may
 * have given the port another one than its spec has, or do so meanwhile.
 */
#include "ovsint/rows/vswitch_closing.h"

/* IEEE 802.1Q reserves it (table 9-2): no port of ours can have it, and no
 * other switch forwards it. */
#define VLAN_OF_NOBODY 4095

bool vswitch_port_is_closed(const struct vswitch_port *port)
{
    return vswitch_map_get(&port->port_ids, ID_CLOSED) != NULL;
}

static void set_vlan_set(struct txn *txn, const char *column,
                         const struct vlan_set *vlans, bool also_empty)
{
    if (!vlans && !also_empty)
        return;
    txn_set_set(txn, column);
    for (unsigned vlan = 1; vlans && vlan < VLAN_COUNT - 1; vlan++) {
        if (vlan_set_has(vlans, vlan))
            txn_item_int(txn, vlan);
    }
}

/* A tunnel port filters customer VLANs, which have a column of their own. */
static void set_vlans_but_tag(struct txn *txn, const struct attachment *spec,
                              bool also_empty)
{
    const struct vlan_set *vlans =
        vlan_set_empty(&spec->trunks) ? NULL : &spec->trunks;
    bool is_tunnel = spec->vlan_mode == VLAN_MODE_DOT1Q_TUNNEL;

    if (spec->vlan_mode != VLAN_MODE_UNSET)
        txn_set_string(txn, "vlan_mode", vlan_mode_name(spec->vlan_mode));
    else if (also_empty)
        txn_set_empty(txn, "vlan_mode");
    set_vlan_set(txn, "trunks", is_tunnel ? NULL : vlans, also_empty);
    set_vlan_set(txn, "cvlans", is_tunnel ? vlans : NULL, also_empty);
}

void vswitch_set_vlans(struct txn *txn, const struct attachment *spec)
{
    if (spec->vlan)
        txn_set_int(txn, "tag", spec->vlan);
    set_vlans_but_tag(txn, spec, false);
}

void vswitch_close(struct txn *txn, const char *port)
{
    txn_update(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_set_string(txn, "vlan_mode", vlan_mode_name(VLAN_MODE_TRUNK));
    txn_set_set(txn, "trunks");
    txn_item_int(txn, VLAN_OF_NOBODY);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_put_pair(txn, "external_ids", ID_CLOSED, "true");
}

void vswitch_open(struct txn *txn, const char *port,
                  const struct attachment *spec)
{
    txn_update(txn, "Port");
    txn_where_string(txn, "name", port);
    set_vlans_but_tag(txn, spec, true);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_remove_key(txn, "external_ids", ID_CLOSED);
}
