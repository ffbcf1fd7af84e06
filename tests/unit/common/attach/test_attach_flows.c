/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine and the flows of source guards: they are in force before a
 * device is moved or set up (the world looks), and go after their port.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

#define CLAIMED "watch\nfind inside eth0: no\nsend +" NEW "\n"

static void guarded_init(struct attach_case *c, struct world *world)
{
    case_init(c, world);
    case_address(&c->specs[0], "10.0.0.9/24");
    c->specs[0].guard = SOURCE_GUARD_FULL;
}

TEST(flows_are_put_before_the_device_moves)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_done(&c, world,
              CLAIMED "put flows of br0 " NEW "\nmove " NEW
                      "\nset up eth0\ndone");
    CHECK_EQ(world_flows(world), 1);
}

/* What ovs-vswitchd does on the kernel datapath to a port that has got the
 * number of one whose namespace has gone: see attach.c. */
static void device_is_taken(struct world *world, const struct attach_todo *todo)
{
    struct world_device *device = world_find(world, ATTACH_INSIDE, NEW);

    if (todo->step == ATTACH_STEP_SET_UP && world->steps < 7 && device)
        device->name[0] = '\0';
    if (todo->step == ATTACH_STEP_MOVE && world->steps > 7)
        world_add(world, ATTACH_HOST, NEW);
}

TEST(a_device_that_was_moved_and_is_made_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world->meanwhile = device_is_taken;
    case_done(&c, world, NULL);
    CHECK_EQ(world_flows(world), 1);
    CHECK_HAS(world_said(world), "set up eth0\nwait\nmove " NEW
                                 "\nwait\nmove " NEW "\nset up eth0\ndone");
}

TEST(each_vnic_has_its_own)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_port(&c, "eth1", NEW2);
    c.specs[1].guard = SOURCE_GUARD_MAC;
    case_done(&c, world, NULL);
    CHECK_EQ(world_flows(world), 2);
}

TEST(a_pair_waits_for_its_flows_too)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    c.specs[0].type = VNIC_VETH;
    c.ports[0].name[0] = '\0';
    case_done(&c, world, NULL);
    CHECK_EQ(world_flows(world), 1);
}

/* The call that had placed it may have been killed before, and the switch
 * restarted since. */
TEST(a_port_that_is_adopted_gets_them_again)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nput flows of br0 " OLD
              "\nset up eth0\ndone");
    CHECK_EQ(world_flows(world), 1);
}

TEST(whoever_moves_the_device_is_told_when_they_are_in_force)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    c.want.mover = ATTACH_BY_THEM;
    c.want.until = ATTACH_FLOWS;
    case_done(&c, world,
              "watch\nsend +" NEW "\nput flows of br0 " NEW "\ndone");
    CHECK_EQ(world_flows(world), 1);
}

TEST(flows_that_the_switch_refuses_leave_nothing)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world->flows_refused = "the flow table of the switch is full";
    case_fails(&c, world, EIO,
               "the source guard of port " NEW " (guard=full) is not in force: "
               "the flow table of the switch is full",
               NULL);
    CHECK_HAS(world_said(world), "send -" NEW "\ndrop flows of br0 ");
    CHECK_EQ(world_ports(world), 0);
    world_switch(world);
    CHECK_EQ(world_count(world), 0);
}

TEST(a_guard_by_default_that_is_refused_says_how_to_do_without)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    c.specs[0].guard_unsaid = true;
    world->flows_refused = "no such file";
    case_fails(&c, world, EIO,
               "the source guard of port " NEW " (guard=full, by default: "
               "guard=off does without) is not in force: no such file",
               NULL);
    CHECK_EQ(world_ports(world), 0);
}

/* As of an earlier version, whose default was another one. */
TEST(a_port_with_another_guard_is_joined_if_none_was_asked_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    c.specs[0].guard = SOURCE_GUARD_OFF;
    world_port(world, OLD, "first", &c.specs[0], true);
    c.specs[0].guard = SOURCE_GUARD_FULL;
    c.specs[0].guard_unsaid = true;
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nsend ~" OLD
              "\nset up eth0\ndone");
    CHECK_EQ(world_flows(world), 0);
}

TEST(a_bridge_that_does_not_answer)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world->fault = WORLD_SILENCE;
    world->fault_at = 3;
    case_fails(&c, world, ETIMEDOUT,
               "bridge br0 did not answer within the deadline", NULL);
    CHECK_HAS(world_said(world), "silence");
    CHECK_EQ(world_ports(world), 0);
}

/* The answer is lost, and the flows may be there. It is no loss of the
 * database, for which a caller would wait. */
TEST(a_switch_that_goes_before_it_has_answered)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world->fault = WORLD_LOSE_AFTER;
    world->fault_at = 3;
    case_fails(&c, world, EHOSTDOWN, "the connection is lost", NULL);
    CHECK_EQ(world_flows(world), 0);
    CHECK_EQ(world_ports(world), 0);
}

static void remove_c1(struct world *world, const char *transcript)
{
    struct attach_case c;

    case_init(&c, world);
    c.count = 0;
    c.want.task = ATTACH_REMOVE;
    case_done(&c, world, transcript);
}

TEST(flows_go_after_their_port)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_done(&c, world, NULL);
    remove_c1(world, "watch\nsend -" NEW "\ndrop flows of br0 \ndone");
    CHECK_EQ(world_flows(world), 0);
}

/* The rows have gone. What is left is the guardian's, or goes with the
 * switch. */
TEST(flows_that_cannot_be_removed_are_no_failure)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_done(&c, world, NULL);
    world->flows_refused = "no";
    remove_c1(world, "watch\nsend -" NEW "\ndrop flows of br0 \ndone");
    CHECK_EQ(world_ports(world), 0);
}

/* If the rows may be there, the flows stay. */
TEST(flows_stay_with_rows_that_could_not_be_removed)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_done(&c, world, NULL);
    c.count = 0;
    c.want.task = ATTACH_REMOVE;
    world->fault = WORLD_BREAK;
    world->fault_at = 1;
    case_fails(&c, world, EIO, "broken", "watch\nsend in vain\nfail");
    CHECK_EQ(world_flows(world), 1);
}

TEST(a_port_of_a_pod_that_others_have_keeps_its_flows)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    world_port(world, OTHER, "first", &c.specs[0], true);
    case_done(&c, world, NULL);
    CHECK_EQ(world_flows(world), 1);
    remove_c1(world, NULL);
    CHECK_EQ(world_flows(world), 1);
    CHECK_EQ(world_ports(world), 1);
}

TEST(the_flows_of_an_evicted_port_go)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    const struct small_row *old =
        world_port(world, OLD, "c1", &c.specs[0], false);
    world_keep_flows(world, port_flows_of(old->ofport).cookie, true);
    case_done(&c, world, NULL);
    CHECK_HAS(world_said(world),
              "drop flows of br0 \nput flows of br0 " NEW "\nmove " NEW);
    CHECK_EQ(world_flows(world), 1);
}

/* The switch has noticed that the device went with its namespace, and has taken
 * the number back. */
TEST(the_flows_of_a_port_whose_number_was_taken_back_go)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    case_done(&c, world, NULL);
    small_find(&world->db, "Interface", NEW)->ofport = -1;
    remove_c1(world, "watch\nsend -" NEW "\ndrop orphans of br0\ndone");
    CHECK_EQ(world_flows(world), 0);
}

/* Whoever has no number yet has no flows. */
TEST(a_port_without_flows_has_none_looked_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    guarded_init(&c, world);
    c.specs[0].guard = SOURCE_GUARD_OFF;
    case_done(&c, world, NULL);
    small_find(&world->db, "Interface", NEW)->ofport = -1;
    remove_c1(world, "watch\nsend -" NEW "\ndone");
}

TEST_MAIN
