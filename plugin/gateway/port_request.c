/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A list of ports is compared with the requests port by port, so items that are
 * ranges are split.
 */
#include "plugin/gateway/port_request.h"

void port_requests_place(struct port_request **requests, size_t *count,
                         const struct ip *ips, size_t ip_count)
{
    if (ip_count == 0)
        return;
    struct port_request *placed = mem_new(*count * ip_count * sizeof(*placed));
    size_t placed_count = 0;
    for (size_t w = 0; w < *count; w++) {
        size_t copies = (*requests)[w].host.family ? 1 : ip_count;
        for (size_t i = 0; i < copies; i++) {
            struct port_request *request = &placed[placed_count++];
            *request = (*requests)[w];
            if (!request->host.family)
                request->host = ips[i];
        }
    }
    free(*requests);
    *requests = placed;
    *count = placed_count;
}

bool port_requests_satisfied(const struct port_request *requests, size_t count,
                             const struct published_list *list)
{
    size_t at = 0;   /* index of the item */
    uint32_t of = 0; /* index of its port within the item */

    for (size_t i = 0; i < count; i++) {
        const struct port_request *request = &requests[i];
        if (at == list->count)
            return false;
        const struct published *item = &list->items[at];
        uint32_t host_port = item->host_port + of;
        if (item->protocol != request->protocol ||
            !ip_equal(&item->host, &request->host) ||
            item->port + of != request->port ||
            (request->first != 0 &&
             (host_port < request->first || host_port > request->last)))
            return false;
        if (++of == item->count) {
            of = 0;
            at++;
        }
    }
    return at == list->count;
}
