/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Other filters: packet filters of other programs. A packet has to pass every
 * base chain of its hook. So if a chain of dockerd, firewalld or an
 * administrator drops by default it stops our networks, whatever our own table
 * says. For our devices two rules of ours accept what such a chain would drop
 * by default. They stand after all rules that drop under a condition, so bans
 * hold. What must not pass of our networks' packets is dropped by our own
 * table, whose drops are as final as theirs.
 */
#pragma once

#include "ovsint/nft/nft.h"

#define NAT_FOREIGN_TOLD 64

/* What was logged, so that it is logged once. */
struct other_filters {
    uint64_t told[NAT_FOREIGN_TOLD];
    size_t told_count;
};

/* Puts the two rules where they are missing, and removes those that stand
 * elsewhere; without `wanted`, all. What cannot be done is logged, and so are
 * rules that may be bans where an accept would be needed: a problem with one
 * table must not stop us at the next one. 1 if something was done, 0 if all was
 * right; -EAGAIN if another program is changing rules of iptables: try again
 * soon. */
int other_filters(struct other_filters *filters, struct nft *nft, bool wanted,
                  struct err *err) MUST_CHECK;
