/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The iptables of old ("iptables-legacy"), whose rules nftables neither sees
 * nor overrules: chain FORWARD of table `filter`, of both families.
 *
 * What a reader would get wrong: the kernel tells nobody of changes, and a
 * change is a new table in the place of the one that was read. So all who
 * change it take turns, by a lock on a file.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/nft/filter.h"

/* False where nobody of this network namespace has a table `filter` of that
 * kind; asking makes none. */
bool xtables_in_use(void);

/* Called for each family's table, with what it came to. */
typedef void xtables_visit(void *data, const struct filter_table *table,
                           const struct filter_opening *opening);

struct xtables_opening {
    const char *prefix;
    bool wanted;
    xtables_visit *visit;
    void *data;
};

/* With `wanted`, two rules accept what comes in, and what goes out, by devices
 * whose names begin with `prefix`, in the place that filter_opening() finds;
 * else no chain has such rules. 1 when something was done, 0 when all was
 * right. -EAGAIN while somebody else has the lock. */
int xtables_open(const struct xtables_opening *opening,
                 struct err *err) MUST_CHECK;
