/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges of Docker's own driver. Docker keeps its networks apart with rules
 * that ours stand before (nat_foreign.h), so what our containers send does not
 * come to them. Our table says the same in their place: to such a bridge only
 * published ports lead.
 */
#pragma once

#include "ovsint/buf.h"
#include "ovsint/link.h"

struct nat_apart {
    char (*devices)[IFNAME_SIZE];
    size_t count;
};

/* By kind and name: docker0, docker_gwbridge, br-0123456789ab. A bridge to
 * which an operator gave a name of his own is not known for one. */
bool nat_is_apart(const struct link_info *link);

/* Looks which there are. 1 when others than before; -EAGAIN when they changed
 * meanwhile. */
int nat_apart_read(struct net *host, struct nat_apart *apart,
                   struct err *err) MUST_CHECK;
void nat_apart_done(struct nat_apart *apart);

/* The commands that make the set equal to them. */
void nat_apart_rules(const struct nat_apart *apart, struct buf *ret);
