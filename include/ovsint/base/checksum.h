/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The checksum of IPv4, UDP, ICMP and IGMP (RFC 1071), over as many pieces as a
 * pseudo-header and its message have.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* Adds a piece to `total`, which begins as 0, or as numbers of a pseudo-header.
 * Only the last piece may have an odd size. 64 KiB in all are no overflow. */
static inline uint32_t checksum_add(uint32_t total, const void *bytes,
                                    size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i + 1 < size; i += 2)
        total += (uint32_t)at[i] << 8 | at[i + 1];
    return size % 2 ? total + ((uint32_t)at[size - 1] << 8) : total;
}

/* The checksum, in the host's byte order; 0 if one was in the sum and fits. */
static inline uint16_t checksum_end(uint32_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

/* That of an ICMPv6 message, whose own is 0 yet, between two addresses that
 * follow each other (RFC 8200 section 8.1, RFC 4443 section 2.3). */
static inline uint16_t checksum_icmpv6(const uint8_t addresses[32],
                                       const void *message, size_t size)
{
    uint32_t total =
        checksum_add((uint32_t)size + IPPROTO_ICMPV6, addresses, 32);

    return checksum_end(checksum_add(total, message, size));
}
