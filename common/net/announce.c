/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two small frames, written byte by byte in the order of the RFCs' drawings.
 */
#include "ovsint/net/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/request.h"
#include "ovsint/base/checksum.h"
#include "ovsint/base/frame.h"

#define FRAME_SIZE 128
#define NEXT_HEADER_ICMPV6 58
#define ICMPV6_NEIGHBOUR_ADVERT 136
#define NA_SIZE 32 /* ICMPv6 with one option */

/* RFC 826, with the values of RFC 5227 section 2.3. */
static void build_arp(struct frame *frame, const struct mac *mac,
                      const struct ip *ip)
{
    static const struct mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

    frame_add_ethernet(frame, &everybody, mac, 0, ETHERTYPE_ARP);
    frame_add_number(frame, 1, 2); /* Ethernet */
    frame_add_number(frame, ETHERTYPE_IPV4, 2);
    frame_add_number(frame, sizeof(mac->bytes), 1);
    frame_add_number(frame, 4, 1);
    frame_add_number(frame, 1, 2); /* request */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));
    frame_add(frame, ip->bytes, 4);
    frame_add_zeros(frame, sizeof(mac->bytes));
    frame_add(frame, ip->bytes, 4);
}

/* RFC 8200 section 8.1: over the pseudo-header and the message. */
static uint16_t checksum(const uint8_t addresses[32], const uint8_t *message)
{
    uint32_t total = NA_SIZE + NEXT_HEADER_ICMPV6;

    total = checksum_add(total, addresses, 32);
    return checksum_end(checksum_add(total, message, NA_SIZE));
}

/* RFC 4861 section 4.4 in an IPv6 packet. */
static void build_advertisement(struct frame *frame, const struct mac *mac,
                                const struct ip *ip)
{
    static const struct mac all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
    static const uint8_t ff02_1[16] = {0xff, 0x02, [15] = 1};

    frame_add_ethernet(frame, &all_nodes, mac, 0, ETHERTYPE_IPV6);
    frame_add_number(frame, 0x60, 1); /* version 6 */
    frame_add_zeros(frame, 3);        /* class, flow label */
    frame_add_number(frame, NA_SIZE, 2);
    frame_add_number(frame, NEXT_HEADER_ICMPV6, 1);
    frame_add_number(frame, 255, 1); /* receivers demand this hop limit */
    const size_t addresses = frame->size;
    frame_add(frame, ip->bytes, 16);
    frame_add(frame, ff02_1, sizeof(ff02_1));

    const size_t message = frame->size;
    frame_add_number(frame, ICMPV6_NEIGHBOUR_ADVERT, 1);
    frame_add_number(frame, 0, 1);
    const size_t check = frame->size;
    frame_add_number(frame, 0, 2);
    frame_add_number(frame, 0x20, 1); /* override; neither asked for nor a
                                       * router's */
    frame_add_zeros(frame, 3);
    frame_add(frame, ip->bytes, 16);
    frame_add_number(frame, 2, 1); /* target link-layer address */
    frame_add_number(frame, 1, 1); /* in units of 8 bytes */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));

    frame_put_number(frame->bytes + check,
                     checksum(frame->bytes + addresses, frame->bytes + message),
                     2);
}

int announce_address(struct net *net, int ifindex, const struct mac *mac,
                     const struct ip *ip, struct err *err)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
    char text[IP_TEXT_SIZE];
    uint8_t bytes[FRAME_SIZE];
    struct frame frame = {.bytes = bytes, .room = sizeof(bytes)};

    ip_format(ip, text);
    if (net->packet_fd < 0)
        return err_set(err, EBADF,
                       "announce %s: the packet socket was not asked for",
                       text);
    if (ip->family == AF_INET)
        build_arp(&frame, mac, ip);
    else if (ip->family == AF_INET6)
        build_advertisement(&frame, mac, ip);
    else
        return err_set(err, EAFNOSUPPORT, "there is no address to announce");
    if (sendto(net->packet_fd, bytes, frame.size, 0, (struct sockaddr *)&to,
               sizeof(to)) < 0)
        return err_sys(err, "announce %s on device %d", text, ifindex);
    return 0;
}

int announce_by_probe(struct net *net, int ifindex, const struct ip *ip,
                      struct err *err)
{
    static const char what[] = "announce";
    struct err ignored = {0};

    if (ip->family != AF_INET)
        return err_set(err, EAFNOSUPPORT,
                       "only IPv4 addresses are announced by a probe");
    /* The kernel sends the first probe within this call (neigh_probe()). */
    int r = neighbour_change(net, RTM_NEWNEIGH, ifindex, ip, what, err);
    if (r < 0)
        return r;
    /* Nobody needs an entry for an own address. The kernel would drop it after
     * two more probes. */
    if (neighbour_change(net, RTM_DELNEIGH, ifindex, ip, what, &ignored) < 0)
        return 0; /* it has gone by itself */
    return 0;
}
