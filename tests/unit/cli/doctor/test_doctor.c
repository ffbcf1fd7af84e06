/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Each finding: seen in what it is about, and in nothing else. The base is a
 * sound host on which all that is judged is there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "tests/lib/test.h"

#define SET(to, from) snprintf(to, sizeof(to), "%s", from)

static const char rows[] =
    "{\"Open_vSwitch\":{\"10000000-0000-0000-0000-000000000001\":{\"initial\":{"
    "\"ovs_version\":\"3.3.9\",\"next_cfg\":7,\"cur_cfg\":7,"
    "\"external_ids\":[\"map\",[[\"ovn-remote\",\"unix:/x\"]]],"
    "\"other_config\":[\"map\",[[\"userspace-tso-enable\",\"true\"]]]}}},"
    "\"Interface\":{"
    "\"20000000-0000-0000-0000-000000000001\":{\"initial\":{\"name\":\"eno1\"}}"
    ","
    "\"20000000-0000-0000-0000-000000000002\":{\"initial\":{\"name\":\"oiv\","
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"]]]}},"
    "\"20000000-0000-0000-0000-000000000003\":{\"initial\":{\"name\":\"eno2\"}}"
    ","
    "\"20000000-0000-0000-0000-000000000004\":{\"initial\":{\"name\":\"none\"}}"
    ","
    "\"20000000-0000-0000-0000-000000000005\":{\"initial\":{\"name\":\"gen0\","
    "\"type\":\"geneve\"}}"
    "},\"Port\":{"
    "\"30000000-0000-0000-0000-000000000001\":{\"initial\":{\"name\":\"eno1\","
    "\"interfaces\":[\"uuid\",\"20000000-0000-0000-0000-000000000001\"]}},"
    "\"30000000-0000-0000-0000-000000000002\":{\"initial\":{\"name\":\"bond\","
    "\"interfaces\":[\"set\",["
    "[\"uuid\",\"20000000-0000-0000-0000-000000000003\"],"
    "[\"uuid\",\"20000000-0000-0000-0000-000000000002\"]]]}},"
    "\"30000000-0000-0000-0000-000000000003\":{\"initial\":{\"name\":\"gen0\","
    "\"interfaces\":[\"uuid\",\"20000000-0000-0000-0000-000000000005\"]}}},"
    "\"Bridge\":{"
    "\"40000000-0000-0000-0000-000000000001\":{\"initial\":{\"name\":\"br0\","
    "\"datapath_type\":\"netdev\",\"external_ids\":[\"map\",[["
    "\"ovsint-network-aaaabbbbcccc\",\"{\\\"options\\\":{\\\"mode\\\":"
    "\\\"nat\\\"},\\\"pools\\\":[{\\\"pool\\\":\\\"10.9.0.0/24\\\"}]}\"]]],"
    "\"ports\":[\"set\",["
    "[\"uuid\",\"30000000-0000-0000-0000-000000000001\"],"
    "[\"uuid\",\"30000000-0000-0000-0000-000000000002\"],"
    "[\"uuid\",\"30000000-0000-0000-0000-000000000003\"]]]}},"
    "\"40000000-0000-0000-0000-000000000002\":{\"initial\":{\"name\":\"br1\","
    "\"ports\":[\"set\",[]]}}}}";

static char *text(const char *from)
{
    return mem_text(from, strlen(from));
}

static struct plugged *add_port(struct host_seen *seen, const char *name,
                                const char *bridge)
{
    struct plugged *port = plugged_add(&seen->ports, name);

    port->bridge = text(bridge);
    port->container = text("web");
    port->state = text("in its container");
    port->counted = true;
    port->mtu = 1500;
    return port;
}

static void add_card(struct host_seen *seen, const char *name,
                     const char *bridge)
{
    seen->cards = mem_grow(seen->cards, seen->card_count, &seen->card_room,
                           sizeof(*seen->cards));
    struct card_seen *card = &seen->cards[seen->card_count++];
    *card = (struct card_seen){.there = true,
                               .up = true,
                               .carrier = true,
                               .promiscuous = true,
                               .mtu = 1500};
    SET(card->name, name);
    SET(card->bridge, bridge);
}

static void add_bridge(struct host_seen *seen, const char *name, bool userspace)
{
    seen->bridges.rows =
        mem_resize(seen->bridges.rows,
                   (seen->bridges.count + 1) * sizeof(*seen->bridges.rows));
    seen->bridges.rows[seen->bridges.count++] = (struct vswitch_bridge){
        .uuid = text(name), .name = text(name), .userspace = userspace};
}

/* One of oia on the bridge br0, and one of a port that may be on its way. */
static void add_logical(struct host_seen *seen)
{
    struct ovn_seen *ovn = &seen->ovn;

    SET(ovn->remote, "unix:/x");
    SET(ovn->chassis.name, "h1");
    SET(ovn->chassis.bridge, "br0");
    SET(ovn->chassis.encap_ips, "192.0.2.1");
    ovn->chassis.overhead = 58;
    ovn->has_southbound = true;
    ovn->underlay_mtu = 1600;
    ovn->logical_count = 2;
    ovn->logical = mem_new(ovn->logical_count * sizeof(*ovn->logical));
    SET(ovn->logical[0].port, "oia");
    SET(ovn->logical[1].port, "oiz");
    for (size_t i = 0; i < ovn->logical_count; i++) {
        SET(ovn->logical[i].holder, "web");
        ovn->logical[i].is_there = true;
    }
}

/* One of our ports, a pair's end and an uplink on each of two bridges: br0 is
 * the kernel's, br1 is not. */
static void be_sound(struct host_seen *seen)
{
    seen->ports.has_rows = true;
    SET(seen->version, "3.3.9");
    seen->next_cfg = seen->cur_cfg = 7;
    seen->userspace_tso = true;
    seen->has_ovn = true;
    seen->guarded = true;
    seen->has_module = true;
    add_bridge(seen, "br0", false);
    add_bridge(seen, "br1", true);
    add_port(seen, "oia", "br0");
    add_port(seen, "oib", "br1")->veth = true;
    add_card(seen, "eno1", "br0");
    add_card(seen, "eno2", "br1");
    add_logical(seen);
    seen->routers = mem_new(sizeof(*seen->routers));
    seen->router_count = 1;
    SET(seen->routers[0].device, "ovsint-aaaabbbb");
    seen->routers[0].forwards = true;
}

static void set_state(struct host_seen *seen, const char *state)
{
    free(seen->ports.list[0].state);
    seen->ports.list[0].state = text(state);
}

#define SICK(name) static void name(struct host_seen *seen)

SICK(no_database)
{
    seen->ports.has_rows = false;
    err_set(&seen->ports.rows_why, 2, "no such file");
}
SICK(no_switch)
{
    err_set(&seen->switch_why, 2, "no such file");
}
SICK(behind)
{
    seen->next_cfg++;
}
SICK(no_guardian)
{
    seen->guarded = false;
}
SICK(no_module)
{
    seen->has_module = false;
}
SICK(stp)
{
    seen->bridges.rows[0].stp = true;
}
SICK(rstp)
{
    seen->bridges.rows[0].rstp = true;
}
SICK(no_querier)
{
    host_said(seen, FINDING_NO_QUERIER, "br0", NULL);
}
SICK(refused)
{
    seen->ports.list[0].error = text("busy");
}
SICK(lost)
{
    set_state(seen, "lost");
    seen->ports.list[0].counted = false;
}
SICK(blocked)
{
    set_state(seen, "lost, its name is taken inside");
}
SICK(dead)
{
    set_state(seen, "lost");
}
SICK(deleted)
{
    set_state(seen, "deleted");
}
SICK(gone)
{
    set_state(seen, "container gone");
}
SICK(cut)
{
    seen->ports.list[1].veth = false;
    seen->ports.list[1].mtu = 9000;
    seen->cards[1].mtu = 9000;
}
SICK(above)
{
    seen->ports.list[0].mtu = 1501;
}
SICK(differing)
{
    struct plugged *other = add_port(seen, "oic", "br0");

    other->mtu = 1400;
}
SICK(unfinished)
{
    host_said(seen, FINDING_MOVE_UNFINISHED, "br0-host", "waiting");
}
SICK(closed)
{
    host_said(seen, FINDING_FIREWALL_CLOSED, "inet filter", NULL);
}
SICK(ban)
{
    host_said(seen, FINDING_FIREWALL_BAN, "ip filter", "FORWARD");
}
SICK(other_hooks)
{
    host_said(seen, FINDING_HOOKS_DIR, "/c/containers.conf", "/h/hooks.d");
}
SICK(renaming)
{
    host_said(seen, FINDING_UDEV_RENAMES, "/u/70.rules", "NAME=\"x\"");
}
SICK(networkd)
{
    host_said(seen, FINDING_NETWORKD_TAKES, "/n/80.network", NULL);
}
SICK(network_manager)
{
    host_said(seen, FINDING_NETWORK_MANAGER, "/etc/NetworkManager", NULL);
}
SICK(docker_mtu)
{
    host_said(seen, FINDING_DOCKER_MTU, "/etc/docker/daemon.json", "9000");
}
SICK(absent)
{
    seen->cards[0] = (struct card_seen){"eno1", "br0", 0};
}
SICK(down)
{
    seen->cards[0].carrier = false;
}
SICK(silent_card)
{
    seen->cards[1].promiscuous = false;
}
SICK(addressed)
{
    SET(seen->cards[0].address, "192.0.2.1/24");
}
SICK(stuck)
{
    seen->routers[0].forwards = false;
}
SICK(no_hook)
{
    seen->hooks[0] = (struct hook_seen){"/h/a.json", "/usr/bin/ovsint-hook"};
    seen->hook_count = 1;
}
SICK(old_tunnels)
{
    SET(seen->version, "3.1.0");
    seen->bridges.rows[0].userspace = true;
}
SICK(old_tunnels_without_ovn)
{
    SET(seen->version, "3.1.0");
    seen->has_ovn = false;
    seen->has_tunnel = true;
}
SICK(cutting_unit)
{
    SET(seen->ovn_unit, "/lib/ovn-controller.service");
}
SICK(no_system_id)
{
    seen->ovn.absent = "system-id";
}
SICK(no_controller)
{
    err_set(&seen->ovn.controller_why, 2, "no such file");
}
SICK(no_southbound)
{
    seen->ovn.has_southbound = false;
}
SICK(no_integration_bridge)
{
    SET(seen->ovn.chassis.bridge, "br-int");
}
SICK(no_encap_address)
{
    seen->ovn.underlay_mtu = 0;
}
SICK(no_northbound)
{
    err_set(&seen->ovn.northbound_why, 2, "no such file");
}
SICK(cut_off_northbound)
{
    seen->ovn.is_northbound_cut_off = true;
}
SICK(wide)
{
    seen->ovn.underlay_mtu = 1557;
}
SICK(renamed)
{
    SET(seen->ovn.former, "h7");
    seen->ovn.logical[0].is_there = false;
}
SICK(two_gateways)
{
    SET(seen->ovn.peer, "h2");
    SET(seen->ovn.pair, "r-out");
}
SICK(no_mapping)
{
    ovn_seen_physical(&seen->ovn, "office", "wire")->has_localnet = true;
}
SICK(no_mapped_bridge)
{
    no_mapping(seen);
    seen->ovn.mappings = text("lab:br0,wire:br7");
}
SICK(no_localnet)
{
    seen->ovn.mappings = text("wire:br0");
    ovn_seen_physical(&seen->ovn, "office", "wire");
}
SICK(other_vlan)
{
    struct physical_seen *physical =
        ovn_seen_physical(&seen->ovn, "office", "wire");

    seen->ovn.mappings = text("wire:br0");
    physical->is_asked_for = true;
    physical->vlan = 100;
    ovn_seen_localnet(physical, 101);
}
SICK(no_vlan)
{
    other_vlan(seen);
    ovn_seen_localnet(&seen->ovn.physical[0], 0);
}
SICK(no_logical_port)
{
    seen->ovn.logical[0].is_there = false;
}
SICK(no_logical_gateway)
{
    seen->ovn.logical[0].is_there = false;
    seen->ovn.logical[0].is_gateway = true;
}
SICK(other_router)
{
    seen->ovn.logical[0].is_gateway = true;
    SET(seen->ovn.logical[0].router, "rp-web");
}
SICK(stranger)
{
    SET(seen->ovn.logical[0].twin, "vm1");
}
SICK(logical_port_left)
{
    seen->ovn.logical[1].is_left = true;
}
SICK(userspace)
{
    seen->ports.list[1].veth = false;
}
SICK(no_tso)
{
    SET(seen->version, "3.5.0");
    seen->ports.list[1].veth = false;
    seen->userspace_tso = false;
}
SICK(old_status)
{
    SET(seen->version, "3.3.8");
}
SICK(open_policy)
{
    seen->policy_open = true;
}
SICK(unguarded)
{
    seen->unguarded_count = 3;
    seen->unguarded = "oia";
}

static const struct {
    void (*sick)(struct host_seen *seen);
    enum finding_id id;
    const char *says;
} sicknesses[] = {
    {no_database, FINDING_DATABASE_AWAY, "forwards nothing (no such file)"},
    {no_switch, FINDING_SWITCH_AWAY, "lost (no such file)"},
    {behind, FINDING_SWITCH_BEHIND, "cur_cfg is 7, next_cfg 8"},
    {no_guardian, FINDING_GUARDIAN_AWAY, "guardian does not run"},
    {no_module, FINDING_MODULE_AWAY, "bridge br0 is of the kernel's"},
    {stp, FINDING_SPANNING_TREE, "bridge br0 has stp_enable=true"},
    {rstp, FINDING_SPANNING_TREE, "bridge br0 has rstp_enable=true"},
    {no_querier, FINDING_NO_QUERIER, "bridge br0 snoops multicast"},
    {refused, FINDING_PORT_REFUSED, "has not made port oia: busy"},
    {lost, FINDING_LOST_PORT, "port oia is not in its container web"},
    {blocked, FINDING_LOST_PORT, "port oia is not in its container web"},
    {dead, FINDING_DEAD_TAP, "port oia in container web"},
    {deleted, FINDING_DELETED_DEVICE, "port oia was deleted in container web"},
    {gone, FINDING_STALE_PORT, "port oia has ended, web"},
    {cut, FINDING_CUT_FRAMES, "port oib has an MTU of 9000"},
    {above, FINDING_MTU_ABOVE_UPLINK, "1501 bytes against 1500 of eno1"},
    {differing, FINDING_MTU_DIFFERS, "oic with 1400 bytes against 1500 of oia"},
    {unfinished, FINDING_MOVE_UNFINISHED, "access port br0-host is waiting"},
    {closed, FINDING_FIREWALL_CLOSED, "table inet filter of another program"},
    {ban, FINDING_FIREWALL_BAN, "chain FORWARD of table ip filter has a rule"},
    {other_hooks, FINDING_HOOKS_DIR, "and /h/hooks.d with a hook of ours is"},
    {renaming, FINDING_UDEV_RENAMES, "/u/70.rules renames every network"},
    {networkd, FINDING_NETWORKD_TAKES, "/n/80.network makes systemd-networkd"},
    {network_manager, FINDING_NETWORK_MANAGER, "(/etc/NetworkManager)"},
    {docker_mtu, FINDING_DOCKER_MTU, "/etc/docker/daemon.json sets mtu to 9"},
    {absent, FINDING_UPLINK_ABSENT, "bridge br0 has a port eno1"},
    {down, FINDING_UPLINK_DOWN, "uplink eno1 of bridge br0"},
    {silent_card, FINDING_UPLINK_DEAD, "uplink eno2 of bridge br1"},
    {addressed, FINDING_UPLINK_ADDRESSES, "has the address 192.0.2.1/24"},
    {stuck, FINDING_FORWARDING_OFF, "arrives on ovsint-aaaabbbb"},
    {no_hook, FINDING_HOOK_ABSENT, "/h/a.json names the program /usr/bin/"},
    {old_tunnels, FINDING_TUNNEL_DROPS_TCP, "Open vSwitch 3.1.0 with"},
    {old_tunnels_without_ovn, FINDING_TUNNEL_DROPS_TCP, "there are tunnels"},
    {cutting_unit, FINDING_OVN_UNIT, "/lib/ovn-controller.service ends"},
    {no_system_id, FINDING_OVN_INCOMPLETE, "external_ids:system-id of the"},
    {no_controller, FINDING_OVN_CONTROLLER_AWAY, "learned (no such file)"},
    {no_southbound, FINDING_OVN_SOUTHBOUND_AWAY, "database, unix:/x: ports"},
    {no_integration_bridge, FINDING_OVN_BRIDGE_ABSENT, "no bridge br-int"},
    {no_encap_address, FINDING_OVN_ENCAP_ADDRESS, "tunnels, 192.0.2.1: noth"},
    {no_northbound, FINDING_OVN_NORTHBOUND_AWAY, "made (no such file)"},
    {cut_off_northbound, FINDING_OVN_NORTHBOUND_CUT_OFF, "has lost the others"},
    {wide, FINDING_OVN_MTU,
     "oia may send more than OVN's tunnels carry, 1500 "
     "bytes against 1499"},
    {renamed, FINDING_OVN_RENAMED,
     "as those of host h7, and its system-id is h1"},
    {two_gateways, FINDING_OVN_GATEWAY_PAIR,
     "port r-out of a router of OVN's has this host and host h2 as gateways"},
    {no_mapping, FINDING_OVN_MAPPING,
     "physical network wire, on which the log"},
    {no_mapped_bridge, FINDING_OVN_MAPPED_BRIDGE, "no bridge br7, which"},
    {no_localnet, FINDING_LOCALNET_LOST, "logical switch office has no port"},
    {other_vlan, FINDING_LOCALNET_VLAN,
     "of the logical switch office has VLAN 101 in place of VLAN 100"},
    {no_vlan, FINDING_LOCALNET_VLAN, "has no VLAN in place of VLAN 100"},
    {no_logical_port, FINDING_LOGICAL_PORT_LOST, "port oia is not in OVN's"},
    {no_logical_gateway, FINDING_LOGICAL_GATEWAY_LOST,
     "for which port oia is on this host"},
    {other_router, FINDING_LOGICAL_GATEWAY_TWICE,
     "port rp-web of a router of OVN's has an address"},
    {stranger, FINDING_LOGICAL_ADDRESS_TWICE,
     "the logical port vm1, which somebody else has made, has an address of"},
    {logical_port_left, FINDING_LOGICAL_PORT_STALE, "port, oiz, is not there"},
    {userspace, FINDING_USERSPACE, "bridge br1 is of the userspace"},
    {no_tso, FINDING_USERSPACE_TSO,
     "bridge br1 is of the userspace datapath, "
     "and Open vSwitch 3.5.0 takes"},
    {old_status, FINDING_STATUS_COLUMNS, "Open vSwitch 3.3.8 shows"},
    {open_policy, FINDING_POLICY_OPEN, "has no policy"},
    {unguarded, FINDING_GUARD_OFF,
     "ports without a source guard: 3, oia among them"},
};

TEST(a_sound_host)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 0);
}

/* To start a server that is frozen does nothing. */
TEST(a_server_that_listens_is_restarted)
{
    static const struct {
        int code;
        const char *verb;
    } table[] = {{ENOENT, "start"},
                 {ECONNREFUSED, "start"},
                 {ETIMEDOUT, "restart"},
                 {ECONNRESET, "restart"}};
    static const struct {
        enum finding_id id;
        const char *unit;
    } units[] = {{FINDING_DATABASE_AWAY, "ovsdb-server"},
                 {FINDING_SWITCH_AWAY, "ovs-vswitchd"},
                 {FINDING_OVN_CONTROLLER_AWAY, "ovn-controller"},
                 {FINDING_OVN_NORTHBOUND_AWAY, "ovn-central"}};

    for (size_t i = 0; i < ARRAY_LEN(table) * ARRAY_LEN(units); i++) {
        auto_findings struct findings findings = {0};
        auto_buf struct buf mend = BUF_INIT(4096);
        size_t u = i % ARRAY_LEN(units), t = i / ARRAY_LEN(units);
        struct err why = {0};
        char wanted[64];
        err_set(&why, table[t].code, "why");
        doctor_found_away(&findings, units[u].id, &why);
        const char *const words[] = {findings.list[0].words[0],
                                     findings.list[0].words[1]};
        finding_command(finding_row(units[u].id)->mend, words, &mend);
        snprintf(wanted, sizeof(wanted), "systemctl %s %s", table[t].verb,
                 units[u].unit);
        CHECK_EQ(strncmp(buf_text(&mend), wanted, strlen(wanted)), 0);
    }
}

/* The same sick host has that finding, and no error or warning beside it. */
static void has_finding(size_t i)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};
    auto_buf struct buf says = BUF_INIT(4096);
    size_t others = 0;

    be_sound(&seen);
    sicknesses[i].sick(&seen);
    doctor_judge(&seen, &findings);
    for (size_t f = 0; f < findings.count; f++) {
        const struct finding *finding = &findings.list[f];
        const char *const words[] = {finding->words[0], finding->words[1]};
        if (finding->id == sicknesses[i].id)
            finding_text(finding_row(finding->id)->says, words, &says);
        else
            others += finding_row(finding->id)->severity != SEVERITY_NOTE;
    }
    if (others)
        TEST_FAIL("%zu: %zu findings", i, findings.count);
    CHECK_HAS(buf_text(&says), sicknesses[i].says);
    CHECK(!strchr(buf_text(&says), '%') && !strchr(buf_text(&says), '?'));
}

TEST(each_finding)
{
    bool tested[FINDING_COUNT] = {false};

    for (size_t i = 0; i < ARRAY_LEN(sicknesses); i++) {
        has_finding(i);
        tested[sicknesses[i].id] = true;
    }
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        if (!tested[i])
            TEST_FAIL("%s has no test", finding_row((enum finding_id)i)->name);
    }
}

/* OVN's names are anybody's, and a line for the shell is copied as it is. */
TEST(a_name_in_a_command)
{
    static const struct {
        const char *name, *command;
    } table[] = {
        {"lan-1.2:a/b", "x lan-1.2:a/b y"},
        {"a;id", "x 'a;id' y"},
        {"a b", "x 'a b' y"},
        {"it's", "x 'it'\\''s' y"},
        {"", "x '' y"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *const words[] = {table[i].name, NULL};
        auto_buf struct buf command = BUF_INIT(1000);
        finding_command("x %1 y", words, &command);
        CHECK_STR(buf_text(&command), table[i].command);
    }
}

TEST(what_is_no_reason)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    /* pairs take part in a tree, and carry more than 1500 bytes */
    seen.bridges.rows[1].stp = true;
    seen.ports.list[1].mtu = 9000;
    seen.cards[1].mtu = 9000;
    /* a device that was not seen has no MTU */
    seen.ports.list[0].counted = false;
    seen.ports.list[0].mtu = 9000;
    /* the kernel's datapath does not listen by promiscuity */
    seen.cards[0].promiscuous = false;
    /* bridges without ports of ours are somebody else's business */
    host_said(&seen, FINDING_NO_QUERIER, "br7", NULL);
    /* segments of other VLANs are other networks */
    add_port(&seen, "oic", "br0")->mtu = 1400;
    seen.ports.list[2].vlan = text("10");
    add_bridge(&seen, "br2", true);
    /* a physical network has no tunnel */
    seen.ovn.logical[0].is_physical = true;
    seen.ovn.underlay_mtu = 1400;
    add_card(&seen, "eno3", "br2");
    seen.cards[2].up = seen.cards[2].promiscuous = false;
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 0);
}

/* Of several ports of type localnet one leads to where the network is. */
TEST(a_port_in_another_vlan_beside_the_one_that_is_wanted)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    other_vlan(&seen);
    ovn_seen_localnet(&seen.ovn.physical[0], 100);
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 0);
}

/* Nobody was asked what has a port of type localnet, and the first thing to do
 * is said. */
TEST(a_physical_network_of_no_chassis)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    no_system_id(&seen);
    no_localnet(&seen);
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 1);
    CHECK_EQ(findings.list[0].id, FINDING_OVN_INCOMPLETE);
}

/* Where nothing is routed a packet filter drops nothing of ours. */
TEST(a_packet_filter_without_nat)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    seen.router_count = 0;
    closed(&seen);
    ban(&seen);
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 0);
}

TEST(long_segments_of_the_userspace_datapath)
{
    static const struct {
        const char *version;
        unsigned mtu;
        bool veth, ovn, tunnel, on;
        bool found;
    } table[] = {
        {.version = "3.1.0", .found = true},
        {.version = "3.1.0", .on = true},
        {.version = "3.1.0", .ovn = true},
        {.version = "3.4.2", .tunnel = true},
        {.version = "3.5.0", .ovn = true, .tunnel = true, .found = true},
        {.version = "4.0.0", .tunnel = true, .found = true},
        {.version = "3.0.5"},
        {.version = ""},
        {.version = "3.1.0", .mtu = 9000},
        {.version = "3.1.0", .veth = true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_host_seen struct host_seen seen = {0};
        auto_findings struct findings findings = {0};
        bool found = false;
        be_sound(&seen);
        SET(seen.version, table[i].version);
        seen.userspace_tso = table[i].on;
        seen.has_ovn = table[i].ovn;
        seen.has_tunnel = table[i].tunnel;
        seen.ports.list[1].veth = table[i].veth;
        if (table[i].mtu)
            seen.ports.list[1].mtu = table[i].mtu;
        doctor_judge(&seen, &findings);
        for (size_t f = 0; f < findings.count; f++)
            found |= findings.list[f].id == FINDING_USERSPACE_TSO;
        if (found != table[i].found)
            TEST_FAIL("%zu: %s", i, table[i].version);
    }
}

TEST(versions)
{
    static const struct {
        const char *version;
        bool found;
    } table[] = {
        {"2.17.9", true}, {"3.1.0", true},  {"3.4.5", true}, {"3.4.6", false},
        {"3.6.2", true},  {"3.6.3", false}, {"3.7.0", true}, {"3.7.1", false},
        {"3.8.0", false}, {"4.0.0", false}, {"", false},     {"nightly", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_host_seen struct host_seen seen = {0};
        auto_findings struct findings findings = {0};
        be_sound(&seen);
        seen.has_ovn = false;
        SET(seen.version, table[i].version);
        doctor_judge(&seen, &findings);
        if (findings.count != table[i].found)
            TEST_FAIL("%s", table[i].version);
    }
}

TEST(order_and_numbers)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    be_sound(&seen);
    open_policy(&seen);
    gone(&seen);
    no_switch(&seen);
    doctor_judge(&seen, &findings);
    CHECK_EQ(findings.count, 3);
    CHECK_EQ(findings.list[0].id, FINDING_SWITCH_AWAY);
    CHECK_EQ(findings.list[2].id, FINDING_POLICY_OPEN);
    for (size_t i = 0; i < SEVERITY_COUNT; i++)
        CHECK_EQ(findings.of[i], 1);
}

#define PORT_ROW(n, id)                                                    \
    "\"30000000-0000-0000-0000-00000000000" n "\":{\"initial\":{\"name\":" \
    "\"t" n "\",\"external_ids\":[\"map\",[[\"ovn-chassis-id\",\"" id      \
    "\"]]]}}"

/* Which chassis there are, by their tunnels. */
TEST(tunnels_to_other_hosts)
{
    static const struct json_limits limits = {.size = 1u << 16, .depth = 32};
    static const struct {
        const char *rows, *peer;
        bool more;
    } table[] = {
        {PORT_ROW("1", "h2@192.0.2.2"), "h2", false},
        {PORT_ROW("1", "h2@192.0.2.2%192.0.2.1"), "h2", false},
        {PORT_ROW("1", "h2@192.0.2.2") "," PORT_ROW("2", "h2@192.0.2.3"), "h2",
         false},
        {PORT_ROW("1", "h2@192.0.2.2") "," PORT_ROW("2", "h22@192.0.2.3"), "h2",
         true},
        {PORT_ROW("1", "h22@192.0.2.2") "," PORT_ROW("2", "h2@192.0.2.3"),
         "h22", true},
        {PORT_ROW("1", "h@2@192.0.2.2"), "h@2", false},
        {PORT_ROW("1", "h2"), "", false},
        {PORT_ROW("1", "@192.0.2.2"), "", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_host_seen struct host_seen seen = {0};
        auto_buf struct buf text = BUF_INIT(4096);
        auto_json struct json *updates = NULL;
        struct err err = {0};
        buf_addf(&text, "{\"Port\":{%s}}", table[i].rows);
        CHECK_OK(
            json_parse(buf_text(&text), text.size, &limits, &updates, &err),
            err);
        doctor_rows(&seen, updates);
        CHECK_STR(seen.ovn.peer, table[i].peer);
        CHECK_EQ(seen.ovn.has_more_peers, table[i].more);
    }
}

TEST(from_rows)
{
    static const struct json_limits limits = {.size = 1u << 16, .depth = 32};
    auto_host_seen struct host_seen seen = {0};
    auto_json struct json *updates = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(rows, strlen(rows), &limits, &updates, &err), err);
    doctor_rows(&seen, updates);
    CHECK_STR(seen.version, "3.3.9");
    CHECK_EQ(seen.next_cfg, 7);
    CHECK_EQ(seen.cur_cfg, 7);
    CHECK(seen.userspace_tso && seen.has_ovn && seen.has_tunnel);
    CHECK_EQ(seen.bridges.count, 2);
    /* not the pair's end, nor what is on no bridge */
    CHECK_EQ(seen.card_count, 2);
    CHECK_STR(seen.cards[0].name, "eno1");
    CHECK_STR(seen.cards[0].bridge, "br0");
    CHECK_STR(seen.cards[1].name, "eno2");
    CHECK_EQ(seen.router_count, 1);
    CHECK_STR(seen.routers[0].device, "ovsint-aaaabbbb");
    CHECK(seen.routers[0].forwards);
}

TEST(a_tunnel_of_the_kernels_datapath)
{
    static const struct json_limits limits = {.size = 1u << 16, .depth = 32};
    auto_host_seen struct host_seen seen = {0};
    auto_json struct json *updates = NULL;
    char *text = mem_copy(rows);
    struct err err = {0};

    memcpy(strstr(text, "netdev"), "system", 6);
    CHECK_OK(json_parse(text, strlen(text), &limits, &updates, &err), err);
    doctor_rows(&seen, updates);
    CHECK(!seen.has_tunnel);
    free(text);
}

TEST(the_table)
{
    auto_buf struct buf manual = BUF_INIT(1u << 17);

    finding_manual(&manual);
    CHECK(!strchr(buf_text(&manual), '%'));
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        const struct finding_row *row = finding_row((enum finding_id)i);
        CHECK(row->name && row->says && row->mend && row->source);
        CHECK_HAS(buf_text(&manual), row->name);
        for (size_t w = 0; w < FINDING_WORDS; w++) {
            const char mark[] = {'%', (char)('1' + (int)w), '\0'};
            CHECK_EQ(strstr(row->says, mark) || strstr(row->mend, mark),
                     row->words[w] != NULL);
        }
    }
}

TEST_MAIN
