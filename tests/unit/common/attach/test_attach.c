/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine, as transcripts: what it asks of its driver, step by step,
 * and what is there in the end. The order of the tests is that of the phases.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

#define MOVED "wait\nmove " NEW "\nset up eth0\ndone"
#define PLUGGED \
    "find inside eth0: no\nsend +" NEW "\nmove " NEW "\nset up eth0\ndone"

TEST(a_vnic_that_is_new)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_done(&c, world, "watch\n" PLUGGED);
    CHECK_EQ(world_count(world), 1);
    CHECK(world_find(world, ATTACH_INSIDE, "eth0")->is_set_up);
    const struct small_row *row = small_find(&world->db, "Interface", NEW);
    CHECK_STR(small_get(row, ID_CONTAINER), "c1");
    CHECK_STR(small_get(row, ID_IFNAME), "eth0");
    CHECK_STR(small_get(row, ID_NETNS), "/run/netns/c1");
}

TEST(two_vnics_are_written_together)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_port(&c, "eth1", NEW2);
    case_done(&c, world,
              "watch\nfind inside eth0: no\nfind inside eth1: no\n"
              "send +" NEW " +" NEW2 "\nmove " NEW "\nset up eth0\n"
              "move " NEW2 "\nset up eth1\ndone");
}

TEST(a_pair_is_made_before_its_row)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].type = VNIC_VETH;
    c.ports[0].name[0] = '\0';
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    const char *port = attach_vnic(a, 0)->port;
    CHECK(names_is_ours(port));
    char log[200];
    snprintf(log, sizeof(log),
             "watch\ndrop pair\ndrop pair\nfind inside eth0: no\n"
             "make pair eth0\nsend +%s\nset up eth0\ndone",
             port);
    CHECK_STR(world_said(world), log);
}

/* LOOK */

TEST(a_second_call_adopts)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_STR(world_said(world),
              "watch\nfind inside " OLD ": yes\nset up eth0\ndone");
    CHECK_STR(attach_vnic(a, 0)->port, OLD);
    CHECK(attach_vnic(a, 0)->present);
}

/* No later failure can take what is there: with a lease, flows and the
 * switch's answer still to come it is refused before anything is done. */
TEST(a_call_with_other_settings_leaves_a_port_as_it_is)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    c.specs[0].ip_dhcp = true;
    c.specs[0].ip_count = 0;
    case_fails(&c, world, EBUSY,
               "eth0 of this namespace is plugged already by container c1 "
               "with other settings",
               "watch\nfind inside " OLD ": yes\nfail");
    CHECK_EQ(world_ports(world), 1);
    CHECK(small_find(&world->db, "Interface", OLD));
    CHECK(world_find(world, ATTACH_INSIDE, OLD));
}

TEST(a_call_with_other_settings_replaces_a_port_of_ones_own)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.want.replaces_present = true;
    world_port(world, OLD, "c1", &c.specs[0], true);
    c.specs[0].vlan = 10;
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nfree name of " OLD
              "\nfind inside eth0: no\nsend -" OLD " +" NEW "\nmove " NEW
              "\nset up eth0\ndone");
    CHECK_EQ(world_ports(world), 1);
    CHECK_EQ(world_count(world), 1);
}

TEST(a_row_without_its_device_is_evicted)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], false);
    case_done(&c, world,
              "watch\nfind inside " OLD ": no\nfree name of " OLD "\n"
              "find inside eth0: no\nsend -" OLD " +" NEW "\nmove " NEW
              "\nset up eth0\ndone");
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_call_about_one_interface_leaves_the_others)
{
    auto_world struct world *world = world_new();
    struct attachment other;
    struct attach_case c;

    case_init(&c, world);
    other = c.specs[0];
    snprintf(other.ifname, sizeof(other.ifname), "net1");
    world_port(world, OTHER, "c1", &other, true);
    c.want.only = "eth0";
    case_done(&c, world, NULL);
    CHECK_EQ(world_ports(world), 2);
    /* A call about all of the container knows no net1. */
    c.want.only = NULL;
    snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
    case_done(&c, world, NULL);
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_row_of_an_earlier_boot_is_evicted)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], false);
    world_set_id(world, OLD, ID_BOOT, "boot0");
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend -" OLD " +" NEW "\nmove " NEW
              "\nset up eth0\ndone");
}

TEST(a_port_of_the_pod_is_joined)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], true);
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nsend ~" OLD
              "\nset up eth0\ndone");
    const struct small_row *row = small_find(&world->db, "Interface", OLD);
    CHECK(small_get(row, "ovsint-member-first"));
    CHECK(small_get(row, "ovsint-member-c1"));
}

TEST(a_port_of_the_pod_with_other_settings_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], true);
    c.specs[0].vlan = 10;
    case_fails(&c, world, EBUSY,
               "plug eth0 into br0: eth0 of this namespace is plugged already "
               "by container first with other settings",
               "watch\nfind inside " OLD ": yes\nfail");
    CHECK_EQ(world_ports(world), 1);
}

/* The other one's call is at work: its device comes at the third look. */
static void device_comes(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_FIND && world->steps == 5) {
        struct world_device *device = world_add(world, ATTACH_INSIDE, OLD);
        snprintf(device->altname, sizeof(device->altname), "eth0");
    }
}

TEST(the_device_of_the_pod_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], false);
    world->meanwhile = device_comes;
    case_done(&c, world,
              "watch\nfind inside " OLD ": no\nwait\nfind inside " OLD
              ": no\nwait\nfind inside " OLD ": yes\nsend ~" OLD
              "\nset up eth0\ndone");
}

TEST(a_call_that_does_not_place_its_device_is_dead)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], false);
    int64_t began = world->now_ms;
    case_done(&c, world, NULL);
    CHECK_EQ(world->now_ms - began, 3000);
    CHECK(!small_find(&world->db, "Port", OLD));
    CHECK(small_find(&world->db, "Port", NEW));
}

TEST(a_call_that_waits_for_the_switch_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], false)->ofport = 0;
    world->switch_is_down = true;
    case_fails(&c, world, ETIMEDOUT,
               "container first of this namespace waits for ovs-vswitchd to "
               "make port " OLD,
               NULL);
    CHECK_EQ(world_ports(world), 1);
}

static void row_changes(struct world *world, const struct attach_todo *todo)
{
    char value[16];

    snprintf(value, sizeof(value), "%zu", world->steps);
    if (todo->step == ATTACH_STEP_SEND && world->steps < 4)
        world_set_id(world, OLD, "controller", value);
}

TEST(a_row_that_changes_is_joined_at_the_next_try)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "first", &c.specs[0], true);
    world->meanwhile = row_changes;
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nsend guard\nfind inside " OLD
              ": yes\nsend ~" OLD "\nset up eth0\ndone");
}

TEST(a_port_of_another_owner_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world_port(world, OLD, "c1", &c.specs[0], true);
    world_set_id(world, OLD, ID_OWNER, "cni");
    case_fails(&c, world, EBUSY,
               "eth0 of this namespace is plugged already, and not by this "
               "test: port " OLD ", ovsint-owner \"cni\"",
               "watch\nfail");
}

static const char *const they_come_first[] = {"netavark", "cni", NULL};

/* Their eth0, and a call that wants that and eth1. */
static void case_of_theirs(struct attach_case *c, struct world *world)
{
    case_init(c, world);
    case_port(c, "eth1", NEW2);
    c->want.yields_to = they_come_first;
    world_port(world, OLD, "c1", &c->specs[0], true);
    world_set_id(world, OLD, ID_OWNER, "cni");
}

/* The other vNIC is made, and undone alone. */
TEST(a_port_of_an_owner_that_comes_first_stays)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_of_theirs(&c, world);
    c.specs[0].vlan = 10;
    case_done(&c, world,
              "watch\nfind inside " OLD ": yes\nfind inside eth1: no\n"
              "send +" NEW2 "\nmove " NEW2 "\nset up eth1\ndone");
    CHECK_EQ(world_ports(world), 2);
}

TEST(a_port_of_an_owner_that_comes_first_is_not_undone)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_of_theirs(&c, world);
    world->switch_error = "no room";
    case_fails(&c, world, EIO, "plug eth1 into br0", NULL);
    CHECK_EQ(world_ports(world), 1);
    CHECK(small_find(&world->db, "Interface", OLD));
}

/* The number of a namespace is given out again. */
TEST(a_row_of_theirs_without_its_device_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.want.yields_to = they_come_first;
    world_port(world, OLD, "c1", &c.specs[0], false);
    world_set_id(world, OLD, ID_OWNER, "cni");
    case_fails(&c, world, EBUSY,
               "eth0 of this namespace is plugged already, and not by this "
               "test: port " OLD ", ovsint-owner \"cni\"",
               "watch\nfind inside " OLD ": no\nfail");
}

TEST(another_device_of_that_name_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    snprintf(world_add(world, ATTACH_INSIDE, "cni0")->altname, IFNAME_SIZE,
             "eth0");
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_STR(world_said(world), "watch\nfind inside eth0: yes\nsend \n"
                                 "find inside eth0: yes\nfail");
    CHECK_STR(attach_failure(a)->err.text,
              "plug eth0 into br0: the container has an interface eth0 already "
              "(cni0)");
    CHECK_EQ(attach_failure(a)->reason, ATTACH_NAME_TAKEN);
}

static void device_goes(struct world *world, const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_FIND && world->steps == 5)
        world_find(world, ATTACH_INSIDE, OLD)->name[0] = '\0';
}

/* A runtime detaches and attaches again before the switch has deleted the
 * device. */
TEST(the_device_of_a_port_that_went_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    snprintf(world_add(world, ATTACH_INSIDE, OLD)->altname, IFNAME_SIZE,
             "eth0");
    world->switch_is_down = true;
    world->meanwhile = device_goes;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(!world_run(world, a));
    CHECK_HAS(world_said(world),
              "watch\nfind inside eth0: yes\nsend \nfind inside eth0: yes\n"
              "wait\nfind inside eth0: no\nsend +" NEW "\n");
}

TEST(what_a_bridge_would_not_carry_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    snprintf(small_find(&world->db, "Bridge", "br0")->type, 16, "netdev");
    c.specs[0].mtu = 9000;
    case_fails(&c, world, EOPNOTSUPP, "mtu 9000", "watch\nfail");
}

/* Another container has our id: its bundle is another one, and it runs. */
static void other_of_that_id(struct world *world, struct attach_case *c,
                             const char *bundle)
{
    world_port(world, OLD, "c1", &c->specs[0], false);
    world_set_id(world, OLD, ID_NETNS_ID, "4:99");
    world_set_id(world, OLD, "ovsint-bundle-c1", bundle);
    world_set_id(world, OLD, "ovsint-pid-c1", "42");
    world_set_id(world, OLD, ID_PIDNS, "4:1");
    c->want.holder.container.bundle = "/b/mine";
    c->want.holder.container.pidns = "4:1";
    c->want.holder.container.pid = 43;
}

TEST(another_container_of_that_id_keeps_its_port)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    other_of_that_id(world, &c, "/b/other");
    char mac[MAC_TEXT_SIZE];
    mac_format(&c.ports[0].mac, mac);
    world_set_id(world, OLD, ID_MAC, mac);
    world->alive = 42;
    auto_attach struct attach *a = case_new(&c, world);
    CHECK(world_run(world, a));
    CHECK_STR(world_said(world), "watch\nis 42 alive?\n" PLUGGED);
    CHECK_EQ(world_ports(world), 2);
    /* Its MAC comes from the id, as ours would have. */
    CHECK(!mac_equal(&attach_vnic(a, 0)->mac, &c.ports[0].mac));
}

TEST(a_run_of_that_bundle_that_has_ended_makes_room)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    other_of_that_id(world, &c, "/b/mine");
    case_done(&c, world,
              "watch\nis 42 alive?\nfind inside eth0: no\nsend -" OLD " +" NEW
              "\nmove " NEW "\nset up eth0\ndone");
}

TEST(a_second_run_of_one_bundle_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    other_of_that_id(world, &c, "/b/mine");
    world->alive = 42;
    case_fails(&c, world, EBUSY,
               "it runs already from this bundle, in another network namespace "
               "(process 42, port " OLD ")",
               "watch\nis 42 alive?\nfail");
}

/* CLAIM */

TEST(a_bridge_that_is_not_there)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    small_find(&world->db, "Bridge", "br0")->table[0] = '\0';
    case_fails(&c, world, ENODEV, "there is no bridge br0",
               "watch\nfind inside eth0: no\nsend guard\nwatch\nfail");
}

static void another_is_faster(struct world *world,
                              const struct attach_todo *todo)
{
    struct attach_case c;

    if (todo->step != ATTACH_STEP_SEND || world->steps != 2)
        return;
    case_init(&c, world);
    world_port(world, OTHER, "first", &c.specs[0], true);
}

TEST(a_name_that_another_one_plugs_meanwhile_is_joined)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->meanwhile = another_is_faster;
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend guard\nfind inside " OTHER
              ": yes\nsend ~" OTHER "\nset up eth0\ndone");
    CHECK_EQ(world_ports(world), 1);
}

/* A port of the same bridge. One of another bridge has it already. */
static void another_asks_for_the_number(struct world *world,
                                        const struct attach_todo *todo)
{
    struct attach_case c;

    if (todo->step != ATTACH_STEP_SEND || world->steps != 3)
        return;
    case_init(&c, world);
    snprintf(c.specs[0].ifname, sizeof(c.specs[0].ifname), "eth7");
    world_port(world, OTHER, "first", &c.specs[0], true);
    small_find(&world->db, "Interface", OTHER)->ofport_request = 9;
}

TEST(a_number_that_another_one_asks_for_meanwhile_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].ofport_request = 9;
    small_add(&world->db, "Bridge", "br1");
    small_plug(&world->db, "br1", "elsewhere", "elsewhere");
    small_find(&world->db, "Interface", "elsewhere")->ofport_request = 9;
    world->meanwhile = another_asks_for_the_number;
    case_fails(&c, world, EADDRINUSE,
               "OpenFlow number 9 of bridge br0 belongs to port " OTHER, NULL);
    CHECK_EQ(world_ports(world), 2);
}

/* A pair that is made in the same moment by another member of the pod. */
static void another_makes_the_pair(struct world *world,
                                   const struct attach_todo *todo)
{
    if (todo->step == ATTACH_STEP_MAKE_PAIR && world->steps == 4) {
        world_add(world, ATTACH_HOST, "ovotheraaaaaaaa")->is_pair = true;
        world_add(world, ATTACH_INSIDE, "eth0")->is_pair = true;
    }
    /* Its row comes after its device. */
    if (todo->step == ATTACH_STEP_WAIT && world->steps == 8) {
        struct attach_case c;
        case_init(&c, world);
        c.specs[0].type = VNIC_VETH;
        world_port(world, "ovotheraaaaaaaa", "first", &c.specs[0], true);
        world_show(world);
    }
}

TEST(a_pair_that_another_one_makes_meanwhile_is_joined)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].type = VNIC_VETH;
    c.ports[0].name[0] = '\0';
    world->meanwhile = another_makes_the_pair;
    case_done(&c, world,
              "watch\ndrop pair\ndrop pair\nfind inside eth0: no\n"
              "make pair eth0\nfind inside eth0: yes\nsend \n"
              "find inside eth0: yes\nwait\n"
              "find host ovotheraaaaaaaa: yes\nfind inside eth0: yes\n"
              "send ~ovotheraaaaaaaa\nset up eth0\ndone");
}

TEST(an_address_that_was_asked_for_and_is_held_is_refused)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    world_port(world, OTHER, "other", &c.specs[0], false);
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    case_fails(&c, world, EADDRINUSE,
               "address 10.0.0.9 of segment br0/0 is held by container other "
               "(port " OTHER ")",
               "watch\nfind inside eth0: no\nsend guard\nsend ?\nsend ?\n"
               "has 4:77 ended?\nwatch\nfail");
    CHECK_EQ(world_ports(world), 1);
}

TEST(a_holder_that_has_ended_is_evicted)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    world_port(world, OTHER, "other", &c.specs[0], false);
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    world->ended[0] = "4:77";
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend guard\nsend ?\nsend ?\n"
              "has 4:77 ended?\nsend -" OTHER " +" NEW
              "\ndrop orphans of br0\nmove " NEW "\nset up eth0\ndone");
}

TEST(a_holder_of_an_earlier_boot_is_evicted)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    world_port(world, OTHER, "other", &c.specs[0], false);
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    world_set_id(world, OTHER, ID_BOOT, "boot0");
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend guard\nsend ?\nsend -" OTHER
              " +" NEW "\ndrop orphans of br0\nmove " NEW
              "\nset up eth0\ndone");
}

/* What somebody else has written is not removed, whatever it says. */
TEST(a_holder_under_a_name_that_we_do_not_give_stays)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    case_address(&c.specs[0], "10.0.0.9/24");
    world_port(world, OTHER, "other", &c.specs[0], false);
    world_set_id(world, OTHER, ID_BOOT, "boot0");
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    snprintf(small_find(&world->db, "Port", OTHER)->name, 16, "mgmt");
    case_fails(&c, world, EADDRINUSE, "(port mgmt)",
               "watch\nfind inside eth0: no\nsend guard\nsend ?\nwatch\nfail");
}

/* A network with addresses to choose from. */
struct small_network {
    struct subnet subnet;
    struct named_network network;
};

static void choose_from(struct attach_case *c, struct small_network *n,
                        const char *first, const char *last)
{
    *n = (struct small_network){0};
    CHECK_EQ(parse_prefix("10.0.0.0/24", &n->subnet.prefix), 0);
    CHECK_EQ(parse_ip(first, &n->subnet.range.first), 0);
    CHECK_EQ(parse_ip(last, &n->subnet.range.last), 0);
    n->network.subnets = &n->subnet;
    n->network.subnet_count = 1;
    c->ports[0].network = &n->network;
    c->specs[0].ip_auto = true;
}

/* A container that holds one address. */
static void holds(struct world *world, const char *name, const char *address,
                  const char *netns_id)
{
    struct attach_case c;

    case_init(&c, world);
    case_address(&c.specs[0], address);
    world_port(world, name, "other", &c.specs[0], false);
    world_set_id(world, name, ID_NETNS_ID, netns_id);
}

TEST(an_address_that_was_chosen_and_is_held_is_chosen_again)
{
    auto_world struct world *world = world_new();
    struct small_network network;
    struct attach_case c;

    case_init(&c, world);
    choose_from(&c, &network, "10.0.0.5", "10.0.0.6");
    auto_attach struct attach *first = case_new(&c, world);
    CHECK(world_run(world, first));
    /* Its own first choice, which is the same again, is held now. */
    world_set_id(world, NEW, ID_NETNS_ID, "4:77");
    world_set_id(world, NEW, "ovsint-member-c1", NULL);
    world_find(world, ATTACH_INSIDE, NEW)->name[0] = '\0';
    snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
    auto_attach struct attach *second = case_new(&c, world);
    CHECK(world_run(world, second));
    CHECK_STR(world_said(world),
              "watch\nfind inside eth0: no\nsend guard\nsend ?\nsend ?\n"
              "send +" NEW2 "\nmove " NEW2 "\nset up eth0\ndone");
    CHECK(!ip_equal(&attach_vnic(first, 0)->spec.ip[0].ip,
                    &attach_vnic(second, 0)->spec.ip[0].ip));
}

TEST(a_range_that_is_full)
{
    auto_world struct world *world = world_new();
    struct small_network network;
    struct attach_case c;

    case_init(&c, world);
    choose_from(&c, &network, "10.0.0.5", "10.0.0.6");
    holds(world, OLD, "10.0.0.5/24", "4:77");
    holds(world, OTHER, "10.0.0.6/24", "4:78");
    case_fails(&c, world, ENOSPC, "no address left in range", NULL);
    CHECK_HAS(world_said(world), "send guard\nsend ?\nsend ?\nsend ? ?\n");
    CHECK_HAS(world_said(world), "has 4:77 ended?\n");
    CHECK_HAS(world_said(world), "has 4:78 ended?\nwatch\nfail");
    CHECK_EQ(world_ports(world), 2);
}

/* What the user has to hear is that the range is full. */
TEST(a_range_that_is_full_when_the_database_goes)
{
    static const enum world_fault faults[] = {WORLD_LOSE_BEFORE, WORLD_SILENCE};

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        auto_world struct world *world = world_new();
        struct small_network network;
        struct attach_case c;

        case_init(&c, world);
        choose_from(&c, &network, "10.0.0.5", "10.0.0.6");
        holds(world, OLD, "10.0.0.5/24", "4:77");
        holds(world, OTHER, "10.0.0.6/24", "4:78");
        world->fault = faults[i];
        world->fault_at = 5;
        case_fails(&c, world, ENOSPC, "no address left in range", NULL);
        CHECK_HAS(world_said(world), "send ?\nsend ?\n");
    }
}

TEST(ended_containers_make_room_in_a_range_that_is_full)
{
    auto_world struct world *world = world_new();
    struct small_network network;
    struct attach_case c;

    case_init(&c, world);
    choose_from(&c, &network, "10.0.0.5", "10.0.0.6");
    holds(world, OLD, "10.0.0.5/24", "4:77");
    holds(world, OTHER, "10.0.0.6/24", "4:78");
    world->ended[0] = "4:78";
    case_done(&c, world, NULL);
    CHECK_HAS(world_said(world), "has 4:78 ended?\nsend -" OTHER "\nsend ?\n"
                                 "send +" NEW "\n");
    CHECK(small_find(&world->db, "Port", OLD));
}

/* Somebody plugs the name before each of our tries, and is gone after it. */
static void row_comes_and_goes(struct world *world,
                               const struct attach_todo *todo)
{
    bool is_there = small_find(&world->db, "Port", OTHER) != NULL;
    struct attach_case c;

    case_init(&c, world);
    world->now_ms += 10;
    if (todo->step == ATTACH_STEP_SEND && !is_there)
        world_port(world, OTHER, "first", &c.specs[0], true);
    if (todo->step != ATTACH_STEP_FIND || !is_there)
        return;
    world_remove(world, OTHER);
    world_switch(world);
    world_show(world);
}

TEST(tries_end_with_the_time)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->meanwhile = row_comes_and_goes;
    case_fails(&c, world, ETIMEDOUT,
               "addresses or names were taken by others each time until the "
               "deadline",
               NULL);
    CHECK(world->now_ms - 1000 - TIMEOUT_MS < 100);
}

/* READY */

TEST(a_switch_that_cannot)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->switch_error = "could not open network device";
    case_fails(&c, world, EIO,
               "the switch could not make port " NEW
               ": could not open network device",
               "watch\nfind inside eth0: no\nsend +" NEW "\nwatch\nsend -" NEW
               "\nfail");
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_switch_that_is_down)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->switch_is_down = true;
    case_fails(&c, world, ETIMEDOUT,
               "ovs-vswitchd did not make port " NEW " within 10000 ms",
               "watch\nfind inside eth0: no\nsend +" NEW
               "\nwait\nwatch\nsend -" NEW "\nfail");
    CHECK_EQ(world->now_ms, 1000 + TIMEOUT_MS);
    CHECK_EQ(world_ports(world), 0);
}

static void somebody_removes(struct world *world,
                             const struct attach_todo *todo)
{
    if (todo->step != ATTACH_STEP_WAIT)
        return;
    world_remove(world, NEW);
    world_show(world);
}

TEST(a_port_that_somebody_removes)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->switch_is_down = true;
    world->meanwhile = somebody_removes;
    case_fails(&c, world, ENOENT, "was removed by somebody", NULL);
}

/* PLACE */

TEST(a_device_that_is_elsewhere)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->device_is_missing = true;
    int64_t began = world->now_ms;
    case_fails(&c, world, ENODEV,
               "the switch made port " NEW ", but its device is not in this "
               "network namespace",
               NULL);
    CHECK_EQ(world->now_ms - began, 3000);
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_device_that_is_back_in_a_moment)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->device_is_missing = true;
    world->fault = WORLD_NO_FAULT;
    auto_attach struct attach *a = case_new(&c, world);
    for (int i = 0; i < 6; i++) {
        const struct attach_todo *todo = attach_next(a, world->now_ms);
        if (i == 5) {
            CHECK_EQ(todo->step, ATTACH_STEP_MOVE);
            world_add(world, ATTACH_HOST, NEW);
        }
        world_step(world, a, todo, WORLD_NO_FAULT);
    }
    CHECK_EQ(attach_next(a, world->now_ms)->step, ATTACH_STEP_SET_UP);
    CHECK_EQ(attach_phase(a), ATTACH_PLACE);
}

TEST(a_connection_that_goes_while_the_switch_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    world->switch_is_down = true;
    world->fault = WORLD_LOSE_BEFORE;
    world->fault_at = 3;
    case_fails(&c, world, ECONNRESET, "plug eth0 into br0: connection reset",
               NULL);
}

TEST_MAIN
