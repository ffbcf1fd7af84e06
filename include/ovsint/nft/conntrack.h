/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Connections that the kernel tracks. Pitfall: a connection's first packet
 * decides how its addresses are translated, and new rules change nothing for
 * it. With UDP, what the kernel takes for a connection lasts as long as
 * somebody sends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"

/* A connection of UDP, as its first packet was sent, and where it leads. */
struct conntrack_flow {
    struct ip from;
    struct ip to;
    uint16_t port;
    struct ip at; /* who gets it: `to`, unless that is translated */
    uint16_t at_port;
};

enum conntrack_verdict {
    CONNTRACK_KEEP,
    CONNTRACK_FORGET_TO_HOST,   /* if it was sent to an address of the host */
    CONNTRACK_FORGET_FORWARDED, /* if the host has not sent or got it */
    CONNTRACK_FORGET_EITHER,    /* if one of these holds */
};
struct conntrack_judge {
    enum conntrack_verdict (*judge)(void *data,
                                    const struct conntrack_flow *flow);
    void *data;
};

/* A search among all connections, for those of UDP that are to be forgotten, so
 * that the next packet counts as a first one. Those in a zone, as Open vSwitch
 * tracks them, are not looked at. A host may have hundreds of thousands: so it
 * goes in turns. Connections that come meanwhile are found or not. */
struct conntrack_search;
int conntrack_search_open(struct conntrack_search **ret,
                          struct err *err) MUST_CHECK;
void conntrack_search_close(struct conntrack_search *search);

/* Looks at the next ones, some thousands, and forgets those that `judge` says.
 * 1 = there are more, 0 = those were the last. */
int conntrack_search_go_on(struct conntrack_search *search,
                           const struct conntrack_judge *judge,
                           struct err *err) MUST_CHECK;
