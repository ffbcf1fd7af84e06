/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Logical ports of this host whose port has gone: they hold their addresses for
 * ever, as nobody else may tell a host that is dead from one that is cut off. A
 * door that was killed between two databases leaves one; so does one that could
 * not reach the northbound database when a container ended, and a transaction
 * that a relay carried out long after everybody had given it up.
 *
 *   1. A logical port is there, and its port is not: it is noted.
 *   2. If that is still so when a call that writes both has had its time, it is
 *      removed; but not while the guardian is about to restore the port's rows.
 */
#pragma once

#include "plugin/daemon/northbound.h"
#include "plugin/guard/guardian.h"

struct orphans;

struct orphans *orphans_open(uv_loop_t *loop, struct host *host,
                             struct northbound *northbound,
                             const struct guardian *guardian);
/* NULL is fine. The memory is freed when the loop has closed it. */
void orphans_close(struct orphans *orphans);
