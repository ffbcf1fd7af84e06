/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Looks at the packet filters of others without changing anything, for a
 * program that does not keep rules. Needs CAP_NET_ADMIN while it asks.
 */
#pragma once

#include "ovsint/nft/nft.h"

/* As nft_filters(), by a descriptor of its own; `own` is our table of family
 * inet, which is left out. */
int nft_look(const char *own, const struct nft_mark *mark,
             nft_filter_visit *visit, void *data, struct err *err) MUST_CHECK;
