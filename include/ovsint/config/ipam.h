/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing addresses out of a subnet's range. It only proposes: the OVSDB
 * transaction reserves, and refuses an address that somebody else took in the
 * meantime; then the caller adds it to the used ones and asks again.
 */
#pragma once

#include "ovsint/config/named_network.h"

/* The order that `used` must have: qsort() over struct ip with this. */
int ipam_compare(const void *a, const void *b);

/* A free address of the range: not excluded, not the gateway, not the network
 * or broadcast address, not in `used` (sorted; may hold addresses of other
 * subnets and repeat itself). The search begins at a place that `seed` gives,
 * so that a container that comes back finds its old address and hooks that run
 * side by side rarely meet. -ENOSPC when there is none. */
int ipam_pick(const struct subnet *subnet, uint64_t seed, const struct ip *used,
              size_t used_count, struct ip *ret, struct err *err) MUST_CHECK;

/* Turns `ip_auto` into addresses: one of each subnet of its network, appended
 * to those it has. Does nothing when `ip_auto` is not set. Errors as
 * ipam_pick(); the attachment is then unchanged. */
int ipam_fill(struct attachment *attachment,
              const struct named_network *network, uint64_t seed,
              const struct ip *used, size_t used_count,
              struct err *err) MUST_CHECK;
