/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Docker's address management knows neither the devices of the host nor what
 * was typed as host-ip. If two devices of the host had one subnet, it would be
 * chance by which of them the host sends.
 */
#include "plugin/gateway/host_collision.h"

#include <errno.h>
#include <sys/socket.h>

void host_collision_address(void *data, const struct addr_info *info)
{
    struct host_collision *collision = data;
    const struct network_row *row = collision->row;

    if (info->ifindex == collision->own || collision->wanted)
        return;
    for (size_t i = 0; i < row->host_ip_count; i++) {
        if (!ip_equal(&row->host_ips[i].ip, &info->address.ip))
            continue;
        collision->wanted = &row->host_ips[i];
        collision->found = info->address;
        collision->ifindex = info->ifindex;
    }
}

/* A wider route via a gateway may exist: ours is more specific and wins for our
 * subnet only. A wider on-link subnet may not: its hosts inside our range would
 * become unreachable. */
static bool collides(const struct route_info *route,
                     const struct ip_prefix *subnet)
{
    if (route->to.ip.family != subnet->ip.family || route->to.len == 0)
        return false;
    if (route->to.len >= subnet->len)
        return ip_in_prefix(&route->to.ip, subnet);
    return route->via.family == AF_UNSPEC &&
           ip_in_prefix(&subnet->ip, &route->to);
}

void host_collision_route(void *data, const struct route_info *route)
{
    struct host_collision *collision = data;
    const struct network_row *row = collision->row;

    if (route->ifindex == collision->own || collision->wanted)
        return;
    for (size_t i = 0; i < row->host_ip_count; i++) {
        if (!collides(route, &row->host_ips[i]))
            continue;
        collision->wanted = &row->host_ips[i];
        collision->found = route->to;
        collision->ifindex = route->ifindex;
    }
}

int host_collision_refuse(const struct host_collision *collision,
                          const char *device, struct err *err)
{
    char wanted[PREFIX_TEXT_SIZE], found[PREFIX_TEXT_SIZE];

    prefix_format(collision->wanted, wanted);
    prefix_format(&collision->found, found);
    if (ip_equal(&collision->found.ip, &collision->wanted->ip))
        return err_set(err, EADDRINUSE,
                       "the host is to have %s on this network, but device %s "
                       "has that address: choose another subnet or gateway",
                       wanted, device);
    return err_set(err, EADDRINUSE,
                   "the host is to have %s on this network, but reaches %s by "
                   "device %s: choose another subnet",
                   wanted, found, device);
}

bool host_sources_wanted(const struct network_row *row)
{
    return row->nat4.source.family || row->nat6.source.family;
}

void host_sources_address(void *data, const struct addr_info *info)
{
    struct host_sources *sources = data;
    const struct network_row *row = sources->row;

    sources->has4 |= ip_equal(&row->nat4.source, &info->address.ip);
    sources->has6 |= ip_equal(&row->nat6.source, &info->address.ip);
}

static int refuse_source(const struct ip *source, struct err *err)
{
    char text[IP_TEXT_SIZE];

    ip_format(source, text);
    return err_set(err, EADDRNOTAVAIL,
                   "option nat-source: no device of the host has address %s, "
                   "so answers to it would not come back: give one that "
                   "'ip address' shows",
                   text);
}

int host_sources_check(const struct host_sources *sources, struct err *err)
{
    const struct ip *ip4 = &sources->row->nat4.source;
    const struct ip *ip6 = &sources->row->nat6.source;

    if (ip4->family && !sources->has4)
        return refuse_source(ip4, err);
    if (ip6->family && !sources->has6)
        return refuse_source(ip6, err);
    return 0;
}
