/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ready ports: which are taken and which are not, what happens if others are
 * quicker, and what a call leaves that fails or dies in the middle. Whatever
 * happens, a ready port is had by one container at most.
 */
#include <errno.h>

#include "ovsint/rows/ready_port.h"
#include "tests/lib/attach_case.h"

#define READY1 "oireadyaaaaaaa0"
#define READY2 "oireadybbbbbbb0"
#define FIRST_STEPS "watch\nfind inside eth0: no\n"

/* A ready port as the daemon and the switch have made it. */
static struct small_row *add_ready(struct world *world, const char *name,
                                   const struct attachment *place)
{
    char fit[READY_FIT_SIZE];
    auto_txn struct txn txn = {0};

    CHECK(ready_port_fit(place, fit));
    txn_init(&txn, OVSDB_NAME);
    ready_port_insert(&txn, place, fit, name, WORLD_BOOT, 0);
    CHECK_EQ(small_ovsdb_transact(&world->db, &txn).r, 0);
    world_switch(world);
    struct small_row *row = small_find(&world->db, "Interface", name);
    row->ifindex = 7;
    return row;
}

static void begin(struct attach_case *c, struct world *world)
{
    case_init(c, world);
    add_ready(world, READY1, &c->specs[0]);
}

/* Is it in the container, with the rows of a port that was made for it? */
static void must_have(struct world *world, const char *name, const char *ifname)
{
    static const char *const tables[] = {"Interface", "Port"};
    const struct world_device *device =
        world_find(world, ATTACH_INSIDE, ifname);

    CHECK(device && device->is_set_up);
    CHECK_STR(device->name, name);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        const struct small_row *row = small_find(&world->db, tables[i], name);
        CHECK(row);
        CHECK_STR(small_get(row, ID_OWNER), HOOK_OWNER);
        CHECK_STR(small_get(row, ID_CONTAINER), "c1");
        CHECK_STR(small_get(row, ID_IFNAME), ifname);
        CHECK(!small_get(row, ID_POOL));
    }
}

static bool is_ready(struct world *world, const char *name)
{
    const struct small_row *row = small_find(&world->db, "Interface", name);

    return row && small_get(row, ID_POOL) &&
           world_find(world, ATTACH_HOST, name);
}

TEST(a_ready_port_is_taken_without_the_switch)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->switch_is_down = true;
    case_address(&c.specs[0], "10.0.0.5/24");
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_STR(world_said(world), FIRST_STEPS "send *" READY1 "\nmove " READY1
                                             "\nset up eth0\ndone");
    must_have(world, READY1, "eth0");
    CHECK_STR(attach_vnic(a, 0)->port, READY1);
    CHECK_EQ(world_ports(world), 1);
    CHECK_STR(small_get(small_find(&world->db, "Port", READY1),
                        ID_IP_PREFIX "10.0.0.5"),
              "br0/0");
}

/* The rows are in every way those of a port that was made for the container:
 * whoever reads them need not know of pools. */
TEST(its_rows_are_those_of_any_port)
{
    auto_world struct world *ready = world_new(), *made = world_new();
    struct attach_case c;

    case_init(&c, made);
    case_address(&c.specs[0], "10.0.0.5/24");
    case_done(&c, made, NULL);
    begin(&c, ready);
    case_address(&c.specs[0], "10.0.0.5/24");
    case_done(&c, ready, NULL);
    const struct small_row *is = small_find(&ready->db, "Interface", READY1);
    const struct small_row *wanted = small_find(&made->db, "Interface", NEW);
    CHECK_EQ(is->count, wanted->count);
    for (size_t i = 0; i < wanted->count; i++)
        CHECK_STR(small_get(is, wanted->keys[i]), wanted->values[i]);
}

TEST(a_call_that_is_made_twice_keeps_it)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_ready(world, READY2, &c.specs[0]);
    case_done(&c, world, NULL);
    bool first = !is_ready(world, READY1);
    case_done(&c, world, NULL);
    CHECK_EQ(is_ready(world, READY1), !first);
    CHECK_EQ(is_ready(world, READY2), first);
}

/* What a ready port is not. */

static void ask_number(struct attach_case *c)
{
    c->specs[0].ofport_request = 9;
}

static void ask_vlan(struct attach_case *c)
{
    c->specs[0].vlan = 10;
}

static void ask_trunks(struct attach_case *c)
{
    vlan_set_add(&c->specs[0].trunks, 20);
}

static void ask_mode(struct attach_case *c)
{
    c->specs[0].vlan_mode = VLAN_MODE_TRUNK;
}

static void ask_isolated(struct attach_case *c)
{
    c->specs[0].isolated = true;
}

static void ask_bridge(struct attach_case *c)
{
    snprintf(c->specs[0].bridge, sizeof(c->specs[0].bridge), "br1");
}

TEST(who_asks_for_another_port_gets_one_that_is_made)
{
    static void (*const asks[])(struct attach_case *) = {
        ask_number, ask_vlan, ask_trunks, ask_mode, ask_isolated, ask_bridge};

    for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        begin(&c, world);
        small_add(&world->db, "Bridge", "br1");
        asks[i](&c);
        auto_buf struct buf log = BUF_INIT(256);
        buf_addf(&log,
                 FIRST_STEPS "%ssend +" NEW "\nmove " NEW "\nset up eth0\ndone",
                 asks[i] == ask_number ? "send ? ? ? ?\n" : "");
        case_done(&c, world, buf_text(&log));
        CHECK(is_ready(world, READY1));
    }
}

TEST(a_pair_is_never_ready)
{
    char fit[READY_FIT_SIZE];
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    c.specs[0].type = VNIC_VETH;
    CHECK(!ready_port_fit(&c.specs[0], fit));
    CHECK_STR(fit, "");
}

/* ... and which of them are not ready. */

static void of_another_boot(struct world *world, struct small_row *row)
{
    (void)row;
    world_set_id(world, READY1, ID_BOOT, "boot0");
}

static void not_made_yet(struct world *world, struct small_row *row)
{
    (void)world;
    row->ofport = 0;
    world->switch_is_down = true;
}

static void without_device(struct world *world, struct small_row *row)
{
    (void)world;
    row->ifindex = 0;
}

static void failed(struct world *world, struct small_row *row)
{
    (void)world;
    snprintf(row->error, sizeof(row->error), "no room");
}

static void of_another_owner(struct world *world, struct small_row *row)
{
    (void)row;
    world_set_id(world, READY1, ID_OWNER, "somebody");
}

TEST(a_port_that_is_not_ready_is_left_alone)
{
    static void (*const faults[])(struct world *, struct small_row *) = {
        of_another_boot, not_made_yet, without_device, failed,
        of_another_owner};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        case_init(&c, world);
        faults[i](world, add_ready(world, READY1, &c.specs[0]));
        c.want.until = ATTACH_CLAIM;
        case_done(&c, world, FIRST_STEPS "send +" NEW "\ndone");
    }
}

/* Others are quicker. */

static void take(struct world *world, const char *name)
{
    world_set_id(world, name, ID_OWNER, HOOK_OWNER);
    world_set_id(world, name, ID_CONTAINER, "c2");
    world_set_id(world, name, ID_POOL, NULL);
}

static void one_is_taken(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_SEND && world->steps == 2)
        take(world, is_ready(world, READY2) ? READY2 : READY1);
}

static void both_are_taken(struct world *world, const struct attach_todo *todo)
{
    if (todo->step != ATTACH_STEP_SEND || world->steps != 2)
        return;
    take(world, READY1);
    take(world, READY2);
}

/* Which one a call chooses first is told by its own random name. */
TEST(one_that_another_call_takes_is_lost_and_the_next_one_is_tried)
{
    auto_world struct world *world = world_new();
    struct attach_case c;
    bool lost = false;

    begin(&c, world);
    for (unsigned i = 0; i < 20 && !lost; i++) {
        auto_world struct world *again = world_new();
        begin(&c, again);
        add_ready(again, READY2, &c.specs[0]);
        again->meanwhile = one_is_taken;
        c.ports[0].name[14] = (char)('a' + i);
        case_done(&c, again, NULL);
        must_have(again, READY1, "eth0");
        lost = strstr(world_said(again), "send guard\nsend *" READY1) != NULL;
    }
    CHECK(lost);
}

TEST(if_all_are_taken_a_port_is_made)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_ready(world, READY2, &c.specs[0]);
    world->meanwhile = both_are_taken;
    case_done(&c, world,
              FIRST_STEPS "send guard\nsend +" NEW "\nmove " NEW
                          "\nset up eth0\ndone");
    CHECK_EQ(world_ports(world), 3);
}

static void it_is_removed(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_SEND && world->steps == 2)
        world_remove(world, READY1);
}

TEST(one_that_somebody_removes_is_no_loss)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = it_is_removed;
    case_done(&c, world,
              FIRST_STEPS "send guard\nsend +" NEW "\nmove " NEW
                          "\nset up eth0\ndone");
    CHECK_EQ(world_ports(world), 1);
}

/* Each loss is one more transaction: after some of them it is given up. */
static void always_one_is_taken(struct world *world,
                                const struct attach_todo *todo)
{
    if (todo->step != ATTACH_STEP_SEND)
        return;
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &world->db.rows[i];
        if (strcmp(row->table, "Interface") == 0 && small_get(row, ID_POOL))
            take(world, row->name);
    }
}

TEST(nobody_waits_for_the_pool)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    for (char which = 'a'; which < 'a' + 25; which++) {
        char name[] = "oireadyaaaaaaa0";
        name[13] = which;
        add_ready(world, name, &c.specs[0]);
    }
    world->meanwhile = always_one_is_taken;
    int64_t begun = world->now_ms;
    case_done(&c, world, NULL);
    must_have(world, NEW, "eth0");
    CHECK_EQ(world->now_ms, begun);
}

static void a_member_is_faster(struct world *world,
                               const struct attach_todo *todo)
{
    struct attach_case c;

    if (todo->step != ATTACH_STEP_SEND || world->steps != 2)
        return;
    case_init(&c, world);
    world_port(world, OTHER, "first", &c.specs[0], true);
}

TEST(whoever_joins_a_port_of_its_pod_leaves_the_ready_one)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = a_member_is_faster;
    case_done(&c, world,
              FIRST_STEPS "send guard\nfind inside " OTHER ": yes\nsend ~" OTHER
                          "\nset up eth0\ndone");
    CHECK(is_ready(world, READY1));
}

/* Two vNICs. */

TEST(each_vnic_takes_one)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    add_ready(world, READY2, &c.specs[0]);
    case_port(&c, "eth1", NEW2);
    case_done(&c, world, NULL);
    CHECK_EQ(world_ports(world), 2);
    CHECK(!is_ready(world, READY1) && !is_ready(world, READY2));
}

TEST(one_takes_the_last_one_and_one_is_made)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    case_port(&c, "eth1", NEW2);
    case_done(&c, world,
              "watch\nfind inside eth0: no\nfind inside eth1: no\n"
              "send *" READY1 " +" NEW2 "\nmove " READY1
              "\nset up eth0\nmove " NEW2 "\nset up eth1\ndone");
    must_have(world, READY1, "eth0");
    must_have(world, NEW2, "eth1");
}

/* Failures. */

TEST(what_fails_later_is_undone)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->fault = WORLD_BREAK;
    world->fault_at = 4;
    case_fails(&c, world, EIO, "broken",
               FIRST_STEPS "send *" READY1 "\nmove " READY1
                           "\nbroken\nwatch\nsend -" READY1 "\nfail");
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_lost_answer_is_undone_only_if_it_was_done)
{
    static const enum world_fault faults[] = {WORLD_LOSE_BEFORE,
                                              WORLD_LOSE_AFTER};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        begin(&c, world);
        world->fault = faults[i];
        world->fault_at = 2;
        case_fails(&c, world, ECONNRESET, "connection reset", NULL);
        CHECK_EQ(is_ready(world, READY1), i == 0);
        CHECK_EQ(world_ports(world), i == 0);
    }
}

/* One that was tried for, and is another container's now, is no business of the
 * undo. */
static void taken_and_all_broken(struct world *world,
                                 const struct attach_todo *todo)
{
    one_is_taken(world, todo);
    if (todo->step == ATTACH_STEP_MOVE)
        world->device_is_missing = true;
}

TEST(an_undo_leaves_what_others_have_taken)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = taken_and_all_broken;
    world->fault = WORLD_BREAK;
    world->fault_at = 5;
    case_fails(&c, world, EIO, "broken", NULL);
    CHECK_EQ(world_ports(world), 1);
    CHECK_STR(
        small_get(small_find(&world->db, "Interface", READY1), ID_CONTAINER),
        "c2");
}

/* A process that dies at any step: the next call makes it whole, and of two
 * ready ports one is left, or both if nothing was taken yet and the next call
 * has made its own. */
TEST(a_call_that_dies_leaves_what_the_next_one_finishes)
{
    static const enum world_fault faults[] = {WORLD_CRASH_BEFORE,
                                              WORLD_CRASH_AFTER};

    for (size_t i = 0; i < 2 * 12; i++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        begin(&c, world);
        add_ready(world, READY2, &c.specs[0]);
        world->fault = faults[i % 2];
        world->fault_at = i / 2;
        auto_attach struct attach *a = case_new(&c, world);
        bool done = world_run(world, a);
        world->fault = WORLD_NO_FAULT;
        snprintf(c.ports[0].name, IFNAME_SIZE, NEW2);
        if (!done)
            case_done(&c, world, NULL);
        const struct world_device *inside =
            world_find(world, ATTACH_INSIDE, "eth0");
        CHECK(inside && inside->is_set_up);
        must_have(world, inside->name, "eth0");
        /* A device that is neither inside nor on the host is nobody's. */
        CHECK_EQ(world_count(world), world_ports(world));
    }
}

/* Its guard. */

TEST(its_source_guard_is_in_force_before_its_device_comes)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    c.specs[0].guard = SOURCE_GUARD_FULL;
    case_address(&c.specs[0], "10.0.0.5/24");
    case_done(&c, world,
              FIRST_STEPS "send *" READY1 "\nput flows of br0 " READY1
                          "\nmove " READY1 "\nset up eth0\ndone");
}

/* An endpoint of Docker's. */

static void create(struct attach_case *c, struct world *world)
{
    begin(c, world);
    c->want.mover = ATTACH_BY_THEM;
    c->want.until = ATTACH_CLAIM;
    c->want.owner = DOCKER_OWNER;
    c->want.holder =
        (struct port_holder){.kind = HOLDER_ENDPOINT,
                             .id = "e1",
                             .endpoint = {.network = "n1", .altname = "eth0"}};
}

TEST(an_endpoint_takes_one)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    create(&c, world);
    world->switch_is_down = true;
    case_done(&c, world, "watch\nsend *" READY1 "\ndone");
    c.want.until = ATTACH_READY;
    c.want.must_exist = true;
    c.want.holder.netns = "/run/netns/sandbox";
    case_done(&c, world, "watch\nsend ~" READY1 "\ndone");
    const struct small_row *row = small_find(&world->db, "Interface", READY1);
    CHECK_STR(small_get(row, ID_ENDPOINT), "e1");
    CHECK_STR(small_get(row, ID_OWNER), DOCKER_OWNER);
    CHECK(!small_get(row, ID_POOL));
}

/* What the pool's size is asked with. */

TEST(what_a_port_asks_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;
    unsigned size = 0;

    begin(&c, world);
    c.specs[0].pool = 16;
    case_done(&c, world, NULL);
    const char *text =
        small_get(small_find(&world->db, "Interface", READY1), ID_POOL_ASKED);
    CHECK_STR(text, "16 br0/0");
    CHECK_STR(ready_port_asked(text, &size), "br0/0");
    CHECK_EQ(size, 16);
    CHECK(!ready_port_asked("", &size));
    CHECK(!ready_port_asked("16", &size));
    CHECK(!ready_port_asked("0 br0/0", &size));
    CHECK(!ready_port_asked("257 br0/0", &size));
    CHECK(!ready_port_asked("x br0/0", &size));
    CHECK(!ready_port_asked("99999999999 br0/0", &size));
}

TEST(a_fit_has_all_that_the_switch_knows)
{
    struct attachment a = {.bridge = "br0"};
    char fit[READY_FIT_SIZE];

    CHECK(ready_port_fit(&a, fit));
    CHECK_STR(fit, "br0/0");
    a.vlan = 10;
    a.vlan_mode = VLAN_MODE_NATIVE_TAGGED;
    vlan_set_add(&a.trunks, 20);
    vlan_set_add(&a.trunks, 21);
    a.isolated = true;
    CHECK(ready_port_fit(&a, fit));
    CHECK_STR(fit, "br0/10/native-tagged/20-21/isolated");
    for (unsigned vlan = 1; vlan < 400; vlan += 2)
        vlan_set_add(&a.trunks, vlan);
    CHECK(!ready_port_fit(&a, fit));
    CHECK_STR(fit, "");
}

TEST_MAIN
