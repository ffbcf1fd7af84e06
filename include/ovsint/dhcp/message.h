/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a DHCP client sends and receives, as whole Ethernet frames: the client
 * has no address yet, so no socket of the kernel's IP can speak for it. Pure.
 *
 * Sources: RFC 2131 (section 2: the message, 4.1: how it is addressed, table 5:
 * which options go with which message), RFC 2132 (options), RFC 3396 (long
 * options come in parts), RFC 3397 (domains), RFC 3442 (routes), RFC 4361 and
 * RFC 2132 section 9.14 (client identifiers), RFC 5227 section 2.1.1 (the ARP
 * probe), RFC 768 and RFC 791.
 *
 * Pitfall: the checksum of UDP is not judged. A server on the same host leaves
 * it to a card that its frame never reaches, so it is wrong there, and the
 * frame is not. That of IPv4 is judged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"

#define DHCP_FRAME_SIZE 1024 /* of a frame that we send */
#define DHCP_ID_SIZE 64      /* bytes of a client identifier */
#define DHCP_HOSTNAME_SIZE 64
#define DHCP_DNS_SERVERS 3 /* as many as a resolver asks: resolv.conf(5) */
#define DHCP_SEARCH_SIZE 256
#define DHCP_FOREVER UINT32_MAX /* of a lease (RFC 2131 section 3.3) */

/* Who asks. */
struct dhcp_client {
    struct mac mac;
    /* Option 61, with its type; none = type 1 and the MAC. */
    uint8_t id[DHCP_ID_SIZE];
    size_t id_size;
    char hostname[DHCP_HOSTNAME_SIZE]; /* "" = none */
};

struct dhcp_route {
    struct ip_prefix to;
    struct ip via;
};

/* What a server says of DNS. */
struct dhcp_dns {
    struct ip servers[DHCP_DNS_SERVERS];
    size_t server_count;
    char search[DHCP_SEARCH_SIZE]; /* domains, separated by spaces */
};

/* What a server gives. */
struct dhcp_lease {
    struct ip_prefix address;
    struct ip server; /* its identifier */
    /* Who brought its answer: the server, or the relay on the way to it. */
    struct mac server_mac;
    struct ip router; /* family 0 = none */
    /* If it has any, they stand for the router, too. */
    struct dhcp_route routes[LIMIT_ROUTES];
    size_t route_count;
    struct dhcp_dns dns;
    /* Seconds from `begun_ms` on; DHCP_FOREVER for all three = no end. */
    uint32_t renew_s;
    uint32_t rebind_s;
    uint32_t lease_s;
    int64_t begun_ms; /* when it was asked for */
};

enum dhcp_type {
    DHCP_DISCOVER = 1,
    DHCP_OFFER = 2,
    DHCP_REQUEST = 3,
    DHCP_DECLINE = 4,
    DHCP_ACK = 5,
    DHCP_NAK = 6,
    DHCP_RELEASE = 7,
};

struct dhcp_frame {
    uint8_t bytes[DHCP_FRAME_SIZE];
    size_t size;
};

/* One message of ours. */
struct dhcp_message {
    enum dhcp_type type;
    const struct dhcp_client *client;
    uint32_t xid;
    uint16_t seconds;     /* since the exchange began */
    struct ip asked;      /* option 50; family 0 = none */
    struct ip server;     /* option 54; family 0 = none */
    struct ip own;        /* `ciaddr`, and the source; family 0 = none */
    struct mac to;        /* zero = broadcast, of IP too */
    struct ip to_address; /* of a message with `to` */
    uint16_t vlan;        /* of its frame; 0 = no header for one */
};

void dhcp_write(const struct dhcp_message *message, struct dhcp_frame *ret);

/* The ARP probe for an address, and whether a frame is somebody else's claim to
 * it: a message of ARP that has it for its sender's, or another probe. */
void dhcp_write_probe(const struct mac *mac, const struct ip *address,
                      struct dhcp_frame *ret);
bool dhcp_is_claim(const void *frame, size_t size, const struct mac *own,
                   const struct ip *address, struct mac *ret_holder) MUST_CHECK;

/* One message of a server's. */
struct dhcp_answer {
    enum dhcp_type type; /* DHCP_OFFER, DHCP_ACK or DHCP_NAK */
    uint32_t xid;
    /* Without `begun_ms`. Of a NAK the server alone counts. */
    struct dhcp_lease lease;
};

/* Reads a frame. False if it is none of a server's to this client, or cut, or
 * wrong in a part that counts: an address that nobody can have, a lease of
 * less than two seconds. */
bool dhcp_read(const void *frame, size_t size, const struct dhcp_client *client,
               struct dhcp_answer *ret) MUST_CHECK;
