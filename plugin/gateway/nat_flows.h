/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which connections of UDP the rules would not make any more. As long as
 * packets come, the kernel sends those of a connection where it sent the first
 * one. A sender that never pauses would reach for ever what was published
 * before.
 *
 * Pitfall: what has changed tells only of changes that this process has seen.
 * One that was killed may have left connections that nobody has forgotten. So
 * each that leads into a network of ours is held against the rows as well.
 * Pure.
 */
#pragma once

#include "ovsint/nft/conntrack.h"
#include "plugin/gateway/nat_view.h"

struct nat_flows {
    const struct nat_view *view;
    const struct port_map *changed; /* ports of the host; NULL = none */
    /* Nobody knows what else has changed. Else a connection that leads from
     * another port of the host to a container was not made by us. */
    bool has_strays;
    struct ip_prefix *pools; /* none in another one, sorted */
    size_t pool_count;
    /* Made when the first connection asks for them. The owner is the number of
     * the port of the container. */
    bool indexed;
    struct port_index at_host;
    struct port_index at_own; /* of networks that are routed */
};

void nat_flows_init(struct nat_flows *flows, const struct nat_view *view,
                    const struct port_map *changed, bool has_strays);
void nat_flows_done(struct nat_flows *flows);

/* As a struct conntrack_judge has it; `data` is a struct nat_flows. */
enum conntrack_verdict nat_flows_judge(void *data,
                                       const struct conntrack_flow *flow);
