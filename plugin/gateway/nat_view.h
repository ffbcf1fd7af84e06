/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rows ask of the packet filter: the networks that reach the world,
 * and the ports that their endpoints publish. It reads
 * rows and logs what it cannot read in them.
 */
#pragma once

#include "plugin/daemon/bridges.h"
#include "plugin/gateway/nat_rules.h"

struct nat_endpoint {
    char port[IFNAME_SIZE];
    char *text; /* ID_PORTS as it was read */
    char *spec;
    struct published_list ports;
    struct nat_target target; /* its `ports` is not set */
};

struct nat_view {
    uint64_t fingerprint;         /* of all that it was made from */
    struct nat_network *networks; /* both by name */
    size_t network_count;
    struct nat_endpoint *endpoints;
    size_t endpoint_count;
};

/* Makes *ret from the rows, or returns false when they say what `last` was
 * made from. Takes over from `last` what is the same. Rows that cannot be read,
 * and ports that another endpoint has already, are logged and left out. Rows of
 * an earlier `boot` do not count. */
bool nat_view_read(const struct bridges *bridges,
                   const struct vswitch_view *rows, const char *boot,
                   const struct nat_view *last, struct nat_view *ret);
void nat_view_done(struct nat_view *view);

/* The addresses that published ports lead to: the first of each family. */
void nat_target_addresses(const struct attachment *attachment,
                          struct nat_target *ret);

/* The network's record as it is now: true for one that publishes ports. */
bool nat_network_of(const struct bridges *bridges, const char *network,
                    struct nat_network *ret);

/* Who has the port of the host, other than `except` (a port's name), or NULL.
 */
const struct nat_endpoint *nat_view_holder(const struct nat_view *view,
                                           uint8_t protocol,
                                           const struct ip *host, uint16_t port,
                                           const char *except);

/* The ports of the host that are not published in both, or not alike. */
void nat_view_changed(const struct nat_view *a, const struct nat_view *b,
                      struct port_map *ret);

/* The commands that lead from one to the other. */
void nat_view_change(const struct nat_view *from, const struct nat_view *to,
                     struct buf *ret);
/* The commands that make all of it anew. */
void nat_view_table(const struct nat_view *view,
                    const struct nat_opened *opened, size_t opened_count,
                    struct buf *ret);
