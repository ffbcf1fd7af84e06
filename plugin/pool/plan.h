/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is to be done about the pools, from what is wanted and what rows show:
 * ports that nobody wants, that are of an earlier boot, or that have come to
 * nothing, go; and a pool of which half has been taken is filled up, together
 * with all others, as that is one change for the switch. Pure.
 */
#pragma once

#include "ovsint/ovsdb/txn.h"
#include "plugin/pool/wanted.h"

/* How long a pool waits after the switch could not make a port of it. */
#define POOL_RETRY_MS 30000

struct pool_plan {
    const struct vswitch_port **removes;
    size_t remove_count;
    size_t add_count; /* to be made */
    /* What it has seen: */
    size_t count;      /* ready ports, or what is to become one */
    size_t deviceless; /* ... whose device has gone */
    bool is_attaching; /* a port of a container is being made */
    /* When the first of the pools that wait may be filled; 0 = none waits. */
    uint64_t retry_ms;
};

struct pool_moment {
    uint64_t now_ms;
    bool drops_deviceless; /* ports without a device have had their time */
    bool goes_on; /* the last filling was cut off: it does not count that less
                     than half is missing */
};

/* Reads the view, and counts the ports of each pool. The view keeps the
 * ports. */
void pool_plan_make(const struct vswitch_view *ports,
                    const struct bridges *bridges, const char *boot,
                    const struct pool_moment *moment,
                    struct wanted_pools *pools, struct pool_plan *ret);
void pool_plan_done(struct pool_plan *plan);
#define auto_pool_plan __attribute__((cleanup(pool_plan_done)))

/* Adds the operations that remove what is to go; those that fill the pools up,
 * with names from `nonce`. Returns how many ports those make: fewer than
 * `add_count` if that would be too much for one transaction. */
void pool_plan_remove(const struct pool_plan *plan, struct txn *txn);
size_t pool_plan_fill(const struct wanted_pools *pools,
                      const struct bridges *bridges, const char *boot,
                      uint64_t now_ms, uint64_t nonce, struct txn *txn);
