/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the host's own addresses and routes leave room for a network that the
 * host is to be on: what the kernel lists goes in one by one, a reason comes
 * out. Pure.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/route.h"
#include "ovsint/rows/network_row.h"

struct host_collision {
    const struct network_row *row;
    int own; /* index of the host access port; -1 = it is not there */
    /* The first one that was found: */
    const struct ip_prefix *wanted; /* NULL = none */
    struct ip_prefix found;
    int ifindex;
};

/* An addr_visit and a route_visit, with a struct host_collision. All addresses
 * come before the routes: a route of a subnet comes with its address, and the
 * address says more. */
void host_collision_address(void *collision, const struct addr_info *info);
void host_collision_route(void *collision, const struct route_info *route);

/* -EADDRINUSE: why the network cannot be; `device` has the index that was
 * found. */
int host_collision_refuse(const struct host_collision *collision,
                          const char *device, struct err *err);

/* Whether the host has the addresses that are to be given to what leaves the
 * network (nat-source). */
struct host_sources {
    const struct network_row *row;
    bool has4;
    bool has6;
};

bool host_sources_wanted(const struct network_row *row);
/* An addr_visit, with a struct host_sources. */
void host_sources_address(void *sources, const struct addr_info *info);
/* -EADDRNOTAVAIL for one that no device has. */
int host_sources_check(const struct host_sources *sources,
                       struct err *err) MUST_CHECK;
