/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The keeper of flows, over a small database, a bridge that answers when it is
 * told to, and a clock of numbers: what it asks of the bridge, and when others
 * are told that flows are in force.
 */
#include "plugin/daemon/attach_uv.h"
#include "plugin/daemon/flow_bridge.h"
#include "plugin/daemon/flow_keeper.h"
#include "tests/lib/rows.h"
#include "tests/lib/small_bridge.h"
#include "tests/lib/small_daemon.h"

#define SOCKET "/run/openvswitch/br0.mgmt"
#define P1 "oioneaaaaaaaaaa"
#define P2 "oitwoaaaaaaaaaa"

static struct small_ovsdb db;
static struct flow_keeper *keeper;
static struct flow_listener listener;
static unsigned told;

static void on_changed(void *data)
{
    (void)data;
    told++;
}

static void pass(uint64_t ms)
{
    uint64_t until = small_daemon.now_ms + ms;

    while (daemon_fire(until))
        continue;
    small_daemon.now_ms = until;
}

/* A daemon that starts, at a bridge with nothing of ours. */
static void keeper_open_with(const char *datapath)
{
    struct host *host = daemon_open(&db);

    struct small_row *bridge = small_add(&db, "Bridge", "br0");
    snprintf(bridge->type, sizeof(bridge->type), "%s", datapath);
    small_bridge.is_here = true;
    small_bridge.changes = 0;
    small_bridge.refuses = 0;
    small_bridge.refused = false;
    keeper = flow_keeper_open(NULL, host, DAEMON_REMOTE);
    listener.changed = on_changed;
    flow_keeper_listen(keeper, &listener);
    daemon_up();
    pass(1);
    small_bridge_searched();
    pass(1);
    CHECK_SAID("connect " SOCKET "\nwatch\n");
    CHECK(!small_bridge.connection);
}

static void keeper_open(void)
{
    keeper_open_with("netdev");
}

static void keeper_close(void)
{
    flow_keeper_leave(&listener);
    flow_keeper_close(keeper);
    daemon_close();
    small_ovsdb_done(&db);
    CHECK(!small_bridge.connection);
    CHECK_SAID("");
}

/* A row, and the switch's number for it. */
static struct small_row *add_port_on(const char *ovn, const char *name,
                                     enum vnic_type type,
                                     enum source_guard guard, long ofport)
{
    const struct vswitch_identity identity = {
        .owner = HOOK_OWNER,
        .boot = DAEMON_BOOT,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = name,
                   .netns = "/run/netns/c",
                   .container = {.netns_id = name}}};
    struct attachment spec = {
        .ifname = "eth0", .bridge = "br0", .guard = guard, .type = type};
    snprintf(spec.ovn, sizeof(spec.ovn), "%s", ovn);
    struct vswitch_plug plug = {
        .attachment = &spec, .port = name, .mac = {{2, 0, 0, 0, 0, 1}}};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    struct small_row *row = small_find(&db, "Interface", name);
    row->ofport = ofport;
    daemon_show(false);
    return row;
}

static struct small_row *add_port_of(const char *name, enum vnic_type type,
                                     enum source_guard guard, long ofport)
{
    return add_port_on("", name, type, guard, ofport);
}

static struct small_row *add_port(const char *name, enum source_guard guard,
                                  long ofport)
{
    return add_port_of(name, VNIC_INTERNAL, guard, ofport);
}

static void remove_port(const char *name)
{
    struct small_row *port = small_find(&db, "Port", name);

    small_unrefer(small_find(&db, "Bridge", "br0"), port->uuid);
    port->table[0] = '\0';
    small_find(&db, "Interface", name)->table[0] = '\0';
    daemon_show(false);
}

static int state_of(const char *name)
{
    const struct vswitch_port *port =
        vswitch_view_find(&small_daemon.host.ports, name);
    struct err err = {0};

    CHECK(port);
    return flow_keeper_state(keeper, port, &err);
}

static void check_state_err(const char *name, int code, const char *text)
{
    struct err err = {0};

    CHECK_ERR(
        flow_keeper_state(
            keeper, vswitch_view_find(&small_daemon.host.ports, name), &err),
        code, err, text);
}

/* One guarded port whose flows are in force. */
static void open_with_port(void)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_FULL, 3);
    pass(1);
    small_bridge_answer(NULL);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    CHECK_EQ(state_of(P1), 1);
    told = 0;
}

TEST(a_port_without_a_guard_needs_no_bridge)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_OFF, 3);
    pass(1000);
    CHECK_EQ(state_of(P1), 1);
    CHECK(flow_keeper_rests(keeper));
    CHECK_SAID("");
    keeper_close();
}

/* OVN guards it, and its bridge is not touched. */
TEST(a_port_on_a_logical_switch_needs_no_bridge)
{
    keeper_open();
    add_port_on("web", P1, VNIC_INTERNAL, SOURCE_GUARD_FULL, 3);
    pass(1000);
    CHECK_EQ(state_of(P1), 1);
    CHECK(flow_keeper_rests(keeper));
    CHECK_SAID("");
    keeper_close();
}

TEST(flows_are_in_force_when_the_bridge_has_answered)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_MAC, 3);
    CHECK_EQ(state_of(P1), 0);
    CHECK(!flow_keeper_rests(keeper));
    pass(1);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    CHECK_EQ(state_of(P1), 0);
    CHECK_EQ(told, 0);
    small_bridge_answer(NULL);
    CHECK_EQ(told, 1);
    CHECK_EQ(state_of(P1), 1);
    CHECK(flow_keeper_rests(keeper));
    keeper_close();
}

TEST(what_comes_while_the_bridge_works_goes_into_one_change)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_MAC, 3);
    pass(1);
    add_port(P2, SOURCE_GUARD_MAC, 4);
    add_port("oithreeaaaaaaaa", SOURCE_GUARD_MAC, 5);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    small_bridge_answer(NULL);
    CHECK_SAID("drop 4\ndrop 5\nput 4\nput 5\n");
    CHECK_EQ(state_of(P1), 1);
    CHECK_EQ(state_of(P2), 0);
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P2), 1);
    keeper_close();
}

TEST(a_row_that_says_the_same_again_changes_nothing)
{
    open_with_port();
    small_put(&db, small_find(&db, "Interface", P1), "ovsint-arrived", "true");
    daemon_show(false);
    daemon_show(true);
    pass(5000);
    CHECK_EQ(state_of(P1), 1);
    keeper_close();
}

/* Its flows go later than its row, as the switch has the port for longer. */
TEST(flows_go_after_their_port)
{
    open_with_port();
    remove_port(P1);
    pass(900);
    CHECK_SAID("");
    pass(200);
    CHECK_SAID("drop 3\n");
    small_bridge_answer(NULL);
    pass(1);
    CHECK(!small_bridge.connection);
    keeper_close();
}

/* Nothing can be sent then: a timer for it would come again without end. */
TEST(flows_that_are_to_go_wait_for_a_change_that_is_on_its_way)
{
    open_with_port();
    add_port(P2, SOURCE_GUARD_MAC, 4);
    small_bridge_answer(NULL);
    remove_port(P1);
    pass(900);
    small_bridge_report(OPENFLOW_CHANGED, 4);
    CHECK_EQ(daemon_next_ms(), -1);
    pass(200);
    buf_clear(&said);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 3\n");
    keeper_close();
}

TEST(flows_that_are_to_go_wait_while_others_remove_ours_again_and_again)
{
    open_with_port();
    add_port(P2, SOURCE_GUARD_MAC, 4);
    small_bridge_answer(NULL);
    pass(2000);
    remove_port(P1);
    pass(200);
    for (unsigned i = 0; i < FLOW_REPAIRS + 1; i++) {
        small_bridge_report(OPENFLOW_CHANGED, 4);
        if (small_bridge.asked)
            small_bridge_answer(NULL);
    }
    CHECK_HAS(buf_text(&said), "again and again");
    CHECK_EQ(daemon_next_ms(), 1000);
    buf_clear(&said);
    pass(900);
    CHECK_SAID("");
    pass(200);
    CHECK_SAID("drop 3\ndrop 4\nput 4\n");
    keeper_close();
}

TEST(a_number_that_comes_again_at_once_keeps_its_flows)
{
    open_with_port();
    remove_port(P1);
    add_port(P2, SOURCE_GUARD_FULL, 3);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer(NULL);
    pass(2000);
    CHECK_SAID("");
    CHECK_EQ(state_of(P2), 1);
    keeper_close();
}

TEST(a_port_that_gets_another_number)
{
    open_with_port();
    small_find(&db, "Interface", P1)->ofport = 7;
    daemon_show(false);
    CHECK_EQ(state_of(P1), 0);
    CHECK_SAID("drop 7\nput 7\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    pass(1100);
    CHECK_SAID("drop 3\n");
    small_bridge_answer(NULL);
    keeper_close();
}

TEST(a_switch_that_restarts_gets_all_flows_at_once)
{
    open_with_port();
    add_port(P2, SOURCE_GUARD_FULL, 4);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 4\nput 4\n");
    told = 0;
    small_bridge_end();
    CHECK_EQ(told, 1);
    CHECK_EQ(state_of(P1), 0);
    pass(100);
    CHECK_SAID("");
    small_bridge.is_here = true;
    pass(2);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\ndrop 4\nput 3\nput 4\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    CHECK_EQ(state_of(P2), 1);
    keeper_close();
}

/* Its end was not reported yet, and the row is that of the next one already. */
TEST(a_switch_that_has_just_ended_has_no_flows)
{
    open_with_port();
    small_bridge.has_ended = true;
    CHECK_EQ(state_of(P1), 0);
    keeper_close();
}

TEST(a_switch_that_goes_in_the_middle_of_a_change)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_FULL, 3);
    pass(1);
    small_bridge_end();
    CHECK_EQ(state_of(P1), 0);
    small_bridge.is_here = true;
    pass(2);
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n"
               "connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    keeper_close();
}

TEST(a_connection_that_breaks_while_a_change_is_sent)
{
    open_with_port();
    small_bridge.breaks = true;
    add_port(P2, SOURCE_GUARD_FULL, 4);
    CHECK(!small_bridge.connection);
    CHECK_EQ(state_of(P2), 0);
    small_bridge.is_here = true;
    pass(2);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\ndrop 4\nput 3\nput 4\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P2), 1);
    keeper_close();
}

/* Each question is one for the helper, too. The longer it took, the less a
 * moment more counts. */
TEST(a_switch_that_restarts_is_asked_less_and_less_often)
{
    open_with_port();
    small_bridge_end();
    unsigned before = small_bridge.connects;
    pass(300);
    CHECK(small_bridge.connects - before >= 75);
    pass(900);
    CHECK(small_bridge.connects - before <= 150);
    small_bridge.is_here = true;
    pass(1200 / 32);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    small_bridge_answer(NULL);
    small_bridge_end();
    pass(2);
    small_bridge.is_here = true;
    pass(2);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    small_bridge_answer(NULL);
    small_bridge_end();
    before = small_bridge.connects;
    pass(9900);
    CHECK(small_bridge.connects - before <= 350);
    keeper_close();
}

/* As one that does not speak our version, or a program that is no switch. */
TEST(a_bridge_that_takes_connections_and_ends_each_at_once)
{
    open_with_port();
    small_bridge_end();
    unsigned before = small_bridge.connects;
    for (unsigned ms = 0; ms < 12000; ms++) {
        small_bridge.is_here = small_bridge.breaks = true;
        pass(1);
    }
    CHECK(small_bridge.connects - before <= 400);
    CHECK_HAS(buf_text(&said), "error: the source guards of a bridge are not "
                               "in force; bridge=br0 reason=Broken pipe\n");
    buf_clear(&said);
    keeper_close();
}

/* Whoever waits for them hears why they do not come. */
TEST(a_bridge_that_does_not_speak_our_version)
{
    struct openflow_uv *connection;
    struct err why = {0};

    open_with_port();
    connection = small_bridge.connection;
    small_bridge.is_here = false;
    err_set(&why, EPROTONOSUPPORT, "br0 has no OpenFlow14");
    connection->events->down(connection->data, &why);
    CHECK_HAS(buf_text(&said), "reason=br0 has no OpenFlow14\n");
    check_state_err(P1, EPROTONOSUPPORT, "OpenFlow14");
    small_bridge.is_here = true;
    pass(1000);
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    buf_clear(&said);
    keeper_close();
}

/* As of a device that the kernel's datapath has made twice. */
TEST(of_two_rows_with_one_number_the_one_that_stays_gets_its_flows)
{
    open_with_port();
    add_port(P2, SOURCE_GUARD_FULL, 3);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P2), 1);
    remove_port(P2);
    CHECK_SAID("drop 3\nput 3\n");
    CHECK_EQ(state_of(P1), 0);
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    keeper_close();
}

/* The hook, which has made it, puts the same flows at about the same time. */
TEST(flows_that_a_ports_maker_puts_are_no_repair)
{
    open_with_port();
    for (unsigned i = 0; i < FLOW_REPAIRS + 4; i++) {
        char name[IFNAME_SIZE];
        snprintf(name, sizeof(name), "oi%caaaaaaaaaaaa", 'a' + (int)i);
        add_port(name, SOURCE_GUARD_FULL, 10 + (long)i);
        small_bridge_answer(NULL);
        for (unsigned report = 0; report < 23; report++)
            small_bridge_report(OPENFLOW_CHANGED, 10 + (long)i);
        small_bridge_answer(NULL);
        small_bridge_answer(NULL);
        CHECK_EQ(state_of(name), 1);
        buf_clear(&said);
        pass(20);
        CHECK_SAID("");
    }
    CHECK_EQ(small_daemon.host.measures.flow_repairs, 0);
    keeper_close();
}

TEST(a_switch_that_stays_away_is_asked_less_often)
{
    open_with_port();
    small_bridge_end();
    pass(11000);
    CHECK_SAID("error: the source guards of a bridge are not in force; "
               "bridge=br0 reason=connect to " SOCKET
               ": No such file or directory\n");
    unsigned before = small_bridge.connects;
    pass(10000);
    CHECK(small_bridge.connects - before <= 51);
    small_bridge.is_here = true;
    pass(200);
    small_bridge_answer(NULL);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n"
               "info: the source guards of a bridge are in force again; "
               "bridge=br0\n");
    keeper_close();
}

static void bridge_stays_forgotten(void)
{
    pass(100);
    unsigned before = small_bridge.connects;
    pass(20000);
    CHECK_EQ(small_bridge.connects, before);
    CHECK_SAID("");
    keeper_close();
}

/* `ovs-vsctl del-br`, in either order of what is seen of it. */
TEST(a_bridge_that_goes_and_then_its_ports)
{
    open_with_port();
    small_bridge_end();
    remove_port(P1);
    bridge_stays_forgotten();
}

TEST(ports_that_go_and_then_their_bridge)
{
    open_with_port();
    remove_port(P1);
    small_bridge_end();
    bridge_stays_forgotten();
}

TEST(flows_that_others_remove_are_put_again)
{
    open_with_port();
    small_bridge_report(OPENFLOW_CHANGED, 3);
    CHECK_EQ(state_of(P1), 0);
    CHECK_SAID("drop 3\nput 3\n");
    /* also while ours are on their way */
    small_bridge_report(OPENFLOW_CHANGED, 3);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    /* of nobody that is known */
    small_bridge_report(OPENFLOW_CHANGED, 9);
    CHECK_SAID("");
    keeper_close();
}

/* As two daemons would do it for each other, and neither would ever rest. */
TEST(flows_that_others_remove_again_and_again)
{
    open_with_port();
    small_bridge.changes = 0;
    for (unsigned i = 0; i < 1000; i++) {
        small_bridge_report(OPENFLOW_CHANGED, 3);
        if (small_bridge.asked)
            small_bridge_answer(NULL);
        pass(1);
    }
    CHECK(small_bridge.changes <= 20);
    CHECK(said.data && strstr(buf_text(&said),
                              "warning: somebody changes the flows of source "
                              "guards again and again: does another "
                              "ovsint-plugin run for this database?; "
                              "bridge=br0\n"));
    pass(1000);
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    CHECK(flow_keeper_rests(keeper));
    buf_clear(&said);
    keeper_close();
}

TEST(reports_that_the_switch_could_not_send)
{
    open_with_port();
    small_bridge_tell(&(struct openflow_event){.type = OPENFLOW_OVERRUN});
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer(NULL);
    keeper_close();
}

/* Of ports that went while no daemon ran; a hook may be about to write a row
 * for what is found. */
TEST(flows_that_are_found_and_belong_to_nobody_go)
{
    open_with_port();
    small_bridge_report(OPENFLOW_FOUND, 3);
    small_bridge_report(OPENFLOW_FOUND, 8);
    small_bridge_report(OPENFLOW_FOUND, 9);
    add_port(P2, SOURCE_GUARD_FULL, 9);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 9\nput 9\n");
    pass(1100);
    CHECK_SAID("drop 8\n");
    small_bridge_answer(NULL);
    keeper_close();
}

#define REFUSED                                                          \
    "error: the source guards of a bridge are not in force; bridge=br0 " \
    "reason=the table is full port="
#define IN_FORCE_AGAIN \
    "info: the source guards of a bridge are in force again; bridge=br0\n"

/* Until then the port is closed. */
TEST(flows_that_the_switch_refuses_are_tried_again)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_FULL, 3);
    pass(1);
    CHECK_SAID("connect " SOCKET "\nwatch\ndrop 3\nput 3\n");
    small_bridge_answer("the table is full");
    CHECK_SAID(REFUSED P1 "\ndrop 3\nclose 3\n");
    check_state_err(P1, EIO, "the table is full");
    small_bridge_answer(NULL);
    CHECK(flow_keeper_rests(keeper));
    check_state_err(P1, EIO, "the table is full");
    pass(1000);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer("the table is full");
    CHECK_SAID("drop 3\nclose 3\n");
    small_bridge_answer("the table is full");
    CHECK(flow_keeper_rests(keeper));
    pass(1000);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 3\nput 3\n" IN_FORCE_AGAIN);
    CHECK_EQ(state_of(P1), 1);
    pass(5000);
    CHECK_SAID("");
    keeper_close();
}

/* For whatever reason the switch refuses those of port 5. */
TEST(one_port_that_is_refused_keeps_no_others_from_their_flows)
{
    char name[IFNAME_SIZE];

    keeper_open();
    small_bridge.refuses = 5;
    for (long i = 1; i <= 16; i++) {
        snprintf(name, sizeof(name), "oiport%ldaaaaaa", i);
        add_port(name, SOURCE_GUARD_FULL, i);
    }
    pass(1);
    while (small_bridge.asked)
        small_bridge_answer(NULL);
    for (long i = 1; i <= 16; i++) {
        snprintf(name, sizeof(name), "oiport%ldaaaaaa", i);
        if (i == 5)
            check_state_err(name, EIO, "the table is full");
        else
            CHECK_EQ(state_of(name), 1);
    }
    CHECK(small_bridge.changes <= 12);
    buf_clear(&said);
    pass(1000);
    CHECK_SAID("drop 5\nput 5\n");
    small_bridge.refuses = 0;
    small_bridge_answer("it is full yet");
    small_bridge_answer(NULL);
    pass(1000);
    small_bridge_answer(NULL);
    CHECK_SAID("drop 5\nclose 5\ndrop 5\nput 5\n" IN_FORCE_AGAIN);
    keeper_close();
}

/* A full table refuses all. When one of them finds room, the others are tried
 * at once. */
TEST(ports_that_were_all_refused)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_FULL, 3);
    add_port(P2, SOURCE_GUARD_FULL, 4);
    pass(1);
    small_bridge_answer("full");
    small_bridge_answer("full");
    small_bridge_answer("full");
    small_bridge_answer("full");
    small_bridge_answer("full");
    CHECK(!small_bridge.asked);
    check_state_err(P1, EIO, "full");
    check_state_err(P2, EIO, "full");
    buf_clear(&said);
    pass(1000);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer("full");
    small_bridge_answer("full");
    buf_clear(&said);
    pass(1000);
    CHECK_SAID("drop 4\nput 4\n");
    small_bridge_answer(NULL);
    CHECK_SAID("drop 3\nput 3\n");
    CHECK_EQ(state_of(P2), 1);
    small_bridge_answer(NULL);
    CHECK_SAID(IN_FORCE_AGAIN);
    CHECK_EQ(state_of(P1), 1);
    keeper_close();
}

#define CLOSED                                                             \
    "error: a port is closed, as its row does not tell its source guard; " \
    "port=" P1 " reason="

/* Its flows would tell nothing of its identity. */
TEST(a_row_that_loses_its_mac_closes_its_port)
{
    open_with_port();
    small_drop(small_find(&db, "Interface", P1), ID_MAC);
    daemon_show(false);
    CHECK_SAID(CLOSED "port " P1 " has no ovsint-mac: set it with 'ovs-vsctl "
                      "set Interface " P1 " external_ids:ovsint-mac=MAC'\n"
                      "drop 3\nclose 3\n");
    small_bridge_answer(NULL);
    check_state_err(P1, EINVAL, "has no ovsint-mac");
    pass(5000);
    CHECK_SAID("");
    small_put(&db, small_find(&db, "Interface", P1), ID_MAC,
              "02:00:00:00:00:01");
    daemon_show(false);
    CHECK_SAID("drop 3\nput 3\n");
    small_bridge_answer(NULL);
    CHECK_EQ(state_of(P1), 1);
    keeper_close();
}

/* Which bridge it is on the other row says. */
TEST(a_spec_that_cannot_be_read_closes_its_port)
{
    open_with_port();
    small_drop(small_find(&db, "Interface", P1), ID_SPEC);
    small_put(&db, small_find(&db, "Interface", P1), ID_SPEC,
              "{\"guard\": \"much\"}");
    daemon_show(false);
    small_bridge_answer(NULL);
    CHECK(said.data && strstr(buf_text(&said), "drop 3\nclose 3\n"));
    buf_clear(&said);
    check_state_err(P1, EINVAL, "ovsint-spec");
    keeper_close();
}

static bool is_closed(const char *name)
{
    return small_get(small_find(&db, "Port", name), ID_CLOSED) != NULL;
}

/* Their devices are where they were when the next ovs-vswitchd begins. Internal
 * ports of the userspace datapath come after their flows. */
TEST(veth_pairs_are_closed_while_their_flows_are_away)
{
    open_with_port();
    add_port_of(P2, VNIC_VETH, SOURCE_GUARD_FULL, 4);
    small_bridge_answer(NULL);
    CHECK(!is_closed(P2));
    small_bridge_end();
    daemon_settle();
    CHECK(is_closed(P2));
    CHECK(!is_closed(P1));
    small_bridge.is_here = true;
    pass(2);
    daemon_settle();
    CHECK(is_closed(P2));
    small_bridge_answer(NULL);
    daemon_settle();
    CHECK(!is_closed(P2));
    buf_clear(&said);
    keeper_close();
}

/* What the first transaction has found must not be lost to the second one,
 * which finds the columns of a closed port. */
TEST(a_switch_that_goes_again_before_a_row_is_noted)
{
    keeper_open();
    add_port_of(P2, VNIC_VETH, SOURCE_GUARD_FULL, 4);
    pass(1);
    small_bridge_answer(NULL);
    small_find(&db, "Port", P2)->other_vlans = true;
    small_bridge_end();
    small_bridge.is_here = true;
    pass(30);
    small_bridge_end();
    CHECK(!small_find(&db, "Port", P2)->other_vlans);
    daemon_settle();
    CHECK_HAS(small_get(small_find(&db, "Port", P2), ID_CLOSED),
              "\"trunks\":[20]");
    buf_clear(&said);
    keeper_close();
}

TEST(with_the_kernel_datapath_internal_ports_are_closed_as_well)
{
    keeper_open_with("system");
    add_port(P1, SOURCE_GUARD_FULL, 3);
    pass(1);
    small_bridge_answer(NULL);
    small_bridge_end();
    daemon_settle();
    CHECK(is_closed(P1));
    buf_clear(&said);
    keeper_close();
}

/* By an earlier daemon, or as its rows were written again. */
TEST(a_bridge_whose_datapath_changes)
{
    keeper_open();
    add_port(P1, SOURCE_GUARD_FULL, 3);
    pass(1);
    small_bridge_answer(NULL);
    snprintf(small_find(&db, "Bridge", "br0")->type, 16, "system");
    daemon_show(false);
    small_bridge_end();
    daemon_settle();
    CHECK(is_closed(P1));
    buf_clear(&said);
    keeper_close();
}

TEST(a_port_that_is_closed_opens_when_its_flows_are_in_force)
{
    keeper_open();
    add_port_of(P2, VNIC_VETH, SOURCE_GUARD_FULL, 4);
    pass(1);
    small_put(&db, small_find(&db, "Port", P2), ID_CLOSED, "true");
    daemon_show(false);
    daemon_settle();
    CHECK(is_closed(P2));
    small_bridge_answer(NULL);
    daemon_settle();
    CHECK(!is_closed(P2));
    /* also one that is closed later, by whomever */
    small_put(&db, small_find(&db, "Port", P2), ID_CLOSED, "true");
    daemon_show(false);
    daemon_settle();
    CHECK(!is_closed(P2));
    buf_clear(&said);
    keeper_close();
}

/* Its flows come into force while the database opens another one, and nothing
 * else ever changes. */
TEST(a_port_that_may_open_while_another_one_is_being_opened)
{
    keeper_open();
    add_port_of(P1, VNIC_VETH, SOURCE_GUARD_FULL, 3);
    pass(1);
    add_port_of(P2, VNIC_VETH, SOURCE_GUARD_FULL, 4);
    small_put(&db, small_find(&db, "Port", P1), ID_CLOSED, "true");
    small_put(&db, small_find(&db, "Port", P2), ID_CLOSED, "true");
    daemon_show(false);
    small_bridge_answer(NULL);
    small_bridge_answer(NULL);
    daemon_settle();
    CHECK(!is_closed(P1));
    CHECK(!is_closed(P2));
    buf_clear(&said);
    keeper_close();
}

/* The database refuses it once, as when its disk is full. */
TEST(a_port_that_cannot_be_opened_is_tried_again)
{
    keeper_open();
    add_port_of(P1, VNIC_VETH, SOURCE_GUARD_FULL, 3);
    pass(1);
    small_put(&db, small_find(&db, "Port", P1), ID_CLOSED, "true");
    daemon_show(false);
    small_daemon.replies_fail = ENOSPC;
    small_bridge_answer(NULL);
    buf_clear(&said);
    daemon_settle();
    CHECK_SAID("warning: ports stay closed for now, though their source guards "
               "are in force; bridge=br0 reason=refused\n");
    small_daemon.replies_fail = 0;
    CHECK(is_closed(P1));
    pass(1000);
    daemon_settle();
    CHECK(!is_closed(P1));
    buf_clear(&said);
    keeper_close();
}

/* The switch and the database go together, as at a shutdown. */
TEST(a_port_that_cannot_be_closed)
{
    keeper_open();
    add_port_of(P2, VNIC_VETH, SOURCE_GUARD_FULL, 4);
    pass(1);
    small_bridge_answer(NULL);
    buf_clear(&said);
    small_daemon.replies_fail = EIO;
    small_bridge_end();
    daemon_turn();
    small_daemon.replies_fail = 0;
    CHECK(!is_closed(P2));
    CHECK(said.data && strstr(buf_text(&said), "ports are not closed while"));
    buf_clear(&said);
    keeper_close();
}

TEST_MAIN
