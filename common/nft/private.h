/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/nft.
 */
#pragma once

#include "ovsint/nft/nft.h"

struct nft {
    char *table;
    int ask_fd;
    int hear_fd;
    /* Changes whose generation no message has told yet. */
    struct nft_changes untold;
    struct nft_changes pending; /* made by others and not yet asked for */
    uint32_t heard; /* the last generation that a message has told */
    char *bytes;
};
