/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What each fuzz_<name>.c defines. The same file is linked to libFuzzer (`make
 * fuzz`) and to replay.c (`make check-fuzz`). It aborts if a property does not
 * hold.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_REQUIRE(cond)                                                  \
    do {                                                                    \
        if (!(cond)) {                                                      \
            fprintf(stderr, "%s:%d: not: %s\n", __FILE__, __LINE__, #cond); \
            abort();                                                        \
        }                                                                   \
    } while (0)
