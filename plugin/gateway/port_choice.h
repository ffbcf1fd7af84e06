/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
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
    bool by_podman; /* which keeps ports of the host itself as well */
    struct nat_endpoint chosen; /* what the row will say */
    struct list link;           /* in the gateway's `choices` */
};

/* Then port_choice_aim(), and port_choice_place(), before it chooses. */
void port_choice_begin(struct port_choice *choice, struct gateway *gateway);
void port_choice_end(struct port_choice *choice);

/* Whose ports they are, and where they lead. -EINVAL if the container has no
 * address. */
int port_choice_aim(struct port_choice *choice, const struct vswitch_port *row,
                    const struct nat_network *network,
                    struct err *err) MUST_CHECK;
/* Applies the network's `publish-ip` as far as the container has addresses of
 * that family. If it has none, port_choice_make() says what is wrong. */
void port_choice_place(const struct port_choice *choice,
                       const struct nat_network *network,
                       struct port_request **requests, size_t *count);

/* Chooses ports of the host for all requests, or for none: -EADDRINUSE with who
 * has the port, -EADDRNOTAVAIL, -EAFNOSUPPORT. */
int port_choice_make(struct port_choice *choice,
                     const struct port_request *requests, size_t count,
                     struct err *err) MUST_CHECK;
