/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The rules of our table in the language of nft(8): the whole table, and
 * changes of it. Pure.
 *
 * Pitfall: the chains never depend on networks and ports. These are elements of
 * sets and maps: so a packet finds its rule at once, and a change is as small
 * as what has changed.
 */
#pragma once

#include "ovsint/rows/network_row.h"
#include "ovsint/rows/published.h"

#define NAT_TABLE_CLOSED "ovsint-closed"

/* A network with a host access port. */
struct nat_network {
    char device[IFNAME_SIZE];
    bool routes; /* mode=nat: the world can be reached */
    struct nat_family ipv4;
    struct nat_family ipv6;
    struct ip_prefix pools[LIMIT_ADDRESSES];
    size_t pool_count;
    /* for published ports that name no address of the host */
    struct ip publish_ips[2];
    size_t publish_ip_count; /* 0 = all addresses */
};

/* An endpoint with published ports. */
struct nat_target {
    const struct published_list *ports;
    struct ip ip4; /* family 0 = none */
    struct ip ip6;
    bool routed4; /* its network is NAT_ROUTED */
    bool routed6;
};

/* A forwarding device: a device of the host that forwards for our networks
 * alone. */
struct forwarding_device {
    char device[IFNAME_SIZE];
    bool ipv4;
    bool ipv6;
};

struct nat_wanted {
    const struct nat_network *networks;
    size_t network_count;
    const struct nat_target *targets;
    size_t target_count;
    const struct forwarding_device *forwarding;
    size_t forwarding_count;
};

/* Can rules name the device? The kernel allows more than the language of
 * nft(8), which has quotes around a name and "*" at the end of a prefix. */
bool nat_device_valid(const char *device);

enum nat_verb { NAT_ADD, NAT_DELETE };

/* The whole table, in place of whatever is there. */
void nat_rules_table(const struct nat_wanted *wanted, struct buf *ret);
void nat_rules_none(struct buf *ret);
/* A second table for the time that ours cannot be made: nothing is forwarded
 * from or to our networks. The two functions above remove it. */
void nat_rules_closed(struct buf *ret);
/* Changes of the table, which must exist. */
void nat_rules_network(enum nat_verb verb, const struct nat_network *network,
                       struct buf *ret);
void nat_rules_target(enum nat_verb verb, const struct nat_target *target,
                      struct buf *ret);
/* The same bit by bit: so many elements at most, and where it goes on. */
#define NAT_SLICE 1024
struct nat_cursor {
    struct published_cursor at;
    struct port_map *seen4; /* of a routed container */
    struct port_map *seen6;
};
static inline bool nat_cursor_is_done(const struct nat_cursor *cursor,
                                      const struct published_list *ports)
{
    return cursor->at.item == ports->count;
}
void nat_rules_slice(enum nat_verb verb, const struct nat_target *target,
                     struct nat_cursor *cursor, struct buf *ret);
void nat_cursor_done(struct nat_cursor *cursor);
bool forwarding_devices_same(const struct forwarding_device *a, size_t a_count,
                             const struct forwarding_device *b, size_t b_count);
void nat_rules_forwarding(const struct nat_wanted *wanted, struct buf *ret);
