/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver of the attach engine with two real databases, of which
 * the northbound one goes in the middle of an attach.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/attach/run.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/ovsdb_server.h"

#define NB_SCHEMA "/usr/share/ovn/ovn-nb.ovsschema"
#define PORT "oiaaaaaaaaaaaaa"
/* A device with it is on any machine. */
#define ENCAP_IP "127.0.0.1"

struct rig {
    struct ovsdb_server host, central;
    struct client *on_host;
    pthread_t thread;
    int r;
    struct attach_failure failure;
};

static void add_chassis(struct rig *rig)
{
    auto_txn struct txn txn;

    txn_init(&txn, OVSDB_NAME);
    txn_insert(&txn, "Open_vSwitch", NULL);
    txn_set_map(&txn, "external_ids");
    txn_pair(&txn, "system-id", "h1");
    txn_pair(&txn, "ovn-encap-type", "geneve");
    txn_pair(&txn, "ovn-encap-ip", ENCAP_IP);
    txn_set_named(&txn, "bridges", "b");
    txn_insert(&txn, "Bridge", "b");
    txn_set_string(&txn, "name", "br-int");
    commit(rig->on_host, &txn);
}

static struct client *to_central(struct rig *rig)
{
    auto_session_event struct session_event event = {0};
    struct client *client = NULL;
    struct err err = {0};

    CHECK_OK(client_open(rig->central.socket, PATIENCE, &client, &err), err);
    CHECK_OK(client_show(client, NULL, PATIENCE, &event, &err), err);
    return client;
}

static void add_switch(struct rig *rig)
{
    auto_client struct client *client = to_central(rig);
    auto_txn struct txn txn;

    txn_init(&txn, NORTHBOUND_NAME);
    txn_insert(&txn, "Logical_Switch", NULL);
    txn_set_string(&txn, "name", "web");
    commit(client, &txn);
}

static void rig_begin(struct rig *rig)
{
    *rig = (struct rig){0};
    ovsdb_server_start(&rig->host);
    ovsdb_server_start_with(&rig->central, NB_SCHEMA);
    rig->on_host = quiet_client(rig->host.socket);
    add_chassis(rig);
    add_switch(rig);
}

static void rig_end(struct rig *rig)
{
    client_close(rig->on_host);
    ovsdb_server_stop(&rig->host);
    ovsdb_server_stop(&rig->central);
}

static size_t count_of(struct client *client, const char *db, const char *table,
                       const char *column, const char *name)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    txn_init(&txn, db);
    size_t op = txn_select(&txn, table, "_uuid", NULL);
    if (name)
        txn_where_string(&txn, column, name);
    else
        txn_where_any(&txn);
    return reply_row_count(commit_and_show(client, &txn, &event), op);
}

static size_t logical_ports(struct rig *rig)
{
    auto_client struct client *client = to_central(rig);

    return count_of(client, NORTHBOUND_NAME, "Logical_Switch_Port", NULL, NULL);
}

static size_t ports(struct rig *rig)
{
    return count_of(rig->on_host, OVSDB_NAME, "Interface", "name", PORT);
}

/* The container is this namespace: the port never comes so far that it matters.
 */
static void *attach(void *data)
{
    static const struct attachment spec = {
        .ifname = "none0",
        .ovn = "web",
        .bridge = "br-int",
        .ip = {{.ip = {.family = AF_INET, .bytes = {10, 0, 0, 5}}, .len = 24}},
        .ip_count = 1};
    struct rig *rig = data;
    auto_attach_run struct attach_run run = ATTACH_RUN_CLOSED;
    const struct attach_want want = {
        .task = ATTACH_MAKE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = HOOK_OWNER,
        .self = "this test",
        .boot = "boot1",
        .northbound = rig->central.socket,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = "c1",
                   .netns = "/run/netns/c1",
                   .container = {.netns_id = "4:40"}},
        .timeout_ms = 20000,
        .deadline_ms = PATIENCE.at_ms};
    const struct port_want port = {
        .spec = &spec, .name = PORT, .mac = {{2, 0, 0, 0, 0, 5}}};
    struct err err = {0};

    CHECK_OK(
        attach_run_open(&run, rig->host.socket, -1, &port, 1, PATIENCE, &err),
        err);
    CHECK_OK(net_open(&run.place.inside, -1, NET_PLAIN, &err), err);
    rig->r = attach_run(&run, &want, &port, 1, &rig->failure);
    return NULL;
}

/* The machine waits for the switch, which is this test. */
static void await_rows(struct rig *rig)
{
    const struct deadline deadline = PATIENCE;

    while (ports(rig) == 0 || logical_ports(rig) == 0) {
        CHECK(!deadline_passed(deadline));
        poll(NULL, 0, 5);
    }
}

static void refuse_port(struct rig *rig)
{
    auto_txn struct txn txn;

    txn_init(&txn, OVSDB_NAME);
    txn_update(&txn, "Interface");
    txn_where_string(&txn, "name", PORT);
    txn_set_int(&txn, "ofport", -1);
    txn_set_string(&txn, "error", "out of memory");
    commit(rig->on_host, &txn);
}

TEST(the_undo_connects_anew_if_the_northbound_database_was_restarted)
{
    struct rig rig;

    rig_begin(&rig);
    CHECK_EQ(pthread_create(&rig.thread, NULL, attach, &rig), 0);
    await_rows(&rig);
    ovsdb_server_kill(&rig.central);
    ovsdb_server_serve(&rig.central);
    CHECK_EQ(logical_ports(&rig), 1);
    refuse_port(&rig);
    CHECK_EQ(pthread_join(rig.thread, NULL), 0);
    CHECK_EQ(rig.r, -EIO);
    CHECK_HAS(rig.failure.err.text, "out of memory");
    CHECK_EQ(ports(&rig), 0);
    CHECK_EQ(logical_ports(&rig), 0);
    rig_end(&rig);
}

/* Nothing waits for it: the call's own error is what is said. */
TEST(the_undo_ends_if_the_northbound_database_stays_away)
{
    struct rig rig;

    rig_begin(&rig);
    CHECK_EQ(pthread_create(&rig.thread, NULL, attach, &rig), 0);
    await_rows(&rig);
    ovsdb_server_kill(&rig.central);
    refuse_port(&rig);
    CHECK_EQ(pthread_join(rig.thread, NULL), 0);
    CHECK_EQ(rig.r, -EIO);
    CHECK_HAS(rig.failure.err.text, "out of memory");
    CHECK_EQ(ports(&rig), 0);
    ovsdb_server_serve(&rig.central);
    CHECK_EQ(logical_ports(&rig), 1); /* the daemon's to collect */
    rig_end(&rig);
}

TEST_MAIN
