/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the IPAM driver only: a pool of addresses, by its id.
 */
#pragma once

#include "ovsint/config/named_network.h"

/* "SUBNET" or "SUBNET RANGE". */
struct pool {
    struct ip_prefix prefix;
    struct ip_range range;
};

/* -EINVAL if it is none. */
int ipam_pool_read(const char *id, struct pool *ret,
                   struct err *err) MUST_CHECK;
