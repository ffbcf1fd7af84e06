/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine with a port on a logical switch: what it asks of both
 * databases, in which order, and what is left of both if any step fails.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

#define LOGICAL "ovsint-" NEW
#define LOGICAL2 "ovsint-" NEW2

static struct small_row *add_logical_switch(struct world *world,
                                            const char *name)
{
    return small_add(&world->nb, "Logical_Switch", name);
}

/* The host is a chassis, and there is a logical switch "web". */
static void begin(struct attach_case *c, struct world *world)
{
    struct small_row *host = small_add(&world->db, "Open_vSwitch", "");

    small_put(&world->db, host, "system-id", "h1");
    small_put(&world->db, host, "ovn-bridge", "br0");
    small_put(&world->db, host, "ovn-encap-type", "geneve");
    small_put(&world->db, host, "ovn-encap-ip", "192.0.2.11");
    add_logical_switch(world, "web");
    world->underlay_mtu = 1500;
    case_init(c, world);
    snprintf(c->specs[0].ovn, sizeof(c->specs[0].ovn), "web");
    c->specs[0].guard = SOURCE_GUARD_FULL;
    case_address(&c->specs[0], "10.5.0.9/24");
}

static size_t logical_ports(struct world *world)
{
    size_t count = 0;

    for (size_t i = 0; i < SMALL_ROWS; i++)
        count += strcmp(world->nb.rows[i].table, "Logical_Switch_Port") == 0;
    return count;
}

/* Somebody else's logical port with an address; `since` as its host has noted
 * it. */
static struct small_row *add_holder(struct world *world, const char *port,
                                    const char *host, const char *address,
                                    const char *since)
{
    char name[LOGICAL_PORT_SIZE], uuid[NAMES_UUID_SIZE], key[ID_KEY_SIZE];
    struct ip ip;

    CHECK_EQ(parse_ip(address, &ip), 0);
    vswitch_address_key(&ip, key);
    names_logical_port(port, name);
    names_logical_uuid(port, uuid);
    struct small_row *row = small_add(&world->nb, "Logical_Switch_Port", name);
    memcpy(row->uuid, uuid, sizeof(uuid));
    small_put(&world->nb, row, key, "web");
    small_put(&world->nb, row, ID_OVN_SWITCH, "web");
    small_put(&world->nb, row, ID_OVN_HOST, host);
    small_put(&world->nb, row, ID_BOOT, WORLD_BOOT);
    small_put(&world->nb, row, ID_OVN_SINCE, since);
    small_put(&world->nb, row, ID_CONTAINER, "other");
    return row;
}

#define LOOKS "watch\nfind inside eth0: no\nsend ?\nsend to OVN ? ? ?\n"
#define UNDERLAY "what does 192.0.2.11 carry?\n"
#define CLAIMS "send +" NEW "\nsend to OVN +" LOGICAL "\n"

TEST(both_databases_are_looked_at_and_written_at_once)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    case_done(&c, world,
              LOOKS UNDERLAY CLAIMS
              "move " NEW "\nset up eth0, mute\nwait\nannounce " NEW "\ndone");
    const struct small_row *row =
        small_find(&world->nb, "Logical_Switch_Port", LOGICAL);
    CHECK_STR(small_get(row, ID_OVN_HOST), "h1");
    CHECK_STR(small_get(row, "ovsint-ip-10.5.0.9"), "web");
    CHECK(small_find(&world->nb, "Port_Group", "ovsint"));
    CHECK_STR(small_get(small_find(&world->db, "Interface", NEW), "iface-id"),
              LOGICAL);
    /* Asked for again: nothing is written. */
    snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
    case_done(&c, world, NULL);
    CHECK(!strstr(world_said(world), "+"));
    CHECK_EQ(logical_ports(world), 1);
}

/* The reply of either may be the first. */
TEST(the_order_of_replies_does_not_matter)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->northbound_first = true;
    case_done(&c, world, NULL);
    CHECK_EQ(logical_ports(world), 1);
    CHECK_EQ(world_ports(world), 1);
}

static void remove_c1(struct world *world, const char *transcript)
{
    struct attach_case c;

    case_init(&c, world);
    c.count = 0;
    c.want.task = ATTACH_REMOVE;
    case_done(&c, world, transcript);
}

TEST(a_logical_port_goes_after_its_port)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    case_done(&c, world, NULL);
    remove_c1(world, "watch\nsend -" NEW "\nsend to OVN -" LOGICAL "\ndone");
    CHECK_EQ(logical_ports(world), 0);
}

/* Whoever ends a container does not wait for a database that is away. */
TEST(a_removal_succeeds_without_the_northbound_database)
{
    static const enum world_fault faults[] = {WORLD_BREAK, WORLD_LOSE_BEFORE,
                                              WORLD_LOSE_AFTER, WORLD_SILENCE};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        begin(&c, world);
        case_done(&c, world, NULL);
        world->fault = faults[i];
        world->fault_at = 2;
        remove_c1(world, NULL);
        CHECK_EQ(world_ports(world), 0);
        CHECK_EQ(logical_ports(world),
                 faults[i] != WORLD_LOSE_AFTER && faults[i] != WORLD_SILENCE);
    }
}

/* One fault at one step. Of both databases nothing is left, but for a logical
 * port whose removal is what failed. */
static bool fails_at(enum world_fault fault, bool northbound, size_t at)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->fault = fault;
    world->fault_at = at;
    world->northbound_fault = northbound;
    auto_attach struct attach *a = case_new(&c, world);
    bool done = world_run(world, a);
    size_t left = done ? 1 : 0;
    if (world_ports(world) != left || logical_ports(world) != left ||
        world_count(world) != left)
        TEST_FAIL("fault %d at step %zu: %zu ports, %zu logical ports\n%s",
                  fault, at, world_ports(world), logical_ports(world),
                  world_said(world));
    /* These codes make Docker's driver wait for Open vSwitch's database. */
    if (!done && strstr(attach_failure(a)->err.text, "northbound"))
        CHECK(attach_failure(a)->err.code != ECONNRESET);
    return at < world->steps;
}

TEST(nothing_is_left_of_either_if_a_step_fails)
{
    static const enum world_fault faults[] = {WORLD_BREAK, WORLD_LOSE_BEFORE,
                                              WORLD_LOSE_AFTER, WORLD_SILENCE};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        size_t at = 0;
        while (fails_at(faults[i], false, at) && fails_at(faults[i], true, at))
            at++;
        CHECK(at > 5);
    }
}

TEST(ovn_controller_does_not_install_it)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->controller_is_down = true;
    case_fails(&c, world, ETIMEDOUT, "did not install the flows of port " NEW,
               NULL);
    CHECK_EQ(world_ports(world), 0);
    CHECK_EQ(logical_ports(world), 0);
}

/* What the two databases say of the host and of the switch. */

TEST(no_chassis)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    small_drop(small_find(&world->db, "Open_vSwitch", ""), "ovn-encap-ip");
    case_fails(&c, world, ENODEV, "this host is no chassis of OVN",
               LOOKS "fail");
}

TEST(no_such_switch_and_two_of_one_name)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_logical_switch(world, "web");
    case_fails(&c, world, EEXIST, "2 logical switches have the name 'web'",
               LOOKS "fail");
    snprintf(c.specs[0].ovn, sizeof(c.specs[0].ovn), "wbe");
    case_fails(&c, world, ENOENT, "there is no logical switch 'wbe'",
               LOOKS "fail");
}

TEST(the_mtu_is_what_the_tunnels_carry)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    c.specs[0].mtu = 1443;
    case_fails(&c, world, EMSGSIZE, "OVN's tunnels carry 1442",
               LOOKS UNDERLAY "fail");
    c.specs[0].mtu = 0;
    world->underlay_mtu = 0;
    case_fails(&c, world, ENODEV, "no device of this host has the address",
               LOOKS UNDERLAY "fail");
    world->underlay_mtu = 9000;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_EQ(attach_vnic(a, 0)->spec.mtu, 8942);
}

TEST(a_switch_with_a_localnet_port_has_no_tunnel)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    struct small_row *wire =
        small_add(&world->nb, "Logical_Switch_Port", "wire");
    snprintf(wire->type, sizeof(wire->type), "localnet");
    small_refer(small_find(&world->nb, "Logical_Switch", "web"), wire->uuid);
    world->underlay_mtu = 0;
    case_done(&c, world,
              LOOKS "send to OVN ?\n" CLAIMS "move " NEW
                    "\nset up eth0, mute\nwait\nannounce " NEW "\ndone");
}

/* Guards that fail. */

TEST(an_address_of_another_host_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_holder(world, OTHER, "h2", "10.5.0.9", "1");
    case_fails(&c, world, EADDRINUSE,
               "address 10.5.0.9 of logical switch web is held by container "
               "other on host h2",
               LOOKS UNDERLAY "send +" NEW "\nsend to OVN guard\n"
                              "send to OVN ?\nwatch\nsend -" NEW
                              "\nsend to OVN \nfail");
    CHECK_EQ(logical_ports(world), 1);
}

/* One of this host without a port, older than any call. */
TEST(an_address_that_this_host_has_left_behind_is_taken)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->now_ms = 1000000;
    c.want.deadline_ms = world->now_ms + TIMEOUT_MS;
    add_holder(world, OTHER, "h1", "10.5.0.9", "1");
    case_done(&c, world, NULL);
    CHECK_HAS(world_said(world), "send to OVN -ovsint-" OTHER " +" LOGICAL);
    CHECK_EQ(logical_ports(world), 1);
}

/* ... which a call may be about to give its port. */
TEST(an_address_that_was_taken_a_moment_ago_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_holder(world, OTHER, "h1", "10.5.0.9", "999");
    case_fails(&c, world, EADDRINUSE, "is held by container other on host h1",
               NULL);
    CHECK_EQ(logical_ports(world), 1);
}

/* The switch goes between the look and the claim, and another one comes. */
static void replace_switch(struct world *world, const struct attach_todo *todo)
{
    struct small_row *row = small_find(&world->nb, "Logical_Switch", "web");

    if (todo->step != ATTACH_STEP_UNDERLAY)
        return;
    row->table[0] = '\0';
    add_logical_switch(world, "web");
}

static void begin_named(struct attach_case *c, struct world *world,
                        const char *since)
{
    begin(c, world);
    snprintf(c->specs[0].dns_name, DNS_LABEL_SIZE, "db");
    struct small_row *row = add_holder(
        world, NEW2, strcmp(since, "0") == 0 ? "h1" : "h2", "10.5.0.7", since);
    small_put(&world->nb, row, "ovsint-name-db", "web");
}

static const struct small_row *logical_row(struct world *world)
{
    return small_find(&world->nb, "Logical_Switch_Port", LOGICAL);
}

TEST(a_name_of_another_host_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_named(&c, world, "1");
    case_fails(&c, world, EADDRINUSE,
               "name db of logical switch web is held by container other on "
               "host h2 (logical port " LOGICAL2 "): choose another one",
               NULL);
    CHECK_EQ(world_ports(world), 0);
    CHECK_EQ(logical_ports(world), 1);
}

/* What a container is called must not keep it from its start. */
TEST(a_name_that_nobody_has_asked_for_is_left_out)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_named(&c, world, "1");
    c.ports[0].offers_name = true;
    case_done(&c, world, NULL);
    CHECK(!small_get(logical_row(world), "ovsint-name-db"));
    CHECK(!small_find(&world->nb, "DNS", ""));
}

TEST(a_name_that_this_host_has_left_behind_is_taken)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_named(&c, world, "0");
    world->now_ms = 1000000;
    c.want.deadline_ms = world->now_ms + TIMEOUT_MS;
    case_done(&c, world, NULL);
    CHECK_EQ(logical_ports(world), 1);
    CHECK_STR(small_get(logical_row(world), "ovsint-name-db"), "web");
}

TEST(a_switch_that_is_another_one_now_is_looked_at_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = replace_switch;
    case_done(&c, world,
              LOOKS UNDERLAY
              "send +" NEW "\nsend to OVN guard\nsend to OVN ? ? ?\n"
              "send to OVN +" LOGICAL "\nmove " NEW
              "\nset up eth0, mute\nwait\nannounce " NEW "\ndone");
}

static void remove_switch(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_UNDERLAY)
        small_find(&world->nb, "Logical_Switch", "web")->table[0] = '\0';
}

TEST(a_switch_that_goes_before_the_claim)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = remove_switch;
    case_fails(&c, world, ENOENT, "there is no logical switch 'web'", NULL);
    CHECK_EQ(world_ports(world), 0);
    CHECK_EQ(logical_ports(world), 0);
}

TEST_MAIN
