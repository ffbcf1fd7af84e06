/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: objects of libnl-route (links, addresses, routes,
 * neighbours). It reads them from messages and writes requests from them; the
 * socket stays ours, see request.h. What the libnl-route of Debian 12 does not
 * know is in by_hand.h.
 */
#pragma once

#include <netlink/addr.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "common/net/request.h"

DEFINE_AUTO(rtnl_link, struct rtnl_link *, rtnl_link_put)
#define auto_rtnl_link AUTO(rtnl_link)
DEFINE_AUTO(rtnl_addr, struct rtnl_addr *, rtnl_addr_put)
#define auto_rtnl_addr AUTO(rtnl_addr)
DEFINE_AUTO(rtnl_route, struct rtnl_route *, rtnl_route_put)
#define auto_rtnl_route AUTO(rtnl_route)
DEFINE_AUTO(rtnl_neigh, struct rtnl_neigh *, rtnl_neigh_put)
#define auto_rtnl_neigh AUTO(rtnl_neigh)
DEFINE_AUTO(nl_addr, struct nl_addr *, nl_addr_put)
#define auto_nl_addr AUTO(nl_addr)

/* The object of a message: a struct rtnl_link for RTM_NEWLINK and RTM_DELLINK,
 * and so on. The caller checks the type first, and releases the object. NULL if
 * libnl-route does not understand the message. */
void *object_read(struct nlmsghdr *message);

/* Checks the result of an allocation or a build function of libnl-route. It can
 * fail only for lack of memory, which ends the program. */
void *object_new(void *allocated);
void object_must(int r);

/* `len` is the prefix length. Family 0 becomes NULL. */
struct nl_addr *object_ip(const struct ip *ip, unsigned len);
struct nl_addr *object_mac(const struct mac *mac);
/* Family 0 for NULL, and for an address that is neither IPv4 nor IPv6. */
struct ip object_to_ip(const struct nl_addr *addr);
