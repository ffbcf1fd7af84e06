/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's packet filters. A packet has to pass every base chain of the
 * hook that it comes to, so one that dockerd, firewalld or an administrator
 * has made and that drops by default would stop our networks whatever our own
 * table says. At the head of each such chain stand two rules of ours that let
 * everything pass that comes from, or goes to, one of our devices. That opens
 * nothing: our own table, whose drops are as final as theirs, says what of it
 * must not pass.
 */
#pragma once

#include "ovsint/nft.h"

/* Puts the two rules where they are wanted and not there, and takes away the
 * others; with `wanted` false, all. What cannot be done is logged: somebody
 * else's chain must not keep us from the next one. 1 when something was done,
 * 0 when all was right; -EAGAIN when it has to be tried again soon, as somebody
 * else is changing rules of iptables. */
int nat_foreign(struct nft *nft, bool wanted, struct err *err) MUST_CHECK;
