/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Doors outside of the daemon ask the gateway by rows: their transient networks
 * come and go, ports are published or refused, and a daemon that has died in
 * the middle is followed by one that goes on. */
#include "ovsint/rows/vswitch_plug.h"
#include "tests/lib/gateway_world.h"
#include "tests/lib/model.h"

static struct transient_network lan;
static char device[IFNAME_SIZE];

static void prefix(const char *text, struct ip_prefix *ret)
{
    CHECK_EQ(parse_prefix(text, ret), 0);
}

static struct attachment spec_of(const char *address)
{
    struct attachment spec = {
        .ifname = "eth0", .bridge = "br0", .vlan = 10, .mtu = 1400};

    prefix(address, &spec.ip[spec.ip_count++]);
    CHECK_EQ(parse_ip("10.9.0.1", &spec.gateway[spec.gateway_count++]), 0);
    return spec;
}

static int make(const struct network_option *options, size_t count,
                struct err *err)
{
    struct attachment spec = spec_of("10.9.0.2/24");
    const struct transient_draft draft = {.owner = CNI_OWNER,
                                          .name = "lan",
                                          .options = options,
                                          .option_count = count,
                                          .spec = &spec};

    return transient_network_make(&draft, &lan, err);
}

static void begin_lan(void)
{
    static const struct network_option nat[] = {{"mode", "nat"}};
    struct err err = {0};

    begin();
    CHECK_OK(make(nat, 1, &err), err);
    host_port_name(lan.id, MODE_NAT, device);
}

static void end_lan(void)
{
    transient_network_done(&lan);
    end();
}

static void claim_like(const char *port, const struct attachment *spec,
                       const char *ports)
{
    struct vswitch_plug plug = {.attachment = spec, .port = port};
    const struct vswitch_identity identity = {
        .owner = CNI_OWNER,
        .boot = DAEMON_BOOT,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = port,
                   .netns = port,
                   .container = {.netns_id = port,
                                 .transient = &lan,
                                 .asked_ports = ports}}};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    daemon_settle();
}

/* A door claims a port that asks for `ports`. */
static void claim(const char *port, const char *address, const char *ports)
{
    struct attachment spec = spec_of(address);

    claim_like(port, &spec, ports);
}

static void release(const char *port)
{
    const struct vswitch_port *row =
        vswitch_view_find(&small_daemon.host.ports, port);
    auto_txn struct txn txn = {0};

    CHECK(row);
    txn_init(&txn, OVSDB_NAME);
    vswitch_remove(&txn, row->port_uuid, row->name);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    daemon_settle();
}

static const char *value(const char *port, const char *key)
{
    const char *text = small_get(small_find(&db, "Interface", port), key);

    return text ? text : "none";
}

#define ANSWER(port) value(port, ID_ASKED_ANSWER)
#define PORTS(port) value(port, ID_PORTS)

TEST(a_port_gets_its_answer_when_all_is_in_force)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/8080:80");
    CHECK_STR(ANSWER("oi1"), "none");
    CHECK_STR(PORTS("oi1"), "none");
    switch_makes(device);
    wait_ms(500);
    CHECK_STR(PORTS("oi1"), "tcp/8080:80");
    CHECK_STR(ANSWER("oi1"), "ready");
    CHECK_STR(value("oi1", ID_NETWORK), lan.id);
    CHECK_HAS(buf_text(&said), "+10.9.0.1/24");
    CHECK_STR(
        small_get(small_find(&db, "Interface", device), ID_HOST_SPEC),
        "{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"vlan\":10,\"mtu\":1400}");

    /* The second one finds the network. */
    claim("oi2", "10.9.0.3/24", "");
    wait_ms(50);
    CHECK_STR(ANSWER("oi2"), "ready");
    CHECK_STR(PORTS("oi2"), "none");
    end_lan();
}

/* Whoever has removed a port with many published ports gives its address to the
 * next one at once. */
TEST(an_address_to_which_ports_still_lead)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/10001-18000:1");
    claim("oi2", "10.9.0.3/24", "");
    switch_makes(device);
    wait_ms(2000);
    CHECK_STR(ANSWER("oi1"), "ready");
    release("oi1");
    claim("oi3", "10.9.0.2/24", "");
    claim("oi4", "10.9.0.4/24", "");
    CHECK_STR(ANSWER("oi4"), "ready");
    CHECK_STR(ANSWER("oi3"), "none");
    wait_ms(50);
    CHECK_STR(ANSWER("oi3"), "ready");
    /* The same ports are to be had at once. */
    release("oi3");
    claim("oi1", "10.9.0.2/24", "tcp/10001-18000:1");
    wait_ms(500);
    release("oi1");
    claim("oi5", "10.9.0.5/24", "tcp/10001-18000:1");
    CHECK_STR(ANSWER("oi5"), "none");
    wait_ms(500);
    CHECK_STR(ANSWER("oi5"), "ready");
    CHECK_STR(PORTS("oi5"), "tcp/10001-18000:1");
    end_lan();
}

/* As a database whose disk is full: its addresses do not come and go all the
 * time. */
TEST(the_database_refuses_to_remove_a_network)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "");
    switch_makes(device);
    wait_ms(500);
    release("oi1");
    buf_clear(&said);
    small_daemon.replies_fail = EIO;
    wait_ms(60000);
    size_t tries = 0;
    for (const char *at = buf_text(&said);
         (at = strstr(at, "could not remove a network without ports")); at++)
        tries++;
    CHECK(tries >= 2);
    CHECK(tries <= 3);
    small_daemon.replies_fail = 0;
    wait_ms(31000);
    CHECK(!small_find(&db, "Interface", device));
    end_lan();
}

TEST(the_network_goes_a_moment_after_its_last_port)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "");
    switch_makes(device);
    wait_ms(500);
    release("oi1");
    wait_ms(1000);
    CHECK(small_find(&db, "Interface", device));
    /* The container starts again. */
    claim("oi2", "10.9.0.2/24", "");
    wait_ms(5000);
    CHECK(small_find(&db, "Interface", device));
    CHECK_STR(ANSWER("oi2"), "ready");
    release("oi2");
    wait_ms(2500);
    CHECK(!small_find(&db, "Interface", device));
    CHECK_EQ(small_find(&db, "Bridge", "br0")->count, 0);
    wait_ms(5000);
    CHECK(!small_find(&db, "Interface", device));
    end_lan();
}

/* The configuration has changed meanwhile, or an IPAM plugin gives addresses of
 * several subnets in turn. */
TEST(a_port_that_does_not_fit_what_the_first_one_said)
{
    static const struct {
        const char *address;
        const char *gateway; /* "" = none */
        const char *network;
        unsigned vlan;
        const char *answer;
    } table[] = {
        {"10.9.0.3/24", "10.9.0.1", "", 10, "ready"},
        {"10.9.0.3/24", "", "", 10, "ready"},
        {"10.8.0.3/24", "", "", 10, "ready"},
        {"10.9.0.3/24", "10.9.0.7", "lan", 10, "ready"},
        {"10.9.0.3/24", "10.9.0.7", "", 10,
         "failed: 10.9.0.3/24 via 10.9.0.7: the host is the router of "
         "10.9.0.0/24 via 10.9.0.1 for the network's other containers until 2 "
         "seconds after the last of them has ended"},
        {"10.8.0.3/24", "10.8.0.1", "", 10, "failed: 10.8.0.3/24 via 10.8.0.1"},
        {"10.8.0.3/24", "10.8.0.1", "lan", 10,
         "failed: 10.8.0.3/24 via 10.8.0.1"},
        {"10.9.0.3/24", "10.9.0.1", "", 20,
         "failed: VLAN 20: the host is the router of VLAN 10 for the network's "
         "other containers until 2 seconds after the last of them has ended"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        memset(&small_kernel, 0, sizeof(small_kernel));
        memset(&db, 0, sizeof(db));
        begin_lan();
        claim("oi1", "10.9.0.2/24", "");
        switch_makes(device);
        wait_ms(500);
        struct attachment spec = spec_of(table[i].address);
        spec.vlan = (uint16_t)table[i].vlan;
        spec.gateway_count = parse_ip(table[i].gateway, &spec.gateway[0]) == 0;
        snprintf(spec.network, sizeof(spec.network), "%s", table[i].network);
        claim_like("oi2", &spec, "");
        wait_ms(500);
        CHECK_STR(ANSWER("oi1"), "ready");
        CHECK_HAS(ANSWER("oi2"), table[i].answer);
        end_lan();
    }
}

/* The guard sees the row that the daemon has not been shown yet. */
TEST(a_port_comes_while_its_network_goes)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "");
    switch_makes(device);
    wait_ms(500);
    release("oi1");
    wait_ms(1950);
    small_plug(&db, "br0", "other", "other");
    small_put(&db, small_find(&db, "Interface", "other"), ID_NETWORK, lan.id);
    daemon_elapse(100);
    daemon_settle();
    CHECK(small_find(&db, "Interface", device));
    wait_ms(3000);
    CHECK(small_find(&db, "Interface", device));
    CHECK(kernel_device(device)->count == 1);
    end_lan();
}

TEST(what_is_published_already)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/8080:80");
    switch_makes(device);
    wait_ms(500);
    claim("oi2", "10.9.0.3/24", "tcp/8080:80");
    wait_ms(50);
    CHECK_STR(ANSWER("oi2"),
              "failed: host port 8080/tcp is published by the container with "
              "address 10.9.0.2 already (container oi1, port oi1)");
    CHECK_STR(PORTS("oi2"), "none");
    CHECK_STR(PORTS("oi1"), "tcp/8080:80");
    end_lan();
}

TEST(two_ask_for_one_port_at_once)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "udp/53:53");
    claim("oi2", "10.9.0.3/24", "udp/53:53");
    switch_makes(device);
    wait_ms(500);
    CHECK_EQ((strcmp(ANSWER("oi1"), "ready") == 0) +
                 (strcmp(ANSWER("oi2"), "ready") == 0),
             1);
    end_lan();
}

TEST(what_cannot_be)
{
    static const struct {
        const char *ports;
        const char *answer;
    } table[] = {
        {"tcp/8080", "failed: published port 'tcp/8080' cannot be read"},
        {"tcp/fd00::1/8080:80", "failed: port 80/tcp cannot be published on an "
                                "IPv6 address of the host: the container has "
                                "none of that family"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        memset(&small_kernel, 0, sizeof(small_kernel));
        memset(&db, 0, sizeof(db));
        begin_lan();
        claim("oi1", "10.9.0.2/24", table[i].ports);
        switch_makes(device);
        wait_ms(500);
        CHECK_STR(ANSWER("oi1"), table[i].answer);
        CHECK_STR(PORTS("oi1"), "none");
        end_lan();
    }
}

TEST(the_rules_cannot_be_set)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/8080:80");
    small_kernel.fails = "nft_run";
    switch_makes(device);
    wait_ms(500);
    CHECK_HAS(ANSWER("oi1"), "failed: ");
    CHECK_HAS(ANSWER("oi1"), "not today");
    CHECK_STR(PORTS("oi1"), "none");
    small_kernel.fails = NULL;
    end_lan();
}

/* The host has the gateway's address elsewhere. */
TEST(the_host_does_not_allow_it)
{
    begin_lan();
    kernel_address(kernel_add("eth1", ""), "10.9.0.1/24");
    claim("oi1", "10.9.0.2/24", "");
    wait_ms(500);
    CHECK_HAS(ANSWER("oi1"), "failed: ");
    CHECK_HAS(ANSWER("oi1"), "eth1");
    end_lan();
}

TEST(somebody_else_has_the_name_of_its_host_access_port)
{
    begin_lan();
    small_plug(&db, "br0", device, device);
    claim("oi1", "10.9.0.2/24", "");
    wait_ms(500);
    CHECK_HAS(ANSWER("oi1"), "failed: the switch has a port");
    end_lan();
}

TEST(the_daemon_dies_in_the_middle)
{
    struct host *host;
    struct err err = {0};

    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/8080:80");
    switch_makes(device);
    /* ID_PORTS is written, the answer is not. */
    while (strcmp(PORTS("oi1"), "none") == 0)
        daemon_elapse(10), daemon_turn();
    daemon_down();
    gateway_close(gateway);
    daemon_close();
    small_drop(small_find(&db, "Interface", "oi1"), ID_ASKED_ANSWER);
    host = daemon_open(&db);
    CHECK_OK(gateway_open(NULL, host, true, on_change, NULL, &gateway, &err),
             err);
    daemon_up();
    wait_ms(500);
    CHECK_STR(PORTS("oi1"), "tcp/8080:80");
    CHECK_STR(ANSWER("oi1"), "ready");
    end_lan();
}

TEST(the_connection_goes_in_the_middle)
{
    begin_lan();
    claim("oi1", "10.9.0.2/24", "tcp/8080:80");
    small_daemon.is_silent = true;
    switch_makes(device);
    daemon_down();
    small_daemon.is_silent = false;
    daemon_up();
    wait_ms(500);
    CHECK_STR(ANSWER("oi1"), "ready");
    end_lan();
}

TEST(drafts_that_are_wrong)
{
    static const struct network_option flat_source[] = {
        {"mode", "flat"}, {"nat-source", "192.0.2.1"}};
    static const struct network_option no_mode[] = {{"mode", "natt"}};
    struct err err = {0};

    CHECK_ERR(make(no_mode, 1, &err), EINVAL, err, "none of nat, flat");
    err = (struct err){0};
    CHECK_ERR(make(flat_source, 2, &err), EINVAL, err, "nat-source");
}

TEST(subnets_of_the_named_network_come_first)
{
    static const struct network_option nat[] = {{"mode", "nat"}};
    struct attachment spec = {.bridge = "br0", .ip_auto = true};
    struct subnet subnets[2] = {0};
    const struct named_network network = {.subnets = subnets,
                                          .subnet_count = 2};
    const struct transient_draft draft = {.owner = CNI_OWNER,
                                          .name = "lan",
                                          .options = nat,
                                          .option_count = 1,
                                          .spec = &spec,
                                          .network = &network};
    auto_transient_network struct transient_network made = {.id = ""};
    auto_transient_network struct transient_network other = {.id = ""};
    struct err err = {0};

    prefix("10.1.0.0/24", &subnets[0].prefix);
    prefix("fd00::/64", &subnets[1].prefix);
    CHECK_EQ(parse_ip("10.1.0.1", &subnets[0].gateway), 0);
    CHECK_ERR(transient_network_make(&draft, &made, &err), EINVAL, err,
              "subnet fd00::/64 has no gateway");
    CHECK_EQ(parse_ip("fd00::1", &subnets[1].gateway), 0);
    CHECK_OK(transient_network_make(&draft, &made, &err), err);
    CHECK_HAS(buf_text(&made.text),
              "\"pools\":[{\"pool\":\"10.1.0.0/24\",\"gateway\":\"10.1.0.1\"},"
              "{\"pool\":\"fd00::/64\",\"gateway\":\"fd00::1\"}]");
    CHECK_HAS(buf_text(&made.text), "\"owner\":\"cni\"");
    /* Two bridges may have networks of one name. */
    snprintf(spec.bridge, sizeof(spec.bridge), "br1");
    CHECK_OK(transient_network_make(&draft, &other, &err), err);
    CHECK(strcmp(made.id, other.id) != 0);
}

TEST_MAIN
