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

#include "ovsint/err.h"

/* False where nobody of this network namespace has a table `filter` of that
 * kind; asking makes none. */
bool xtables_in_use(void);

/* With `wanted`, chains that do not let everything pass begin with two rules,
 * which accept what comes in, and what goes out, by devices whose names begin
 * with `prefix`; else no chain has such rules. 1 when something was done, 0
 * when all was right. -EAGAIN while somebody else has the lock. */
int xtables_pass(const char *prefix, bool wanted, struct err *err) MUST_CHECK;
