/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the namespace: the move. What is set there is vnic_set_up().
 */
#include <errno.h>

#include "hook/attach.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/link.h"

#define DEVICE_BACK_MS 3000

/* The row of a container that ended without poststop keeps its port number
 * while the kernel datapath has given the number up with the namespace. A new
 * port that gets it loses its device when ovs-vswitchd clears the old one
 * away, and has it again one reconfiguration later. */
static int find_on_host(struct attach *a, const struct vnic *vnic,
                        struct link_info *ret, struct err *err)
{
    struct deadline deadline = deadline_in(DEVICE_BACK_MS);

    for (;;) {
        int r = link_find(a->host, vnic->port, ret, err);
        if (r != 0)
            return r < 0 ? r : 0;
        if (deadline_passed(deadline) || deadline_passed(a->run->deadline))
            return err_set(err, ENODEV,
                           "the switch made port %s, but its device is not in "
                           "this network namespace: does ovs-vswitchd run in "
                           "another one?",
                           vnic->port);
        r = attach_sync(a, deadline_in(20), err);
        if (r < 0)
            return r;
    }
}

int attach_move(struct attach *a, struct vnic *vnic, struct err *err)
{
    struct link_info info;

    if (vnic->want.type == VNIC_VETH)
        return 0; /* born inside */
    int r = find_on_host(a, vnic, &info, err);
    if (r < 0)
        return r;
    /* All in one message: each further change of the device would cost the
     * switch one more reconfiguration. */
    struct link_move move = {
        .mac = &vnic->mac, .mtu = vnic->want.mtu, .up = true};
    struct err ignored = {0};
    r = newcomers_begin(a->newcomers, vnic->want.accepts_ra, err);
    if (r < 0)
        return r;
    r = link_move_in(a->host, info.ifindex, a->container.netns, &move, err);
    int ended = newcomers_end(a->newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

int attach_dress(struct attach *a, struct vnic *vnic, struct err *err)
{
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&a->view.bridges, vnic->want.bridge);
    bool is_veth = vnic->want.type == VNIC_VETH;
    struct vnic_set_up dress = {
        .device = is_veth ? vnic->want.ifname : vnic->port,
        .want = &vnic->want,
        .mac = vnic->present ? NULL : &vnic->mac,
        .altname = is_veth ? NULL : vnic->want.ifname, /* its name already */
        .finishes_checksums =
            vswitch_bridge_needs_checksums(bridge, vnic->want.type),
    };

    return vnic_set_up(a->inside, &dress, err);
}
