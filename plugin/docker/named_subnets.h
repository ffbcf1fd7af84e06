/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What Docker's address management may do on a named network: Docker gives
 * addresses, within the administrator's subnets. A network without subnets
 * leaves it all to Docker. Pure.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/spec/attachment.h"

/* Do the subnets, gateways and host addresses that Docker has chosen fit? Does
 * an endpoint's address? -EINVAL. */
int named_subnets_check(const struct named_network *network,
                        const struct network_row *row,
                        struct err *err) MUST_CHECK;
int named_subnets_check_address(const struct named_network *network,
                                const struct ip_prefix *address,
                                struct err *err) MUST_CHECK;

/* Adds the routers of the subnets that it has addresses in, one of each
 * family. */
void named_subnets_add_routers(const struct named_network *network,
                               struct attachment *a);
