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
    struct published_cursor cursor = {0};
    struct published one;
    size_t i = 0;

    for (; published_next(list, &cursor, &one); i++) {
        const struct port_request *request = &requests[i];
        if (i == count || one.protocol != request->protocol ||
            !ip_equal(&one.host, &request->host) || one.port != request->port ||
            (request->first != 0 &&
             (one.host_port < request->first || one.host_port > request->last)))
            return false;
    }
    return i == count;
}
