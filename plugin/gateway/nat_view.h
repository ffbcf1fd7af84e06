/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the rows ask of the packet filter: the networks that reach the world,
 * and the ports that their endpoints publish. It reads rows, and logs what it
 * cannot read.
 */
#pragma once

#include "plugin/daemon/bridges.h"
#include "plugin/gateway/nat_rules.h"
#include "plugin/gateway/port_index.h"

struct nat_parts;

struct nat_endpoint {
    char port[IFNAME_SIZE];
    char *text; /* ID_PORTS as it was read */
    char *spec;
    struct published_list ports;
    struct nat_target target; /* its `ports` is not set */
    uint32_t owner;           /* in the index */
    const char *reason; /* scratch: why it cannot be in the view; or NULL */
};

/* An endpoint whose published ports are not in the view, and why. */
struct nat_left_out {
    char port[IFNAME_SIZE];
    const char *reason;
};

/* Who has which port of the host. They stand in the order in which they came,
 * and the index can be cut at each: so one that comes costs nothing of those
 * that are there already. */
struct nat_owner {
    char port[IFNAME_SIZE];
    size_t before; /* entries of the index */
};

struct nat_owners {
    struct nat_owner *list;
    size_t count;
    size_t room;
    struct port_index index;  /* an owner is a number in the list */
    struct port_map *numbers; /* at least those in the index */
};

struct nat_view {
    uint64_t fingerprint;         /* a hash of all that it was made from */
    struct nat_network *networks; /* both sorted by name */
    size_t network_count;
    struct nat_endpoint *endpoints;
    size_t endpoint_count;
    struct nat_left_out *left_out;
    size_t left_out_count;
    struct nat_owners owners;
    size_t port_count;
};

/* Makes *ret from the rows. False if they say what `last` was made from. What
 * has not changed is taken over from `last`, the owners are taken from it. Rows
 * that cannot be read, and ports that another endpoint has already, are logged
 * and left out; who has them in `last` keeps them. Rows of an earlier `boot` do
 * not count. */
bool nat_view_read(const struct bridges *bridges,
                   const struct vswitch_view *rows, const char *boot,
                   struct nat_view *last, struct nat_view *ret);
void nat_view_done(struct nat_view *view);

/* Why the ports of this endpoint are left out; NULL = they are not. */
const char *nat_view_left_out(const struct nat_view *view, const char *port);

/* The addresses that published ports lead to: the first one of each family. */
void nat_target_addresses(const struct attachment *attachment,
                          struct nat_target *ret);

/* The network as its row has it now. True if it publishes ports. */
bool nat_network_of(const struct bridges *bridges, const char *network,
                    struct nat_network *ret);

/* The endpoint with this port; or NULL. */
const struct nat_endpoint *nat_view_find(const struct nat_view *view,
                                         const char *port);
/* How many ports the view has, but for those of one endpoint. */
size_t nat_view_port_count(const struct nat_view *view, const char *except);

/* The endpoint that has this port of the host, other than `except` (a port's
 * name); or NULL. */
const struct nat_endpoint *nat_view_holder(const struct nat_view *view,
                                           uint8_t protocol,
                                           const struct ip *host, uint16_t port,
                                           const char *except);

/* The ports of the host that only one of the views publishes, or that lead
 * elsewhere in the other. */
void nat_view_changed(const struct nat_view *a, const struct nat_view *b,
                      struct port_map *ret);

/* Visits those of `a` that `b` lacks or has with other values. */
typedef void nat_endpoint_visit(const struct nat_endpoint *endpoint,
                                void *data);
void nat_view_leaving(const struct nat_view *a, const struct nat_view *b,
                      nat_endpoint_visit *visit, void *data);

/* Has `b` a network that `a` lacks? */
bool nat_view_has_new_networks(const struct nat_view *a,
                               const struct nat_view *b);

/* The commands that lead from one view to the other; those of large endpoints
 * go to `parts`, as far as it takes them. NULL = none of them. */
void nat_view_change(const struct nat_view *from, const struct nat_view *to,
                     struct nat_parts *parts, struct buf *ret);
/* The commands that make everything anew. With `parts`, endpoints whose ports
 * are too many for one turn go there. */
void nat_view_table(const struct nat_view *view,
                    const struct forwarding_device *forwarding,
                    size_t forwarding_count, struct nat_parts *parts,
                    struct buf *ret);
