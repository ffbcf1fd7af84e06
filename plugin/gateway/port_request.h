/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port of a container that is to be published, before a port of the host has
 * been chosen for it. Pure.
 */
#pragma once

#include "ovsint/rows/published.h"

/* Any of the host's ports from `first` to `last`; 0 and 0 = any at all. */
struct port_request {
    uint8_t protocol;
    struct ip host; /* family 0 = every address of either family */
    uint16_t port;
    uint16_t first;
    uint16_t last;
};

/* Gives those without an address of the host one request for each of `ips`; the
 * caller frees what is in *requests as before. */
void port_requests_place(struct port_request **requests, size_t *count,
                         const struct ip *ips, size_t ip_count);

/* True when the list is one that can come of the requests. */
bool port_requests_satisfied(const struct port_request *requests, size_t count,
                             const struct published_list *list);
