/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* They are read by a socket of their own; our own rules are left out by their
 * names. */
#include "cli/ports/filters.h"

#include "ovsint/rows/network_row.h"

void filters_each(nft_filter_visit *visit, void *data)
{
    static const struct nft_mark mark = {.prefix = HOST_PORT_PREFIX,
                                         .comment = FILTER_COMMENT};
    struct err ignored = {0};

    (void)!nft_look(NAT_TABLE, &mark, visit, data, &ignored);
}
