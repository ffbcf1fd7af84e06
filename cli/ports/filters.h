/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The packet filters of other programs. The kernel tells them to an
 * administrator only, so they are read before the program is confined.
 */
#pragma once

#include "ovsint/nft/look.h"

/* Calls `visit` for each filter that is not ours. What cannot be read is passed
 * over. */
void filters_each(nft_filter_visit *visit, void *data);
