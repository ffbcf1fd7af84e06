/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Routes in the main table of one namespace. Policy rules and other tables
 * belong to whoever made them: only route_look() follows them.
 *
 * Pitfall: to take over the default call route_take_default() first and then
 * route_add() for our own. In the other order our route replaces the old one,
 * and nobody knows any more which device had it.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* Adds a route to `to` (length 0 = default; host bits are cleared) by this
 * device, through the gateway `via`; on the link if `via` is NULL or its family
 * 0. Replaces a route to the same prefix with the same metric. The device must
 * be up. The gateway must be on the link: in a prefix of one of the device's
 * addresses, or reached by an on-link route that was added before. Else
 * -ENETUNREACH (IPv4) or -EHOSTUNREACH (IPv6) with the kernel's sentence. */
int route_add(struct net *net, int ifindex, const struct ip_prefix *to,
              const struct ip *via, struct err *err) MUST_CHECK;

/* As route_add(), through a router that is in no prefix: the kernel is told
 * that it is on the link (RTNH_F_ONLINK), and asks there for its MAC. */
int route_add_far(struct net *net, int ifindex, const struct ip_prefix *to,
                  const struct ip *via, struct err *err) MUST_CHECK;

/* Makes `ifindex` the only candidate for the default route: sets every other
 * device down that has a default route of the main table (IPv4 or IPv6, any
 * metric, alone or in a multipath route). The kernel then drops all their
 * routes. Addresses of those devices stay (IPv4) or go as the kernel's settings
 * say (IPv6). The loopback device stays as it is, and so do default routes
 * without a device (unreachable, blackhole). If there is nothing to do that is
 * success. -EAGAIN if others keep making default routes. */
int route_take_default(struct net *net, int ifindex,
                       struct err *err) MUST_CHECK;

/* -ESRCH if there is no such route. */
struct route_info;
int route_del(struct net *net, const struct route_info *route,
              struct err *err) MUST_CHECK;

struct route_info {
    struct ip_prefix to;
    struct ip via; /* family 0 = on the link */
    int ifindex;   /* 0 = none; of a multipath route each live hop is visited */
    unsigned metric;
    bool advertised; /* IPv6: a router has advertised it */
};

/* How the kernel would send a packet: by rules (ip-rule(8)), of whatever table.
 */
struct route_question {
    struct ip to;
    struct ip from; /* family 0 = the kernel chooses */
    int out;        /* by this device alone; 0 = by any */
    int in;         /* as what comes from this device is forwarded; 0 = as the
                       namespace's own */
    bool matched;   /* answer with `len`, and without `from` */
};
struct route_answer {
    int ifindex;
    struct ip via;  /* family 0 = on the link */
    struct ip from; /* the source that the kernel chooses; family 0 = none */
    unsigned table; /* 0 = not told */
    uint8_t len;    /* of the prefix that fits */
};

/* -ENETUNREACH if there is no route, -EHOSTUNREACH, -EACCES or -EINVAL if it is
 * one that refuses (unreachable, prohibit, blackhole), -EXDEV if packets with
 * that source are not taken from `in` (rp_filter). */
int route_look(struct net *net, const struct route_question *question,
               struct route_answer *ret, struct err *err) MUST_CHECK;

/* Visits every unicast route of the main table, of both families. The visitor
 * must not use `net`. */
typedef void route_visit(void *data, const struct route_info *info);
int route_each(struct net *net, route_visit *visit, void *data,
               struct err *err) MUST_CHECK;
