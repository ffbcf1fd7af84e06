/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The old iptables ("iptables-legacy"): chain FORWARD of the table `filter`, of
 * both families. nftables neither sees nor overrules its rules.
 *
 * Pitfall: the kernel reports no changes, and a change replaces the whole table
 * that was read. So all who change it take turns, by a lock on a file.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/nft/filter.h"

/* False if nobody has a table `filter` of that kind in this network namespace.
 * Asking makes none. */
bool xtables_in_use(void);

/* Whoever changes rules by iptables-legacy holds it: XT_LOCK_NAME of iptables.
 */
#define XTABLES_LOCK "/run/xtables.lock"

/* Called for each family's table, with the spots that were found in it. */
typedef void xtables_visit(void *data, const struct filter_table *table,
                           const struct filter_opening *opening);

struct xtables_opening {
    const char *prefix;
    bool wanted;
    xtables_visit *visit;
    void *data;
};

/* If `wanted`, two rules accept what arrives and what leaves by devices whose
 * names begin with `prefix`, where filter_opening() says. If not, no chain has
 * such rules. Returns 1 if something was changed, 0 if all was right, -EAGAIN
 * while somebody else has the lock. */
int xtables_open(const struct xtables_opening *opening,
                 struct err *err) MUST_CHECK;
