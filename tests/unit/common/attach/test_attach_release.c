/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine when something goes wrong, and at the end: what is undone,
 * what a call that follows a killed one finds, what goes with a container.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

/* What may be there before a call. */
enum before { NOTHING, OWN_WITHOUT_DEVICE, OWN_COMPLETE, OF_THE_POD, BEFORES };

static const char *const before_names[] = {"nothing", "a row", "a port",
                                           "a port of the pod"};

static void prepare(struct world *world, struct attach_case *c,
                    enum vnic_type type, enum before before)
{
    case_init(c, world);
    c->specs[0].type = type;
    c->specs[0].guard = SOURCE_GUARD_FULL;
    if (type == VNIC_VETH)
        c->ports[0].name[0] = '\0';
    case_address(&c->specs[0], "10.0.0.9/24");
    if (before == NOTHING)
        return;
    world_port(world, type == VNIC_VETH ? "ovotheraaaaaaaa" : OLD,
               before == OF_THE_POD ? "first" : "c1", &c->specs[0],
               before != OWN_WITHOUT_DEVICE);
}

/* As after one call that nothing has happened to. */
static bool is_whole(struct world *world, enum vnic_type type)
{
    struct world_device *device = world_find(world, ATTACH_INSIDE, "eth0");

    world_switch(world);
    return world_ports(world) == 1 && device && device->is_set_up &&
           world_count(world) == (type == VNIC_VETH ? 2 : 1);
}

/* The call once more, by a process that knows nothing of the first one. */
static void call_again(struct world *world, enum vnic_type type,
                       enum before before, size_t at)
{
    struct attach_case c;

    world->fault = WORLD_NO_FAULT;
    prepare(world, &c, type, NOTHING);
    if (type == VNIC_INTERNAL)
        snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
    auto_attach struct attach *a = case_new(&c, world);
    if (!world_run(world, a))
        TEST_FAIL("crash at step %zu with %s: then %s\n%s", at,
                  before_names[before], attach_failure(a)->err.text,
                  world_said(world));
    if (!is_whole(world, type))
        TEST_FAIL("crash at step %zu with %s: not whole then\n%s", at,
                  before_names[before], world_said(world));
}

/* One call that crashes at that step; false when it has fewer. */
static bool crash_at(struct world *world, enum vnic_type type,
                     enum before before, enum world_fault fault, size_t at)
{
    struct attach_case c;

    prepare(world, &c, type, before);
    world->fault = fault;
    world->fault_at = at;
    auto_attach struct attach *a = case_new(&c, world);
    bool done = world_run(world, a);
    CHECK(done || world->crashed);
    return world->crashed;
}

static void sweep(enum vnic_type type, enum before before,
                  enum world_fault fault)
{
    for (size_t at = 0;; at++) {
        auto_world struct world *world = world_new();
        if (!crash_at(world, type, before, fault, at)) {
            CHECK(at > 2);
            return;
        }
        call_again(world, type, before, at);
    }
}

TEST(a_call_that_follows_a_killed_one_completes_it)
{
    for (enum before before = NOTHING; before < BEFORES; before++) {
        sweep(VNIC_INTERNAL, before, WORLD_CRASH_BEFORE);
        sweep(VNIC_INTERNAL, before, WORLD_CRASH_AFTER);
        sweep(VNIC_VETH, before, WORLD_CRASH_BEFORE);
        sweep(VNIC_VETH, before, WORLD_CRASH_AFTER);
    }
}

static void remove_all(struct world *world, const char *transcript)
{
    struct attach_case c;

    case_init(&c, world);
    c.count = 0;
    c.want.task = ATTACH_REMOVE;
    c.want.patience_ms = world->now_ms + 2000;
    c.want.ending_ms = world->now_ms + 1000;
    case_done(&c, world, transcript);
    world_switch(world);
}

TEST(nothing_stays_of_a_killed_call_when_its_container_ends)
{
    for (enum before before = NOTHING; before < BEFORES; before++) {
        for (size_t at = 0;; at++) {
            auto_world struct world *world = world_new();
            if (!crash_at(world, VNIC_INTERNAL, before, WORLD_CRASH_AFTER, at))
                break;
            world->fault = WORLD_NO_FAULT;
            remove_all(world, NULL);
            CHECK_EQ(world_ports(world), before == OF_THE_POD ? 1 : 0);
            CHECK_EQ(world_count(world), before == OF_THE_POD ? 1 : 0);
        }
    }
}

/* One call that has a fault at that step: false when it has fewer steps. */
static bool fails_at(enum vnic_type type, enum world_fault fault, size_t at)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    prepare(world, &c, type, NOTHING);
    world->fault = fault;
    world->fault_at = at;
    auto_attach struct attach *a = case_new(&c, world);
    bool done = world_run(world, a);
    if (world->steps <= at)
        return false;
    if (done && !is_whole(world, type))
        TEST_FAIL("a fault at step %zu: not whole\n%s", at, world_said(world));
    world_switch(world);
    if (!done && (world_ports(world) || world_count(world)))
        TEST_FAIL("a fault at step %zu: not undone\n%s", at, world_said(world));
    if (!done && attach_failure(a)->undo.code)
        TEST_FAIL("a fault at step %zu: %s\n%s", at,
                  attach_failure(a)->undo.text, world_said(world));
    return true;
}

TEST(a_fault_at_any_step_is_undone)
{
    static const enum world_fault faults[] = {WORLD_BREAK, WORLD_LOSE_BEFORE,
                                              WORLD_LOSE_AFTER, WORLD_SILENCE};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        size_t at = 0;
        while (fails_at(VNIC_INTERNAL, faults[i], at))
            at++;
        CHECK(at > 3);
        for (at = 0; fails_at(VNIC_VETH, faults[i], at);)
            at++;
        CHECK(at > 5);
    }
}

/* The undo's own failure is told beside the first one. */
TEST(a_database_that_is_away_for_the_undo)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->fault = WORLD_LOSE_AFTER;
    world->fault_at = 2;
    auto_attach struct attach *a = case_new(&c, world);
    for (size_t i = 0; i < 3; i++)
        world_step(world, a, attach_next(a, world->now_ms),
                   i == 2 ? WORLD_LOSE_AFTER : WORLD_NO_FAULT);
    world->database_is_away = true;
    int64_t began = world->now_ms;
    CHECK(!world_run(world, a));
    CHECK_EQ(world->now_ms - began, UNDO_TIMEOUT_MS);
    const struct attach_failure *failure = attach_failure(a);
    CHECK_EQ(failure->err.code, ECONNRESET);
    CHECK_EQ(failure->reason, ATTACH_NO_ANSWER);
    CHECK_EQ(failure->undo.code, ECONNREFUSED);
    CHECK_STR(failure->left, NEW);
    CHECK_STR(attach_failure_left(failure),
              "rollback failed: a port may be left on the bridge");
}

static void member_joins(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_SET_UP)
        world_set_id(world, NEW, "ovsint-member-second", "");
}

TEST(a_port_that_others_have_joined_is_only_left)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->meanwhile = member_joins;
    world->fault = WORLD_BREAK;
    world->fault_at = 4;
    case_fails(&c, world, EIO, "broken",
               "watch\nfind inside eth0: no\nsend +" NEW "\nmove " NEW
               "\nbroken\nwatch\nsend ~" NEW "\nfail");
    CHECK_EQ(world_ports(world), 1);
    CHECK(!small_get(small_find(&world->db, "Interface", NEW),
                     "ovsint-member-c1"));
}

/* The end of a container. */

TEST(a_container_that_was_never_plugged)
{
    auto_world struct world *world = world_new();

    remove_all(world, "watch\ndone");
}

TEST(all_ports_of_a_container_go)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_port(&c, "eth1", OTHER);
    world_port(world, OLD, "c1", &c.specs[0], true);
    world_port(world, OTHER, "c1", &c.specs[1], true);
    remove_all(world, "watch\nsend -" OLD " -" OTHER "\ndone");
    CHECK_EQ(world_ports(world), 0);
    CHECK_EQ(world_count(world), 0);
}

/* A front end that is asked interface by interface. */
TEST(one_interface_of_a_container_goes_alone)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_port(&c, "eth1", OTHER);
    world_port(world, OLD, "c1", &c.specs[0], true);
    world_port(world, OTHER, "c1", &c.specs[1], true);
    c.count = 0;
    c.want.task = ATTACH_REMOVE;
    c.want.only = "eth1";
    case_done(&c, world, "watch\nsend -" OTHER "\ndone");
    CHECK_EQ(world_ports(world), 1);
    /* The same name on another network of CNI is another one's. */
    world_set_id(world, OLD, ID_CNI_NETWORK, "lan");
    c.want.only = "eth0";
    c.want.holder.container.cni_network = "wan";
    case_done(&c, world, NULL);
    CHECK_EQ(world_ports(world), 1);
    c.want.holder.container.cni_network = "lan";
    case_done(&c, world, NULL);
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_pair_goes_after_its_rows)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].type = VNIC_VETH;
    c.ports[0].name[0] = '\0';
    case_done(&c, world, NULL);
    CHECK_EQ(world_count(world), 2);
    remove_all(world, NULL);
    CHECK_HAS(world_said(world), "drop pair\ndone");
    CHECK_EQ(world_count(world), 0);
}

TEST(of_a_port_of_the_pod_the_membership_goes)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], true);
    case_done(&c, world, NULL);
    remove_all(world, "watch\nsend ~" OLD "\ndone");
    CHECK_EQ(world_ports(world), 1);
}

static void other_run(struct world *world, struct attach_case *c,
                      const char *bundle)
{
    case_init(c, world);
    c->count = 0;
    c->want.task = ATTACH_REMOVE;
    c->want.patience_ms = world->now_ms + 2000;
    c->want.ending_ms = world->now_ms + 1000;
    c->want.holder.container.bundle = "/b/mine";
    c->want.holder.container.pid = 43;
    struct attach_case before;
    case_init(&before, world);
    world_port(world, OLD, "c1", &before.specs[0], true);
    world_set_id(world, OLD, "ovsint-bundle-c1", bundle);
    world_set_id(world, OLD, "ovsint-pid-c1", "42");
    world->alive = 42;
}

TEST(another_container_of_that_id_keeps_what_it_has)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    other_run(world, &c, "/b/other");
    case_done(&c, world, "watch\nis 42 alive?\ndone");
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_killed_process_has_time_to_end)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    other_run(world, &c, "/b/mine");
    world->dies_ms = world->now_ms + 15;
    case_done(&c, world,
              "watch\nis 42 alive?\nwait\nis 42 alive?\nwait\nis 42 alive?\n"
              "send -" OLD "\ndone");
}

TEST(one_that_lives_on_is_another_run)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    other_run(world, &c, "/b/mine");
    int64_t began = world->now_ms;
    case_done(&c, world, NULL);
    CHECK_EQ(world->now_ms - began, 1000);
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_database_that_restarts_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    world->database_is_away = true;
    world->database_back_ms = world->now_ms + 90;
    remove_all(world, "watch\nwait\nwatch\nwait\nwatch\nsend -" OLD "\ndone");
}

TEST(a_database_that_stays_away)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    c.want.patience_ms = world->now_ms + 2000;
    world->database_is_away = true;
    case_fails(&c, world, ECONNREFUSED, "connection refused", NULL);
    CHECK_EQ(world->now_ms, 3000);
}

static void row_changes_always(struct world *world,
                               const struct attach_todo *todo)
{
    char value[16];

    snprintf(value, sizeof(value), "%zu", world->steps);
    if (todo->step == ATTACH_STEP_SEND)
        world_set_id(world, OLD, "controller", value);
}

TEST(a_row_that_changes_at_each_try)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    world->meanwhile = row_changes_always;
    case_fails(&c, world, ESTALE, "the rows changed at each of 8 tries", NULL);
    CHECK_EQ(world_ports(world), 1);
}

/* The runtime's deadline is shorter than what a restart is given: there is no
 * use in trying on, without a pause, when it is over. */
TEST(a_database_that_stays_away_beyond_the_deadline)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.want.task = ATTACH_REMOVE;
    c.count = 0;
    c.want.patience_ms = world->now_ms + 2000;
    c.want.deadline_ms = world->now_ms + 120;
    world->database_is_away = true;
    case_fails(&c, world, ECONNREFUSED, "connection refused",
               "watch\nwait\nwatch\nwait\nwatch\nwait\nwatch\nfail");
}

TEST(a_process_that_outlives_the_deadline)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    other_run(world, &c, "/b/mine");
    c.want.deadline_ms = world->now_ms + 120;
    case_done(&c, world, NULL);
    CHECK_EQ(world->now_ms, c.want.deadline_ms);
    CHECK_EQ(world_ports(world), 1);
}

/* The first container of a pod makes its pair at the same moment. Then nothing
 * works any more. */
static void pod_is_faster(struct world *world, const struct attach_todo *todo)
{
    const struct attachment spec = {
        .ifname = "eth0", .bridge = "br0", .type = VNIC_VETH};

    if (todo->step == ATTACH_STEP_MAKE_PAIR)
        world_port(world, "ovotheraaaaaaaa", "first", &spec, true);
    if (todo->step != ATTACH_STEP_SET_UP)
        return;
    world_find(world, ATTACH_INSIDE, "eth0")->name[0] = '\0';
    world->database_is_away = true;
}

TEST(the_pair_of_another_call_is_not_undone)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].type = VNIC_VETH;
    c.ports[0].name[0] = '\0';
    world->meanwhile = pod_is_faster;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_HAS(world_said(world), "make pair eth0");
    CHECK_EQ(attach_failure(a)->undo.code, ECONNREFUSED);
    CHECK_STR(attach_failure(a)->left, "ovotheraaaaaaaa");
    CHECK(world_find(world, ATTACH_HOST, "ovotheraaaaaaaa"));
}

TEST_MAIN
