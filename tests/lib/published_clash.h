/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who has a port of the host, found by a look at all ports there are: what the
 * index of the gateway has to say as well (plugin/gateway/port_index.h).
 */
#pragma once

#include "ovsint/rows/published.h"

static inline bool published_hosts_overlap(const struct ip *a,
                                           const struct ip *b)
{
    if (!a->family || !b->family)
        return true;
    if (a->family != b->family)
        return false;
    return ip_is_any(a) || ip_is_any(b) || ip_equal(a, b);
}

/* Would the host need this port twice? */
static inline bool published_list_clash(const struct published_list *list,
                                        uint8_t protocol, const struct ip *host,
                                        uint16_t port)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct published *item = &list->items[i];
        if (item->protocol == protocol && port >= item->host_port &&
            port - item->host_port < (int64_t)item->count &&
            published_hosts_overlap(&item->host, host))
            return true;
    }
    return false;
}
