/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One text for each frame. Whatever ofproto/trace is not told is 0, which no
 * stack would send and a flow may match: so times to live and SYN (2) are
 * there.
 */
#include "cli/trace/frames.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define EPHEMERAL_PORT 40000

/* As solicited-node multicast has it: RFC 4291 section 2.7.1, RFC 2464. */
static void solicited_node(const struct ip *ip, struct ip *ret_ip,
                           char ret_mac[MAC_TEXT_SIZE])
{
    static const uint8_t prefix[13] = {0xff, 0x02, 0, 0, 0, 0,   0,
                                       0,    0,    0, 0, 1, 0xff};
    struct mac mac = {
        {0x33, 0x33, 0xff, ip->bytes[13], ip->bytes[14], ip->bytes[15]}};

    *ret_ip = *ip;
    memcpy(ret_ip->bytes, prefix, sizeof(prefix));
    mac_format(&mac, ret_mac);
}

void trace_question_frame(const struct trace_end *from, const struct ip *whose,
                          char ret[TRACE_FRAME_SIZE])
{
    char mac[MAC_TEXT_SIZE], to_mac[MAC_TEXT_SIZE];
    char ip[IP_TEXT_SIZE], wanted[IP_TEXT_SIZE], to[IP_TEXT_SIZE];
    struct ip group;

    mac_format(&from->mac, mac);
    ip_format(&from->ip, ip);
    ip_format(whose, wanted);
    if (whose->family == AF_INET) {
        snprintf(ret, TRACE_FRAME_SIZE,
                 "in_port=%d,arp,dl_src=%s,dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,"
                 "arp_sha=%s,arp_spa=%s,arp_tpa=%s",
                 (int)from->on->ofport, mac, mac, ip, wanted);
        return;
    }
    solicited_node(whose, &group, to_mac);
    ip_format(&group, to);
    snprintf(ret, TRACE_FRAME_SIZE,
             "in_port=%d,icmp6,dl_src=%s,dl_dst=%s,ipv6_src=%s,ipv6_dst=%s,"
             "nw_ttl=255,icmpv6_type=135,icmpv6_code=0,nd_target=%s,nd_sll=%s",
             (int)from->on->ofport, mac, to_mac, ip, to, wanted, mac);
}

void trace_answer_frame(const struct trace_end *from,
                        const struct trace_end *to, char ret[TRACE_FRAME_SIZE])
{
    char mac[MAC_TEXT_SIZE], to_mac[MAC_TEXT_SIZE];
    char ip[IP_TEXT_SIZE], to_ip[IP_TEXT_SIZE];

    mac_format(&from->mac, mac);
    mac_format(&to->mac, to_mac);
    ip_format(&from->ip, ip);
    ip_format(&to->ip, to_ip);
    if (from->ip.family == AF_INET)
        snprintf(ret, TRACE_FRAME_SIZE,
                 "in_port=%d,arp,dl_src=%s,dl_dst=%s,arp_op=2,arp_sha=%s,"
                 "arp_spa=%s,arp_tha=%s,arp_tpa=%s",
                 (int)from->on->ofport, mac, to_mac, mac, ip, to_mac, to_ip);
    else
        snprintf(
            ret, TRACE_FRAME_SIZE,
            "in_port=%d,icmp6,dl_src=%s,dl_dst=%s,ipv6_src=%s,ipv6_dst=%s,"
            "nw_ttl=255,icmpv6_type=136,icmpv6_code=0,nd_target=%s,nd_tll=%s",
            (int)from->on->ofport, mac, to_mac, ip, to_ip, ip, mac);
}

static void add_protocol(const struct trace_packet *packet, bool is_ipv4,
                         char *ret, size_t size)
{
    const char *six = is_ipv4 ? "" : "6", *v6 = is_ipv4 ? "" : "v6";

    switch (packet->protocol) {
    case TRACE_ICMP:
        snprintf(ret, size, "icmp%s,icmp%s_type=%d,icmp%s_code=0", six, v6,
                 is_ipv4 ? 8 : 128, v6);
        break;
    case TRACE_TCP:
        snprintf(ret, size, "tcp%s,tcp_src=%d,tcp_dst=%u,tcp_flags=2", six,
                 EPHEMERAL_PORT, packet->to_port);
        break;
    case TRACE_UDP:
        snprintf(ret, size, "udp%s,udp_src=%d,udp_dst=%u", six, EPHEMERAL_PORT,
                 packet->to_port);
        break;
    }
}

void trace_packet_frame(const struct trace_end *from, const struct mac *to,
                        const struct trace_packet *packet,
                        char ret[TRACE_FRAME_SIZE])
{
    bool is_ipv4 = packet->to_ip.family == AF_INET;
    char mac[MAC_TEXT_SIZE], to_mac[MAC_TEXT_SIZE], protocol[128];
    char ip[IP_TEXT_SIZE], to_ip[IP_TEXT_SIZE];

    mac_format(&from->mac, mac);
    mac_format(to, to_mac);
    ip_format(&packet->from_ip, ip);
    ip_format(&packet->to_ip, to_ip);
    add_protocol(packet, is_ipv4, protocol, sizeof(protocol));
    snprintf(ret, TRACE_FRAME_SIZE,
             "in_port=%d,%s,dl_src=%s,dl_dst=%s,%s_src=%s,%s_dst=%s,nw_ttl=64",
             (int)from->on->ofport, protocol, mac, to_mac,
             is_ipv4 ? "nw" : "ipv6", ip, is_ipv4 ? "nw" : "ipv6", to_ip);
}
