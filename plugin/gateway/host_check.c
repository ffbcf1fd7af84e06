/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's address management knows neither the devices of the host nor what
 * was typed as host-ip. Two devices with one subnet would make it a matter of
 * luck which of them the host sends by.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"
#include "plugin/gateway/host_setup.h"

/* What is looked for, and what was found. */
struct search {
    const struct network_row *network_row;
    int own; /* index of the port itself, which may be there already */
    int ifindex;
    struct ip_prefix found;
    const struct ip_prefix *wanted; /* NULL = nothing was found */
};

static void match_address(void *data, const struct addr_info *info)
{
    struct search *search = data;
    const struct network_row *network_row = search->network_row;

    if (info->ifindex == search->own || search->wanted)
        return;
    for (size_t i = 0; i < network_row->host_ip_count; i++) {
        if (!ip_equal(&network_row->host_ips[i].ip, &info->address.ip))
            continue;
        search->wanted = &network_row->host_ips[i];
        search->found = info->address;
        search->ifindex = info->ifindex;
    }
}

/* A wider route through a router is what a more specific one is made for, and
 * stays useful for the rest; a wider subnet that the host is on would lose
 * neighbours. */
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

static void match_route(void *data, const struct route_info *route)
{
    struct search *search = data;
    const struct network_row *network_row = search->network_row;

    if (route->ifindex == search->own || search->wanted)
        return;
    /* A route of our own address's subnet comes with the address. */
    for (size_t i = 0; i < network_row->host_ip_count; i++) {
        if (!collides(route, &network_row->host_ips[i]))
            continue;
        search->wanted = &network_row->host_ips[i];
        search->found = route->to;
        search->ifindex = route->ifindex;
    }
}

static int look(struct net *host, struct search *search, struct err *err)
{
    int r = addr_each(host, 0, match_address, search, err);

    return r < 0 || search->wanted ? r
                                   : route_each(host, match_route, search, err);
}

static int refuse(struct net *host, const struct search *search,
                  struct err *err)
{
    char wanted[PREFIX_TEXT_SIZE], found[PREFIX_TEXT_SIZE];
    struct link_info info = {.name = ""};
    struct err ignored = {0};

    prefix_format(search->wanted, wanted);
    prefix_format(&search->found, found);
    if (link_by_index(host, search->ifindex, &info, &ignored) <= 0)
        snprintf(info.name, sizeof(info.name), "%d", search->ifindex);
    if (ip_equal(&search->found.ip, &search->wanted->ip))
        return err_set(err, EADDRINUSE,
                       "the host is to have %s on this network, but device %s "
                       "has that address: choose another subnet or gateway",
                       wanted, info.name);
    return err_set(err, EADDRINUSE,
                   "the host is to have %s on this network, but reaches %s by "
                   "device %s: choose another subnet",
                   wanted, found, info.name);
}

int host_check(struct net *host, const char *network,
               const struct network_row *network_row, struct err *err)
{
    struct search search = {.network_row = network_row};
    struct link_info own = {.ifindex = -1};
    char name[IFNAME_SIZE];

    if (network_row->host_ip_count == 0)
        return 0;
    host_port_name(network, network_row->mode, name);
    int r = link_find(host, name, &own, err);
    if (r >= 0) {
        search.own = own.ifindex;
        r = look(host, &search, err);
    }
    if (r < 0)
        return r;
    return search.wanted ? refuse(host, &search, err) : 0;
}

struct sources {
    const struct network_row *network_row;
    bool has4;
    bool has6;
};

static void match_source(void *data, const struct addr_info *info)
{
    struct sources *sources = data;
    const struct network_row *network_row = sources->network_row;

    sources->has4 |= ip_equal(&network_row->nat4.source, &info->address.ip);
    sources->has6 |= ip_equal(&network_row->nat6.source, &info->address.ip);
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

int host_check_sources(struct net *host, const struct network_row *network_row,
                       struct err *err)
{
    const struct ip *ip4 = &network_row->nat4.source,
                    *ip6 = &network_row->nat6.source;
    struct sources sources = {.network_row = network_row};

    if (!ip4->family && !ip6->family)
        return 0;
    int r = addr_each(host, 0, match_source, &sources, err);
    if (r < 0)
        return r;
    if (ip4->family && !sources.has4)
        return refuse_source(ip4, err);
    if (ip6->family && !sources.has6)
        return refuse_source(ip6, err);
    return 0;
}
