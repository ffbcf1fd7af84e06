/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Three small frames, written byte by byte in the order of the RFCs' drawings.
 */
#include "common/net/neighbour_frame.h"

#include <sys/socket.h>

#include "ovsint/base/checksum.h"
#include "ovsint/net/neighbour.h"

enum {
    NEXT_HEADER_ICMPV6 = 58,
    ICMPV6_SOLICITATION = 135,
    ICMPV6_ADVERTISEMENT = 136,
    OPTION_SOURCE = 1, /* link-layer address */
    OPTION_TARGET = 2,
};

#define OVERRIDE 0x20 /* neither asked for nor a router's */
#define ND_SIZE 32    /* ICMPv6 with one option */

void neighbour_frame_arp(struct frame *frame, const struct mac *mac,
                         const struct ip *from, const struct ip *whom)
{
    static const struct mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

    frame_add_ethernet(frame, &everybody, mac, 0, ETHERTYPE_ARP);
    frame_add_number(frame, 1, 2); /* Ethernet */
    frame_add_number(frame, ETHERTYPE_IPV4, 2);
    frame_add_number(frame, sizeof(mac->bytes), 1);
    frame_add_number(frame, 4, 1);
    frame_add_number(frame, 1, 2); /* request */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));
    frame_add(frame, from->bytes, 4);
    frame_add_zeros(frame, sizeof(mac->bytes));
    frame_add(frame, whom->bytes, 4);
}

struct discovery {
    unsigned type;
    unsigned flags;
    unsigned option;
    const struct ip *target;
};

/* An IPv6 packet with a message about one address, and our own MAC. */
static void add_discovery(struct frame *frame, const struct mac *mac,
                          const uint8_t from[16], const uint8_t to[16],
                          const struct discovery *discovery)
{
    frame_add_number(frame, 0x60, 1); /* version 6 */
    frame_add_zeros(frame, 3);        /* class, flow label */
    frame_add_number(frame, ND_SIZE, 2);
    frame_add_number(frame, NEXT_HEADER_ICMPV6, 1);
    frame_add_number(frame, 255, 1); /* receivers demand this hop limit */
    const size_t addresses = frame->size;
    frame_add(frame, from, 16);
    frame_add(frame, to, 16);

    const size_t message = frame->size;
    frame_add_number(frame, discovery->type, 1);
    frame_add_number(frame, 0, 1);
    const size_t check = frame->size;
    frame_add_number(frame, 0, 2);
    frame_add_number(frame, discovery->flags, 1);
    frame_add_zeros(frame, 3);
    frame_add(frame, discovery->target->bytes, 16);
    frame_add_number(frame, discovery->option, 1);
    frame_add_number(frame, 1, 1); /* in units of 8 bytes */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));

    frame_put_number(frame->bytes + check,
                     checksum_icmpv6(frame->bytes + addresses,
                                     frame->bytes + message, ND_SIZE),
                     2);
}

void neighbour_frame_solicitation(struct frame *frame, const struct mac *mac,
                                  const struct ip *from, const struct ip *whom)
{
    const struct discovery discovery = {
        .type = ICMPV6_SOLICITATION, .option = OPTION_SOURCE, .target = whom};
    const uint8_t *end = whom->bytes + 13;
    const struct mac group_mac = {{0x33, 0x33, 0xff, end[0], end[1], end[2]}};
    const uint8_t group[16] = {
        0xff,          0x02,          [11] = 1,     [12] = 0xff,
        [13] = end[0], [14] = end[1], [15] = end[2]};

    frame_add_ethernet(frame, &group_mac, mac, 0, ETHERTYPE_IPV6);
    add_discovery(frame, mac, from->bytes, group, &discovery);
}

void neighbour_frame_advertisement(struct frame *frame, const struct mac *mac,
                                   const struct ip *ip)
{
    static const struct mac all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
    static const uint8_t ff02_1[16] = {0xff, 0x02, [15] = 1};
    const struct discovery discovery = {.type = ICMPV6_ADVERTISEMENT,
                                        .flags = OVERRIDE,
                                        .option = OPTION_TARGET,
                                        .target = ip};

    frame_add_ethernet(frame, &all_nodes, mac, 0, ETHERTYPE_IPV6);
    add_discovery(frame, mac, ip->bytes, ff02_1, &discovery);
}

void neighbour_question(const struct mac *mac, const struct ip *from,
                        const struct ip *whom, struct neighbour_question *ret)
{
    struct frame frame = {.bytes = ret->bytes, .room = sizeof(ret->bytes)};

    if (whom->family == AF_INET)
        neighbour_frame_arp(&frame, mac, from, whom);
    else
        neighbour_frame_solicitation(&frame, mac, from, whom);
    ret->size = frame.size;
}
