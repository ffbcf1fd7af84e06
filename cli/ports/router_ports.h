/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Where routers of OVN's are on logical switches: a logical port of type router
 * on the switch, and the router's port that its options name (ovn-nb(5)). Both
 * are few, so all are asked for. Pure. */
#pragma once

#include "ovsint/base/parse.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"

#define ROUTER_PORTS_OPS 2

/* Adds ROUTER_PORTS_OPS selects, and returns the index of the first one. */
size_t router_ports_select(struct txn *txn);

struct router_end {
    const char *on_switch;   /* uuid of the logical port on the switch */
    const struct json *port; /* the router's: name, mac, networks */
};

/* The next one that leads to a router; false = no more. `op` is what
 * router_ports_select() has returned. Begin with *at = 0. The reply's owner
 * keeps what *ret points to. */
bool router_ports_next(const struct json *result, size_t op, size_t *at,
                       struct router_end *ret);

/* Has the router's port that address: one of its networks, or the link-local
 * one that follows from its MAC? */
bool router_port_has(const struct json *port, const struct ip *ip);
