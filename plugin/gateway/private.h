/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the gateway only: what its files share.
 */
#pragma once

#include "plugin/daemon/host.h"
#include "plugin/gateway/gateway.h"

struct asked;
struct host_ports;
struct logical_gateways;
struct nat;
struct port_turns;

struct gateway {
    struct host *host;
    struct host_subscriber subscriber;
    struct nat *nat; /* NULL = the packet filter is left alone */
    struct host_ports *host_ports;
    struct northbound *northbound;    /* with the next one */
    struct logical_gateways *logical; /* NULL = OVN is left alone */
    struct asked *asked;              /* NULL without packet filter */
    struct port_turns *turns;         /* of choices that take long */
    struct list choices;     /* ports that calls have chosen: port_choice.c */
    uint16_t last_ephemeral; /* port of the host that was chosen last */
    gateway_on_change *on_change;
    void *data;
};

/* Looks at what doors have asked for, then calls `on_change`. */
void gateway_changed(const struct gateway *gateway);
