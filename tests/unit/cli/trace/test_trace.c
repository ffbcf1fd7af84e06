/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace` without a switch: what ofproto/trace says, as of Open vSwitch
 * 3.1; the frames that it is asked about; routes; and from what was seen to
 * sentences, one case for each end.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "cli/trace/frames.h"
#include "cli/trace/trace.h"
#include "ovsint/net/route.h"
#include "tests/lib/test.h"

static void read_dump(struct trace_path *path, const char *dump)
{
    path->asked = true;
    path->dump = BUF_INIT(TRACE_DUMP_SIZE);
    buf_add_text(&path->dump, dump);
    trace_read(path);
}

static const char learned[] = "Flow: tcp,in_port=oia\n\nbridge(\"br0\")\n"
                              "-------------\n 0. priority 0\n    NORMAL\n"
                              "     -> forwarding to learned port\n\n"
                              "Final flow: unchanged\nMegaflow: tcp\n"
                              "Datapath actions: oib\n";
static const char flooded[] =
    " 0. priority 0\n    NORMAL\n"
    "     -> no learned MAC for destination, flooding\n\n"
    "Datapath actions: push_vlan(vid=10,pcp=0),br0,pop_vlan,oib,"
    "push_vlan(vid=10,pcp=0),up0\n";
static const char guarded[] =
    " 0. reg15=0/0x80000000,in_port=oia, priority 65200, cookie "
    "0x6f7673696e740003\n    drop\n\nDatapath actions: drop\n";
static const char foreign[] = " 0. tcp,tp_dst=81, priority 100, cookie 0x7\n"
                              "    drop\n\nDatapath actions: drop\n";
static const char unmatched[] =
    " 0. No match.\n    drop\n\nDatapath actions: drop\n";
static const char tagged[] =
    " 0. priority 0\n    NORMAL\n     -> disallowed VLAN VID for this input "
    "port, dropping\n\nDatapath actions: drop\n";
static const char tracked[] =
    " 0. tcp, priority 101\n    ct(table=1)\n    drop\n"
    "     -> A clone of the packet is forked to recirculate.\n\n"
    "Datapath actions: ct,recirc(0x1)\n\n====\nrecirc(0x1) - resume\n====\n"
    " 1. ct_state=+new, priority 101\n    NORMAL\n"
    "     -> forwarding to learned port\n"
    "Datapath actions: ct(commit,nat(src=10.0.0.1)),set(eth(src=1,dst=2)),"
    "oib\n";

TEST(dumps)
{
    static const struct {
        const char *dump;
        size_t outputs;
        const char *first;
        bool floods, is_drop, no_match;
    } table[] = {
        {learned, 1, "oib", false, false, false},
        {flooded, 3, "br0", true, false, false},
        {guarded, 0, NULL, false, true, false},
        {foreign, 0, NULL, false, true, false},
        {unmatched, 0, NULL, false, true, true},
        {tagged, 0, NULL, false, false, false},
        {tracked, 1, "oib", false, false, false},
        {"", 0, NULL, false, false, false},
        {"Datapath actions: ", 0, NULL, false, false, false},
        {"Datapath actions: push_vlan(vid=,a", 0, NULL, false, false, false},
        {" 0.", 0, NULL, false, false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct trace_path path = {0};
        read_dump(&path, table[i].dump);
        if (path.output_count != table[i].outputs)
            TEST_FAIL("%zu: %zu outputs", i, path.output_count);
        if (table[i].first)
            CHECK_STR(path.outputs[0].name, table[i].first);
        if (path.floods != table[i].floods ||
            path.is_drop != table[i].is_drop ||
            path.no_match != table[i].no_match)
            TEST_FAIL("%zu: %d %d %d", i, path.floods, path.is_drop,
                      path.no_match);
        trace_path_done(&path);
    }
    struct trace_path path = {0};
    read_dump(&path, flooded);
    CHECK_EQ(trace_finds(&path, "br0")->vlan, 10);
    CHECK_EQ(trace_finds(&path, "oib")->vlan, -1);
    CHECK_EQ(trace_finds(&path, "up0")->vlan, 10);
    CHECK(!trace_finds(&path, "up"));
    trace_path_done(&path);
    struct trace_path dropped = {0};
    read_dump(&dropped, tagged);
    CHECK_HAS(dropped.note, "disallowed VLAN");
    trace_path_done(&dropped);
    struct trace_path other = {0};
    read_dump(&other, foreign);
    CHECK_EQ(other.cookie, 7);
    CHECK_HAS(other.flow, "tcp,tp_dst=81, priority 100");
    trace_path_done(&other);
}

/* More outputs than are kept are counted. */
TEST(a_flood_to_many)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);
    struct trace_path path = {0};

    buf_add_text(&text, "Datapath actions: ");
    for (int i = 0; i < 100; i++)
        buf_addf(&text, "%sport%d", i ? "," : "", i);
    buf_add_text(&text, "\n");
    read_dump(&path, buf_text(&text));
    CHECK_EQ(path.output_count, 100);
    CHECK(trace_finds(&path, "port99"));
    trace_path_done(&path);
}

static struct ip ip(const char *text)
{
    struct ip ret;

    CHECK_EQ(parse_ip(text, &ret), 0);
    return ret;
}

/* Two containers on a bridge, as everything of them is seen. */
struct world {
    struct plugged web, db;
    struct switch_port ports[2];
    struct switch_bridge bridge;
    struct trace_seen seen;
};

static char *text(const char *from)
{
    return (char *)(uintptr_t)from;
}

static void set_end(struct world *world, struct trace_end *end, int at,
                    const char *address)
{
    end->port = at ? &world->db : &world->web;
    end->bridge = &world->bridge;
    end->on = &world->ports[at];
    end->ip = ip(address);
    end->mac = (struct mac){{2, 0, 0, 0, 0, (uint8_t)(at + 1)}};
    end->has_mac = end->seen = end->up = true;
    end->mtu = 1500;
}

static void make(struct world *world)
{
    *world = (struct world){0};
    snprintf(world->web.port, sizeof(world->web.port), "oia");
    snprintf(world->db.port, sizeof(world->db.port), "oib");
    world->web.name = text("web");
    world->db.name = text("db");
    world->bridge.name = text("br0");
    world->bridge.ports = world->ports;
    world->bridge.count = 2;
    for (int i = 0; i < 2; i++)
        world->ports[i] = (struct switch_port){.name = text(i ? "oib" : "oia"),
                                               .vlan = text("10"),
                                               .type = text("internal"),
                                               .tag = 10,
                                               .ofport = i + 1,
                                               .is_ours = true};
    set_end(world, &world->seen.from, 0, "10.0.0.1");
    set_end(world, &world->seen.to, 1, "10.0.0.2");
    world->seen.hop = world->seen.to;
    world->seen.route_is_ours = true;
    world->seen.forwards = true;
    read_dump(&world->seen.question, flooded);
    read_dump(&world->seen.packet, learned);
}

static void change(struct trace_path *path, const char *dump)
{
    trace_path_done(path);
    *path = (struct trace_path){0};
    read_dump(path, dump);
}

/* The last step has the id, and says that. */
static void comes_to(struct world *world, enum trace_fate fate, const char *id,
                     const char *says)
{
    auto_trace_verdict struct trace_verdict verdict = {0};

    trace_judge(&world->seen, &verdict);
    CHECK(verdict.count > 0);
    const struct trace_step *last = &verdict.steps[verdict.count - 1];
    if (verdict.fate != fate || strcmp(last->id, id) != 0 ||
        !strstr(last->text, says) || last->ends != (fate == TRACE_ENDS))
        TEST_FAIL("%s at %s: %s", trace_fate_name(verdict.fate), last->id,
                  last->text);
    trace_seen_done(&world->seen);
}

static void mentions(struct world *world, const char *id, const char *says)
{
    auto_trace_verdict struct trace_verdict verdict = {0};
    bool found = false;

    trace_judge(&world->seen, &verdict);
    for (size_t i = 0; i < verdict.count; i++)
        found |= strcmp(verdict.steps[i].id, id) == 0 &&
                 strstr(verdict.steps[i].text, says);
    CHECK(found);
    trace_seen_done(&world->seen);
}

TEST(it_arrives)
{
    struct world world;

    make(&world);
    comes_to(&world, TRACE_ARRIVES, "to", "it arrives at db, 10.0.0.2");
    make(&world);
    change(&world.seen.packet, flooded);
    comes_to(&world, TRACE_ARRIVES, "to", "it arrives at db");
    make(&world);
    world.seen.route_table = 100;
    mentions(&world, "rule", "a rule of web chooses that route from table 100");
    make(&world);
    world.seen.route_table = RT_TABLE_MAIN;
    comes_to(&world, TRACE_ARRIVES, "to", "it arrives at db");
    make(&world);
    world.seen.is_self = true;
    comes_to(&world, TRACE_ARRIVES, "route", "itself");
}

TEST(it_ends_at_the_sender)
{
    struct world world;

    make(&world);
    world.seen.from.on = NULL;
    comes_to(&world, TRACE_ENDS, "from", "no row");
    make(&world);
    world.seen.from.seen = false;
    world.web.state = text("lost");
    comes_to(&world, TRACE_ENDS, "device", "lost");
    make(&world);
    world.seen.from.up = false;
    comes_to(&world, TRACE_ENDS, "device", "'ip link set oia up'");
    make(&world);
    err_set(&world.seen.route_why, ENETUNREACH,
            "there is no route to 10.0.0.2");
    comes_to(&world, TRACE_ENDS, "route", "web: there is no route");
    make(&world);
    world.seen.route_is_ours = false;
    snprintf(world.seen.route_device, IFNAME_SIZE, "eth7");
    comes_to(&world, TRACE_UNKNOWN, "route", "by its device eth7");
}

TEST(it_ends_in_the_switch)
{
    struct world world;

    make(&world);
    err_set(&world.seen.switch_why, ECONNREFUSED, "away");
    comes_to(&world, TRACE_UNKNOWN, "switch", "away");
    make(&world);
    err_set(&world.seen.packet.why, ETIMEDOUT, "is it stuck?");
    comes_to(&world, TRACE_UNKNOWN, "switch", "is it stuck?");
    make(&world);
    change(&world.seen.question, guarded);
    comes_to(&world, TRACE_ENDS, "guard", "drops the question for the MAC");
    make(&world);
    change(&world.seen.packet, guarded);
    comes_to(&world, TRACE_ENDS, "guard", "the source guard of web drops");
    make(&world);
    change(&world.seen.packet, foreign);
    comes_to(&world, TRACE_ENDS, "flow", "not ovsint's: tcp,tp_dst=81");
    make(&world);
    change(&world.seen.packet, unmatched);
    comes_to(&world, TRACE_ENDS, "flow", "a flow of bridge br0 drops");
    make(&world);
    change(&world.seen.packet, tagged);
    comes_to(&world, TRACE_ENDS, "switch", "disallowed VLAN");
    make(&world);
    change(&world.seen.answer, guarded);
    comes_to(&world, TRACE_ENDS, "guard", "the source guard of db drops");
}

TEST(it_goes_elsewhere)
{
    static const char elsewhere[] = " 0. priority 0\n    NORMAL\n"
                                    "Datapath actions: oic\n";
    struct switch_bridge other = {.name = text("br1")};
    struct world world;

    make(&world);
    change(&world.seen.question, elsewhere);
    world.ports[1].tag = 20;
    world.ports[1].vlan = text("20");
    comes_to(&world, TRACE_ENDS, "vlan", "web is in VLAN 10, db in VLAN 20");
    make(&world);
    change(&world.seen.question, elsewhere);
    world.ports[1].tag = -1;
    world.ports[1].vlan = text("trunk 30");
    comes_to(&world, TRACE_ENDS, "vlan", "db carries trunk 30");
    make(&world);
    change(&world.seen.question, elsewhere);
    world.seen.hop.bridge = &other;
    comes_to(&world, TRACE_ENDS, "bridge", "db on bridge br1");
    make(&world);
    change(&world.seen.packet, elsewhere);
    comes_to(&world, TRACE_ENDS, "switch", "first to oic");
    make(&world);
    change(&world.seen.packet, elsewhere);
    world.ports[1].ofport = -1;
    comes_to(&world, TRACE_ENDS, "switch", "has no port oib: it refused it");
}

TEST(it_ends_at_the_receiver)
{
    struct world world;

    make(&world);
    world.seen.to.seen = false;
    world.db.state = text("deleted");
    comes_to(&world, TRACE_ENDS, "to", "deleted");
    make(&world);
    world.seen.to.up = false;
    comes_to(&world, TRACE_ENDS, "to", "'ip link set oib up'");
}

TEST(out_of_the_switch)
{
    struct world world;

    make(&world);
    world.seen.hop.on = NULL;
    world.seen.to.port = NULL;
    comes_to(&world, TRACE_LEAVES, "outside", "no container here has 10.0.0.2");
    make(&world);
    world.seen.hop.on = NULL;
    change(&world.seen.question, learned);
    comes_to(&world, TRACE_ENDS, "nobody", "has the address 10.0.0.2");
}

static void by_host(struct world *world)
{
    make(world);
    world->seen.by_host = world->seen.has_router = true;
    world->seen.hop.port = NULL;
    world->seen.exit = world->seen.hop;
    snprintf(world->seen.host_device, IFNAME_SIZE, "wan0");
}

/* To another host, on a logical switch. */
TEST(through_a_tunnel)
{
    static const struct {
        const char *dump, *id, *says;
        enum trace_fate fate;
    } table[] = {
        {"Datapath actions: tnl_push(tnl_port(2),out_port(1)),7\n", "tunnel",
         "send it to host h2, where db has the address: what", TRACE_LEAVES},
        {"     -> output to native tunnel\n"
         "     >> neighbor cache miss for 192.0.2.12 on bridge br-phy, sending "
         "ARP request\n\nDatapath actions: drop\n",
         "tunnel", "by a tunnel to 192.0.2.12, whose MAC address",
         TRACE_LEAVES},
        {"     >> native tunnel routing failed\nDatapath actions: drop\n",
         "flow", "the switch has no route to its end", TRACE_ENDS},
        {foreign, "flow", "an ACL or the port's own", TRACE_ENDS},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct world world;
        make(&world);
        world.web.logical_switch = text("web");
        world.seen.hop.on = NULL;
        world.seen.hop.port = NULL;
        world.seen.logical =
            (struct trace_logical){.asked = true, .found = true, .bound = true};
        snprintf(world.seen.logical.host, TRACE_NAME_SIZE, "h2");
        snprintf(world.seen.logical.holder, TRACE_NAME_SIZE, "db");
        change(&world.seen.packet, table[i].dump);
        comes_to(&world, table[i].fate, table[i].id, table[i].says);
    }
}

/* OVN's own routers: where this host's view ends, and who sees further. */
TEST(to_a_router_of_ovn)
{
    static const struct {
        enum trace_protocol protocol;
        const char *to, *from, *says, *on;
    } table[] = {
        {TRACE_TCP, "192.0.2.80", "10.0.0.2",
         "ovn-trace 'a'\\'';b' 'inport ==", "a';b"},
        {TRACE_TCP, "192.0.2.80", "10.0.0.2",
         "ovn-trace web 'inport == \"ovsint-oia\" && eth.src == "
         "02:00:00:00:00:01 && eth.dst == 02:00:00:00:00:fe && ip4.src == "
         "10.0.0.2 && ip4.dst == 192.0.2.80 && ip.ttl == 64 && tcp.dst == 81'"},
        {TRACE_UDP, "192.0.2.80", "",
         "02:00:00:00:00:fe && ip4.dst == 192.0.2.80 && ip.ttl == 64 && "
         "udp.dst == 81'"},
        {TRACE_ICMP, "192.0.2.80", "10.0.0.2",
         "ip.ttl == 64 && icmp4.type == 8'"},
        {TRACE_ICMP, "2001:db8::80", "fd00::2",
         "ip6.src == fd00::2 && ip6.dst == 2001:db8::80 && ip.ttl == 64 && "
         "icmp6.type == 128'"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct world world;
        make(&world);
        world.web.logical_switch = text(table[i].on ? table[i].on : "web");
        world.seen.hop.on = NULL;
        world.seen.hop.port = NULL;
        world.seen.has_router = true;
        world.seen.protocol = table[i].protocol;
        world.seen.to_port = 81;
        world.seen.from.ip = (struct ip){0};
        if (table[i].from[0])
            CHECK_EQ(parse_ip(table[i].from, &world.seen.from.ip), 0);
        CHECK_EQ(parse_mac("02:00:00:00:00:01", &world.seen.from.mac), 0);
        CHECK_EQ(parse_mac("02:00:00:00:00:fe", &world.seen.hop.mac), 0);
        world.seen.from.has_mac = true;
        CHECK_EQ(parse_ip(table[i].to, &world.seen.asked_ip), 0);
        world.seen.logical = (struct trace_logical){.asked = true};
        snprintf(world.seen.logical.router, TRACE_NAME_SIZE, "r-web");
        comes_to(&world, TRACE_LEAVES, "ovn-trace", table[i].says);
    }
}

/* As a shell takes the switch's name. */
TEST(an_address_that_no_port_of_ours_has_on_a_logical_switch)
{
    static const char *const table[][2] = {
        {"web", "has it: ovn-nbctl show web"},
        {"web of us", "has it: ovn-nbctl show 'web of us'"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct world world;
        make(&world);
        world.web.logical_switch = text(table[i][0]);
        world.seen.hop.on = NULL;
        world.seen.hop.port = NULL;
        world.seen.logical = (struct trace_logical){.asked = true};
        comes_to(&world, TRACE_UNKNOWN, "nobody", table[i][1]);
    }
}

TEST(by_the_host)
{
    struct world world;

    by_host(&world);
    world.seen.to.port = NULL;
    world.seen.masquerades = true;
    comes_to(&world, TRACE_LEAVES, "host", "by wan0, with its own address");
    by_host(&world);
    world.seen.to.port = NULL;
    err_set(&world.seen.host_route_why, ENETUNREACH, "there is no route");
    comes_to(&world, TRACE_ENDS, "host", "there is no route");
    by_host(&world);
    world.seen.to.port = NULL;
    world.seen.host_table = 100;
    mentions(&world, "rule", "of the host chooses that route from table 100");
    by_host(&world);
    world.seen.to.port = NULL;
    snprintf(world.seen.closed_by, sizeof(world.seen.closed_by), "ip others");
    mentions(&world, "filter", "'ip others' is a packet filter");
    by_host(&world);
    world.seen.to_is_host = true;
    comes_to(&world, TRACE_ARRIVES, "host", "has that address itself");
    by_host(&world);
    world.seen.forwards = false;
    comes_to(&world, TRACE_ENDS, "forwarding", "does not forward");
    by_host(&world);
    comes_to(&world, TRACE_ENDS, "nat", "the network of db takes no");
    by_host(&world);
    world.seen.inward_opens = true;
    comes_to(&world, TRACE_ENDS, "host", "host access port is not there");
    by_host(&world);
    world.seen.to_is_host = true;
    world.seen.published = &world.db;
    change(&world.seen.second, learned);
    comes_to(&world, TRACE_ARRIVES, "to", "it arrives at db");
    by_host(&world);
    world.seen.inward_opens = true;
    change(&world.seen.second, foreign);
    comes_to(&world, TRACE_ENDS, "flow", "not ovsint's");
}

TEST(by_a_container)
{
    struct world world;

    make(&world);
    world.seen.has_router = true;
    comes_to(&world, TRACE_LEAVES, "router", "db is its router");
}

TEST(mtus)
{
    auto_trace_verdict struct trace_verdict verdict = {0};
    struct world world;

    make(&world);
    world.seen.hop.mtu = 1400;
    trace_judge(&world.seen, &verdict);
    CHECK_EQ(verdict.fate, TRACE_ARRIVES);
    const struct trace_step *step = &verdict.steps[verdict.count - 2];
    CHECK_STR(step->id, "mtu");
    CHECK(step->warns && !step->ends);
    CHECK_HAS(step->text, "MTU 1500 of web is larger than 1400 of db");
    trace_seen_done(&world.seen);
}

TEST(frames)
{
    char frame[TRACE_FRAME_SIZE];
    struct world world;
    struct trace_packet packet = {TRACE_TCP, ip("10.0.0.1"), ip("10.0.0.2"),
                                  80};

    make(&world);
    trace_question_frame(&world.seen.from, &world.seen.to.ip, frame);
    CHECK_STR(frame, "in_port=1,arp,dl_src=02:00:00:00:00:01,dl_dst="
                     "ff:ff:ff:ff:ff:ff,arp_op=1,arp_sha=02:00:00:00:00:01,"
                     "arp_spa=10.0.0.1,arp_tpa=10.0.0.2");
    trace_answer_frame(&world.seen.to, &world.seen.from, frame);
    CHECK_STR(frame, "in_port=2,arp,dl_src=02:00:00:00:00:02,dl_dst="
                     "02:00:00:00:00:01,arp_op=2,arp_sha=02:00:00:00:00:02,"
                     "arp_spa=10.0.0.2,arp_tha=02:00:00:00:00:01,"
                     "arp_tpa=10.0.0.1");
    trace_packet_frame(&world.seen.from, &world.seen.to.mac, &packet, frame);
    CHECK_STR(frame, "in_port=1,tcp,tcp_src=40000,tcp_dst=80,tcp_flags=2,"
                     "dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,"
                     "nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64");
    struct ip six = ip("fd00::12:3456");
    world.seen.from.ip = ip("fd00::1");
    trace_question_frame(&world.seen.from, &six, frame);
    CHECK_HAS(frame, "dl_dst=33:33:ff:12:34:56,ipv6_src=fd00::1,"
                     "ipv6_dst=ff02::1:ff12:3456,nw_ttl=255,icmpv6_type=135");
    packet = (struct trace_packet){TRACE_ICMP, ip("fd00::1"), six, 0};
    trace_packet_frame(&world.seen.from, &world.seen.to.mac, &packet, frame);
    CHECK_HAS(frame, "icmp6,icmpv6_type=128,icmpv6_code=0,");
    trace_seen_done(&world.seen);
}

TEST_MAIN
