/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Chooses addresses from a subnet's range. It only proposes: the transaction in
 * OVSDB reserves the address, and fails if somebody else has taken it
 * meanwhile. The caller then adds that address to the used ones and asks
 * again.
 */
#pragma once

#include "ovsint/config/named_network.h"

/* `used` must have this order: for qsort() over struct ip. */
int ipam_compare(const void *a, const void *b);

/* Picks a free address of the range: not excluded, not the gateway, not the
 * network or broadcast address, not in `used` (which is sorted, and may hold
 * addresses of other subnets, and some twice). `seed` says where the search
 * begins: so a container that comes back finds its old address, and hooks that
 * run side by side rarely meet. -ENOSPC if there is none. */
int ipam_pick(const struct subnet *subnet, uint64_t seed, const struct ip *used,
              size_t used_count, struct ip *ret, struct err *err) MUST_CHECK;

/* Turns `ip_auto` into addresses: adds one of each subnet of the network to
 * those that the attachment has. Does nothing if `ip_auto` is not set. Errors
 * as ipam_pick(); the attachment is then unchanged. */
int ipam_fill(struct attachment *attachment,
              const struct named_network *network, uint64_t seed,
              const struct ip *used, size_t used_count,
              struct err *err) MUST_CHECK;
