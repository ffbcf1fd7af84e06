/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bridges of Docker's own driver. other_filters.c puts our accept rules before
 * Docker's isolation rules, which therefore never see our packets. To keep
 * Docker's isolation, our own table drops traffic to Docker's bridges, except
 * to published ports.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/net/link.h"

struct docker_bridges {
    char (*devices)[IFNAME_SIZE];
    size_t count;
};

/* Is it one, by kind and name: docker0, docker_gwbridge, br-0123456789ab? A
 * bridge that an operator has named is not recognised. */
bool docker_bridges_have(const struct link_info *link);

/* Looks which bridges there are. 1 if they are others than before; -EAGAIN if
 * they changed meanwhile. */
int docker_bridges_read(struct net *host, struct docker_bridges *docker_bridges,
                        struct err *err) MUST_CHECK;
void docker_bridges_done(struct docker_bridges *docker_bridges);

/* Adds the commands that make the set equal to them. */
void docker_bridges_rules(const struct docker_bridges *docker_bridges,
                          struct buf *ret);
