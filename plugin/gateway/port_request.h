/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A port request: a port of a container that is to be published, before a port
 * of the host was chosen for it. Pure.
 */
#pragma once

#include "ovsint/rows/published.h"

/* Any port of the host from `first` to `last`; 0 and 0 = any port at all. */
struct port_request {
    uint8_t protocol;
    struct ip host; /* family 0 = every address of both families */
    uint16_t port;
    uint16_t first;
    uint16_t last;
};

/* Replaces requests that name no address of the host by one for each of `ips`.
 * The caller frees *requests as before. */
void port_requests_place(struct port_request **requests, size_t *count,
                         const struct ip *ips, size_t ip_count);

/* Can the list be the outcome of these requests? */
bool port_requests_satisfied(const struct port_request *requests, size_t count,
                             const struct published_list *list);
