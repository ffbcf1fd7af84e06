/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the model only: addresses as numbers, for ranges. IPv4 addresses use
 * the low 32 bits.
 */
#pragma once

#include "ovsint/network.h"

typedef unsigned __int128 ip_number;

ip_number ip_to_number(const struct ip *ip);
struct ip ip_from_number(int family, ip_number number);

/* As ip_unusable() for a router on a link with prefixes of length `len`: the
 * subnet-router address of IPv6 is just that. */
const char *ip_unusable_router(const struct ip *ip, uint8_t len);
