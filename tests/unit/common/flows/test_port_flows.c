/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The flows of a guarded port, read back from the wire into the words of
 * ovs-ofctl(8), one line each. "again N" is the action that sets bit N of
 * register 15 and has the frame looked up anew.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "ovsint/flows/port_flows.h"
#include "tests/lib/test.h"

enum shape { NUMBER, HEX, MAC, IPV4, IPV6 };

static const struct {
    uint32_t field;
    const char *name;
    enum shape shape;
} names[] = {
    {FLOW_IN_PORT, "in_port", NUMBER},
    {FLOW_ETH_DST, "dl_dst", MAC},
    {FLOW_ETH_SRC, "dl_src", MAC},
    {FLOW_ETH_TYPE, "dl_type", HEX},
    {FLOW_VLAN_VID, "vlan_vid", NUMBER},
    {FLOW_IP_PROTO, "nw_proto", NUMBER},
    {FLOW_IPV4_SRC, "nw_src", IPV4},
    {FLOW_UDP_DST, "tp_dst", NUMBER},
    {FLOW_ICMPV4_TYPE, "icmp_type", NUMBER},
    {FLOW_ARP_OP, "arp_op", NUMBER},
    {FLOW_ARP_SPA, "arp_spa", IPV4},
    {FLOW_ARP_TPA, "arp_tpa", IPV4},
    {FLOW_ARP_SHA, "arp_sha", MAC},
    {FLOW_IPV6_SRC, "ipv6_src", IPV6},
    {FLOW_ICMPV6_TYPE, "icmpv6_type", NUMBER},
    {FLOW_ICMPV6_CODE, "icmpv6_code", NUMBER},
    {FLOW_ND_TARGET, "nd_target", IPV6},
    {FLOW_ND_SLL, "nd_sll", MAC},
    {FLOW_ND_TLL, "nd_tll", MAC},
    {FLOW_IP_FRAG, "ip_frag", NUMBER},
    {FLOW_IP_TTL, "nw_ttl", NUMBER},
    {FLOW_REGISTER(15), "reg15", HEX},
};

static uint64_t number(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void add_value(enum shape shape, const uint8_t *bytes, size_t len,
                      struct buf *ret)
{
    char text[INET6_ADDRSTRLEN];
    struct mac mac;

    if (shape == MAC) {
        memcpy(mac.bytes, bytes, len);
        mac_format(&mac, text);
        buf_add_text(ret, text);
    } else if (shape == IPV4 || shape == IPV6) {
        buf_add_text(ret, inet_ntop(shape == IPV4 ? AF_INET : AF_INET6, bytes,
                                    text, sizeof(text)));
    } else {
        buf_addf(ret, shape == HEX ? "0x%" PRIx64 : "%" PRIu64,
                 number(bytes, len));
    }
}

static size_t add_field(const uint8_t *at, struct buf *ret)
{
    uint32_t head = (uint32_t)number(at, 4);
    bool masked = head & 0x100;
    size_t len = (head & 0xff) / (masked ? 2 : 1);
    uint32_t field = (head & 0xfffffe00) | (uint32_t)len;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].field != field)
            continue;
        buf_addf(ret, ",%s=", names[i].name);
        add_value(names[i].shape, at + 4, len, ret);
        if (masked) {
            buf_add_text(ret, "/");
            add_value(names[i].shape, at + 4 + len, len, ret);
        }
        return 4 + (head & 0xff);
    }
    TEST_FAIL("field %x", field);
}

/* NXAST_REG_LOAD, then NXAST_RESUBMIT_TABLE, or nothing. */
static void add_actions(const struct flow *flow, struct buf *ret)
{
    static const uint8_t load[] = {0xff, 0xff, 0, 24, 0, 0, 0x23, 0x20, 0, 7};
    static const uint8_t rest[] = {0, 1,  0x1e, 4,    0, 0,  0, 0, 0,    0,
                                   0, 1,  0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20,
                                   0, 14, 0xff, 0xf8, 0, 0,  0, 0};

    if (flow->actions_size == 0) {
        buf_add_text(ret, " drop\n");
        return;
    }
    CHECK_EQ(flow->actions_size, sizeof(load) + 2 + sizeof(rest));
    CHECK(memcmp(flow->actions, load, sizeof(load)) == 0);
    CHECK(memcmp(flow->actions + sizeof(load) + 2, rest, sizeof(rest)) == 0);
    unsigned bits = (unsigned)number(flow->actions + sizeof(load), 2);
    CHECK_EQ(bits & 0x3f, 0);
    buf_addf(ret, " again %u\n", bits >> 6);
}

/* What all flows begin with is left out where it is what it should be. */
static void add_flow(const struct flow *flow, struct buf *ret)
{
    auto_buf struct buf text = BUF_INIT(4096);
    static const char first[] = ",in_port=7,reg15=0x0/0x80000000";
    static const char full[] = ",in_port=7,reg15=0x0/0xc0000000";
    static const char rated[] = ",in_port=7,reg15=0x0/0xa0000000";
    static const char storm[] =
        ",in_port=7,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,"
        "reg15=0x0/0x90000000";
    static const char source[] = ",in_port=7,reg15=0x40000000/0xc0000000";
    const char *rest;

    CHECK_EQ(flow->cookie, 0x6f7673696e740007);
    CHECK_EQ(port_flows_ofport(flow->cookie), 7);
    for (size_t at = 0; at < flow->match_size;)
        at += add_field(flow->match + at, &text);
    rest = buf_text(&text);
    buf_addf(ret, "%u", flow->priority);
    if (strncmp(rest, first, strlen(first)) == 0)
        rest += strlen(first);
    else if (strncmp(rest, full, strlen(full)) == 0)
        rest += strlen(full);
    else if (strcmp(rest, rated) == 0 || strcmp(rest, storm) == 0)
        rest = strcmp(rest, rated) == 0 ? ",all" : ",group";
    else if (strncmp(rest, source, strlen(source)) == 0)
        buf_add_text(ret, " 2nd"), rest += strlen(source);
    else
        TEST_FAIL("it begins with %s", rest);
    buf_addf(ret, "%s%s", *rest ? " " : "", *rest ? rest + 1 : "");
    if (flow->meter.id)
        buf_addf(ret, " meter %u: %u %s, %u at once", flow->meter.id,
                 flow->meter.rate, flow->meter.frames ? "frames/s" : "kbit/s",
                 flow->meter.burst);
    add_actions(flow, ret);
}

static void check_flows(const struct attachment *spec, const char *want)
{
    auto_flow_list struct flow_list flows = {0};
    auto_buf struct buf text = BUF_INIT(1u << 20);
    const struct mac mac = {{2, 0, 0, 0, 0, 1}};

    port_flows_add(spec, &mac, 7, &flows);
    for (size_t i = 0; i < flows.count; i++)
        add_flow(&flows.flows[i], &text);
    CHECK_STR(buf_text(&text), want);
}

static struct ip_prefix prefix(const char *text)
{
    struct ip_prefix ret = {0};

    CHECK_EQ(parse_prefix(text, &ret), 0);
    return ret;
}

#define OWN "dl_src=02:00:00:00:00:01"
#define ACCESS OWN ",vlan_vid=0"

TEST(off_has_no_flows)
{
    check_flows(&(struct attachment){.vlan = 10}, "");
}

TEST(a_storm_needs_no_guard)
{
    check_flows(&(struct attachment){.storm = 50, .rate_kbit = 1000},
                "65220 group meter 16391: 50 frames/s, 50 at once again 28\n");
}

/* The meter has to let pass what the container's own limit does. */
TEST(a_rate_has_a_meter_with_a_guard)
{
    struct attachment spec = {.guard = SOURCE_GUARD_MAC,
                              .vlan = 10,
                              .storm = 50,
                              .rate_kbit = 100000};

    check_flows(&spec,
                "65220 group meter 16391: 50 frames/s, 50 at once again 28\n"
                "65222 all meter 32775: 102001 kbit/s, 2024 at once again 29\n"
                "65202 " ACCESS " again 31\n"
                "65200 drop\n");
    spec.burst_kbit = 8000;
    spec.storm = 0;
    check_flows(&spec,
                "65222 all meter 32775: 102001 kbit/s, 9024 at once again 29\n"
                "65202 " ACCESS " again 31\n"
                "65200 drop\n");
}

TEST(meters_go_with_their_port)
{
    struct flow_delete gone = port_flows_gone(7);

    CHECK_EQ(gone.cookie, port_flows_of(7).cookie);
    CHECK_EQ(gone.meters[0], 16391);
    CHECK_EQ(gone.meters[1], 32775);
    CHECK_EQ(port_flows_of(7).meters[0], 0);
    CHECK_EQ(port_flows_gone(16384).meters[0], 0);
}

TEST(numbers_that_are_no_ports_have_no_flows)
{
    const struct attachment spec = {.guard = SOURCE_GUARD_FULL};
    const struct mac mac = {{2}};
    const int64_t bad[] = {0, -1, 0xff00, 0xfffe, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        auto_flow_list struct flow_list flows = {0};
        port_flows_add(&spec, &mac, bad[i], &flows);
        CHECK_EQ(flows.count, 0);
    }
}

TEST(mac_on_an_access_port_has_no_tag)
{
    check_flows(&(struct attachment){.guard = SOURCE_GUARD_MAC, .vlan = 10},
                "65202 " ACCESS " again 31\n"
                "65200 drop\n");
}

TEST(mac_on_a_trunk_has_one_tag)
{
    static const enum vlan_mode modes[] = {
        VLAN_MODE_TRUNK, VLAN_MODE_NATIVE_TAGGED, VLAN_MODE_NATIVE_UNTAGGED};
    static const char want[] = "65210 dl_type=0x8100 drop\n"
                               "65210 dl_type=0x88a8 drop\n"
                               "65202 " OWN " again 31\n"
                               "65200 drop\n";

    check_flows(&(struct attachment){.guard = SOURCE_GUARD_MAC}, want);
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        check_flows(&(struct attachment){.guard = SOURCE_GUARD_MAC,
                                         .vlan_mode = modes[i],
                                         .vlan = i ? 10 : 0},
                    want);
}

TEST(mac_on_a_tunnel_has_what_it_likes)
{
    check_flows(&(struct attachment){.guard = SOURCE_GUARD_MAC,
                                     .vlan = 10,
                                     .vlan_mode = VLAN_MODE_DOT1Q_TUNNEL},
                "65202 " OWN " again 31\n"
                "65200 drop\n");
}

#define BLOCKED                                                      \
    "65210 dl_type=0x800,nw_proto=17,tp_dst=68 drop\n"               \
    "65210 dl_type=0x86dd,nw_proto=17,tp_dst=546 drop\n"             \
    "65210 dl_type=0x800,nw_proto=1,icmp_type=5 drop\n"              \
    "65210 dl_type=0x86dd,nw_proto=58,icmpv6_type=134 drop\n"        \
    "65210 dl_type=0x86dd,nw_proto=58,icmpv6_type=137 drop\n"        \
    "65210 dl_type=0x86dd,nw_proto=58,nw_ttl=255,ip_frag=1/3 drop\n" \
    "65210 dl_type=0x800,dl_dst=ff:ff:ff:ff:ff:ff,nw_proto=17,"      \
    "ip_frag=1/3 drop\n"                                             \
    "65210 dl_type=0x86dd,nw_proto=0 drop\n"                         \
    "65210 dl_type=0x86dd,nw_proto=59 drop\n"
#define V4(own, addr)                                                    \
    "65202 " own ",dl_type=0x806,arp_spa=" addr                          \
    ",arp_sha=02:00:00:00:00:01 again 31\n"                              \
    "65202 " own ",dl_type=0x806,arp_op=1,arp_spa=0.0.0.0,arp_tpa=" addr \
    ",arp_sha=02:00:00:00:00:01 again 31\n"                              \
    "65202 " own ",dl_type=0x800,nw_src=" addr " again 31\n"
#define V6(own, addr)                                                          \
    "65202 " own ",dl_type=0x86dd,ipv6_src=" addr " again 30\n"                \
    "65202 " own                                                               \
    ",dl_type=0x86dd,ipv6_src=::,nw_proto=58,icmpv6_type=135,icmpv6_code=0"    \
    ",nd_target=" addr ",nd_sll=00:00:00:00:00:00 again 31\n"                  \
    "65206 2nd "                                                               \
    "dl_type=0x86dd,nw_proto=58,icmpv6_type=136,icmpv6_code=0,nd_target=" addr \
    ",nd_tll=02:00:00:00:00:01 again 31\n"                                     \
    "65206 2nd "                                                               \
    "dl_type=0x86dd,nw_proto=58,icmpv6_type=136,icmpv6_code=0,nd_target=" addr \
    ",nd_tll=00:00:00:00:00:00 again 31\n"
#define REST(own)                                                          \
    "65206 2nd dl_type=0x86dd,nw_proto=58,icmpv6_type=135,icmpv6_code=0"   \
    ",nd_sll=02:00:00:00:00:01 again 31\n"                                 \
    "65206 2nd dl_type=0x86dd,nw_proto=58,icmpv6_type=135,icmpv6_code=0"   \
    ",nd_sll=00:00:00:00:00:00 again 31\n"                                 \
    "65204 2nd dl_type=0x86dd,nw_proto=58,icmpv6_type=135 drop\n"          \
    "65210 dl_type=0x86dd,nw_proto=58,icmpv6_type=135,icmpv6_code=0"       \
    ",nd_target=:: drop\n"                                                 \
    "65204 2nd dl_type=0x86dd,nw_proto=58,icmpv6_type=136 drop\n"          \
    "65210 dl_type=0x86dd,nw_proto=58,icmpv6_type=136,icmpv6_code=0"       \
    ",nd_target=:: drop\n"                                                 \
    "65202 2nd again 31\n"                                                 \
    "65202 " own ",dl_type=0x86dd,ipv6_src=::,nw_proto=58,icmpv6_type=131" \
    " again 31\n"                                                          \
    "65202 " own ",dl_type=0x86dd,ipv6_src=::,nw_proto=58,icmpv6_type=143" \
    " again 31\n"                                                          \
    "65200 drop\n"
#define LINK_LOCAL "fe80::ff:fe00:1"

TEST(full_has_each_address)
{
    struct attachment spec = {.guard = SOURCE_GUARD_FULL, .vlan = 10};

    spec.ip[spec.ip_count++] = prefix("10.0.0.5/24");
    spec.ip[spec.ip_count++] = prefix("fd00::5/64");
    check_flows(&spec, BLOCKED V4(ACCESS, "10.0.0.5") V6(ACCESS, "fd00::5")
                           V6(ACCESS, LINK_LOCAL) REST(ACCESS));
}

TEST(full_on_a_trunk_has_any_vlan)
{
    struct attachment spec = {.guard = SOURCE_GUARD_FULL,
                              .vlan_mode = VLAN_MODE_TRUNK};

    spec.ip[spec.ip_count++] = prefix("10.0.0.5/24");
    check_flows(&spec,
                BLOCKED V4(OWN, "10.0.0.5") V6(OWN, LINK_LOCAL) REST(OWN));
}

TEST(full_has_what_else_was_allowed)
{
    struct attachment spec = {.guard = SOURCE_GUARD_FULL, .vlan = 10};

    spec.ip[spec.ip_count++] = prefix("10.0.0.5/24");
    spec.guard_also[spec.guard_also_count++] = prefix("10.0.0.9/32");
    spec.guard_also[spec.guard_also_count++] = prefix("10.7.0.0/16");
    spec.guard_also[spec.guard_also_count++] = prefix("fd07::/32");
    check_flows(&spec, BLOCKED V4(ACCESS, "10.0.0.5") V4(ACCESS, "10.0.0.9")
                           V4(ACCESS, "10.7.0.0/255.255.0.0")
                               V6(ACCESS, "fd07::/ffff:ffff::")
                                   V6(ACCESS, LINK_LOCAL) REST(ACCESS));
}

/* Routers announce whatever prefix they like. */
TEST(full_has_the_addresses_that_routers_give)
{
    check_flows(
        &(struct attachment){
            .guard = SOURCE_GUARD_FULL, .vlan = 10, .accepts_ra = true},
        BLOCKED V6(ACCESS, LINK_LOCAL)
            V6(ACCESS, "::ff:fe00:1/::ffff:ffff:ffff:ffff") REST(ACCESS));
}

#define ASKS                                                              \
    "65202 " ACCESS ",dl_type=0x800,nw_proto=17,nw_src=0.0.0.0,tp_dst=67" \
    " again 31\n"

/* Before a lease it may look whether somebody has what it is offered; after
 * that it has its address alone. */
TEST(full_with_a_lease)
{
    struct attachment spec = {
        .guard = SOURCE_GUARD_FULL, .vlan = 10, .ip_dhcp = true};

    check_flows(&spec, BLOCKED V6(ACCESS, LINK_LOCAL) ASKS
                "65202 " ACCESS ",dl_type=0x806,arp_op=1,arp_spa=0.0.0.0"
                ",arp_sha=02:00:00:00:00:01 again 31\n" REST(ACCESS));
    spec.ip[spec.ip_count++] = prefix("10.0.0.5/24");
    check_flows(&spec, BLOCKED V4(ACCESS, "10.0.0.5") V6(ACCESS, LINK_LOCAL)
                           ASKS REST(ACCESS));
}

/* As many of all as there may be. */
TEST(the_most_flows_that_a_port_may_have)
{
    struct attachment spec = {.guard = SOURCE_GUARD_FULL, .accepts_ra = true};
    auto_flow_list struct flow_list flows = {0};

    for (size_t i = 0; i < LIMIT_ADDRESSES; i++)
        spec.ip[spec.ip_count++] = prefix("fd00::5/64");
    for (size_t i = 0; i < LIMIT_GUARD_ALSO; i++)
        spec.guard_also[spec.guard_also_count++] = prefix("fd07::/32");
    port_flows_add(&spec, &(struct mac){{2}}, 0xfeff, &flows);
    CHECK_EQ(flows.count,
             9 + 4 * (LIMIT_ADDRESSES + LIMIT_GUARD_ALSO + 2) + 10);
}

TEST(cookies_tell_the_port)
{
    CHECK_EQ(port_flows_of(9).cookie, 0x6f7673696e740009);
    CHECK_EQ(port_flows_of(9).mask, UINT64_MAX);
    CHECK_EQ(port_flows_ofport(0x6f7673696e74feff), 0xfeff);
    CHECK_EQ(port_flows_ofport(0x6f7673696e750001), 0);
    CHECK_EQ(port_flows_ofport(0), 0);
    CHECK((port_flows_of(9).cookie & PORT_FLOWS_ALL.mask) ==
          PORT_FLOWS_ALL.cookie);
}

TEST_MAIN
