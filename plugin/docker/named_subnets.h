/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker's address management may do on a network of the configuration:
 * the administrator's subnets are the frame, Docker gives addresses within it.
 * Networks without subnets leave it all to Docker. Pure.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/spec/attachment.h"

/* Whether the subnets, gateways and host addresses that Docker has chosen fit,
 * and an endpoint's address. -EINVAL. */
int named_subnets_check(const struct named_network *network,
                        const struct network_row *row,
                        struct err *err) MUST_CHECK;
int named_subnets_check_address(const struct named_network *network,
                                const struct ip_prefix *address,
                                struct err *err) MUST_CHECK;

/* Adds the routers of the subnets that it has addresses in, one per family. */
void named_subnets_add_routers(const struct named_network *network,
                               struct attachment *a);
