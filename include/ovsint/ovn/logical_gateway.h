/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The gateway of a logical switch that is on every host: one port of type
 * localport, with one MAC and the same addresses everywhere. ovn-controller
 * binds it on each host that has a port with its iface-id, and nothing of it
 * leaves that host. So each host is the router of its own containers.
 *
 * Whoever comes first makes it. It has a key for each network that uses it, on
 * any host, and goes with the last one. Parts of a transaction in OVN's
 * northbound database, and what its replies say. Pure.
 */
#pragma once

#include "ovsint/ovn/logical_switch.h"

#define LOGICAL_GATEWAY_SIZE (NETWORK_NAME_SIZE + 16)

/* Its name, which is its iface-id; and its MAC. */
void logical_gateway_name(const char *on, char ret[LOGICAL_GATEWAY_SIZE]);
struct mac logical_gateway_mac(const char *on);

/* What a network of this host wants of it. The caller keeps the texts. */
struct logical_gateway {
    const char *on;      /* name of the switch */
    const char *network; /* its id */
    const char *host;
    const struct ip_prefix *ips;
    size_t ip_count;
};

struct logical_gateway_found {
    struct northbound_switch on;
    bool is_there;
    bool is_used; /* by this network of this host */
};

/* Adds the selects that logical_gateway_read() reads, as the first ones. */
void logical_gateway_look(struct txn *txn, const struct logical_gateway *is);
/* -ENOENT, -EEXIST: the switch, as northbound_read_look(); -EINVAL: other hosts
 * have other addresses there; -EADDRINUSE: a port has one of them. */
int logical_gateway_read(const struct json *result,
                         const struct logical_gateway *is,
                         struct logical_gateway_found *ret,
                         struct err *err) MUST_CHECK;
/* Makes it, or notes the network on it, guarded: all is as it was found. */
void logical_gateway_use(struct txn *txn, const struct logical_gateway *is,
                         const struct logical_gateway_found *found);

/* Adds the select of all of them; returns its index. The other functions are
 * for a row of its reply. */
size_t logical_gateways_select(struct txn *txn);
/* The next network of this host that uses it; false = no more. Begin with *at =
 * 0. */
bool logical_gateway_next(const struct json *row, const char *host, size_t *at,
                          char ret[DOCKER_ID_SIZE]);
/* Notes that the network of the host uses it no more. */
void logical_gateway_leave(struct txn *txn, const char *uuid,
                           const char *network, const char *host);
/* Removes it, guarded: it is as the row says, and no network uses it. */
void logical_gateway_remove(struct txn *txn, const struct json *row);
