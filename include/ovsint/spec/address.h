/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the RFCs say of single addresses and of prefixes, and ranges of
 * addresses. Pure.
 */
#pragma once

#include "ovsint/base/parse.h"

#define RANGE_TEXT_SIZE (2 * IP_TEXT_SIZE)

/* Both ends belong to it. They have one family, and first <= last. */
struct ip_range {
    struct ip first;
    struct ip last;
};

/* "a-b", or a single address, which is a range of one. -EINVAL if it is
 * neither, mixes families, or is reversed. */
int ip_range_parse(const char *text, struct ip_range *ret) MUST_CHECK;
bool ip_range_has(const struct ip_range *range, const struct ip *ip);
void ip_range_format(const struct ip_range *range, char ret[RANGE_TEXT_SIZE]);

/* fe80::/10 (RFC 4291 2.5.6), 169.254.0.0/16 (RFC 3927). */
bool ip_is_link_local(const struct ip *ip);

/* NULL if a host of the subnet may have the address of `prefix`. Else why not,
 * as the end of a sentence: "is the network address", "is the broadcast
 * address", "is a multicast address", ... (RFC 1122 3.2.1.3, RFC 3021 for /31,
 * RFC 4291 2.6.1 for the subnet-router address, RFC 6164 for /127). */
const char *ip_unusable(const struct ip_prefix *prefix);

/* Addresses as numbers, for ranges. IPv4 addresses use the low 32 bits. */
typedef unsigned __int128 ip_number;

ip_number ip_to_number(const struct ip *ip);
struct ip ip_from_number(int family, ip_number number);

/* As ip_unusable(), but for a router on a link with prefixes of length `len`:
 * the subnet-router address of IPv6 is allowed. */
const char *ip_unusable_router(const struct ip *ip, uint8_t len);
