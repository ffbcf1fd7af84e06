/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From the attachment to its flows, one function for each protocol. Sources:
 * RFC 826 and RFC 5227 (ARP, its probe), RFC 4861 (neighbour discovery: 4.3
 * solicitation, 4.4 advertisement, 6.1.2 and 8.1 what only routers send), RFC
 * 4862 section 5.4 (detection of duplicates), RFC 3810 section 5.2.13 (reports
 * of multicast from the unspecified address), RFC 2131 and RFC 8415 (DHCP's
 * ports), RFC 4291 appendix A (addresses made of a MAC).
 */
#include "ovsint/flows/port_flows.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define REGISTER 15
#define PASSED_BIT 31
#define SOURCE_BIT 30
#define RATE_BIT 29
#define STORM_BIT 28
#define PASSED (1u << PASSED_BIT)
#define SOURCE (1u << SOURCE_BIT)

enum {
    PRIORITY_REST = 65200,
    PRIORITY_PASS = 65202,
    PRIORITY_ND_REST = 65204,
    PRIORITY_ND = 65206,
    PRIORITY_BLOCK = 65210,
    PRIORITY_STORM = 65220,
    PRIORITY_RATE = 65222,
};

enum {
    ETHERNET_IPV4 = 0x0800,
    ETHERNET_ARP = 0x0806,
    ETHERNET_VLAN = 0x8100,
    ETHERNET_IPV6 = 0x86dd,
    ETHERNET_SERVICE_VLAN = 0x88a8,
};

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_UDP = 17,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_NONE = 59,
};
enum { ARP_REQUEST = 1 };
enum { ICMP_REDIRECT = 5 };

enum {
    ICMPV6_MLD_REPORT = 131,
    ICMPV6_ROUTER_ADVERTISEMENT = 134,
    ICMPV6_SOLICITATION = 135,
    ICMPV6_ADVERTISEMENT = 136,
    ICMPV6_REDIRECT = 137,
    ICMPV6_MLD2_REPORT = 143,
};

enum { DHCP_SERVER = 67, DHCP_CLIENT = 68, DHCPV6_CLIENT = 546 };
#define ND_HOP_LIMIT 255

/* An address that the container may use, or a set of them. */
struct own {
    struct ip ip;
    uint8_t mask[16];
    bool is_one;
};

struct port {
    const struct attachment *spec;
    const struct mac *mac;
    uint32_t ofport;
    struct own own[LIMIT_ADDRESSES + LIMIT_GUARD_ALSO + 2];
    size_t own_count;
    struct flow_list *flows;
};

struct flow_delete port_flows_of(int64_t ofport)
{
    return (struct flow_delete){.cookie = PORT_FLOWS_COOKIE | (uint64_t)ofport,
                                .mask = UINT64_MAX};
}

struct flow_delete port_flows_gone(int64_t ofport)
{
    struct flow_delete all = port_flows_of(ofport);

    if (ofport < PORT_FLOWS_STORM_METER) {
        all.meters[0] = PORT_FLOWS_STORM_METER + (uint32_t)ofport;
        all.meters[1] = PORT_FLOWS_RATE_METER + (uint32_t)ofport;
    }
    return all;
}

static bool has_rate_meter(const struct attachment *spec)
{
    return spec->rate_kbit && spec->guard != SOURCE_GUARD_OFF;
}

struct flow_delete port_flows_former(const struct attachment *spec,
                                     int64_t ofport)
{
    struct flow_delete all = port_flows_gone(ofport);

    if (spec->storm)
        all.meters[0] = 0;
    if (has_rate_meter(spec))
        all.meters[1] = 0;
    return all;
}

bool port_flows_fit(int64_t ofport)
{
    return ofport > 0 && ofport <= PORT_FLOWS_OFPORT_MAX;
}

int64_t port_flows_ofport(uint64_t cookie)
{
    return (cookie & PORT_FLOWS_COOKIE_MASK) == PORT_FLOWS_COOKIE
               ? (int64_t)(cookie & ~PORT_FLOWS_COOKIE_MASK)
               : 0;
}

void port_flows_common(struct flow *ret)
{
    *ret = (struct flow){0};
    flow_match_bits(ret, FLOW_REGISTER(REGISTER), 0, PASSED);
}

/* Addresses. */

static void add_own(struct port *port, const struct ip_prefix *prefix)
{
    struct own *own = &port->own[port->own_count++];

    own->ip = ip_network(prefix);
    own->is_one = prefix->len == ip_bits(&prefix->ip);
    for (unsigned bit = 0; bit < prefix->len; bit++)
        own->mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

/* The address that a MAC gives, with the prefix fe80::/64; or whatever prefix a
 * router may announce. */
static void add_made_of_mac(struct port *port, bool any_prefix)
{
    const uint8_t *mac = port->mac->bytes;
    struct own *own = &port->own[port->own_count++];
    const uint8_t host[8] = {mac[0] ^ 2u, mac[1], mac[2], 0xff,
                             0xfe,        mac[3], mac[4], mac[5]};

    own->ip.family = AF_INET6;
    own->is_one = !any_prefix;
    memcpy(own->ip.bytes + 8, host, sizeof(host));
    memset(own->mask + 8, 0xff, sizeof(host));
    if (any_prefix)
        return;
    own->ip.bytes[0] = 0xfe;
    own->ip.bytes[1] = 0x80;
}

static void find_own(struct port *port)
{
    const struct attachment *spec = port->spec;

    for (size_t i = 0; i < spec->ip_count; i++) {
        struct ip_prefix one = {spec->ip[i].ip,
                                (uint8_t)ip_bits(&spec->ip[i].ip)};
        add_own(port, &one);
    }
    for (size_t i = 0; i < spec->guard_also_count; i++)
        add_own(port, &spec->guard_also[i]);
    add_made_of_mac(port, false);
    if (spec->accepts_ra)
        add_made_of_mac(port, true);
}

/* Flows. */

/* `passed` bits of the register are 0 but those of `is`. */
static struct flow *begin(struct port *port, uint16_t priority, uint32_t is,
                          uint32_t passed)
{
    struct flow *flow = flow_list_add(port->flows);

    flow->cookie = PORT_FLOWS_COOKIE | port->ofport;
    flow->priority = priority;
    flow_match_number(flow, FLOW_IN_PORT, port->ofport);
    flow_match_bits(flow, FLOW_REGISTER(REGISTER), is, passed);
    return flow;
}

static struct flow *block(struct port *port, uint16_t ethernet_type)
{
    struct flow *flow = begin(port, PRIORITY_BLOCK, 0, PASSED);

    flow_match_number(flow, FLOW_ETH_TYPE, ethernet_type);
    return flow;
}

static void look_up_again(struct flow *flow, unsigned bit)
{
    flow_set_bit(flow, REGISTER, bit);
    flow_resubmit(flow, 0);
}

/* Do frames of one VLAN alone pass the port, without a header for it? */
static bool is_access(const struct attachment *spec)
{
    switch (spec->vlan_mode) {
    case VLAN_MODE_ACCESS:
        return true;
    case VLAN_MODE_UNSET:
        return spec->vlan != 0;
    default:
        return false;
    }
}

/* An access port drops a VLAN header, but not one of VLAN 0. That would carry a
 * second one, which is the only one left where the VLAN leaves untagged. */
static struct flow *begin_own(struct port *port, uint16_t priority)
{
    struct flow *flow = begin(port, priority, 0, PASSED | SOURCE);

    flow_match(flow, FLOW_ETH_SRC, port->mac->bytes, NULL);
    if (is_access(port->spec))
        flow_match_number(flow, FLOW_VLAN_VID, 0);
    return flow;
}

static struct flow *begin_own_ip(struct port *port, uint16_t priority,
                                 uint16_t ethernet_type)
{
    struct flow *flow = begin_own(port, priority);

    flow_match_number(flow, FLOW_ETH_TYPE, ethernet_type);
    return flow;
}

static void match_own(struct flow *flow, uint32_t field, const struct own *own)
{
    flow_match(flow, field, own->ip.bytes, own->is_one ? NULL : own->mask);
}

static void match_icmpv6(struct flow *flow, uint8_t type)
{
    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_ICMPV6);
    flow_match_number(flow, FLOW_ICMPV6_TYPE, type);
}

/* With its code: see flow.h. */
static void match_discovery(struct flow *flow, uint8_t type)
{
    match_icmpv6(flow, type);
    flow_match_number(flow, FLOW_ICMPV6_CODE, 0);
}

static void add_ipv4(struct port *port, const struct own *own)
{
    struct flow *flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_ARP);

    match_own(flow, FLOW_ARP_SPA, own);
    flow_match(flow, FLOW_ARP_SHA, port->mac->bytes, NULL);
    look_up_again(flow, PASSED_BIT);

    flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_ARP);
    flow_match_number(flow, FLOW_ARP_OP, ARP_REQUEST);
    flow_match_number(flow, FLOW_ARP_SPA, 0);
    match_own(flow, FLOW_ARP_TPA, own);
    flow_match(flow, FLOW_ARP_SHA, port->mac->bytes, NULL);
    look_up_again(flow, PASSED_BIT);

    flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_IPV4);
    match_own(flow, FLOW_IPV4_SRC, own);
    look_up_again(flow, PASSED_BIT);
}

static const uint8_t nothing[16];

/* An advertisement may tell our MAC, or none; and only of an own address. */
static void add_advertisement(struct port *port, const struct own *own,
                              const uint8_t *tll)
{
    struct flow *flow = begin(port, PRIORITY_ND, SOURCE, PASSED | SOURCE);

    flow_match_number(flow, FLOW_ETH_TYPE, ETHERNET_IPV6);
    match_discovery(flow, ICMPV6_ADVERTISEMENT);
    match_own(flow, FLOW_ND_TARGET, own);
    flow_match(flow, FLOW_ND_TLL, tll, NULL);
    look_up_again(flow, PASSED_BIT);
}

static void add_ipv6(struct port *port, const struct own *own)
{
    struct flow *flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_IPV6);

    match_own(flow, FLOW_IPV6_SRC, own);
    look_up_again(flow, SOURCE_BIT);

    flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_IPV6);
    flow_match(flow, FLOW_IPV6_SRC, nothing, NULL);
    match_discovery(flow, ICMPV6_SOLICITATION);
    match_own(flow, FLOW_ND_TARGET, own);
    flow_match(flow, FLOW_ND_SLL, nothing, NULL);
    look_up_again(flow, PASSED_BIT);

    add_advertisement(port, own, port->mac->bytes);
    add_advertisement(port, own, nothing);
}

/* The source is an own one: what neighbour discovery tells besides. If a link
 * address is told twice, Open vSwitch shows neither it nor the target, and a
 * host takes the first one. */
static void add_discovery(struct port *port)
{
    const uint8_t *told[] = {port->mac->bytes, nothing};
    const uint8_t types[] = {ICMPV6_SOLICITATION, ICMPV6_ADVERTISEMENT};
    struct flow *flow;

    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        flow = begin(port, PRIORITY_ND, SOURCE, PASSED | SOURCE);
        flow_match_number(flow, FLOW_ETH_TYPE, ETHERNET_IPV6);
        match_discovery(flow, ICMPV6_SOLICITATION);
        flow_match(flow, FLOW_ND_SLL, told[i], NULL);
        look_up_again(flow, PASSED_BIT);
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        flow = begin(port, PRIORITY_ND_REST, SOURCE, PASSED | SOURCE);
        flow_match_number(flow, FLOW_ETH_TYPE, ETHERNET_IPV6);
        match_icmpv6(flow, types[i]);
        flow = block(port, ETHERNET_IPV6);
        match_discovery(flow, types[i]);
        flow_match(flow, FLOW_ND_TARGET, nothing, NULL);
    }
    flow = begin(port, PRIORITY_PASS, SOURCE, PASSED | SOURCE);
    look_up_again(flow, PASSED_BIT);
}

/* Before it has an address a device joins the groups that it will need. */
static void add_reports(struct port *port)
{
    const uint8_t types[] = {ICMPV6_MLD_REPORT, ICMPV6_MLD2_REPORT};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct flow *flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_IPV6);
        flow_match(flow, FLOW_IPV6_SRC, nothing, NULL);
        match_icmpv6(flow, types[i]);
        look_up_again(flow, PASSED_BIT);
    }
}

static void block_ports(struct port *port)
{
    struct flow *flow = block(port, ETHERNET_IPV4);

    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_UDP);
    flow_match_number(flow, FLOW_UDP_DST, DHCP_CLIENT);
    flow = block(port, ETHERNET_IPV6);
    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_UDP);
    flow_match_number(flow, FLOW_UDP_DST, DHCPV6_CLIENT);
}

static void block_routers(struct port *port)
{
    struct flow *flow = block(port, ETHERNET_IPV4);

    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_ICMP);
    flow_match_number(flow, FLOW_ICMPV4_TYPE, ICMP_REDIRECT);
    match_icmpv6(block(port, ETHERNET_IPV6), ICMPV6_ROUTER_ADVERTISEMENT);
    match_icmpv6(block(port, ETHERNET_IPV6), ICMPV6_REDIRECT);
}

static void block_fragments(struct port *port)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct flow *flow = block(port, ETHERNET_IPV6);

    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_ICMPV6);
    flow_match_number(flow, FLOW_IP_TTL, ND_HOP_LIMIT);
    flow_match_bits(flow, FLOW_IP_FRAG, FLOW_FRAG_ANY,
                    FLOW_FRAG_ANY | FLOW_FRAG_LATER);
    flow = block(port, ETHERNET_IPV4);
    flow_match(flow, FLOW_ETH_DST, broadcast, NULL);
    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_UDP);
    flow_match_bits(flow, FLOW_IP_FRAG, FLOW_FRAG_ANY,
                    FLOW_FRAG_ANY | FLOW_FRAG_LATER);
}

/* A first fragment may end within an extension header, and what is hidden
 * comes in the next one. The protocol of a packet whose headers end too early
 * is 0 in the userspace datapath (lib/flow.c, miniflow_extract()), and 59 in
 * the kernel's (net/openvswitch/flow.c, parse_ipv6hdr()). */
static void block_cut_headers(struct port *port)
{
    const uint8_t protocols[] = {PROTOCOL_HOP_BY_HOP, PROTOCOL_NONE};

    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        flow_match_number(block(port, ETHERNET_IPV6), FLOW_IP_PROTO,
                          protocols[i]);
}

/* A client of DHCP asks without an address. Until the row says which one it
 * got, it may also ask whether anybody has the one that it is offered. */
static void add_dhcp(struct port *port)
{
    struct flow *flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_IPV4);
    bool has_lease = false;

    flow_match_number(flow, FLOW_IP_PROTO, PROTOCOL_UDP);
    flow_match(flow, FLOW_IPV4_SRC, nothing, NULL);
    flow_match_number(flow, FLOW_UDP_DST, DHCP_SERVER);
    look_up_again(flow, PASSED_BIT);
    for (size_t i = 0; i < port->spec->ip_count; i++)
        has_lease |= port->spec->ip[i].ip.family == AF_INET;
    if (has_lease)
        return;
    flow = begin_own_ip(port, PRIORITY_PASS, ETHERNET_ARP);
    flow_match_number(flow, FLOW_ARP_OP, ARP_REQUEST);
    flow_match_number(flow, FLOW_ARP_SPA, 0);
    flow_match(flow, FLOW_ARP_SHA, port->mac->bytes, NULL);
    look_up_again(flow, PASSED_BIT);
}

static void add_full(struct port *port)
{
    find_own(port);
    block_ports(port);
    block_routers(port);
    block_fragments(port);
    block_cut_headers(port);
    for (size_t i = 0; i < port->own_count; i++) {
        if (port->own[i].ip.family == AF_INET)
            add_ipv4(port, &port->own[i]);
        else
            add_ipv6(port, &port->own[i]);
    }
    if (port->spec->ip_dhcp)
        add_dhcp(port);
    add_discovery(port);
    add_reports(port);
}

static void add_mac(struct port *port)
{
    if (!is_access(port->spec) &&
        port->spec->vlan_mode != VLAN_MODE_DOT1Q_TUNNEL) {
        block(port, ETHERNET_VLAN);
        block(port, ETHERNET_SERVICE_VLAN);
    }
    look_up_again(begin_own(port, PRIORITY_PASS), PASSED_BIT);
}

static void pass_meter(struct flow *flow, unsigned bit,
                       const struct flow_meter *meter)
{
    flow_match_bits(flow, FLOW_REGISTER(REGISTER), 0, PASSED | 1u << bit);
    flow->meter = *meter;
    look_up_again(flow, bit);
}

static struct flow *begin_metered(struct port *port, uint16_t priority)
{
    struct flow *flow = flow_list_add(port->flows);

    flow->cookie = PORT_FLOWS_COOKIE | port->ofport;
    flow->priority = priority;
    flow_match_number(flow, FLOW_IN_PORT, port->ofport);
    return flow;
}

/* A second's worth may come at once. */
static void add_storm(struct port *port)
{
    static const uint8_t group[6] = {0x01};
    const struct flow_meter meter = {.id =
                                         PORT_FLOWS_STORM_METER + port->ofport,
                                     .rate = (uint32_t)port->spec->storm,
                                     .burst = (uint32_t)port->spec->storm,
                                     .frames = true};
    struct flow *flow = begin_metered(port, PRIORITY_STORM);

    flow_match(flow, FLOW_ETH_DST, group, group);
    pass_meter(flow, STORM_BIT, &meter);
}

/* The container's own limit lets a burst pass besides the rate: what was asked
 * for, or 10 ms, and at least 68 KiB (net/qdisc.c). */
static void add_rate(struct port *port)
{
    uint64_t rate = port->spec->rate_kbit;
    uint64_t burst =
        port->spec->burst_kbit ? port->spec->burst_kbit : rate / 100;
    const struct flow_meter meter = {.id = PORT_FLOWS_RATE_METER + port->ofport,
                                     .rate = (uint32_t)(rate + rate / 50 + 1),
                                     .burst = (uint32_t)(burst + 1024)};

    pass_meter(begin_metered(port, PRIORITY_RATE), RATE_BIT, &meter);
}

static void add_meters(struct port *port)
{
    if (port->ofport >= PORT_FLOWS_STORM_METER)
        return;
    if (port->spec->storm)
        add_storm(port);
    if (has_rate_meter(port->spec))
        add_rate(port);
}

void port_flows_add(const struct attachment *spec, const struct mac *mac,
                    int64_t ofport, struct flow_list *ret)
{
    struct port port = {
        .spec = spec, .mac = mac, .ofport = (uint32_t)ofport, .flows = ret};

    if (!attachment_has_flows(spec) || !port_flows_fit(ofport))
        return;
    add_meters(&port);
    if (spec->guard == SOURCE_GUARD_OFF)
        return;
    if (spec->guard == SOURCE_GUARD_FULL)
        add_full(&port);
    else
        add_mac(&port);
    begin(&port, PRIORITY_REST, 0, PASSED);
}

void port_flows_close(int64_t ofport, struct flow_list *ret)
{
    struct port port = {.ofport = (uint32_t)ofport, .flows = ret};

    begin(&port, PRIORITY_REST, 0, PASSED);
}

int port_flows_of_row(const struct vswitch_port *port, struct attachment *ret,
                      struct flow_list *ret_flows, struct err *err)
{
    const char *text = vswitch_port_id(port, ID_MAC);
    struct mac mac;
    int r = vswitch_port_spec(port, ret, err);

    if (r < 0)
        return r;
    if (!text || parse_mac(text, &mac) < 0)
        return err_set(err, EINVAL,
                       "port %s has no " ID_MAC ": set it with 'ovs-vsctl set "
                       "Interface %s external_ids:" ID_MAC "=MAC'",
                       port->name, port->name);
    if (ret->storm && port->ofport >= PORT_FLOWS_STORM_METER)
        return err_set(err, ERANGE,
                       "port %s has the number %lld, and storm works up to %d "
                       "only: ask for another one by ofport",
                       port->name, (long long)port->ofport,
                       PORT_FLOWS_STORM_METER - 1);
    port_flows_add(ret, &mac, port->ofport, ret_flows);
    return 0;
}
