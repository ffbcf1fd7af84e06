/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FNV-1a, 64 bits: begins with HASH_BEGIN, and one thing is added after the
 * other. No defence against somebody who looks for collisions.
 */
#pragma once

#include <stdint.h>

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* With its NUL, so that the border between two texts counts; NULL is "". */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = hash_byte(hash, (uint8_t)*text);
    return hash_byte(hash, 0);
}
