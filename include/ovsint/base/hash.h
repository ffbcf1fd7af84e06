/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * FNV-1a, 64 bits. A hash starts as HASH_BEGIN, and each call adds one thing.
 * It does not resist somebody who looks for collisions.
 */
#pragma once

#include <stdint.h>

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* Includes the NUL, so that "a", "bc" and "ab", "c" differ. NULL counts as
 * "". */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = hash_byte(hash, (uint8_t)*text);
    return hash_byte(hash, 0);
}
