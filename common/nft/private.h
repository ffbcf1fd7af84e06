/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to common/nft.
 */
#pragma once

#include "ovsint/nft/nft.h"

struct nft {
    char *table;
    int ask_fd;
    int hear_fd;
    /* Of the changes being read: no message has told yet which generation
     * they led to. */
    struct nft_changes untold;
    struct nft_changes pending; /* of others, not yet asked for */
    uint32_t heard;             /* the last generation that was told of */
    char *bytes;
};
