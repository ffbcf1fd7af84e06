/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The checksum of IPv4, UDP, ICMP and IGMP (RFC 1071), over as many pieces as a
 * pseudo-header and its message have.
 */
#pragma once

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
