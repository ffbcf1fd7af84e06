/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The order matters: the device is up before its routes, has its addresses
 * before its gateways, and announces itself last, when all is there to
 * answer.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/announce.h"
#include "ovsint/net/offload.h"
#include "ovsint/net/qdisc.h"
#include "ovsint/net/route.h"

static int find_device(struct net *inside, const char *device,
                       struct link_info *ret, struct err *err)
{
    int r = link_find(inside, device, ret, err);

    if (r != 0)
        return r < 0 ? r : 0;
    return err_set(err, ENODEV,
                   "device %s is not in the container's namespace any more: "
                   "was the container or the port removed meanwhile?",
                   device);
}

int vnic_set_altname(struct net *inside, const struct link_info *device,
                     const char *altname, struct err *err)
{
    struct link_info holder;
    struct err ignored = {0};
    int r = link_add_altname(inside, device->ifindex, altname, err);

    if (r != -EEXIST)
        return r;
    r = link_find(inside, altname, &holder, &ignored);
    if (r <= 0)
        return -err->code;
    if (holder.ifindex == device->ifindex)
        return 0;
    return err_set(err, EEXIST,
                   "the container has another device (%s) that is called %s",
                   holder.name, altname);
}

/* systemd-udevd (MACAddressPolicy=persistent, systemd 242 and later) gives a
 * virtual device another MAC some time after it has appeared. */
static int keep_mac(struct net *inside, const struct vnic_set_up *setup,
                    struct link_info *info, struct err *err)
{
    if (!setup->mac || mac_equal(&info->mac, setup->mac))
        return 0;
    info->mac = *setup->mac;
    return link_set_mac(inside, info->ifindex, setup->mac, err);
}

/* Families in which another device has the default route. */
struct defaults {
    int ifindex;
    bool ipv4;
    bool ipv6;
};

static void see_route(void *data, const struct route_info *route)
{
    struct defaults *others = data;

    if (route->to.len != 0 || route->ifindex == 0 ||
        route->ifindex == others->ifindex)
        return;
    if (ip_bits(&route->to.ip) == 32)
        others->ipv4 = true;
    else
        others->ipv6 = true;
}

static int find_defaults(struct net *inside, const struct vnic_set_up *setup,
                         int ifindex, struct defaults *ret, struct err *err)
{
    *ret = (struct defaults){.ifindex = ifindex};
    if (!setup->spares_default || setup->want->gateway_count == 0)
        return 0;
    return route_each(inside, see_route, ret, err);
}

static int add_route(struct net *inside, const struct attachment *want,
                     int ifindex, const struct ip_prefix *to,
                     const struct ip *via, struct err *err)
{
    if (attachment_is_far(want, via))
        return route_add_far(inside, ifindex, to, via, err);
    return route_add(inside, ifindex, to, via, err);
}

/* Without an address the kernel would take no router: the LAN has yet to give
 * one. */
static bool is_early(const struct attachment *want, const struct ip *via)
{
    if (!want->ip_dhcp || via->family != AF_INET)
        return false;
    for (size_t i = 0; i < want->ip_count; i++) {
        if (want->ip[i].ip.family == AF_INET)
            return false;
    }
    return true;
}

static int add_gateways(struct net *inside, const struct vnic_set_up *setup,
                        int ifindex, struct err *err)
{
    struct defaults others;
    int r = find_defaults(inside, setup, ifindex, &others, err);

    for (size_t i = 0; r >= 0 && i < setup->want->gateway_count; i++) {
        const struct ip *gateway = &setup->want->gateway[i];
        struct ip_prefix all = {.ip = {.family = gateway->family}};
        if (is_early(setup->want, gateway) ||
            (ip_bits(gateway) == 32 ? others.ipv4 : others.ipv6))
            continue;
        r = add_route(inside, setup->want, ifindex, &all, gateway, err);
    }
    return r;
}

static int add_routes(struct net *inside, const struct vnic_set_up *setup,
                      int ifindex, struct err *err)
{
    const struct attachment *want = setup->want;
    int r = 0;

    if (want->takes_default)
        r = route_take_default(inside, ifindex, err);
    if (r >= 0)
        r = add_gateways(inside, setup, ifindex, err);
    for (size_t i = 0; r >= 0 && i < want->route_count; i++) {
        if (!is_early(want, &want->routes[i].via))
            r = add_route(inside, want, ifindex, &want->routes[i].to,
                          &want->routes[i].via, err);
    }
    return r;
}

static bool needs_frame(const struct attachment *want, size_t address)
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

bool vnic_needs_frames(const struct attachment *want)
{
    for (size_t i = 0; i < want->ip_count; i++) {
        if (needs_frame(want, i))
            return true;
    }
    return false;
}

/* Tells neighbours that know the address under another MAC the new one. An
 * address under duplicate address detection must not be announced: the kernel
 * does that when the detection ends, if ndisc_notify is on. */
static int announce(struct net *inside, const struct attachment *want,
                    size_t address, const struct link_info *info,
                    struct err *err)
{
    const struct ip *ip = &want->ip[address].ip;

    if (needs_frame(want, address))
        return announce_address(inside, info->ifindex, &info->mac, ip, err);
    return ip_bits(ip) == 32 ? announce_by_probe(inside, info->ifindex, ip, err)
                             : 0;
}

static int add_addresses(struct net *inside, const struct attachment *want,
                         int ifindex, struct err *err)
{
    for (size_t i = 0; i < want->ip_count; i++) {
        int r = addr_add(inside, ifindex, &want->ip[i], want->skip_dad, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int vnic_set_up(struct net *inside, const struct vnic_set_up *setup,
                struct err *err)
{
    const struct attachment *want = setup->want;
    struct link_info info;

    int r = find_device(inside, setup->device, &info, err);
    if (r >= 0)
        r = keep_mac(inside, setup, &info, err);
    if (r >= 0 && setup->finishes_checksums)
        r = offload_finish_checksums(inside, info.name, err);
    if (r >= 0 && !info.up)
        r = link_set_up(inside, info.ifindex, err);
    if (r >= 0 && setup->altname)
        r = vnic_set_altname(inside, &info, setup->altname, err);
    if (r >= 0 && want->rate_kbit)
        r = qdisc_set_rate(inside, info.ifindex, want->rate_kbit,
                           want->burst_kbit, info.mtu, err);
    if (r >= 0)
        r = add_addresses(inside, want, info.ifindex, err);
    if (r >= 0)
        r = add_routes(inside, setup, info.ifindex, err);
    for (size_t i = 0; r >= 0 && !setup->is_mute && i < want->ip_count; i++)
        r = announce(inside, want, i, &info, err);
    return r;
}

struct present {
    const struct attachment *want;
    bool has[LIMIT_ADDRESSES];
};

static void see_address(void *data, const struct addr_info *info)
{
    struct present *present = data;
    const struct ip *is = &info->address.ip;

    for (size_t i = 0; i < present->want->ip_count; i++) {
        const struct ip *ip = &present->want->ip[i].ip;
        if (ip->family == is->family &&
            memcmp(ip->bytes, is->bytes, ip_bits(ip) / 8) == 0)
            present->has[i] = true;
    }
}

/* Skips an address that the container has removed: it is no longer its own. */
static int announce_present(struct net *inside, const struct attachment *want,
                            const struct link_info *info, struct err *err)
{
    struct present present = {.want = want};
    int r = addr_each(inside, info->ifindex, see_address, &present, err);

    for (size_t i = 0; r >= 0 && i < want->ip_count; i++) {
        if (present.has[i])
            r = announce(inside, want, i, info, err);
    }
    return r;
}

int vnic_announce(struct net *inside, const struct vnic_set_up *setup,
                  struct err *err)
{
    struct link_info info;
    int r = find_device(inside, setup->device, &info, err);

    return r < 0 ? r : announce_present(inside, setup->want, &info, err);
}
