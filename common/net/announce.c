/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two small frames, written byte by byte in the order of the RFCs' drawings.
 */
#include "ovsint/net/announce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/request.h"
#include "ovsint/base/checksum.h"

#define FRAME_SIZE 128
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IPV6 0x86dd
#define NEXT_HEADER_ICMPV6 58
#define ICMPV6_NEIGHBOUR_ADVERT 136
#define NA_SIZE 32 /* ICMPv6 with one option */

struct frame {
    uint8_t bytes[FRAME_SIZE];
    size_t size;
};

static void frame_add(struct frame *frame, const void *bytes, size_t size)
{
    memcpy(frame->bytes + frame->size, bytes, size);
    frame->size += size;
}

static void add_u8(struct frame *frame, uint8_t value)
{
    frame_add(frame, &value, 1);
}

static void add_u16(struct frame *frame, uint16_t value)
{
    uint16_t network_order = htons(value);

    frame_add(frame, &network_order, sizeof(network_order));
}

static void add_zeros(struct frame *frame, size_t size)
{
    memset(frame->bytes + frame->size, 0, size);
    frame->size += size;
}

static void add_ethernet(struct frame *frame, const struct mac *to,
                         const struct mac *from, uint16_t ethertype)
{
    frame_add(frame, to->bytes, sizeof(to->bytes));
    frame_add(frame, from->bytes, sizeof(from->bytes));
    add_u16(frame, ethertype);
}

/* RFC 826, with the values of RFC 5227 section 2.3. */
static void build_arp(struct frame *frame, const struct mac *mac,
                      const struct ip *ip)
{
    static const struct mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

    add_ethernet(frame, &everybody, mac, ETHERTYPE_ARP);
    add_u16(frame, 1); /* Ethernet */
    add_u16(frame, ETHERTYPE_IPV4);
    add_u8(frame, sizeof(mac->bytes));
    add_u8(frame, 4);
    add_u16(frame, 1); /* request */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));
    frame_add(frame, ip->bytes, 4);
    add_zeros(frame, sizeof(mac->bytes));
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

    add_ethernet(frame, &all_nodes, mac, ETHERTYPE_IPV6);
    add_u8(frame, 0x60); /* version 6 */
    add_zeros(frame, 3); /* class, flow label */
    add_u16(frame, NA_SIZE);
    add_u8(frame, NEXT_HEADER_ICMPV6);
    add_u8(frame, 255); /* receivers demand this hop limit */
    const size_t addresses = frame->size;
    frame_add(frame, ip->bytes, 16);
    frame_add(frame, ff02_1, sizeof(ff02_1));

    const size_t message = frame->size;
    add_u8(frame, ICMPV6_NEIGHBOUR_ADVERT);
    add_u8(frame, 0);
    const size_t check = frame->size;
    add_u16(frame, 0);
    add_u8(frame, 0x20); /* override; not solicited, not a router */
    add_zeros(frame, 3);
    frame_add(frame, ip->bytes, 16);
    add_u8(frame, 2); /* target link-layer address */
    add_u8(frame, 1); /* in units of 8 bytes */
    frame_add(frame, mac->bytes, sizeof(mac->bytes));

    uint16_t value =
        htons(checksum(frame->bytes + addresses, frame->bytes + message));
    memcpy(frame->bytes + check, &value, sizeof(value));
}

int announce_address(struct net *net, int ifindex, const struct mac *mac,
                     const struct ip *ip, struct err *err)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
    char text[IP_TEXT_SIZE];
    struct frame frame = {.size = 0};

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
    if (sendto(net->packet_fd, frame.bytes, frame.size, 0,
               (struct sockaddr *)&to, sizeof(to)) < 0)
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
