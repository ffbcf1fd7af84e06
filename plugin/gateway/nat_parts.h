/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Changes of the table that are too large for one turn of the loop: each
 * endpoint's elements go into it, or leave it, in several transactions, and
 * endpoints take turns. Pure.
 *
 * Pitfall: a key of a map stands in it once. So what shares a port of the host
 * or an address with a change that is not finished waits for it, however small
 * it is.
 */
#pragma once

#include "ovsint/base/list.h"
#include "plugin/gateway/nat_view.h"

struct nat_part;

struct nat_parts {
    struct list parts;      /* in the order in which they came */
    struct port_map *ports; /* ports of the host in them; NULL = none */
    unsigned turn;          /* the number of the part that was last */
};

void nat_parts_init(struct nat_parts *parts);
/* Forgets them all. */
void nat_parts_done(struct nat_parts *parts);
/* To where there is none. */
void nat_parts_move(struct nat_parts *from, struct nat_parts *to);

/* True if the endpoint's elements will come in parts; false if nothing is
 * against adding or deleting them right now. */
bool nat_parts_take(struct nat_parts *parts, enum nat_verb verb,
                    const struct nat_endpoint *endpoint) MUST_CHECK;

/* What a table that was just made lacks comes in parts, however small. */
void nat_parts_add(struct nat_parts *parts,
                   const struct nat_endpoint *endpoint);

static inline bool nat_parts_any(const struct nat_parts *parts)
{
    return !list_is_empty(&parts->parts);
}
/* The part whose turn it is; NULL = all is done. */
struct nat_part *nat_parts_next(struct nat_parts *parts);
/* Moves its next commands to *ret. */
void nat_part_cut(struct nat_part *part, struct buf *ret);
bool nat_part_is_done(const struct nat_part *part);
/* Adds the ports of the host that it is about. */
void nat_part_ports(const struct nat_part *part, struct port_map *ret);
/* Takes the ports of all parts off the map. */
void nat_parts_hold_back(const struct nat_parts *parts, struct port_map *map);
/* Call it for what is done. */
void nat_part_free(struct nat_parts *parts, struct nat_part *part);

/* Are elements of the endpoint with this port still to be added, or deleted? */
bool nat_parts_have(const struct nat_parts *parts, enum nat_verb verb,
                    const char *port);
/* Are elements still to be deleted that lead to one of these addresses? */
bool nat_parts_lead_to(const struct nat_parts *parts,
                       const struct nat_target *target);
