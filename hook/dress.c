/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the namespace, and everything that is set there. Each step may be done
 * twice with the same outcome, so that a run that follows a killed one
 * completes its work.
 *
 * The device keeps its OVS name: with the kernel datapath a vport is found by
 * the device's present name (ovs_vport_locate() in net/openvswitch/vport.c),
 * so a renamed one is lost at the next change of any port. The name that
 * people expect is an altname.
 */
#include <errno.h>

#include "hook/attach.h"
#include "ovsint/addr.h"
#include "ovsint/announce.h"
#include "ovsint/link.h"
#include "ovsint/qdisc.h"
#include "ovsint/route.h"

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
    return link_move_in(a->host, info.ifindex, a->container.netns, &move, err);
}

static int find_inside(struct attach *a, const struct vnic *vnic,
                       struct link_info *ret, struct err *err)
{
    const char *name =
        vnic->want.type == VNIC_VETH ? vnic->want.ifname : vnic->port;
    int r = link_find(a->inside, name, ret, err);

    if (r != 0)
        return r < 0 ? r : 0;
    return err_set(err, ENODEV,
                   "device %s is not in the container's namespace any more: "
                   "was the container or the port removed meanwhile?",
                   name);
}

static int set_altname(struct attach *a, const struct vnic *vnic, int ifindex,
                       struct err *err)
{
    struct link_info holder;

    if (vnic->want.type == VNIC_VETH)
        return 0; /* it is its real name */
    int r = link_add_altname(a->inside, ifindex, vnic->want.ifname, err);
    if (r != -EEXIST)
        return r;
    struct err ignored = {0};
    r = link_find(a->inside, vnic->want.ifname, &holder, &ignored);
    return r > 0 && holder.ifindex == ifindex ? 0 : -err->code;
}

/* udev's MACAddressPolicy=persistent (systemd 242 and later) gives a virtual
 * device another MAC some time after it has appeared. */
static int keep_mac(struct attach *a, const struct vnic *vnic,
                    const struct link_info *info, struct err *err)
{
    if (vnic->present || mac_equal(&info->mac, &vnic->mac))
        return 0;
    return link_set_mac(a->inside, info->ifindex, &vnic->mac, err);
}

static int add_routes(struct attach *a, const struct vnic *vnic, int ifindex,
                      struct err *err)
{
    const struct attachment *want = &vnic->want;

    if (want->takes_default) {
        int r = route_take_default(a->inside, ifindex, err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < want->gateway_count; i++) {
        struct ip_prefix all = {.ip = {.family = want->gateway[i].family}};
        int r = route_add(a->inside, ifindex, &all, &want->gateway[i], err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < want->route_count; i++) {
        int r = route_add(a->inside, ifindex, &want->routes[i].to,
                          &want->routes[i].via, err);
        if (r < 0)
            return r;
    }
    return 0;
}

bool attach_announces_by_frame(const struct attachment *want, size_t address)
{
    const struct ip *ip = &want->ip[address].ip;

    if (ip_bits(ip) == 128)
        return want->skip_dad;
    for (size_t i = 0; i < address; i++) {
        if (ip_in_prefix(ip, &want->ip[i]))
            return true;
    }
    return false;
}

/* Neighbours that knew the address under another MAC learn the new one now.
 * An address under duplicate address detection must not be announced; the
 * kernel does so when the detection ends, where ndisc_notify is on. */
static int announce(struct attach *a, const struct vnic *vnic,
                    const struct link_info *info, struct err *err)
{
    const struct mac *mac = vnic->present ? &info->mac : &vnic->mac;

    for (size_t i = 0; i < vnic->want.ip_count; i++) {
        const struct ip *ip = &vnic->want.ip[i].ip;
        int r = 0;
        if (attach_announces_by_frame(&vnic->want, i))
            r = announce_address(a->inside, info->ifindex, mac, ip, err);
        else if (ip_bits(ip) == 32)
            r = announce_by_probe(a->inside, info->ifindex, ip, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int attach_dress(struct attach *a, struct vnic *vnic, struct err *err)
{
    const struct attachment *want = &vnic->want;
    struct link_info info;

    int r = find_inside(a, vnic, &info, err);
    if (r < 0)
        return r;
    r = keep_mac(a, vnic, &info, err);
    if (r < 0)
        return r;
    if (!info.up) {
        r = link_set_up(a->inside, info.ifindex, err);
        if (r < 0)
            return r;
    }
    r = set_altname(a, vnic, info.ifindex, err);
    if (r < 0)
        return r;
    if (want->rate_kbit) {
        r = qdisc_set_rate(a->inside, info.ifindex, want->rate_kbit,
                           want->burst_kbit, info.mtu, err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < want->ip_count; i++) {
        r = addr_add(a->inside, info.ifindex, &want->ip[i], want->skip_dad,
                     err);
        if (r < 0)
            return r;
    }
    r = add_routes(a, vnic, info.ifindex, err);
    if (r < 0)
        return r;
    return announce(a, vnic, &info, err);
}
