/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine and a DHCP server: a lease is written before the device
 * gets its address, and one that cannot be used or written goes back.
 */
#include <errno.h>

#include "tests/lib/attach_case.h"

static struct dhcp_lease lease;

static void lease_init(struct attach_case *c, struct world *world,
                       const char *address)
{
    case_init(c, world);
    c->specs[0].ip_dhcp = true;
    lease = (struct dhcp_lease){.lease_s = 100, .rebind_s = 87, .renew_s = 50};
    CHECK_EQ(parse_prefix(address, &lease.address), 0);
    CHECK_EQ(parse_ip("10.0.0.1", &lease.server), 0);
    world->lease = &lease;
}

TEST(it_is_written_and_set)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    lease_init(&c, world, "10.0.0.9/24");
    case_done(&c, world, NULL);
    CHECK_HAS(world_said(world), "lease for c1\nsend ");
    CHECK(!strstr(world_said(world), "of br0"));
    CHECK(small_get(small_find(&world->db, "Port", NEW), ID_LEASE));
}

TEST(one_that_no_host_can_have_goes_back)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    lease_init(&c, world, "10.0.0.255/24");
    case_fails(&c, world, EPROTO,
               "the DHCP server 10.0.0.1 gave 10.0.0.255/24, which", NULL);
    CHECK_HAS(world_said(world), "send -" NEW "\nsend 1 of br0\n");
    CHECK_EQ(world_ports(world), 0);
}

TEST(one_that_cannot_be_written_goes_back)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    lease_init(&c, world, "10.0.0.9/24");
    world->fault = WORLD_BREAK;
    world->fault_at = 6;
    case_fails(&c, world, EIO, "", NULL);
    CHECK_HAS(world_said(world), "lease for c1\nsend in vain\n");
    CHECK_HAS(world_said(world), "send -" NEW "\nsend 1 of br0\n");
    CHECK_EQ(world_ports(world), 0);
}

/* To the server both may be one client. */
TEST(one_of_another_port_does_not)
{
    auto_world struct world *world = world_new();
    struct attach_case c;
    struct attachment other;

    lease_init(&c, world, "10.0.0.9/24");
    other = c.specs[0];
    other.ip_dhcp = false;
    case_address(&other, "10.0.0.9/24");
    world_port(world, OTHER, "other", &other, false);
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    case_fails(&c, world, EADDRINUSE,
               "the DHCP server 10.0.0.1 gave 10.0.0.9, which another port of "
               "the bridge has",
               NULL);
    CHECK_HAS(world_said(world), "send -" NEW "\n");
    CHECK(!strstr(world_said(world), "of br0"));
    CHECK_EQ(world_ports(world), 1);
}

TEST_MAIN
