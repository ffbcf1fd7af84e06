/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes in the main table of one namespace. Policy rules and other tables
 * are left to whoever made them.
 *
 * A reader would get wrong the order of taking over the default: first
 * route_take_default(), then route_add() of one's own default. The other way
 * round the new route replaces the old one, and nobody knows any more which
 * device had carried it.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* Routes `to` (length 0 = default; host bits are cleared) by this device,
 * through the gateway `via`, or on link when `via` is NULL or its family 0.
 * A route to the same prefix with the same metric is replaced. The device must
 * be up. The gateway must be reachable on the link: by a prefix of one of the
 * device's addresses, or by an on-link route added before, else -ENETUNREACH
 * (IPv4) or -EHOSTUNREACH (IPv6) with the kernel's sentence. */
int route_add(struct net *net, int ifindex, const struct ip_prefix *to,
              const struct ip *via, struct err *err) MUST_CHECK;

/* As route_add(), through a router that no prefix reaches: the kernel is told
 * that it is on the link (RTNH_F_ONLINK) and asks there for its MAC. */
int route_add_far(struct net *net, int ifindex, const struct ip_prefix *to,
                  const struct ip *via, struct err *err) MUST_CHECK;

/* Clears the way for `ifindex` as the default device: every other device that
 * carries a default route (IPv4 or IPv6, any metric, alone or in a multipath
 * route) of the main table is set down, by which the kernel drops all its
 * routes. Addresses of those devices stay (IPv4) or go with the kernel's
 * habit (IPv6); the loopback device and default routes without a device
 * (unreachable, blackhole) are left alone. Nothing to do is success. -EAGAIN
 * when others keep making default routes all the while. */
int route_take_default(struct net *net, int ifindex,
                       struct err *err) MUST_CHECK;

/* -ESRCH when there is no such route. */
struct route_info;
int route_del(struct net *net, const struct route_info *route,
              struct err *err) MUST_CHECK;

struct route_info {
    struct ip_prefix to;
    struct ip via; /* family 0 = on link */
    int ifindex;   /* 0 = none; of a multipath route each live hop is shown */
    unsigned metric;
    bool advertised; /* by a router, in IPv6 */
};

/* Shows every unicast route of the main table, both families, to `visit`,
 * which must not use `net`. */
typedef void route_visit(void *data, const struct route_info *info);
int route_each(struct net *net, route_visit *visit, void *data,
               struct err *err) MUST_CHECK;
