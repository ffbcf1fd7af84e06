/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of the host that an endpoint is about to publish: chosen, and kept from
 * other calls until the endpoint's row shows them.
 */
#pragma once

#include "ovsint/base/list.h"
#include "plugin/gateway/gateway.h"
#include "plugin/gateway/port_request.h"

/* Embedded in a call that publishes. */
struct port_choice {
    struct gateway *gateway;
    struct nat_endpoint chosen; /* what the row will say */
    struct list link;           /* in the gateway's `choices` */
};

/* The caller then fills in the name of the port and its target, before it
 * chooses. */
void port_choice_begin(struct port_choice *choice, struct gateway *gateway);
void port_choice_end(struct port_choice *choice);

/* Chooses ports of the host for all requests, or for none: -EADDRINUSE with who
 * has the port, -EADDRNOTAVAIL, -EAFNOSUPPORT. */
int port_choice_make(struct port_choice *choice,
                     const struct port_request *requests, size_t count,
                     struct err *err) MUST_CHECK;
