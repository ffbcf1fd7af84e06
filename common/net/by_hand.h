/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: requests and attributes that the libnl-route of Debian
 * 12 (3.7) does not know, or does not get right.
 *
 * altname       its links have none.
 * question      rtnl_link_build_get_request() finds no altname. It asks for the
 *               virtual functions of a network card and does not decline the
 *               statistics, which are half of the answer.
 * device        rtnl_link_parse() refuses the whole message for one attribute
 *               that it does not understand, and makes objects of all others,
 *               seven times as much work as reading those that count here.
 * index         of a device in the namespace that it moves to: unknown.
 * route         rtnl_route_parse() refuses a route through a tunnel other than
 *               MPLS, and does not tell when a route expires.
 * nsid          the numbers of namespaces: unknown.
 * token bucket  rates from 4 GB/s on and an exact burst: unknown. For the burst
 *               it reads /proc/net/psched, which a confined hook cannot.
 *
 * Listings are asked for by hand as well (request_new(), NLM_F_DUMP), because
 * libnl-route sends its own and waits for the answer without a deadline. The
 * device_*.c give back what a listing has shown as it is: an object loses all
 * that this libnl-route does not know.
 */
#pragma once

#include "common/net/request.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"

/* Asks for a device by its index, by a name or altname, or for all devices: the
 * other arguments are 0 or NULL. */
struct nl_msg *by_hand_link_question(int ifindex, const char *name, int flags);

/* Reads an RTM_NEWLINK or RTM_DELLINK; false if it names no device. */
bool by_hand_read_link(struct nlmsghdr *message, struct link_info *ret);

/* RTM_NEWLINKPROP or RTM_DELLINKPROP. */
struct nl_msg *by_hand_altname(int type, int ifindex, const char *altname);

void by_hand_put_index(struct nl_msg *request, int index);

/* Visits the route of a message of a listing, once for each live hop, if it is
 * a unicast route of the main table. */
void by_hand_show_route(struct nlmsghdr *reply, route_visit *visit, void *data);

struct nl_msg *by_hand_nsid_question(int netns_fd);
/* False if the message tells no number. */
bool by_hand_read_nsid(struct nlmsghdr *message, int *ret);

/* Makes a token bucket the root of a device; rate and burst in bytes. */
struct nl_msg *by_hand_token_bucket(int ifindex, uint64_t rate, uint64_t burst,
                                    uint64_t limit);
