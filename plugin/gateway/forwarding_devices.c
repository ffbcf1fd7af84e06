/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A packet is forwarded if the device that it arrives by says so: with IPv4
 * always (ip_route_input_slow() in net/ipv4/route.c), with IPv6 since Linux
 * 6.17, by force_forwarding (ip6_forward() in net/ipv6/ip6_output.c). Before,
 * net.ipv6.conf.all.forwarding is the only switch.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/sysctl.h"
#include "plugin/gateway/forwarding.h"

struct devices {
    const struct host_wide *wide;
    struct {
        int ifindex;
        bool ipv4;
        bool ipv6;
    } with[LIMIT_FORWARDING_DEVICES];
    size_t with_count;
    bool overflow;
    struct forwarding_device *closed;
    size_t closed_count;
};

int forwarding_too_many(struct err *err)
{
    return err_set(err, E2BIG,
                   "more than %d devices of the host have addresses, and "
                   "mode=nat makes each of them forward for its networks on a "
                   "host that does not: set net.ipv4.ip_forward=1 (and "
                   "net.ipv6.conf.all.forwarding=1), with a packet filter for "
                   "what else is not to be forwarded",
                   LIMIT_FORWARDING_DEVICES);
}

static const char *setting_of(enum sysctl_family family)
{
    return family == SYSCTL_IPV4 ? "forwarding" : "force_forwarding";
}

/* `otherwise` counts if there is no such setting. */
static bool is_set(enum sysctl_family family, const char *device,
                   const char *name, bool otherwise)
{
    struct err ignored = {0};
    int value;

    if (sysctl_get(family, device, name, &value, &ignored) < 0)
        return otherwise;
    return value != 0;
}

int forwarding_check(const struct network_row *network_row, struct err *err)
{
    struct err inner = {0};
    int value;

    if (network_row->mode != MODE_NAT ||
        !network_row_host_has_ipv6(network_row) ||
        is_set(SYSCTL_IPV6, SYSCTL_ALL, "forwarding", true))
        return 0;
    if (sysctl_get(SYSCTL_IPV6, SYSCTL_ALL, setting_of(SYSCTL_IPV6), &value,
                   &inner) != -ENOENT)
        return 0;
    return err_set(
        err, EOPNOTSUPP,
        "IPv6 with mode=nat needs net.ipv6.conf.all.forwarding=1 on a kernel "
        "before 6.17: set it, and net.ipv6.conf.DEVICE.accept_ra=2 for each "
        "device that learns its router from advertisements, which it would "
        "forget; or create the network without --ipv6");
}

void forwarding_host_wide(struct host_wide *ret)
{
    ret->ipv4 = is_set(SYSCTL_IPV4, SYSCTL_ALL, "forwarding", true);
    ret->ipv6 = is_set(SYSCTL_IPV6, SYSCTL_ALL, "forwarding", true);
}

bool forwarding_is_there(struct net *host, const char *device)
{
    struct link_info info;
    struct err ignored = {0};

    /* If it cannot be asked, assume that it is there. */
    return link_find(host, device, &info, &ignored) != 0;
}

static void see_address(void *data, const struct addr_info *info)
{
    struct devices *devices = data;
    bool is_v6 = ip_bits(&info->address.ip) == 128;
    size_t i = 0;

    if (info->link_scope)
        return;
    while (i < devices->with_count && devices->with[i].ifindex != info->ifindex)
        i++;
    if (i == LIMIT_FORWARDING_DEVICES) {
        devices->overflow = true;
        return;
    }
    if (i == devices->with_count) {
        devices->with[i].ifindex = info->ifindex;
        devices->with[i].ipv4 = false;
        devices->with[i].ipv6 = false;
        devices->with_count++;
    }
    devices->with[i].ipv4 |= !is_v6;
    devices->with[i].ipv6 |= is_v6;
}

static void see_link(void *data, const struct link_info *link)
{
    struct devices *devices = data;
    const struct host_wide *wide = devices->wide;
    size_t i = 0;

    while (i < devices->with_count && devices->with[i].ifindex != link->ifindex)
        i++;
    if (i == devices->with_count || link->loopback ||
        strncmp(link->name, HOST_PORT_PREFIX, sizeof(HOST_PORT_PREFIX) - 1) ==
            0)
        return;
    struct forwarding_device *closed = &devices->closed[devices->closed_count];
    *closed = (struct forwarding_device){
        .ipv4 = devices->with[i].ipv4 && !wide->ipv4 &&
                !is_set(SYSCTL_IPV4, link->name, setting_of(SYSCTL_IPV4), true),
        .ipv6 =
            devices->with[i].ipv6 && !wide->ipv6 && wide->any_network6 &&
            !is_set(SYSCTL_IPV6, link->name, setting_of(SYSCTL_IPV6), true)};
    snprintf(closed->device, sizeof(closed->device), "%s", link->name);
    devices->closed_count += closed->ipv4 || closed->ipv6;
}

/* Replies may arrive on any interface, and published ports are reachable at
 * every host address: so every device with an address must forward. */
int forwarding_closed(struct net *host, const struct host_wide *wide,
                      struct forwarding_device ret[LIMIT_FORWARDING_DEVICES],
                      size_t *ret_count, struct err *err)
{
    auto_free struct devices *devices = mem_new(sizeof(*devices));

    *ret_count = 0;
    if (wide->ipv4 && (wide->ipv6 || !wide->any_network6))
        return 0;
    devices->wide = wide;
    devices->closed = ret;
    int r = addr_each(host, 0, see_address, devices, err);
    if (r >= 0)
        r = link_each(host, see_link, devices, err);
    *ret_count = devices->closed_count;
    if (r >= 0 && devices->overflow)
        r = forwarding_too_many(err);
    return r;
}

int forwarding_set(const struct forwarding_device *forwarding,
                   const struct host_wide *wide, int value, struct err *err)
{
    const bool wanted[] = {[SYSCTL_IPV4] = forwarding->ipv4 && !wide->ipv4,
                           [SYSCTL_IPV6] = forwarding->ipv6 && !wide->ipv6};
    int r = 0;

    for (int family = SYSCTL_IPV4; family <= SYSCTL_IPV6 && r >= 0; family++) {
        struct err inner = {0};
        if (!wanted[family])
            continue;
        r = sysctl_set(family, forwarding->device, setting_of(family), value,
                       &inner);
        if (r == -ENOENT)
            r = 0; /* the device has gone */
        if (r < 0)
            *err = inner;
    }
    return r < 0 ? r : 0;
}
