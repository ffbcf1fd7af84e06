/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine for ports whose row is known beforehand: endpoints, whose
 * device somebody else moves, and ports that are repaired or written again.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

#define NAME "oiendpointaaaa0"
#define FRESH "oifreshaaaaaaa0"
#define SANDBOX "/run/netns/sandbox"

/* CreateEndpoint: the rows are written, and nobody waits for the switch. */
static void create(struct attach_case *c, const struct world *world)
{
    case_init(c, world);
    snprintf(c->ports[0].name, IFNAME_SIZE, NAME);
    c->want.mover = ATTACH_BY_THEM;
    c->want.until = ATTACH_CLAIM;
    c->want.owner = DOCKER_OWNER;
    c->want.holder =
        (struct port_holder){.kind = HOLDER_ENDPOINT,
                             .id = "e1",
                             .endpoint = {.network = "n1", .altname = "eth0"}};
}

/* Join: the port is there, and has to be ready. */
static void join(struct attach_case *c, const struct world *world)
{
    create(c, world);
    snprintf(c->ports[0].name, IFNAME_SIZE, FRESH);
    c->want.until = ATTACH_READY;
    c->want.must_exist = true;
    c->want.holder.netns = SANDBOX;
}

TEST(an_endpoint_is_created_and_joined)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    world->switch_is_down = true;
    create(&c, world);
    case_done(&c, world, "watch\nsend +" NAME "\ndone");
    world->switch_is_down = false;
    join(&c, world);
    case_done(&c, world, "watch\nsend ~" NAME "\ndone");
    const struct small_row *row = small_find(&world->db, "Interface", NAME);
    CHECK_STR(small_get(row, ID_NETNS), SANDBOX);
    CHECK_STR(small_get(row, ID_ALTNAME), "eth0");
    CHECK(!small_get(row, ID_CONTAINER));
    CHECK(world_find(world, ATTACH_HOST, NAME));
}

TEST(verbs_that_come_twice_change_nothing)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_done(&c, world, NULL);
    snprintf(c.ports[0].name, IFNAME_SIZE, FRESH);
    c.ports[0].mac.bytes[5]++;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_STR(world_said(world), "watch\ndone");
    CHECK_STR(attach_vnic(a, 0)->port, NAME);
    c.ports[0].mac.bytes[5]--;
    CHECK(mac_equal(&attach_vnic(a, 0)->mac, &c.ports[0].mac));
    join(&c, world);
    case_done(&c, world, "watch\nsend ~" NAME "\ndone");
    case_done(&c, world, "watch\ndone");
}

TEST(a_join_waits_for_the_switch)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    world->switch_is_down = true;
    create(&c, world);
    case_done(&c, world, NULL);
    join(&c, world);
    case_fails(&c, world, ETIMEDOUT, "ovs-vswitchd did not make port " NAME,
               "watch\nsend ~" NAME "\nwait\nfail");
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_join_without_its_port)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    join(&c, world);
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_EQ(attach_failure(a)->reason, ATTACH_NO_ROW);
    CHECK_EQ(attach_failure(a)->err.code, ENOENT);
}

TEST(a_port_that_has_left_is_replaced_under_a_fresh_name)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_done(&c, world, NULL);
    world_set_id(world, NAME, ID_LEFT, "true");
    join(&c, world);
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_STR(world_said(world), "watch\nsend -" NAME " +" FRESH "\ndone");
    CHECK_STR(attach_vnic(a, 0)->port, FRESH);
    CHECK_STR(small_get(small_find(&world->db, "Interface", FRESH), ID_NETNS),
              SANDBOX);
}

TEST(that_it_has_left_may_be_known_before_its_row_says_so)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_done(&c, world, NULL);
    join(&c, world);
    c.want.has_left = true;
    case_done(&c, world, "watch\nsend -" NAME " +" FRESH "\ndone");
}

TEST(a_pair_that_is_missing_is_made_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    c.specs[0].type = VNIC_VETH;
    case_done(&c, world, "watch\nmake pair eth0\nsend +" NAME "\ndone");
    case_done(&c, world, "watch\nfind host " NAME ": yes\ndone");
    world_drop_pair(world, NAME);
    case_done(&c, world, "watch\nfind host " NAME ": no\nmake pair eth0\ndone");
}

TEST(an_endpoint_that_docker_has_lost_makes_room)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    case_done(&c, world, NULL);
    snprintf(c.ports[0].name, IFNAME_SIZE, FRESH);
    c.want.holder.id = "e2";
    case_done(&c, world, "watch\nsend -" NAME " +" FRESH "\ndone");
}

TEST(an_address_of_another_network_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    case_done(&c, world, NULL);
    snprintf(c.ports[0].name, IFNAME_SIZE, FRESH);
    c.want.holder.id = "e2";
    c.want.holder.endpoint.network = "n2";
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_STR(world_said(world), "watch\nsend guard\nfail");
    CHECK_EQ(attach_failure(a)->reason, ATTACH_ADDRESS_HELD);
    CHECK_EQ(attach_failure(a)->err.code, EADDRINUSE);
}

/* What Docker has given up by then is the caller's to release; pairs are not
 * left. */
TEST(an_endpoint_that_got_no_answer)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    c.specs[0].type = VNIC_VETH;
    world->fault = WORLD_SILENCE;
    world->fault_at = 2;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_STR(world_said(world),
              "watch\nmake pair eth0\nsilence\ndrop pair\nfail");
    CHECK(attach_failure(a)->may_have_rows);
    CHECK_EQ(attach_failure(a)->reason, ATTACH_NO_ANSWER);
}

TEST(an_endpoint_is_removed)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_done(&c, world, NULL);
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    case_done(&c, world, "watch\nsend -" NAME "\ndone");
    case_done(&c, world, "watch\ndone");
}

TEST(a_port_with_a_name_of_others_is_not_removed)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    snprintf(c.ports[0].name, IFNAME_SIZE, "theirs");
    case_done(&c, world, NULL);
    join(&c, world);
    c.want.has_left = true;
    case_fails(&c, world, EEXIST, "the endpoint exists already",
               "watch\nsend guard\nfail");
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    case_done(&c, world, "watch\ndone");
    CHECK_EQ(world_ports(world), 1);
}

static void the_switch_comes(struct world *world,
                             const struct attach_todo *todo)
{
    if (todo->step != ATTACH_STEP_WAIT)
        return;
    world->switch_is_down = false;
    world_switch(world);
}

static void somebody_removes_it(struct world *world,
                                const struct attach_todo *todo)
{
    if (todo->step != ATTACH_STEP_WAIT)
        return;
    world_remove(world, NAME);
    world_show(world);
}

/* A port that was created while the switch does nothing, and is to be joined.
 */
static void begin_join(struct attach_case *c, struct world *world)
{
    world->switch_is_down = true;
    create(c, world);
    case_done(c, world, NULL);
    join(c, world);
    c->want.waits_on = true;
    world->meanwhile = the_switch_comes;
    world->fault = WORLD_LOSE_AFTER;
}

TEST(a_connection_that_goes_while_the_switch_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_join(&c, world);
    world->fault_at = 2;
    case_done(&c, world, "watch\nsend ~" NAME "\nwait\nwatch\ndone");
}

TEST(a_call_that_does_not_wait_on_ends_with_the_connection)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_join(&c, world);
    c.want.waits_on = false;
    world->fault_at = 2;
    case_fails(&c, world, ECONNRESET, "", "watch\nsend ~" NAME "\nwait\nfail");
}

/* What was sent may have been done: the caller begins anew, or gives up. */
TEST(an_answer_is_not_waited_on_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_join(&c, world);
    world->fault_at = 1;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_STR(world_said(world), "watch\nsend ~" NAME "\nfail");
    CHECK_EQ(attach_failure(a)->reason, ATTACH_NO_ANSWER);
}

TEST(a_port_that_goes_while_the_switch_is_at_it)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin_join(&c, world);
    world->fault = WORLD_NO_FAULT;
    world->meanwhile = somebody_removes_it;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_STR(world_said(world), "watch\nsend ~" NAME "\nwait\nfail");
    CHECK_EQ(attach_failure(a)->reason, ATTACH_ROW_GONE);
}

/* Nobody but the caller undoes the rows. */
TEST(a_pair_stays_with_its_rows)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    c.specs[0].type = VNIC_VETH;
    case_done(&c, world, NULL);
    world_drop_pair(world, NAME);
    world->switch_is_down = true;
    join(&c, world);
    c.want.has_left = true;
    case_fails(&c, world, ETIMEDOUT, "ovs-vswitchd did not make port " FRESH,
               "watch\nmake pair eth0\nsend -" NAME " +" FRESH "\nwait\nfail");
}

/* The driver is told which ports it removes, before it sends. */
TEST(what_a_transaction_removes_is_told)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    case_done(&c, world, NULL);
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK_EQ(attach_next(a, 0)->step, ATTACH_STEP_WATCH);
    world_step(world, a, attach_next(a, 0), WORLD_NO_FAULT);
    CHECK_EQ(attach_next(a, 0)->step, ATTACH_STEP_SEND);
    CHECK_STR(attach_removes(a, 0), NAME);
    CHECK(!attach_removes(a, 1));
}

/* The guardian's. */

TEST(a_device_that_lies_on_the_host_is_placed_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, NULL);
    world_find(world, ATTACH_INSIDE, NEW)->name[0] = '\0';
    world_add(world, ATTACH_HOST, NEW);
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REPAIR;
    case_done(&c, world,
              "watch\nfind inside " NEW ": no\nmove " NEW
              "\nset up eth0\ndone");
    CHECK(world_find(world, ATTACH_INSIDE, "eth0"));
}

TEST(a_device_that_is_inside_is_set_up_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, NULL);
    world_find(world, ATTACH_INSIDE, NEW)->altname[0] = '\0';
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REPAIR;
    case_done(&c, world, "watch\nfind inside " NEW ": yes\nset up eth0\ndone");
    CHECK(world_find(world, ATTACH_INSIDE, "eth0"));
}

/* A repair does not wait: what cannot be done now fails. */
TEST(a_repair_without_time)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, NULL);
    world_find(world, ATTACH_INSIDE, NEW)->name[0] = '\0';
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REPAIR;
    c.want.deadline_ms = world->now_ms;
    case_fails(&c, world, ENODEV, "its device is not in this network",
               "watch\nfind inside " NEW ": no\nmove " NEW "\nfail");
}

TEST(a_repair_that_fails_leaves_the_rows)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, NULL);
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REPAIR;
    world->fault = WORLD_BREAK;
    world->fault_at = 2;
    case_fails(&c, world, EIO, "broken",
               "watch\nfind inside " NEW ": yes\nbroken\nfail");
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_repair_of_a_port_that_went)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REPAIR;
    case_fails(&c, world, ENOENT, "there is no such port", "watch\nfail");
}

/* One port goes, whoever it is for. */
static void collect(struct attach_case *c, struct world *world)
{
    case_init(c, world);
    case_port(c, "eth1", NEW2);
    case_done(c, world, NULL);
    world_set_id(world, NEW, "ovsint-member-second", "");
    c->ports[0].spec = NULL;
    c->count = 1;
    c->want.task = ATTACH_REMOVE;
    c->want.lock = "a_lock";
}

TEST(a_port_is_removed_alone)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    collect(&c, world);
    case_done(&c, world, "watch\nsend -" NEW "\ndone");
    CHECK_EQ(world_ports(world), 1);
    case_done(&c, world, "watch\ndone");
}

static void somebody_is_faster(struct world *world,
                               const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_SEND)
        world_set_id(world, NEW, "ovsint-member-third", "");
}

TEST(a_port_that_changes_meanwhile_is_not_removed)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    collect(&c, world);
    world->meanwhile = somebody_is_faster;
    case_fails(&c, world, ESTALE, "", "watch\nsend guard\nfail");
    CHECK_EQ(world_ports(world), 2);
}

TEST(a_pair_of_a_port_that_is_removed_alone_goes)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, "ovoldaaaaaaaaaa", "c1",
               &(struct attachment){
                   .type = VNIC_VETH, .ifname = "eth0", .bridge = "br0"},
               true);
    snprintf(c.ports[0].name, IFNAME_SIZE, "ovoldaaaaaaaaaa");
    c.ports[0].spec = NULL;
    c.want.task = ATTACH_REMOVE;
    case_done(&c, world,
              "watch\nsend -"
              "ovoldaaaaaaaaaa"
              "\ndrop pair\ndone");
    CHECK_EQ(world_count(world), 0);
}

TEST(rows_that_went_are_written_as_they_were)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, NULL);
    world_set_id(world, NEW, ID_ARRIVED, "true");
    struct vswitch_view former = {.keeps_removed = true};
    small_ovsdb_show(&world->db, &world->scope, &former);
    world_remove(world, NEW);
    world_switch(world);
    c.want.task = ATTACH_RESTORE;
    c.want.until = ATTACH_CLAIM;
    c.want.former = vswitch_view_find(&former, NEW);
    c.want.lock = "a_lock";
    case_done(&c, world, "watch\nsend +" NEW "\ndone");
    CHECK_STR(small_get(small_find(&world->db, "Interface", NEW), ID_ARRIVED),
              "true");
    vswitch_view_done(&former);
}

/* The switch would delete the device of who has it by now. */
TEST(a_row_that_comes_back_leaves_its_number_to_who_has_it)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].ofport_request = 9;
    case_done(&c, world, NULL);
    world_set_id(world, NEW, ID_ARRIVED, "true");
    struct vswitch_view former = {.keeps_removed = true};
    small_ovsdb_show(&world->db, &world->scope, &former);
    world_remove(world, NEW);
    small_plug(&world->db, "br0", "thief", "thief");
    small_find(&world->db, "Interface", "thief")->ofport = 9;
    world_switch(world);
    c.want.task = ATTACH_RESTORE;
    c.want.until = ATTACH_CLAIM;
    c.want.former = vswitch_view_find(&former, NEW);
    c.want.lock = "a_lock";
    case_done(&c, world, NULL);
    const struct small_row *row = small_find(&world->db, "Interface", NEW);
    CHECK_EQ(row->ofport_request, 0);
    CHECK_HAS(small_get(row, ID_SPEC), "\"ofport\":9");
    /* Nobody has it. */
    world_remove(world, NEW);
    small_find(&world->db, "Interface", "thief")->ofport = 10;
    world_switch(world);
    case_done(&c, world, NULL);
    CHECK_EQ(small_find(&world->db, "Interface", NEW)->ofport_request, 9);
    vswitch_view_done(&former);
}

TEST_MAIN
