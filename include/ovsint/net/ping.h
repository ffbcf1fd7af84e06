/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does an address answer, as seen from inside a namespace? Echo requests
 * (RFC 792, RFC 4443) over a raw socket of that namespace, and what the kernel
 * there knows of the way: the route, and the neighbour that it leads to (ARP,
 * neighbour discovery).
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

struct ping {
    int fd; /* -1 = closed */
    struct ip to;
    /* By which a link-local address is asked for, which may be beyond any
     * device of IPv6; 0 = the kernel chooses. The caller may set it. */
    int ifindex;
    uint16_t id;
    uint16_t sequence; /* of the last request */
};

#define PING_CLOSED ((struct ping){.fd = -1})

/* Opens the socket; needs CAP_NET_RAW, and the right to enter. Nothing is sent
 * yet. */
int ping_open(struct ping *ret, int netns_fd, const struct ip *to,
              struct err *err) MUST_CHECK;
void ping_close(struct ping *ping);
#define auto_ping __attribute__((cleanup(ping_close)))

enum ping_outcome {
    PING_ANSWERED,
    PING_SILENCE,   /* until the deadline */
    PING_NO_ROUTE,  /* the kernel has no way to send it */
    PING_FORBIDDEN, /* the kernel refuses to send it (a packet filter inside) */
    PING_REFUSED,   /* so does a route inside (prohibit, blackhole), or it is a
                       broadcast address */
    PING_UNREACHED, /* somebody has reported so: `from`, `type`, `code` */
};

struct ping_answer {
    enum ping_outcome outcome;
    unsigned sent;
    int64_t micros; /* PING_ANSWERED: the way there and back */
    struct ip from; /* PING_UNREACHED: who says so */
    uint8_t type;   /* ... of ICMP or ICMPv6 */
    uint8_t code;
};

/* Sends a request every PING_EVERY_MS until one is answered, refused, or
 * reported as undeliverable. Pitfall: if no neighbour answers, it is the kernel
 * itself that reports so after some seconds; path_find() tells. Negative if the
 * socket fails. */
#define PING_EVERY_MS 200
int ping_ask(struct ping *ping, struct deadline deadline,
             struct ping_answer *ret, struct err *err) MUST_CHECK;

/* What an error message of ICMP means, in words; never NULL. */
const char *ping_reason(int family, uint8_t type, uint8_t code);

struct path_hop {
    int ifindex;
    struct ip
        via; /* the neighbour that the kernel asks for: `to`, or a router */
    bool is_router;
    bool answers;   /* it has answered ARP or neighbour discovery */
    bool is_asked;  /* it was asked, and has not answered */
    struct mac mac; /* if it answers */
};

/* The route to the address (1), or 0 if there is none that leads anywhere.
 * `ifindex` as that of struct ping. */
int path_find(struct net *net, const struct ip *to, int ifindex,
              struct path_hop *ret, struct err *err) MUST_CHECK;
