/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Do the host's own addresses and routes leave room for a network that the host
 * is to be on? What the kernel lists goes in one by one, a reason comes out.
 * Pure.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/route.h"
#include "ovsint/rows/network_row.h"

struct host_collision {
    const struct network_row *row;
    int own; /* index of the host access port; -1 = none yet */
    /* The first one that was found: */
    const struct ip_prefix *wanted; /* NULL = none */
    struct ip_prefix found;
    int ifindex;
};

/* An addr_visit and a route_visit, for a struct host_collision. Visit all
 * addresses before the routes: the route of a subnet comes with its address,
 * and the address says more. */
void host_collision_address(void *collision, const struct addr_info *info);
void host_collision_route(void *collision, const struct route_info *route);

/* -EADDRINUSE with the reason why the network cannot be made. `device` is the
 * name of the device that was found. */
int host_collision_refuse(const struct host_collision *collision,
                          const char *device, struct err *err);

/* Does the host have the addresses that packets leaving the network are to get
 * (nat-source)? */
struct host_sources {
    const struct network_row *row;
    bool has4;
    bool has6;
};

bool host_sources_wanted(const struct network_row *row);
/* An addr_visit, for a struct host_sources. */
void host_sources_address(void *sources, const struct addr_info *info);
/* -EADDRNOTAVAIL if no device has one of them. */
int host_sources_check(const struct host_sources *sources,
                       struct err *err) MUST_CHECK;
