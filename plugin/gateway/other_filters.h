/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet filters of somebody else. A packet has to pass every base chain of the
 * hook that it comes to. So a chain of dockerd, firewalld or an administrator
 * that drops by default would stop our networks, whatever our own table says.
 * For our devices two rules of ours accept what such a chain would drop by
 * default. They stand behind all rules that drop under a condition, so bans
 * hold; and our own table, whose drops are as final as theirs, says what of our
 * networks' packets must not pass.
 */
#pragma once

#include "ovsint/nft/nft.h"

#define NAT_FOREIGN_TOLD 64

/* What the log has been told, so that it is told once. */
struct other_filters {
    uint64_t told[NAT_FOREIGN_TOLD];
    size_t told_count;
};

/* Puts the two rules where they are wanted and not there, and takes away the
 * others; with `wanted` false, all. What cannot be done, and rules that may be
 * bans where an accept would be needed, are logged: somebody else's table must
 * not keep us from the next one. 1 when something was done, 0 when all was
 * right; -EAGAIN when it has to be tried again soon, as somebody else is
 * changing rules of iptables. */
int other_filters(struct other_filters *foreign, struct nft *nft, bool wanted,
                  struct err *err) MUST_CHECK;
