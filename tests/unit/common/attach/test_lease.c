/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Leases in rows, and the phase LEASE of the attach engine: what a server gave
 * is written before it is set, and goes back with the port.
 */
#include <errno.h>

#include "ovsint/rows/lease.h"
#include "tests/lib/attach_case.h"

static struct ip ip(const char *text)
{
    struct ip ret = {0};

    CHECK_EQ(parse_ip(text, &ret), 0);
    return ret;
}

static struct ip_prefix prefix(const char *text)
{
    struct ip_prefix ret = {0};

    CHECK_EQ(parse_prefix(text, &ret), 0);
    return ret;
}

static struct dhcp_lease some_lease(void)
{
    return (struct dhcp_lease){
        .address = prefix("10.0.0.9/24"),
        .server = ip("10.0.0.1"),
        .server_mac = {{2, 0, 0, 0, 0, 1}},
        .router = ip("10.0.0.254"),
        .routes = {{prefix("10.8.0.0/16"), ip("10.0.0.8")}},
        .route_count = 1,
        .dns = {.servers = {ip("10.0.0.53"), ip("10.0.0.54")},
                .server_count = 2,
                .search = "a.b c.d"},
        .renew_s = 1800,
        .rebind_s = 3150,
        .lease_s = 3600,
        .begun_ms = 5000};
}

static void check_spec(const struct attachment *spec, const char *want)
{
    auto_buf struct buf text = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer writer = JSON_WRITER(&text);

    attachment_write(spec, &writer);
    CHECK_STR(buf_text(&text), want);
}

#define BARE "{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"ip\":[\"dhcp\"]"

TEST(a_lease_comes_and_goes)
{
    struct attachment spec = {
        .ifname = "eth0", .bridge = "br0", .ip_dhcp = true};
    struct dhcp_lease lease = some_lease();
    struct err err = {0};

    CHECK_OK(lease_apply(&spec, &lease, &err), err);
    check_spec(&spec,
               "{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"ip\":[\"dhcp\","
               "\"10.0.0.9/24\"],\"gateway\":[\"10.0.0.254\"],\"routes\":["
               "\"10.8.0.0/16 via 10.0.0.8\"]}");
    lease_take_away(&spec, &lease);
    check_spec(&spec, BARE "}");
    lease_take_away(&spec, &lease);
    check_spec(&spec, BARE "}");
}

/* What the owner has said stays, when the lease comes and when it goes. */
TEST(what_was_asked_for_goes_before_the_lease)
{
    struct attachment spec = {
        .ifname = "eth0",
        .bridge = "br0",
        .ip_dhcp = true,
        .gateway = {ip("10.0.0.254")},
        .gateway_count = 1,
        .routes = {{prefix("10.8.0.0/16"), ip("10.0.0.7")}},
        .route_count = 1};
    struct attachment before = spec;
    struct dhcp_lease lease = some_lease();
    struct err err = {0};

    CHECK_OK(lease_apply(&spec, &lease, &err), err);
    CHECK_EQ(lease.router.family, 0);
    CHECK_EQ(lease.route_count, 0);
    lease_take_away(&spec, &lease);
    CHECK_EQ(spec.gateway_count, 1);
    CHECK_EQ(spec.route_count, 1);
    CHECK(ip_equal(&spec.routes[0].via, &before.routes[0].via));
}

TEST(what_no_host_can_have)
{
    struct attachment spec = {.ifname = "eth0", .bridge = "br0"};
    struct dhcp_lease lease = some_lease();
    struct err err = {0};

    lease.address = prefix("10.0.0.255/24");
    CHECK_EQ(lease_apply(&spec, &lease, &err), -EPROTO);
    CHECK_STR(err.text, "the DHCP server 10.0.0.1 gave 10.0.0.255/24, which is "
                        "the broadcast address of its prefix");
    CHECK_EQ(spec.ip_count, 0);
}

static void check_client(const char *id, const char *hostname,
                         const char *holder, const char *want_id,
                         size_t want_size, const char *want_hostname)
{
    struct attachment spec = {.ip_dhcp = true};
    struct mac mac = {{2, 0, 0, 0, 0, 9}};
    struct dhcp_client client;

    snprintf(spec.dhcp_id, sizeof(spec.dhcp_id), "%s", id);
    snprintf(spec.dhcp_hostname, sizeof(spec.dhcp_hostname), "%s", hostname);
    lease_client(&spec, &mac, holder, &client);
    CHECK_EQ(client.id_size, want_size);
    CHECK(memcmp(client.id, want_id, want_size) == 0);
    CHECK_STR(client.hostname, want_hostname);
}

TEST(who_asks)
{
    check_client("", "", NULL, "", 0, "");
    check_client("db", "", "web", "\0db", 3, "web");
    check_client("01:0A:ff", "x", "web", "\1\x0a\xff", 3, "x");
    check_client("01", "", "a/b",
                 "\0"
                 "01",
                 3, "");
    check_client("01:0g", "", "a_b",
                 "\0"
                 "01:0g",
                 6, "");
    check_client("01:", "", "",
                 "\0"
                 "01:",
                 4, "");
    check_client(
        "", "",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
        "ef",
        "", 0, "0123456789ab");
}

static const char *lease_text(struct world *world, const char *port)
{
    struct small_row *row = small_find(&world->db, "Port", port);
    const char *text = row ? small_get(row, ID_LEASE) : NULL;

    return text ? text : "";
}

static void leased_init(struct attach_case *c, struct world *world,
                        const struct dhcp_lease *lease)
{
    case_init(c, world);
    c->specs[0].ip_dhcp = true;
    world->lease = lease;
}

TEST(a_lease_is_written_and_set)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend +" NEW "\nmove " NEW
              "\nset up eth0\nlease for c1\nsend ~" NEW "\nset up eth0\ndone");
    CHECK_HAS(lease_text(world, NEW), "\"address\":\"10.0.0.9/24\"");
    CHECK_HAS(lease_text(world, NEW),
              "\"dns\":[\"10.0.0.53\",\"10.0.0.54\"],\"search\":\"a.b c.d\"");
    CHECK(small_get(small_find(&world->db, "Port", NEW), "ovsint-ip-10.0.0.9"));
    CHECK_HAS(small_get(small_find(&world->db, "Interface", NEW), ID_SPEC),
              "\"dhcp\",\"10.0.0.9/24\"");
    /* The same once more: it is there. */
    snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
    case_done(&c, world, "watch\nfind inside " NEW ": yes\nset up eth0\ndone");
}

TEST(the_source_guard_learns_the_address)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    c.specs[0].guard = SOURCE_GUARD_FULL;
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend +" NEW
              "\nput flows of br0 " NEW "\nmove " NEW
              "\nset up eth0\nlease for c1\nsend ~" NEW
              "\nput flows of br0 " NEW "\nset up eth0\ndone");
}

TEST(without_a_server_nothing_is_left)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, NULL);
    case_fails(&c, world, ETIMEDOUT,
               "ip=dhcp: no lease for eth0 on segment "
               "br0/0: ",
               NULL);
    CHECK_EQ(world_ports(world), 0);
}

TEST(an_address_that_another_port_has)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attachment other = {.ifname = "eth0", .bridge = "br0"};
    struct attach_case c;

    case_address(&other, "10.0.0.9/24");
    world_port(world, OTHER, "c2", &other, false);
    world_set_id(world, OTHER, ID_NETNS_ID, "4:77");
    leased_init(&c, world, &lease);
    case_fails(&c, world, EADDRINUSE,
               "the DHCP server 10.0.0.1 gave 10.0.0.9, which another port of "
               "the bridge has",
               NULL);
    /* To the server both may be one client: nothing goes back. */
    CHECK(!strstr(world_said(world), "of br0"));
    CHECK_EQ(world_ports(world), 1);
}

/* Its own keys have it, no other port. To the server the port has it. */
TEST(an_address_that_is_asked_for_beside_dhcp)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    case_address(&c.specs[0], "10.0.0.9/16");
    case_fails(&c, world, EEXIST,
               "the DHCP server 10.0.0.1 gave 10.0.0.9/24, which ip= names "
               "beside dhcp: leave it out of ip=",
               NULL);
    CHECK_HAS(world_said(world), "send -" NEW "\nsend 1 of br0\n");
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_lease_that_cannot_be_written_goes_back)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    world->fault = WORLD_BREAK;
    world->fault_at = 6;
    case_fails(&c, world, EIO, "", NULL);
    CHECK_HAS(world_said(world), "lease for c1\nsend in vain\n");
    CHECK_HAS(world_said(world), "send -" NEW "\nsend 1 of br0\n");
    CHECK_EQ(world_ports(world), 0);
}

TEST(a_lease_goes_back_with_its_port)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    case_done(&c, world, NULL);
    c.want.task = ATTACH_REMOVE;
    c.want.patience_ms = world->now_ms;
    c.count = 0;
    case_done(&c, world, "watch\nsend -" NEW "\nsend 1 of br0\ndone");
}

/* Who had the address had the number of our port, too, and the switch deletes
 * our device: see common/attach/attach.c. */
static void device_is_made_again(struct world *world,
                                 const struct attach_todo *todo)
{
    struct world_device *device = world_find(world, ATTACH_INSIDE, NEW);

    if (todo->step == ATTACH_STEP_SET_UP && device && *lease_text(world, NEW))
        device->name[0] = '\0';
    if (todo->step == ATTACH_STEP_WAIT && *lease_text(world, NEW)) {
        world_add(world, ATTACH_HOST, NEW);
        world->meanwhile = NULL;
    }
}

TEST(a_device_that_is_made_again_after_the_lease)
{
    const struct dhcp_lease lease = some_lease();
    auto_world struct world *world = world_new();
    struct attach_case c;

    leased_init(&c, world, &lease);
    world->meanwhile = device_is_made_again;
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend +" NEW "\nmove " NEW
              "\nset up eth0\nlease for c1\nsend ~" NEW
              "\nset up eth0\nwait\nmove " NEW "\nset up eth0\ndone");
}

/* A driver's process that dies at each step: the next call completes it, and
 * takes no second address. */
TEST(a_crash_at_each_step)
{
    const struct dhcp_lease lease = some_lease();
    bool crashed = true;

    for (size_t at = 0; crashed; at++) {
        auto_world struct world *world = world_new();
        struct attach_case c;
        leased_init(&c, world, &lease);
        world->fault = WORLD_CRASH_AFTER;
        world->fault_at = at;
        struct attach *a = case_new(&c, world);
        (void)world_run(world, a);
        attach_free(a);
        crashed = world->crashed;
        world->fault = WORLD_NO_FAULT;
        snprintf(c.ports[0].name, IFNAME_SIZE, "%s", NEW2);
        case_done(&c, world, NULL);
        CHECK_EQ(world_ports(world), 1);
        CHECK(*lease_text(world, NEW) || *lease_text(world, NEW2));
    }
}

TEST(a_router_is_waited_for)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    case_init(&c, world);
    c.specs[0].ip_slaac = c.specs[0].accepts_ra = true;
    case_fails(&c, world, ETIMEDOUT,
               "ip=slaac: no router has given eth0 an address within 10000 ms",
               NULL);
    CHECK_EQ(world_ports(world), 0);
    case_init(&c, world);
    c.specs[0].ip_slaac = c.specs[0].accepts_ra = true;
    world->router_is_there = true;
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend +" NEW "\nmove " NEW
              "\nset up eth0\nhas " NEW " an address?\ndone");
}

TEST(rows_that_somebody_has_edited)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"address\":\"10.0.0.9/24\"}",
        "{\"address\":\"fd00::1/64\",\"server\":\"10.0.0.1\",\"server-mac\":"
        "\"02:00:00:00:00:01\",\"routes\":[],\"begun-ms\":1,\"renew\":1,"
        "\"rebind\":2,\"lease\":3}",
        "{\"address\":\"10.0.0.9/24\",\"server\":\"10.0.0.1\",\"server-mac\":"
        "\"02:00:00:00:00:01\",\"routes\":[],\"begun-ms\":1,\"renew\":3,"
        "\"rebind\":2,\"lease\":3}",
        "{\"address\":\"10.0.0.9/24\",\"server\":\"10.0.0.1\",\"server-mac\":"
        "\"02:00:00:00:00:01\",\"routes\":[],\"begun-ms\":-1,\"renew\":1,"
        "\"rebind\":2,\"lease\":3}"};
    struct dhcp_lease lease;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct vswitch_port port = {0};
        vswitch_map_add(&port.port_ids, ID_LEASE, bad[i]);
        CHECK(!lease_of_port(&port, &lease));
        vswitch_map_done(&port.port_ids);
    }
}

TEST_MAIN
