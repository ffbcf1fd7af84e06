/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The keeper of leases, over a small database, one container and a DHCP server
 * that answers when it is told to: what it sends, sets and writes, and when.
 */
#include <sys/socket.h>

#include "ovsint/device/sandbox.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/packet.h"
#include "ovsint/rows/vswitch_plug.h"
#include "plugin/daemon/watch.h"
#include "plugin/lease/lease_keeper.h"
#include "plugin/lease/renewal.h"
#include "tests/lib/dhcp_server.h"
#include "tests/lib/said.h"
#include "tests/lib/small_daemon.h"

#define P1 "oioneaaaaaaaaaa"
#define P2 "oitwoaaaaaaaaaa"
#define SECOND 1000

static struct small_ovsdb db;
static struct lease_keeper *keeper;

/* The container. */

static struct {
    bool is_gone;
    uv_poll_t *poll; /* of the socket that was opened last */
    uv_poll_cb ready;
    struct answer_frame frame; /* that has come; size 0 = none */
    uint32_t xid;
} container;

int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err)
{
    (void)port;
    (void)err;
    CHECK(flags & NET_WITH_ANNOUNCE);
    *ret = SANDBOX_CLOSED;
    if (container.is_gone)
        return SANDBOX_ENDED;
    ret->inside = mem_new(8);
    return SANDBOX_HERE;
}

void sandbox_close(struct sandbox *sandbox)
{
    net_close(sandbox->inside);
}

void net_close(struct net *net)
{
    free(net);
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    (void)net;
    (void)err;
    *ret = (struct link_info){.ifindex = 7};
    snprintf(ret->name, sizeof(ret->name), "%.15s", name);
    return 1;
}

int packet_listen(struct net *net, int ifindex, struct err *err)
{
    (void)net;
    (void)err;
    CHECK_EQ(ifindex, 7);
    return 0;
}

int packet_fd(const struct net *net)
{
    (void)net;
    return 99;
}

void packet_send(struct net *net, const void *frame, size_t size)
{
    const uint8_t *bytes = frame;

    (void)net;
    if (size < AT_OPTION) {
        SAY("probe\n");
        return;
    }
    memcpy(&container.xid, bytes + AT_BOOTP + 4, 4);
    SAY("%s%s\n", bytes[0] == 0xff ? "" : "unicast ",
        bytes[AT_OPTION + 2] == 1   ? "DISCOVER"
        : bytes[AT_OPTION + 2] == 7 ? "RELEASE"
                                    : "REQUEST");
}

int packet_receive(struct net *net, void *frame, size_t room, struct err *err)
{
    size_t size = container.frame.size;

    (void)net;
    (void)err;
    CHECK(size <= room);
    memcpy(frame, container.frame.bytes, size);
    container.frame.size = 0;
    return (int)size;
}

int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err)
{
    (void)loop;
    (void)data;
    (void)what;
    (void)err;
    CHECK_EQ(fd, 99);
    container.poll = poll;
    container.ready = ready;
    return 0;
}

int addr_del(struct net *net, int ifindex, const struct ip_prefix *address,
             struct err *err)
{
    char text[PREFIX_TEXT_SIZE];

    (void)net;
    (void)err;
    CHECK_EQ(ifindex, 7);
    prefix_format(address, text);
    SAY("off %s\n", text);
    return 0;
}

int vnic_set_up(struct net *net, const struct vnic_set_up *how, struct err *err)
{
    char text[PREFIX_TEXT_SIZE];

    (void)net;
    (void)err;
    prefix_format(&how->want->ip[0], text);
    SAY("set up %s %s\n", how->device, text);
    return 0;
}

/* The server. */

static void answer(uint8_t type)
{
    static const uint8_t options[] = {1, 4, 255, 255, 255, 0, 3, 4, 192,
                                      0, 2, 254, 51,  4,   0, 0, 0, 100};

    answer_make(&container.frame, type, __builtin_bswap32(container.xid),
                options, sizeof(options));
    CHECK(container.poll);
    container.ready(container.poll, 0, UV_READABLE);
    daemon_settle();
}

static struct dhcp_lease lease_at(int64_t begun_ms, const char *address)
{
    struct dhcp_lease lease = {.server_mac = {{2, 0, 0, 0, 0, 1}},
                               .renew_s = 50,
                               .rebind_s = 87,
                               .lease_s = 100,
                               .begun_ms = begun_ms};

    CHECK_EQ(parse_prefix(address, &lease.address), 0);
    CHECK_EQ(parse_ip("192.0.2.1", &lease.server), 0);
    CHECK_EQ(parse_ip("192.0.2.254", &lease.router), 0);
    return lease;
}

/* A port as a door has left it. */
static void add_port(const char *name, const char *address)
{
    const struct vswitch_identity identity = {
        .owner = HOOK_OWNER,
        .boot = DAEMON_BOOT,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = name,
                   .netns = "/run/netns/c",
                   .container = {.netns_id = name}}};
    struct attachment spec = {
        .ifname = "eth0", .bridge = "br0", .ip_dhcp = true};
    struct vswitch_plug plug = {
        .attachment = &spec, .port = name, .mac = {{2, 0, 0, 0, 0, 9}}};
    struct dhcp_lease lease = lease_at((int64_t)small_daemon.now_ms, address);
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_OK(lease_apply(&spec, &lease, &err), err);
    lease_write(&txn, name, &spec, &lease, NULL);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
}

static const char *lease_text(const char *name)
{
    return small_get(small_find(&db, "Port", name), ID_LEASE);
}

static const char *spec_text(const char *name)
{
    return small_get(small_find(&db, "Interface", name), ID_SPEC);
}

static struct host *world_open(void)
{
    struct host *host = daemon_open(&db);

    small_add(&db, "Bridge", "br0");
    add_port(P1, "192.0.2.77/24");
    return host;
}

static void keeper_begin(struct host *host)
{
    keeper = lease_keeper_open(NULL, host);
    daemon_up();
    DAEMON_TELL(on_lock, true);
}

static void keeper_open(void)
{
    keeper_begin(world_open());
    CHECK_SAID("");
}

static void keeper_close(void)
{
    lease_keeper_close(keeper);
    daemon_close();
    small_ovsdb_done(&db);
    CHECK_SAID("");
}

TEST(nothing_is_done_until_its_time_comes)
{
    keeper_open();
    CHECK_EQ(daemon_next_ms(), 50 * SECOND + 1);
    daemon_elapse(49 * SECOND);
    CHECK_SAID("");
    CHECK(!container.poll);
    daemon_elapse(2 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    answer(5);
    /* The times alone have changed: the device and the switch hear nothing. */
    CHECK_SAID("");
    CHECK_HAS(lease_text(P1), "\"begun-ms\":510");
    CHECK(daemon_next_ms() > 40 * SECOND);
    keeper_close();
}

TEST(without_the_lock_it_is_another_ones_business)
{
    keeper_open();
    DAEMON_TELL(on_lock, false);
    CHECK_EQ(daemon_next_ms(), -1);
    daemon_elapse(200 * SECOND);
    keeper_close();
}

TEST(a_lease_that_ends)
{
    keeper_open();
    daemon_elapse(101 * SECOND);
    daemon_settle();
    CHECK_SAID("unicast REQUEST\nREQUEST\n"
               "warning: a container has lost its lease: the address goes off; "
               "port=" P1 " address=192.0.2.77/24\n"
               "off 192.0.2.77/24\nDISCOVER\n");
    CHECK_STR(lease_text(P1), "{}");
    CHECK(!strstr(spec_text(P1), "192"));
    CHECK(!small_get(small_find(&db, "Port", P1), "ovsint-ip-192.0.2.77"));
    /* A server comes. */
    answer(2);
    CHECK_SAID("REQUEST\nprobe\n");
    answer(5);
    daemon_elapse(DHCP_PROBE_MS + 1);
    daemon_settle();
    CHECK_SAID("set up " P1 " 192.0.2.77/24\n"
               "info: a container has a new lease; port=" P1
               " address=192.0.2.77/24\n");
    CHECK_HAS(spec_text(P1), "\"gateway\":[\"192.0.2.254\"]");
    CHECK(small_get(small_find(&db, "Port", P1), "ovsint-ip-192.0.2.77"));
    keeper_close();
}

TEST(a_daemon_that_starts_goes_on_where_the_last_one_ended)
{
    struct host *host = world_open();

    small_daemon.now_ms += 90 * SECOND;
    keeper_begin(host);
    CHECK_SAID("REQUEST\n");
    answer(5);
    CHECK_HAS(lease_text(P1), "\"begun-ms\":91000");
    keeper_close();
}

/* What the server has said is kept until the row can be written. */
TEST(a_database_that_is_away)
{
    keeper_open();
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    daemon_down();
    answer(5);
    CHECK_HAS(lease_text(P1), "\"begun-ms\":1000");
    daemon_up();
    daemon_settle();
    CHECK_HAS(lease_text(P1), "\"begun-ms\":510");
    CHECK(daemon_next_ms() > 40 * SECOND);
    keeper_close();
}

TEST(a_connection_that_goes_while_it_is_written)
{
    keeper_open();
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    small_daemon.is_silent = true;
    answer(5);
    small_daemon.is_silent = false;
    daemon_down();
    daemon_up();
    daemon_settle();
    CHECK_HAS(lease_text(P1), "\"begun-ms\":510");
    keeper_close();
}

TEST(a_row_that_cannot_be_written_is_tried_again)
{
    keeper_open();
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    small_daemon.replies_fail = EIO;
    answer(5);
    CHECK_SAID("error: a lease could not be recorded; port=" P1
               " address=192.0.2.77/24 reason=refused\n");
    daemon_elapse(30 * SECOND);
    small_daemon.replies_fail = 0;
    daemon_settle();
    CHECK_HAS(lease_text(P1), "\"begun-ms\":1000");
    daemon_elapse(31 * SECOND);
    daemon_settle();
    CHECK_HAS(lease_text(P1), "\"begun-ms\":510");
    /* Half of its time is over by now. */
    CHECK_SAID("unicast REQUEST\n");
    keeper_close();
}

/* The server goes on giving time, and the row has it in the end. */
TEST(a_database_that_is_away_for_longer_than_a_lease)
{
    keeper_open();
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    daemon_down();
    answer(5);
    for (int i = 0; i < 4; i++) {
        daemon_elapse(50 * SECOND);
        CHECK_SAID("unicast REQUEST\n");
        answer(5);
    }
    daemon_up();
    daemon_settle();
    CHECK_HAS(lease_text(P1), "\"begun-ms\":2510");
    CHECK(daemon_next_ms() > 40 * SECOND);
    /* Without the server it ends, with a database or not. */
    daemon_down();
    daemon_elapse(101 * SECOND);
    CHECK_SAID("unicast REQUEST\nREQUEST\n"
               "warning: a container has lost its lease: the address goes off; "
               "port=" P1 " address=192.0.2.77/24\n"
               "off 192.0.2.77/24\n");
    keeper_close();
}

/* What it has written is not believed to be the work of somebody else. */
TEST(a_connection_that_goes_while_a_lease_is_removed)
{
    keeper_open();
    daemon_elapse(99 * SECOND);
    CHECK_SAID("unicast REQUEST\nREQUEST\n");
    daemon_elapse(2 * SECOND);
    CHECK_SAID("warning: a container has lost its lease: the address goes off; "
               "port=" P1 " address=192.0.2.77/24\noff 192.0.2.77/24\n");
    CHECK_STR(lease_text(P1), "{}");
    daemon_down();
    daemon_up();
    daemon_settle();
    CHECK_STR(lease_text(P1), "{}");
    CHECK_SAID("DISCOVER\n");
    keeper_close();
}

static void edit_lease(const char *text)
{
    struct small_row *port = small_find(&db, "Port", P1);

    small_drop(port, ID_LEASE);
    if (text)
        small_put(&db, port, ID_LEASE, text);
    daemon_settle();
}

TEST(a_row_that_somebody_has_edited)
{
    static const char *const texts[] = {"{}", "", "{\"address\":\"x\"}"};

    keeper_open();
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        edit_lease(texts[i]);
        CHECK_HAS(lease_text(P1), "\"begun-ms\":1000,");
        CHECK(small_get(small_find(&db, "Port", P1), "ovsint-ip-192.0.2.77"));
        CHECK_HAS(spec_text(P1), "[\"dhcp\",\"192.0.2.77/24\"]");
    }
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    answer(5);
    CHECK_HAS(lease_text(P1), "\"begun-ms\":510");
    keeper_close();
}

TEST(an_address_that_another_port_has)
{
    struct host *host = world_open();
    struct small_row *interface = small_find(&db, "Interface", P1);
    struct small_row *port = small_find(&db, "Port", P1);

    small_drop(port, ID_LEASE);
    small_put(&db, port, ID_LEASE, "{}");
    small_drop(port, "ovsint-ip-192.0.2.77");
    small_drop(interface, ID_SPEC);
    small_put(&db, interface, ID_SPEC,
              "{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"ip\":[\"dhcp\"]}");
    add_port(P2, "192.0.2.77/24");
    keeper_begin(host);
    CHECK_SAID("DISCOVER\n");
    answer(2);
    answer(5);
    daemon_elapse(DHCP_PROBE_MS + 1);
    daemon_settle();
    CHECK_SAID("REQUEST\nprobe\nunicast RELEASE\n"
               "error: a lease could not be recorded; port=" P1
               " reason=another port of the bridge has the address that the "
               "server gives\n");
    /* What it offered then may be somebody else's by now. */
    daemon_elapse(60 * SECOND + 5);
    CHECK_SAID("unicast REQUEST\nDISCOVER\n");
    keeper_close();
}

TEST(a_container_that_has_gone)
{
    keeper_open();
    container.is_gone = true;
    daemon_elapse(51 * SECOND);
    CHECK(!container.poll);
    keeper_close();
}

TEST(rows_that_go_take_all_with_them)
{
    keeper_open();
    daemon_elapse(51 * SECOND);
    CHECK_SAID("unicast REQUEST\n");
    small_unrefer(small_find(&db, "Bridge", "br0"),
                  small_find(&db, "Port", P1)->uuid);
    small_find(&db, "Port", P1)->table[0] = '\0';
    small_find(&db, "Interface", P1)->table[0] = '\0';
    daemon_show(false);
    CHECK_EQ(daemon_next_ms(), -1);
    daemon_elapse(200 * SECOND);
    keeper_close();
}

/* Leases cost their timers, and nothing in between. */
TEST(many_leases_rest)
{
    char name[IFNAME_SIZE], address[32];

    keeper_open();
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "oi%013d", i);
        snprintf(address, sizeof(address), "192.0.2.%d/24", 100 + i);
        add_port(name, address);
        daemon_show(false);
    }
    CHECK_EQ(daemon_next_ms(), 50 * SECOND + 1);
    CHECK(!container.poll);
    keeper_close();
}

TEST_MAIN
