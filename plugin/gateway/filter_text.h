/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Our two rules in other filters, in the words of nft(8) and iptables(8).
 * filter.h decides where they go. Pure.
 *
 * They have the form of `iptables -I FORWARD -i ovsint-+ -m comment --comment
 * ovsint -j ACCEPT`, as iptables-nft refuses to show a table with a rule that
 * it does not know. The comment tells them from rules that an administrator has
 * made for our networks.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/nft/filter.h"

/* The commands that delete all rules of ours from the table and put two at each
 * spot. -EINVAL, with what to do by hand, if nft(8) cannot name the place;
 * -EMSGSIZE. */
int filter_commands(const struct filter_table *table,
                    const struct filter_opening *opening, struct buf *ret,
                    struct err *err) MUST_CHECK;

/* What an administrator can add to let our networks pass at this place. `old`:
 * it is a table of iptables-legacy. */
void filter_remedy(const struct filter_table *table,
                   const struct filter_spot *spot, bool old, struct buf *ret);
