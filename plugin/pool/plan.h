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

struct pool_plan {
    const struct vswitch_port **removes;
    size_t remove_count;
    size_t add_count; /* to be made */
    /* What it has seen: */
    size_t count;      /* ready ports, or what is to become one */
    size_t failed;     /* ... that the switch could not make */
    const char *why;   /* its words for one of these; the view owns them */
    size_t deviceless; /* ... whose device has gone */
    bool is_attaching; /* a port of a container is being made */
};

/* Reads the view, and counts the ports of each pool. `drops_deviceless`: ports
 * without a device have had their time. The view keeps the ports. */
void pool_plan_make(const struct vswitch_view *ports,
                    const struct bridges *bridges, const char *boot,
                    bool drops_deviceless, struct wanted_pools *pools,
                    struct pool_plan *ret);
void pool_plan_done(struct pool_plan *plan);
#define auto_pool_plan __attribute__((cleanup(pool_plan_done)))

/* Adds the operations that remove what is to go; those that fill the pools up,
 * with names from `nonce`. */
void pool_plan_remove(const struct pool_plan *plan, struct txn *txn);
void pool_plan_fill(const struct wanted_pools *pools,
                    const struct bridges *bridges, const char *boot,
                    uint64_t nonce, struct txn *txn);
