/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges of Docker's own driver. Docker keeps its networks apart with rules
 * that ours stand before (other_filters.h), so what our containers send does
 * not come to them. Our table says the same in their place: to such a bridge
 * only published ports lead.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/net/link.h"

struct docker_bridges {
    char (*devices)[IFNAME_SIZE];
    size_t count;
};

/* By kind and name: docker0, docker_gwbridge, br-0123456789ab. A bridge to
 * which an operator gave a name of his own is not known for one. */
bool docker_bridges_have(const struct link_info *link);

/* Looks which there are. 1 when others than before; -EAGAIN when they changed
 * meanwhile. */
int docker_bridges_read(struct net *host, struct docker_bridges *docker_bridges,
                        struct err *err) MUST_CHECK;
void docker_bridges_done(struct docker_bridges *docker_bridges);

/* The commands that make the set equal to them. */
void docker_bridges_rules(const struct docker_bridges *docker_bridges,
                          struct buf *ret);
