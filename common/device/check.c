/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does a device have all that vnic_set_up() gave it? What the container has
 * added is its own business. What is missing was lost, or never set as a run
 * was killed.
 */
#include <string.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/route.h"

struct check {
    const struct vnic_set_up *setup;
    bool address[LIMIT_ADDRESSES];
    bool way_out[2]; /* a default route by any device: IPv4, IPv6 */
};

static void see_address(void *data, const struct addr_info *info)
{
    struct check *check = data;
    const struct attachment *want = check->setup->want;

    for (size_t i = 0; i < want->ip_count; i++) {
        if (ip_equal(&want->ip[i].ip, &info->address.ip))
            check->address[i] = true;
    }
}

static void see_route(void *data, const struct route_info *route)
{
    struct check *check = data;

    if (route->to.len == 0)
        check->way_out[ip_bits(&route->to.ip) == 128] = true;
}

static bool is_complete(const struct check *check)
{
    const struct attachment *want = check->setup->want;

    for (size_t i = 0; i < want->ip_count; i++) {
        if (!check->address[i])
            return false;
    }
    for (size_t i = 0; i < want->gateway_count; i++) {
        if (!check->way_out[ip_bits(&want->gateway[i]) == 128])
            return false;
    }
    return true;
}

bool vnic_is_tap(const struct link_info *info)
{
    return strcmp(info->kind, "tun") == 0;
}

bool vnic_is_internal(const struct link_info *info)
{
    return strcmp(info->kind, "openvswitch") == 0 || vnic_is_tap(info);
}

int vnic_is_set_up(struct net *inside, const struct vnic_set_up *setup,
                   struct err *err)
{
    struct check check = {.setup = setup};
    struct link_info info, named;

    int r = link_find(inside, setup->device, &info, err);
    if (r <= 0 || !info.up)
        return r < 0 ? r : 0;
    if (setup->altname) {
        r = link_find(inside, setup->altname, &named, err);
        if (r <= 0 || named.ifindex != info.ifindex)
            return r < 0 ? r : 0;
    }
    r = addr_each(inside, info.ifindex, see_address, &check, err);
    if (r >= 0 && setup->want->gateway_count)
        r = route_each(inside, see_route, &check, err);
    return r < 0 ? r : is_complete(&check);
}
