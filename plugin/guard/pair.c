/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A veth pair that is guarded. The switch cannot lose its ends. All that can be
 * wrong is that the inner end leaves checksums to a switch that adds none: an
 * earlier ovsint has made it, or the bridge has changed its datapath.
 *
 * Pitfall: the container may have renamed its end or given it another MAC. So
 * the end is found by its peer.
 */
#include <string.h>

#include "ovsint/net/offload.h"
#include "plugin/guard/guarded.h"

static bool is_veth(const struct link_info *info)
{
    return strcmp(info->kind, "veth") == 0;
}

/* 1 with both ends in `look`, 0 if one of them is elsewhere. */
static int find_ends(struct guarded *guarded, struct look *look,
                     struct err *err)
{
    int r = link_find(guarded->guardian->host->net, guarded->name,
                      &look->outside, err);

    if (r <= 0 || !is_veth(&look->outside))
        return r < 0 ? r : 0;
    r = link_by_index(look->sandbox.inside, look->outside.peer, &look->inside,
                      err);
    if (r <= 0)
        return r;
    return is_veth(&look->inside) && look->inside.peer == look->outside.ifindex;
}

int guarded_see_pair(struct guarded *guarded, struct look *look,
                     struct err *err)
{
    const struct vswitch_bridge *bridge = vswitch_bridges_find(
        &guarded->guardian->host->ports.bridges, look->spec.bridge);

    guarded->pair = true;
    if (guarded->checked ||
        !vswitch_bridge_needs_checksums(bridge, look->spec.type))
        return 0;
    int r = find_ends(guarded, look, err);
    if (r > 0)
        r = offload_leaves_checksums(look->sandbox.inside, look->inside.name,
                                     err);
    else
        return r;
    look->seen.leaves_checksums = r > 0;
    guarded->checked = r == 0;
    return r < 0 ? r : 0;
}

int guarded_finish_checksums(struct guarded *guarded, struct look *look,
                             struct err *err)
{
    int r =
        offload_finish_checksums(look->sandbox.inside, look->inside.name, err);

    guarded->checked = r >= 0;
    return r;
}
