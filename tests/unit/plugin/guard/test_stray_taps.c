/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Devices that are left on the host when their rows have gone: which the
 * guardian deletes, when, and which are not its own to delete.
 */
#include "plugin/guard/once.h"
#include "tests/lib/guard_case.h"

#define PEER "ovpairaaaaaaaa1"
#define DELETED(device)           \
    "delete " device " in host\n" \
    "info: deleted a device that was left behind; device=" device "\n"

static struct small_link *dead_tap(const char *name)
{
    struct small_link *link = small_link_add(SMALL_HOST, name, "tun");

    link->info.attached = false;
    return link;
}

static void pair(void)
{
    small_link_add(SMALL_HOST, PAIR, "veth");
    small_link_add(SMALL_HOST, PEER, "veth");
}

/* The switch ends before it has deleted the device of a row that went. */
TEST(a_tap_that_a_switch_has_left)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    struct small_link *link = small_link_find(1, ONE);
    CHECK(link);
    link->netns = SMALL_HOST;
    link->info.attached = false;
    small_container_ends(C1);
    guard_pass(100);
    CHECK(!guard_row(ONE));
    CHECK(!guard_is_at_rest());
    guard_pass(4000);
    CHECK(small_link_find(SMALL_HOST, ONE));
    guard_pass(1000);
    CHECK_HAS(buf_text(&said), DELETED(ONE));
    CHECK(guard_is_at_rest());
    guard_close();
}

/* As long as a switch holds it, that one deletes it. */
TEST(a_tap_that_a_switch_still_has)
{
    guard_open_with("tun");
    struct small_link *link = dead_tap(ONE);
    guard_begins();
    link->info.attached = true;
    small_kernel.switch_is_down = true;
    guard_pass(12000);
    CHECK_SAID("");
    CHECK(!guard_is_at_rest());
    small_link_gone(link);
    guard_pass(10);
    CHECK(guard_is_at_rest());
    guard_close();
}

/* An earlier guardian has removed the row and was killed, and so is the switch
 * that was about to delete the device. */
TEST(a_tap_that_a_switch_had_when_this_guardian_began)
{
    guard_open_with("tun");
    struct small_link *link = dead_tap(ONE);
    link->info.attached = true;
    small_kernel.switch_is_down = true;
    guard_begins();
    guard_pass(100);
    link->info.attached = false;
    CHECK(!guard_is_at_rest());
    guard_pass(5000);
    CHECK_SAID(DELETED(ONE));
    CHECK(guard_is_at_rest());
    guard_close();
}

TEST(those_that_an_earlier_guardian_has_left)
{
    guard_open_with("tun");
    dead_tap(ONE);
    dead_tap("tap0");
    pair();
    small_link_add(SMALL_HOST, "ovotheraaaaaaa0", "veth"); /* reaches inside */
    guard_begins();
    guard_pass(5100);
    CHECK_SAID(DELETED(ONE));
    guard_pass(6000); /* a call that makes a pair may take so long */
    CHECK_HAS(buf_text(&said), "delete " PAIR " in host\n");
    CHECK(small_link_find(SMALL_HOST, "ovotheraaaaaaa0"));
    CHECK(small_link_find(SMALL_HOST, "tap0"));
    guard_close();
}

TEST(one_that_is_plugged_again_stays)
{
    struct attachment spec = guard_spec();

    guard_open();
    spec.type = VNIC_VETH;
    pair();
    daemon_down();
    guard_begins();
    guard_write(PAIR, C1, "e1", &spec);
    guard_row(PAIR)->ofport = 7;
    guard_pass(12000);
    CHECK(small_link_find(SMALL_HOST, PAIR));
    guard_close();
}

TEST(one_that_cannot_be_deleted_is_told)
{
    guard_open_with("tun");
    dead_tap(ONE);
    guard_begins();
    small_kernel.fails = "link_delete";
    small_kernel.fails_with = EBUSY;
    guard_pass(5100);
    CHECK_SAID("error: a device that was left behind could not be deleted; "
               "device=" ONE " error=link_delete fails\n");
    guard_close();
}

TEST(of_those_another_guardian_takes_care)
{
    guard_open_with("tun");
    dead_tap(ONE);
    daemon_up();
    DAEMON_TELL(on_lock, false);
    guard_pass(12000);
    CHECK(small_link_find(SMALL_HOST, ONE));
    guard_close();
}

/* Docker gives up an endpoint that has no row: its pair may be on the host. */
TEST(an_endpoint_without_a_row_is_given_up)
{
    guard_open();
    pair();
    CHECK(!guardian_on_endpoint_left(guardian, "e1"));
    guard_pass(12000);
    CHECK(!small_link_find(SMALL_HOST, PAIR));
    guard_close();
}

/* A bridge gets a spanning tree. */
TEST(a_spanning_tree_is_told)
{
    guard_open();
    guard_plug(ONE, C1);
    struct small_row *bridge = small_find(&db, "Bridge", "br0");
    CHECK(bridge);
    snprintf(bridge->type, sizeof(bridge->type), "netdev");
    bridge->stp_enable = true;
    daemon_settle();
    CHECK_HAS(buf_text(&said), "warning: containers are on a bridge that has a "
                               "spanning tree now");
    CHECK_HAS(buf_text(&said), "bridge=br0");
    guard_close();
}

/* One pass. */

static int pass_r;
static bool pass_ended;
static struct err pass_err;

static void on_pass_ended(void *data, int r, const struct err *why)
{
    (void)data;
    pass_ended = true;
    pass_r = r;
    pass_err = *why;
}

static struct once once;

static void begin_pass(void)
{
    guard_open_with("openvswitch");
    once_begin(&once, NULL, guardian, 8000, on_pass_ended, NULL);
}

TEST(a_pass_ends_when_nothing_is_left_to_do)
{
    begin_pass();
    guard_begins();
    guard_pass(100);
    CHECK(pass_ended);
    CHECK_EQ(pass_r, 0);
    guard_close();
}

TEST(a_pass_waits_for_repairs)
{
    struct attachment spec = guard_spec();

    begin_pass();
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    small_kernel.fails = "link_move_in";
    small_kernel.fails_with = ENOMEM;
    guard_begins();
    guard_pass(150);
    CHECK(!pass_ended);
    guard_pass(500);
    CHECK(pass_ended);
    CHECK_EQ(pass_r, 0);
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(a_pass_tells_how_many_ports_could_not_be_repaired)
{
    struct attachment spec = guard_spec();

    begin_pass();
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    small_kernel.containers[1].sight = SANDBOX_UNSEEN;
    guard_begins();
    guard_pass(200);
    CHECK_EQ(pass_r, -EIO);
    CHECK_HAS(pass_err.text, "ports that could not be repaired: 1");
    guard_close();
}

TEST(a_pass_beside_another_guardian_does_nothing)
{
    begin_pass();
    daemon_up();
    DAEMON_TELL(on_lock, false);
    guard_pass(100);
    CHECK(pass_ended);
    CHECK_EQ(pass_r, 0);
    CHECK_HAS(buf_text(&said), "info: another guardian is at work");
    guard_close();
}

TEST(a_pass_over_a_switch_that_is_down)
{
    begin_pass();
    small_kernel.switch_is_down = true;
    guard_begins();
    guard_pass(7900);
    CHECK(!pass_ended);
    guard_pass(200);
    CHECK_EQ(pass_r, -ETIMEDOUT);
    CHECK_HAS(pass_err.text, "does ovs-vswitchd run");
    guard_close();
}

TEST(a_pass_without_a_database)
{
    begin_pass();
    err_set(&small_daemon.host.down, ECONNREFUSED, "connection refused");
    guard_pass(100);
    CHECK_EQ(pass_r, -ETIMEDOUT);
    CHECK_STR(pass_err.text, "connection refused");
    guard_close();
}

TEST_MAIN
