/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The guardian as a whole, over a small database and small containers: what
 * becomes of ports while switches die, devices are lost and containers end, and
 * what the log says of it.
 */
#include "tests/lib/guard_case.h"

#define REPAIRED(port, id, why, cut)                                    \
    "info: repaired a port; port=" port " container=" id " reason=" why \
    " cut off=" cut "\n"
#define ANEW "the switch made its device anew on the host"

/* In the first container. */
static struct small_link *inside(const char *name)
{
    struct small_link *link = small_link_find(1, name);

    CHECK(link);
    return link;
}

TEST(a_port_that_arrives_is_noted)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_write(ONE, C1, NULL, &spec);
    guard_pass(200);
    CHECK(!small_get(guard_row(ONE), ID_ARRIVED));
    guard_arrive(ONE, C1);
    guard_pass(200);
    CHECK_STR(small_get(guard_row(ONE), ID_ARRIVED), "true");
    CHECK_SAID("");
    CHECK(guard_is_at_rest());
    CHECK_EQ(daemon_next_ms(), -1); /* it sleeps */
    guard_close();
}

TEST(of_dockers_port_the_namespace_is_noted_as_well)
{
    guard_open();
    guard_plug_docker(ONE, C1);
    CHECK_STR(small_get(guard_row(ONE), ID_ARRIVED), "true");
    CHECK_STR(small_get(guard_row(ONE), ID_NETNS_ID), "4:1");
    CHECK_STR(small_get(guard_row(ONE), ID_PIDNS), "4:1");
    guard_close();
}

/* A switch that restarts on the kernel's datapath makes devices anew. */
TEST(a_device_that_the_switch_has_made_anew_is_moved_back)
{
    guard_open();
    guard_plug(ONE, C1);
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    guard_pass(100);
    CHECK_SAID("move " ONE " into " C1 "\n"
               "set up " ONE " as eth0\n" REPAIRED(ONE, "c1", ANEW, "0 ms"));
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(how_long_a_port_was_cut_off_is_told)
{
    guard_open();
    guard_plug(ONE, C1);
    small_kernel.switch_is_down = true;
    small_link_gone(inside(ONE));
    guard_pass(300);
    small_kernel.switch_is_down = false;
    small_switch_remakes(ONE);
    guard_pass(100);
    CHECK_HAS(buf_text(&said), "cut off=300 ms");
    guard_close();
}

/* On the userspace datapath the dead TAP stays, and has all that the container
 * has set. */
static void switch_dies(const char *name, int netns)
{
    struct small_link *link = small_link_find(netns, name);

    link->info.attached = link->info.carrier = false;
    small_event(link, LINK_CHANGED, false);
    small_switch_remakes(name);
}

TEST(a_dead_tap_is_replaced_by_one_with_its_number)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    int index = inside(ONE)->info.ifindex;
    switch_dies(ONE, 1);
    guard_pass(40);
    CHECK_SAID("read what " ONE " has\ndelete " ONE " in " C1 "\nmove " ONE
               " into " C1 "\ngive " ONE " what its predecessor had\n"
               "announce " ONE "\n" REPAIRED(
                   ONE, "c1",
                   "the switch left a dead device in the container and made a "
                   "new one on the host",
                   "0 ms"));
    CHECK_EQ(inside(ONE)->info.ifindex, index);
    guard_pass(100);
    CHECK_SAID("announce " ONE "\n");
    guard_check_whole(ONE, C1);
    guard_close();
}

static void await_neighbours(const char *const *whom, size_t count)
{
    struct addr_info *own = small_kernel.addresses;

    CHECK(parse_prefix("10.0.0.5/24", &own[0].address) == 0);
    CHECK(parse_prefix("fd00::5/64", &own[1].address) == 0);
    CHECK(parse_prefix("fd01::5/64", &own[2].address) == 0);
    own[2].tentative = true;
    small_kernel.awaited.count = count;
    for (size_t i = 0; i < count; i++)
        CHECK(parse_ip(whom[i], &small_kernel.awaited.ip[i]) == 0);
    small_bridge.is_here = true;
}

/* The answers came when the switch took the TAP to be down. */
TEST(what_a_container_has_asked_too_early_is_asked_by_the_bridge)
{
    static const char *const whom[] = {"10.0.0.9", "fd00::9", "10.1.0.9",
                                       "fd01::9"};
    struct attachment spec = guard_spec();

    guard_open_with("tun");
    guard_begins();
    await_neighbours(whom, ARRAY_LEN(whom));
    guard_write(ONE, C1, NULL, &spec);
    guard_pass(10);
    guard_arrive(ONE, C1);
    buf_clear(&said);
    guard_pass(100);
    CHECK_HAS(buf_text(&said), "/br0.mgmt\n");
    /* Nobody can be asked from an address of another subnet, or from one that
     * may not be used yet. */
    CHECK_EQ(small_bridge.packets, 2);
    CHECK_EQ(small_bridge.in_port, guard_row(ONE)->ofport);
    guard_pass(2000);
    CHECK_EQ(small_bridge.packets, 2);
    CHECK(!small_bridge.second);
    CHECK(guard_is_at_rest());
    guard_close();
}

/* When all that were moved can be heard, and not before. */
TEST(after_a_repair_they_are_asked_once)
{
    static const char *const whom[] = {"10.0.0.9"};

    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    await_neighbours(whom, ARRAY_LEN(whom));
    switch_dies(ONE, 1);
    guard_pass(40);
    CHECK_EQ(inside(ONE)->netns, 1);
    CHECK_EQ(guard_row(ONE)->ifindex, 0);
    CHECK_EQ(small_bridge.packets, 0);
    guard_pass(100);
    CHECK_EQ(small_bridge.packets, 1);
    guard_pass(2000);
    CHECK_EQ(small_bridge.packets, 1);
    CHECK(guard_is_at_rest());
    guard_close();
}

TEST(a_neighbour_that_no_address_fits_is_not_asked)
{
    static const char *const whom[] = {"10.1.0.9"};
    struct attachment spec = guard_spec();

    guard_open_with("tun");
    guard_begins();
    await_neighbours(whom, ARRAY_LEN(whom));
    guard_write(ONE, C1, NULL, &spec);
    guard_arrive(ONE, C1);
    guard_pass(100);
    CHECK_EQ(small_bridge.packets, 0);
    guard_close();
}

/* The kernel datapath forwards to a device wherever it is. */
TEST(the_kernel_datapath_drops_no_answer)
{
    static const char *const whom[] = {"10.0.0.9"};
    struct attachment spec = guard_spec();

    guard_open();
    await_neighbours(whom, ARRAY_LEN(whom));
    guard_write(ONE, C1, NULL, &spec);
    guard_arrive(ONE, C1);
    guard_pass(100);
    CHECK_EQ(small_bridge.packets, 0);
    guard_close();
}

TEST(a_container_whose_neighbours_cannot_be_listed)
{
    static const char *const whom[] = {"10.0.0.9"};
    struct attachment spec = guard_spec();

    guard_open_with("tun");
    guard_begins();
    await_neighbours(whom, ARRAY_LEN(whom));
    guard_write(ONE, C1, NULL, &spec);
    guard_arrive(ONE, C1);
    small_kernel.fails = "neighbours_awaited";
    small_kernel.fails_with = EPERM;
    guard_pass(100);
    CHECK_EQ(small_bridge.packets, 0);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* Whoever has attached a logical port has announced it once by then. */
TEST(a_logical_port_is_announced_a_second_time)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_set_id(ONE, ID_OVN_INSTALLED, "true");
    guard_pass(1900);
    CHECK_SAID("");
    CHECK(guard_is_at_rest());
    guard_pass(200);
    CHECK_SAID("announce " ONE "\n");
    guard_set_id(ONE, "ovn-installed-ts", "1");
    guard_pass(5000);
    CHECK_SAID(""); /* no third one */
    CHECK_EQ(daemon_next_ms(), -1);
    /* OVN installs it anew, as after a restart of the switch. */
    guard_set_id(ONE, ID_OVN_INSTALLED, NULL);
    guard_pass(10);
    guard_set_id(ONE, ID_OVN_INSTALLED, "true");
    guard_pass(2100);
    CHECK_SAID("announce " ONE "\n");
    guard_close();
}

/* It may have been announced long ago. */
TEST(what_was_installed_while_the_database_was_away_is_left_alone)
{
    guard_open();
    guard_plug(ONE, C1);
    daemon_down();
    guard_set_id(ONE, ID_OVN_INSTALLED, "true");
    daemon_up();
    DAEMON_TELL(on_lock, true);
    guard_pass(5000);
    CHECK_SAID("");
    CHECK_EQ(daemon_next_ms(), -1);
    guard_close();
}

/* Its mover was killed before it was set up. This guardian begins to look when
 * it has the lock. */
TEST(an_unfinished_device_is_set_up)
{
    struct attachment spec = guard_spec();

    guard_open_with("openvswitch");
    daemon_up();
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    guard_arrive(ONE, C1);
    inside(ONE)->info.unfinished = true;
    DAEMON_TELL(on_lock, true);
    guard_pass(100);
    CHECK(!inside(ONE)->info.unfinished);
    CHECK_HAS(buf_text(&said), "set up " ONE " as eth0\n");
    guard_check_whole(ONE, C1);
    guard_close();
}

/* Then the switch has died as well: what the dead TAP has is not what the
 * container had. */
TEST(a_dead_tap_that_was_not_finished_is_replaced_as_the_row_says)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    inside(ONE)->info.unfinished = true;
    switch_dies(ONE, 1);
    guard_pass(1000);
    CHECK_HAS(buf_text(&said), "move " ONE " into " C1 "\n"
                               "set up " ONE " as eth0\n");
    CHECK(!inside(ONE)->info.unfinished);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* Nobody waits for the kernel to delete the dead ones. */
TEST(of_many_the_dead_taps_are_deleted_when_all_are_back)
{
    char name[12][IFNAME_SIZE], path[12][40];

    guard_open_with("tun");
    guard_begins();
    for (int i = 0; i < 12; i++) {
        snprintf(name[i], IFNAME_SIZE, "oimanyaaaaaaa%c%c", 'a' + i, 'a');
        snprintf(path[i], sizeof(path[i]), "/run/netns/m%d", i);
        guard_plug(name[i], path[i]);
    }
    for (int i = 0; i < 12; i++)
        switch_dies(name[i], small_container_of(path[i]));
    guard_pass(100);
    for (int i = 0; i < 12; i++) {
        int netns = small_container_of(path[i]);
        char dead[IFNAME_SIZE];
        guarded_dead_name(name[i], dead);
        CHECK(small_link_find(netns, name[i]));
        CHECK(small_link_find(netns, dead));
    }
    CHECK(!guard_is_at_rest());
    guard_pass(1000);
    for (int i = 0; i < 12; i++) {
        char dead[IFNAME_SIZE];
        guarded_dead_name(name[i], dead);
        CHECK(!small_link_find(small_container_of(path[i]), dead));
        guard_check_whole(name[i], path[i]);
    }
    guard_close();
}

/* Those whose number somebody needs wait for it, all the same. */
TEST(of_many_a_number_that_counts_is_kept)
{
    char name[12][IFNAME_SIZE], path[12][40];
    int index[12];

    guard_open_with("tun");
    guard_begins();
    for (int i = 0; i < 12; i++) {
        snprintf(name[i], IFNAME_SIZE, "oimanyaaaaaaa%c%c", 'a' + i, 'a');
        snprintf(path[i], sizeof(path[i]), "/run/netns/m%d", i);
        guard_plug(name[i], path[i]);
        index[i] =
            small_link_find(small_container_of(path[i]), name[i])->info.ifindex;
    }
    small_kernel.sockets_bound = true;
    for (int i = 0; i < 12; i++)
        switch_dies(name[i], small_container_of(path[i]));
    guard_pass(1000);
    for (int i = 0; i < 12; i++)
        CHECK_EQ(
            small_link_find(small_container_of(path[i]), name[i])->info.ifindex,
            index[i]);
    guard_close();
}

TEST(a_repair_that_fails_is_tried_again_and_told_once)
{
    guard_open();
    guard_plug(ONE, C1);
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    small_kernel.fails = "link_move_in";
    small_kernel.fails_with = ENOMEM;
    guard_pass(1000);
    CHECK_SAID("error: a port could not be repaired yet; port=" ONE
               " error=link_move_in fails\n"
               "move " ONE " into " C1 "\nset up " ONE
               " as eth0\n" REPAIRED(ONE, "c1", ANEW, "250 ms"));
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(what_a_container_has_lost_of_its_settings_is_given_back)
{
    guard_open();
    guard_plug(ONE, C1);
    inside(ONE)->is_set_up = false;
    guard_set_id(ONE, ID_MAC, "02:00:00:00:00:0a");
    guard_pass(100);
    CHECK_HAS(buf_text(&said), "set up " ONE " as eth0\n");
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(a_device_that_was_renamed_gets_its_name_back)
{
    guard_open();
    guard_plug(ONE, C1);
    struct small_link *link = inside(ONE);
    snprintf(link->info.name, IFNAME_SIZE, "lan");
    small_event(link, LINK_CHANGED, false);
    guard_pass(100);
    CHECK_HAS(buf_text(&said),
              "rename lan to " ONE "\nset up " ONE " as eth0\n");
    guard_check_whole(ONE, C1);
    guard_close();
}

static void rename_and_pass(uint64_t ms)
{
    struct small_link *link = small_link_find(1, ONE);

    if (!link)
        link = small_link_find(1, "lan"); /* it was not put back yet */
    CHECK(link);
    snprintf(link->info.name, IFNAME_SIZE, "lan");
    small_event(link, LINK_CHANGED, false);
    guard_pass(ms);
}

static size_t lines_about_repairs(void)
{
    size_t count = 0;

    for (const char *at = buf_text(&said); (at = strstr(at, "repaired a port"));
         at++)
        count++;
    return count;
}

/* All are put right, but a container does not fill the log. */
TEST(a_device_that_is_renamed_in_a_loop)
{
    guard_open();
    guard_plug(ONE, C1);
    for (int i = 0; i < 10; i++) {
        rename_and_pass(100);
        guard_check_whole(ONE, C1);
    }
    CHECK_EQ(lines_about_repairs(), 10);
    /* From now on it waits: one repair in a second. */
    for (int i = 0; i < 50; i++)
        rename_and_pass(100);
    CHECK_EQ(lines_about_repairs(), 10);
    CHECK_HAS(buf_text(&said),
              "repairs=10 within a minute: more are only counted\n");
    guard_pass(60000);
    rename_and_pass(100);
    CHECK_EQ(lines_about_repairs(), 11);
    CHECK_HAS(buf_text(&said), "repairs=6 more since the last line\n");
    guard_close();
}

TEST(a_name_that_is_taken_inside_is_told_once)
{
    guard_open();
    guard_plug(ONE, C1);
    small_link_gone(inside(ONE));
    small_link_add(1, ONE, "dummy");
    small_switch_remakes(ONE);
    guard_pass(2000);
    CHECK_SAID("error: a port is lost and cannot be moved back; port=" ONE
               " reason=another device in the container has its name: rename "
               "or delete that one\n");
    small_link_gone(inside(ONE));
    guard_pass(31000);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* A container deletes its device: the switch is made to make another one. */
TEST(a_device_that_was_deleted_inside_is_made_again)
{
    guard_open();
    guard_plug(ONE, C1);
    small_link_gone(inside(ONE));
    guard_pass(400);
    CHECK_STR(guard_row(ONE)->type, "internal");
    guard_pass(2000);
    guard_check_whole(ONE, C1);
    CHECK_HAS(buf_text(&said),
              "info: made a port again; port=" ONE
              " reason=its device was deleted in the container\n");
    CHECK(!small_get(guard_row(ONE), ID_REMAKING));
    guard_close();
}

TEST(a_device_that_is_in_another_namespace_is_left_there)
{
    guard_open();
    guard_plug(ONE, C1);
    small_kernel.is_elsewhere = true;
    struct small_link *link = inside(ONE);
    struct small_link gone = *link;
    link->netns = guard_container("/run/netns/elsewhere");
    small_event(&gone, LINK_GONE, true);
    guard_pass(3000);
    CHECK_SAID("");
    CHECK_EQ(guardian_find(guardian, ONE)->verdict, VERDICT_WAIT);
    guard_close();
}

/* The kernel tells no more moves than a socket holds. */
TEST(a_move_that_the_switch_has_overlooked)
{
    guard_open_with("tun");
    guard_begins();
    struct attachment spec = guard_spec();
    guard_write(ONE, C1, NULL, &spec);
    daemon_settle();
    small_kernel.switch_overlooks_moves = true;
    guard_arrive(ONE, C1);
    guard_pass(500);
    CHECK(!guard_is_at_rest());
    guard_pass(1200);
    CHECK_STR(guard_row(ONE)->type, "internal");
    guard_pass(300);
    small_kernel.switch_overlooks_moves = false;
    guard_pass(8000);
    CHECK_HAS(buf_text(&said),
              "reason=the switch has overlooked that its device was moved into "
              "the container, and sends nothing to it\n");
    guard_check_whole(ONE, C1);
    guard_close();
}

/* The switch. */

/* A device of a switch that has died is busy until that one has closed it. The
 * next one gives up, and tries again at the next change only. */
TEST(a_port_that_the_switch_could_not_make_is_asked_for_again)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    guard_pass(1000);
    buf_clear(&said);
    small_kernel.switch_cannot_make = true;
    switch_dies(ONE, 1);
    guard_pass(20);
    CHECK_EQ(guard_row(ONE)->ofport, -1);
    CHECK(!guard_is_at_rest());
    small_kernel.switch_cannot_make = false;
    guard_pass(300);
    CHECK(guard_row(ONE)->ofport > 0);
    CHECK(!strstr(buf_text(&said), "error"));
    guard_pass(1000);
    guard_check_whole(ONE, C1);
    CHECK(guard_is_at_rest());
    guard_close();
}

/* It has started, and something was in the way of its datapath: the rows are
 * those of the switch that has died. */
TEST(a_switch_that_has_made_nothing_is_asked_again)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    guard_pass(1000);
    buf_clear(&said);
    small_kernel.switch_was_asked = 0;
    small_kernel.switch_makes_nothing = true;
    inside(ONE)->info.attached = inside(ONE)->info.carrier = false;
    small_event(inside(ONE), LINK_CHANGED, false);
    guard_row(ONE)->ifindex = 7; /* of the device that was lost before */
    guard_pass(2000);
    CHECK(!guard_is_at_rest());
    CHECK_EQ(small_kernel.switch_was_asked, 4);
    CHECK_SAID("error: the switch could not make a port; port=" ONE
               " error=its row does not tell why: see the log of "
               "ovs-vswitchd\n");
    small_kernel.switch_makes_nothing = false;
    guard_row(ONE)->ofport = 0;
    guard_pass(3000);
    guard_check_whole(ONE, C1);
    CHECK(guard_is_at_rest());
    guard_close();
}

/* A row that was written again has no number yet, and nobody else waits for
 * it. */
TEST(a_port_that_a_switch_has_not_made_for_a_while)
{
    struct attachment spec = guard_spec();

    guard_open();
    small_kernel.switch_makes_nothing = true;
    small_kernel.switch_was_asked = 0;
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    guard_pass(900);
    CHECK_EQ(small_kernel.switch_was_asked, 0);
    guard_pass(600);
    CHECK_EQ(small_kernel.switch_was_asked, 2);
    small_kernel.switch_makes_nothing = false;
    guard_pass(2000);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* It is asked once, for as long as it takes. */
TEST(a_switch_that_is_down_is_asked_once)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    guard_pass(1000);
    buf_clear(&said);
    small_kernel.switch_was_asked = 0;
    small_kernel.switch_is_down = true;
    inside(ONE)->info.attached = inside(ONE)->info.carrier = false;
    small_event(inside(ONE), LINK_CHANGED, false);
    guard_row(ONE)->ifindex = 7;
    guard_pass(90000);
    CHECK_SAID("");
    CHECK(!guard_is_at_rest());
    small_kernel.switch_is_down = false;
    small_switch_remakes(ONE);
    guard_pass(1000);
    CHECK_EQ(small_kernel.switch_was_asked, 2); /* and for the announcement */
    guard_check_whole(ONE, C1);
    guard_close();
}

/* Less and less often, and told once. */
TEST(a_port_that_the_switch_cannot_make)
{
    size_t failed;

    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    guard_pass(1000);
    buf_clear(&said);
    small_kernel.switch_cannot_make = true;
    small_kernel.switch_was_asked = 0;
    switch_dies(ONE, 1);
    guard_pass(60000);
    CHECK_SAID("error: the switch could not make a port; port=" ONE
               " error=Device or resource busy\n");
    CHECK_EQ(small_kernel.switch_was_asked, 8);
    CHECK_EQ(guardian_rest(guardian, &failed), GUARDIAN_AT_REST);
    CHECK_EQ(failed, 1);
    small_kernel.switch_cannot_make = false;
    guard_pass(31000);
    guard_check_whole(ONE, C1);
    CHECK_EQ(guardian_rest(guardian, &failed), GUARDIAN_AT_REST);
    CHECK_EQ(failed, 0);
    guard_close();
}

/* One question serves all: each costs the switch as much as a change of all. */
TEST(of_many_that_the_switch_could_not_make_all_are_asked_for_at_once)
{
    char name[12][IFNAME_SIZE], path[12][40];

    guard_open_with("tun");
    guard_begins();
    for (int i = 0; i < 12; i++) {
        snprintf(name[i], IFNAME_SIZE, "oimanyaaaaaaa%c%c", 'a' + i, 'a');
        snprintf(path[i], sizeof(path[i]), "/run/netns/m%d", i);
        guard_plug(name[i], path[i]);
    }
    guard_pass(1000);
    small_kernel.switch_cannot_make = true;
    small_kernel.switch_was_asked = 0;
    for (int i = 0; i < 12; i++)
        switch_dies(name[i], small_container_of(path[i]));
    guard_pass(400);
    CHECK_EQ(small_kernel.switch_was_asked, 1);
    small_kernel.switch_cannot_make = false;
    guard_pass(2000);
    for (int i = 0; i < 12; i++)
        guard_check_whole(name[i], path[i]);
    guard_close();
}

/* What was asked is not known any more. */
TEST(the_connection_goes_while_the_switch_is_asked_for_a_port)
{
    guard_open_with("tun");
    guard_begins();
    guard_plug(ONE, C1);
    guard_pass(1000);
    buf_clear(&said);
    small_kernel.switch_cannot_make = true;
    switch_dies(ONE, 1);
    guard_pass(20);
    small_kernel.switch_is_down = true;
    guard_pass(400);
    daemon_down();
    small_kernel.switch_cannot_make = false;
    guard_begins();
    guard_pass(1000);
    CHECK(!strstr(buf_text(&said), "could not make"));
    small_kernel.switch_is_down = false;
    guard_pass(2000);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* Ends. */

TEST(the_port_of_a_container_that_has_ended_is_removed)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_plug(TWO, C2);
    small_container_ends(C1);
    guard_pass(100);
    CHECK_SAID("info: removed a port whose container is gone; port=" ONE
               " reason=its network namespace has ended\n");
    CHECK(!guard_row(ONE));
    CHECK(guard_row(TWO));
    CHECK(guard_is_at_rest());
    guard_close();
}

/* Whatever somebody has written into its row. */
TEST(an_ended_port_whose_row_cannot_be_read_is_removed)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_plug(TWO, C2);
    guard_set_id(ONE, ID_MAC, "none");
    guard_set_id(TWO, ID_SPEC, "{");
    small_container_ends(C1);
    small_container_ends(C2);
    guard_pass(100);
    CHECK(!guard_row(ONE));
    CHECK(!guard_row(TWO));
    guard_close();
}

/* attached-mac is for others to read, and anybody may write it. */
TEST(the_mac_is_what_our_own_key_says)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_set_id(ONE, ID_ATTACHED_MAC, "02:00:00:00:00:66");
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    guard_pass(1000);
    guard_check_whole(ONE, C1);
    CHECK_EQ(inside(ONE)->info.mac.bytes[5] == 0x66, false);
    guard_close();
}

TEST(of_a_container_that_shares_its_namespace_nothing_is_left)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_set_id(ONE, "ovsint-member-second", "");
    guard_pass(10);
    small_container_ends(C1);
    guard_pass(100);
    CHECK(!guard_row(ONE));
    guard_close();
}

/* Each of those that are under way takes memory. */
TEST(many_that_end_at_once_go_one_after_another)
{
    char name[19][IFNAME_SIZE], path[19][40];

    guard_open();
    for (int i = 0; i < 19; i++) {
        snprintf(name[i], IFNAME_SIZE, "oimanyaaaaaaa%ca", 'a' + i);
        snprintf(path[i], sizeof(path[i]), "/run/netns/m%d", i);
        guard_plug(name[i], path[i]);
    }
    for (int i = 0; i < 19; i++)
        small_container_ends(path[i]);
    daemon_elapse(0);
    CHECK_EQ(small_daemon.reply_count, JOBS_AT_ONCE);
    CHECK(daemon_next_ms() > 1000); /* the replies are waited for */
    CHECK(daemon_turn());
    daemon_elapse(0);
    CHECK_EQ(small_daemon.reply_count, JOBS_AT_ONCE);
    guard_pass(10);
    for (int i = 0; i < 19; i++)
        CHECK(!guard_row(name[i]));
    CHECK_EQ(guardian->removing, 0);
    CHECK(guard_is_at_rest());
    guard_close();
}

/* A hook removes the rows at the same moment. */
TEST(somebody_who_is_faster_was_right)
{
    guard_open();
    guard_plug(ONE, C1);
    small_container_ends(C1);
    guard_set_id(ONE, "ovsint-member-second", ""); /* not shown yet */
    daemon_elapse(0);
    CHECK_STR(db.said, "guard");
    CHECK(guard_row(ONE));
    guard_pass(100); /* judged anew */
    CHECK(!guard_row(ONE));
    CHECK(!strstr(buf_text(&said), "error"));
    guard_close();
}

TEST(a_port_of_an_earlier_boot_is_removed)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_BOOT, "boot0");
    guard_pass(200);
    CHECK(!guard_row(ONE));
    CHECK_HAS(buf_text(&said), "reason=the host has started anew since\n");
    guard_close();
}

TEST(an_endpoint_that_docker_never_joins_is_forgotten)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_write(ONE, C1, "e1", &spec);
    guard_set_id(ONE, ID_NETNS, NULL);
    guard_pass(29000);
    CHECK(guard_row(ONE));
    guard_pass(3000);
    CHECK(!guard_row(ONE));
    CHECK_HAS(buf_text(&said), "reason=Docker has forgotten it\n");
    guard_close();
}

/* The database has restarted and lost what the switch had told it, and the
 * guardian starts before the switch tells that again. */
static void begin_before_numbers(bool docker_took_it_out)
{
    struct attachment spec = guard_spec();

    guard_open_with("openvswitch");
    daemon_up();
    guard_write(ONE, C1, "e1", &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    guard_arrive(ONE, C1);
    if (docker_took_it_out)
        inside(ONE)->netns = SMALL_HOST;
    small_kernel.switch_is_late = true;
    guard_row(ONE)->ifindex = 0;
    DAEMON_TELL(on_lock, true);
    guard_pass(5000);
    CHECK_SAID("");
    CHECK_STR(guard_row(ONE)->type, "internal");
}

TEST(what_docker_took_out_before_the_switch_told_its_numbers_is_not_made_again)
{
    begin_before_numbers(true);
    CHECK_EQ(guardian_find(guardian, ONE)->verdict, VERDICT_WAIT);
    CHECK_EQ(daemon_next_ms(), -1); /* the row wakes it */
    small_kernel.switch_is_late = false;
    guard_pass(100);
    CHECK_EQ(guardian_find(guardian, ONE)->verdict, VERDICT_PATIENCE);
    guard_pass(121000);
    CHECK(!guard_row(ONE));
    CHECK_SAID("info: removed a port whose container is gone; port=" ONE
               " reason=Docker has forgotten it\n");
    guard_close();
}

TEST(a_device_deleted_on_the_host_before_the_switch_told_its_numbers)
{
    begin_before_numbers(true);
    small_link_gone(small_link_find(SMALL_HOST, ONE));
    guard_pass(2000);
    CHECK_HAS(buf_text(&said), "info: made a port again; port=" ONE);
    guard_close();
}

TEST(a_port_that_lives_before_the_switch_told_its_numbers)
{
    begin_before_numbers(false);
    small_kernel.switch_is_late = false;
    guard_pass(100);
    CHECK_SAID("");
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(the_pair_of_an_ended_container_goes_with_its_port)
{
    struct attachment spec = guard_spec();

    spec.type = VNIC_VETH;
    guard_open();
    small_link_add(SMALL_HOST, PAIR, "veth");
    guard_write(PAIR, C1, NULL, &spec);
    guard_row(PAIR)->ofport = 7;
    guard_pass(100);
    small_container_ends(C1);
    guard_pass(100);
    CHECK(!guard_row(PAIR));
    CHECK(!small_link_find(SMALL_HOST, PAIR));
    CHECK_HAS(buf_text(&said), "delete " PAIR " in host\n");
    guard_close();
}

/* Docker's pair that an operator has taken the row of. */
TEST(a_pair_whose_row_goes_and_that_docker_has_back)
{
    struct attachment spec = guard_spec();

    spec.type = VNIC_VETH;
    guard_open();
    small_link_add(SMALL_HOST, PAIR, "veth");
    guard_write(PAIR, C1, "e1", &spec);
    guard_row(PAIR)->ofport = 7;
    guard_pass(100);
    small_link_add(SMALL_HOST, "ovpairaaaaaaaa1", "veth");
    guard_remove(PAIR);
    guard_pass(100);
    CHECK(!small_link_find(SMALL_HOST, PAIR));
    guard_close();
}

TEST(a_pair_that_leaves_checksums_to_the_switch)
{
    struct attachment spec = guard_spec();

    spec.type = VNIC_VETH;
    guard_open();
    struct small_link *outer = small_link_add(SMALL_HOST, PAIR, "veth");
    struct small_link *inner =
        small_link_add(guard_container(C1), "eth0", "veth");
    outer->info.peer = inner->info.ifindex;
    inner->info.peer = outer->info.ifindex;
    inner->leaves_checksums = true;
    guard_write(PAIR, C1, NULL, &spec);
    guard_row(PAIR)->ofport = 7;
    guard_pass(100);
    CHECK(inner->leaves_checksums); /* the kernel's datapath does them */
    snprintf(small_find(&db, "Bridge", "br0")->type, 16, "netdev");
    daemon_down();
    guard_begins();
    guard_pass(100);
    CHECK(!inner->leaves_checksums);
    CHECK_HAS(buf_text(&said), "eth0 finishes checksums\n");
    guard_close();
}

/* What cannot be judged. */

TEST(containers_that_are_out_of_sight_are_told_once)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_plug(TWO, C2);
    small_kernel.containers[1].sight = SANDBOX_UNSEEN;
    small_kernel.containers[2].sight = SANDBOX_UNSEEN;
    guardian_look_at_all(guardian);
    guardian_schedule(guardian);
    guard_pass(12000);
    size_t failed;
    CHECK_EQ(guardian_rest(guardian, &failed), GUARDIAN_AT_REST);
    CHECK_EQ(failed, 2);
    const char *first = strstr(buf_text(&said), "warning: ");
    CHECK(first);
    CHECK_HAS(first, "pidhost of a managed plugin");
    CHECK(!strstr(first + 1, "warning: "));
    guard_close();
}

TEST(a_row_under_another_name_is_left_alone)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_write("eth7", C1, NULL, &spec);
    guard_set_id("eth7", ID_ARRIVED, "true");
    small_container_ends(C1);
    guard_pass(2000);
    CHECK(guard_row("eth7"));
    CHECK_HAS(buf_text(&said), "error: ");
    CHECK_HAS(buf_text(&said), "reason=ovsint gives its ports other names\n");
    guard_close();
}

TEST(a_row_that_names_the_hosts_own_namespace)
{
    guard_open();
    guard_plug(ONE, C1);
    small_kernel.containers[1].sight = SANDBOX_OWN;
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    guard_pass(1000);
    CHECK(!strstr(buf_text(&said), "move"));
    CHECK_HAS(buf_text(&said), "reason=it names the host's own network");
    guard_close();
}

TEST(a_look_that_fails_is_repeated)
{
    guard_open();
    guard_plug(ONE, C1);
    small_kernel.fails = "sandbox_open";
    small_kernel.fails_with = EACCES;
    guardian_look_at_all(guardian);
    guardian_schedule(guardian);
    guard_pass(1000);
    CHECK_SAID("error: a port could not be repaired yet; port=" ONE
               " error=sandbox_open fails\n"
               "info: a port is all right again; port=" ONE "\n");
    guard_close();
}

TEST(nothing_is_guarded_where_the_administrator_says_so)
{
    guard_open();
    small_daemon.settings.guards = false;
    struct attachment spec = guard_spec();
    guard_write(ONE, C1, "e1", &spec);
    guard_arrive(ONE, C1);
    guard_pass(100);
    CHECK(!small_get(guard_row(ONE), ID_ARRIVED));
    guard_set_id(ONE, ID_BOOT, "boot0"); /* it holds an address */
    guard_pass(100);
    CHECK(!guard_row(ONE));
    guard_close();
}

/* The lock, the connection, and one pass. */

TEST(without_the_lock_nothing_is_done)
{
    guard_open();
    guard_plug(ONE, C1);
    DAEMON_TELL(on_lock, false);
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    guard_pass(1000);
    CHECK_SAID("warning: another client of OVSDB has taken the guardian's "
               "lock: until it leaves, only that one repairs ports; "
               "lock=ovsint_guardian\n");
    size_t failed;
    CHECK_EQ(guardian_rest(guardian, &failed), GUARDIAN_PASSIVE);
    DAEMON_TELL(on_lock, true);
    guard_pass(100);
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(another_guardian_has_the_lock_from_the_start)
{
    guard_open_with("openvswitch");
    daemon_up();
    DAEMON_TELL(on_lock, false);
    CHECK_SAID("info: another guardian is at work: ports are left to it; "
               "lock=ovsint_guardian\n");
    DAEMON_TELL(on_lock, true);
    CHECK_SAID("info: guarding\n");
    guard_close();
}

TEST(while_the_database_is_away_nothing_is_done)
{
    guard_open();
    guard_plug(ONE, C1);
    daemon_down();
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    daemon_elapse(2000);
    CHECK_SAID("");
    guard_begins();
    guard_pass(100);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* The connection has ended, and nobody has said so yet. */
TEST(a_connection_that_is_about_to_end)
{
    guard_open();
    guard_plug(ONE, C1);
    small_link_gone(inside(ONE));
    small_switch_remakes(ONE);
    daemon_settle();
    small_daemon.is_up = false;
    daemon_elapse(100);
    CHECK_SAID("");
    daemon_down();
    guard_begins();
    guard_pass(100);
    guard_check_whole(ONE, C1);
    guard_close();
}

/* A switch that has just started has not made its ports yet. */
TEST(one_pass_waits_for_the_switch)
{
    struct attachment spec = guard_spec();

    guard_open_with("openvswitch");
    guard_write(ONE, C1, NULL, &spec);
    guard_set_id(ONE, ID_ARRIVED, "true");
    small_kernel.switch_is_down = true;
    guardian->begins_with_fence = true;
    guard_begins();
    guard_pass(1000);
    CHECK(!strstr(buf_text(&said), "move"));
    small_kernel.switch_is_down = false;
    guard_pass(1000);
    guard_check_whole(ONE, C1);
    guard_close();
}

static size_t count_due(void)
{
    size_t count = 0;

    for (size_t i = 0; i < guardian->count; i++)
        count += guardian->guarded_ports[i]->due;
    return count;
}

/* So many that Docker's calls have to get their turn between: the loop reads
 * nothing before its clock has gone on. */
TEST(a_turn_is_short)
{
    guard_open();
    for (int i = 0; i < 10; i++) {
        char name[IFNAME_SIZE], path[40];
        snprintf(name, sizeof(name), "oimanyaaaaaaa%ca", 'a' + i);
        snprintf(path, sizeof(path), "/run/netns/m%d", i);
        guard_plug(name, path);
    }
    guardian_look_at_all(guardian);
    guardian_schedule(guardian);
    small_daemon.busy_ms = 4;
    for (size_t left = 8; left > 0; left -= 2) {
        CHECK(daemon_fire(small_daemon.now_ms));
        CHECK_EQ(count_due(), left);
        CHECK(!daemon_fire(small_daemon.now_ms));
        small_daemon.now_ms++;
    }
    CHECK(daemon_fire(small_daemon.now_ms));
    CHECK_EQ(count_due(), 0);
    CHECK_EQ(daemon_next_ms(), -1);
    guard_close();
}

TEST(what_it_knows_is_shown)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);

    guard_open();
    guard_plug(ONE, C1);
    guardian_show(guardian, &text);
    CHECK_HAS(buf_text(&text), "{\"port\":\"" ONE "\",\"owner\":\"hook\"");
    CHECK_HAS(buf_text(&text), "\"state\":\"in its container\",\"repairs\":0}");
    guardian_log(guardian);
    CHECK_HAS(buf_text(&said), "port=" ONE " ");
    guard_close();
}

static void connection_breaks(const char *sent)
{
    (void)sent;
    small_daemon.is_up = false;
}

/* What was judged before the connection broke is judged anew after it. */
TEST(a_connection_that_breaks_at_the_first_of_two)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_plug(TWO, C2);
    small_container_ends(C1);
    small_container_ends(C2);
    small_daemon.on_sent = connection_breaks;
    daemon_elapse(10);
    small_daemon.on_sent = NULL;
    CHECK_EQ(guardian->removing, 1);
    daemon_down();
    daemon_up();
    DAEMON_TELL(on_lock, false);
    daemon_settle();
    CHECK(guard_row(ONE) || guard_row(TWO));
    CHECK(!strstr(buf_text(&said), "error: "));
    guard_close();
}

static bool has_metric(const char *line)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_METRICS_SIZE);

    guardian_metrics(guardian, &text);
    return strstr(buf_text(&text), line) != NULL;
}

TEST(metrics_tell_of_states_repairs_and_times)
{
    guard_open();
    CHECK(!has_metric("ovsint_ports{"));
    guard_plug(ONE, C1);
    CHECK(has_metric("\novsint_guardian_active 1\n"));
    CHECK(has_metric("\novsint_guardian_resting 1\n"));
    CHECK(has_metric(
        "\novsint_ports{owner=\"hook\",state=\"in its container\"} 1\n"));
    CHECK(has_metric("\novsint_attach_seconds_count{owner=\"hook\"} 1\n"));
    small_kernel.switch_is_down = true;
    small_link_gone(inside(ONE));
    guard_pass(300);
    CHECK(!has_metric("state=\"in its container\""));
    CHECK(has_metric("\novsint_guardian_resting 0\n"));
    CHECK(has_metric("\novsint_port_cut_off_seconds_count 0\n"));
    small_kernel.switch_is_down = false;
    small_switch_remakes(ONE);
    guard_pass(100);
    CHECK(has_metric("\novsint_port_repairs_total 1\n"));
    CHECK(has_metric("\novsint_port_cut_off_seconds_count 1\n"));
    CHECK(has_metric("\novsint_port_cut_off_seconds_sum 0.300000\n"));
    guard_close();
}

/* Of ports that were there when the daemon started it is not known. */
TEST(how_long_an_attach_took_is_counted_once)
{
    guard_open();
    guard_plug(ONE, C1);
    daemon_down();
    guard_begins();
    guard_pass(100);
    CHECK(has_metric("\novsint_attach_seconds_count{owner=\"hook\"} 1\n"));
    guard_close();
}

/* It was a port already, and becomes the container's by other ids alone. */
TEST(how_long_an_attach_with_a_ready_port_took)
{
    struct attachment spec = guard_spec();

    guard_open();
    daemon_down();
    guard_write(ONE, C1, NULL, &spec);
    struct small_row *row = guard_row(ONE);
    struct small_row taken = *row;
    row->count = 0;
    small_put(&db, row, ID_OWNER, POOL_OWNER);
    small_put(&db, row, ID_POOL, "br0/0");
    small_put(&db, row, ID_BOOT, DAEMON_BOOT);
    guard_begins();
    guard_pass(100);
    CHECK(!has_metric("ovsint_attach_seconds_count{owner=\"hook\"} 1"));
    row->count = taken.count;
    memcpy(row->keys, taken.keys, sizeof(row->keys));
    memcpy(row->values, taken.values, sizeof(row->values));
    daemon_settle();
    guard_arrive(ONE, C1);
    guard_pass(100);
    CHECK_STR(small_get(guard_row(ONE), ID_ARRIVED), "true");
    CHECK(has_metric("\novsint_attach_seconds_count{owner=\"hook\"} 1\n"));
    guard_close();
}

TEST_MAIN
