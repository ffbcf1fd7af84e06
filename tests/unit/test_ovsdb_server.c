/* SPDX-License-Identifier: Apache-2.0 */
/* Client, builder and readers against a real ovsdb-server: what we believe
 * about its answers is checked with the installed version. */
#include <errno.h>

#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/row.h"
#include "tests/lib/json_text.h"
#include "tests/lib/ovsdb_server.h"

#define DB "Open_vSwitch"
#define PATIENCE deadline_in(20000)
#define MANY_ROWS 2000
#define U0 "00000000-0000-0000-0000-000000000000"

/* A server with the root row and bridge br0, and a connection to it. */
struct rig {
    struct ovsdb_server server;
    struct client *client;
};

static void commit(struct client *client, struct txn *txn,
                   struct rpc_event *ret)
{
    struct err err = {0};

    CHECK_OK(client_transact(client, txn, PATIENCE, ret, NULL, &err), err);
}

static void rig_start(struct rig *rig)
{
    auto_txn struct txn txn;
    struct err err = {0};

    ovsdb_server_start(&rig->server);
    CHECK_OK(client_open(rig->server.socket, PATIENCE, &rig->client, &err),
             err);
    txn_init(&txn, DB);
    txn_insert(&txn, "Bridge", "br");
    txn_set_string(&txn, "name", "br0");
    txn_set_map(&txn, "external_ids");
    txn_pair(&txn, "k", "old");
    txn_pair(&txn, "other", "x");
    txn_insert(&txn, "Open_vSwitch", "root");
    txn_set_named(&txn, "bridges", "br");
    commit(rig->client, &txn, NULL);
}

static void rig_stop(struct rig *rig)
{
    client_close(rig->client);
    ovsdb_server_stop(&rig->server);
}

/* The hook's transaction, in short. Returns the operation that puts the port on
 * the bridge. */
static size_t say_port(struct txn *txn, const char *bridge, const char *name,
                       const char *address)
{
    txn_init(txn, DB);
    txn_wait_present(txn, "Bridge");
    txn_where_string(txn, "name", bridge);
    txn_wait_absent(txn, "Interface");
    txn_where_pair(txn, "external_ids", address, bridge);
    txn_insert(txn, "Interface", "iface");
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", "internal");
    txn_set_map(txn, "external_ids");
    txn_pair(txn, address, bridge);
    txn_pair(txn, "owner", "us \"quoted\" \\ \n \x01 é");
    txn_insert(txn, "Port", "port");
    txn_set_string(txn, "name", name);
    txn_set_named(txn, "interfaces", "iface");
    txn_set_int(txn, "tag", 10);
    txn_set_set(txn, "trunks");
    txn_item_int(txn, 30);
    txn_item_int(txn, 20);
    size_t mutate = txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", bridge);
    txn_add_named(txn, "ports", "port");
    txn_comment(txn, "ovsint test");
    return mutate;
}

TEST(a_port_is_made_read_and_removed)
{
    auto_txn struct txn make, read, drop, look;
    auto_rpc_event struct rpc_event made = {0}, rows = {0}, after = {0};
    struct rig rig;
    int64_t tag = 0;

    rig_start(&rig);
    size_t mutate = say_port(&make, "br0", "oi1", "ip-10.0.0.5");
    commit(rig.client, &make, &made);
    CHECK_EQ(reply_count(made.result, mutate), 1);
    const char *iface = reply_uuid(made.result, 2);
    const char *port = reply_uuid(made.result, 3);
    CHECK(iface && port);

    txn_init(&read, DB);
    size_t ports = txn_select(&read, "Port", "_uuid", "name", "tag", "trunks",
                              "interfaces", "mac", NULL);
    txn_where_uuid(&read, port);
    size_t ifaces = txn_select(&read, "Interface", "external_ids", NULL);
    txn_where_pair(&read, "external_ids", "ip-10.0.0.5", "br0");
    size_t bridges = txn_select(&read, "Bridge", "name", "ports", NULL);
    txn_where_ref(&read, "ports", port);
    commit(rig.client, &read, &rows);
    const struct json *row = reply_row(rows.result, ports, 0);
    CHECK_STR(row_uuid(row, "_uuid"), port);
    CHECK_STR(row_uuid(row, "interfaces"), iface);
    CHECK_STR(row_string(row, "name"), "oi1");
    CHECK(row_int(row, "tag", &tag));
    CHECK_EQ(tag, 10);
    CHECK_EQ(row_set_count(row, "trunks"), 2);
    CHECK_EQ(row_set_count(row, "mac"), 0);
    row = reply_row(rows.result, ifaces, 0);
    CHECK_STR(row_map_get(row, "external_ids", "owner"),
              "us \"quoted\" \\ \n \x01 é");
    row = reply_row(rows.result, bridges, 0);
    CHECK(row_set_has_uuid(row, "ports", port));
    CHECK_STR(row_string(row, "name"), "br0");

    txn_init(&drop, DB);
    txn_mutate(&drop, "Bridge");
    txn_where_ref(&drop, "ports", port);
    txn_remove_uuid(&drop, "ports", port);
    commit(rig.client, &drop, NULL);
    txn_init(&look, DB);
    txn_select(&look, "Interface", "_uuid", NULL);
    txn_where_any(&look);
    commit(rig.client, &look, &after);
    CHECK_EQ(reply_row_count(after.result, 0), 0);
    rig_stop(&rig);
}

static void expect_fault(struct client *client, struct txn *txn, int code,
                         enum reply_kind kind, size_t op, const char *text)
{
    struct rpc_event reply = {0};
    struct reply_fault fault = {0};
    struct err err = {0};

    int r = client_transact(client, txn, PATIENCE, &reply, &fault, &err);
    CHECK_ERR(r, code, err, text);
    CHECK_EQ(fault.kind, kind);
    CHECK_EQ(fault.op, op);
    CHECK(!reply.document);
}

TEST(each_guard_says_which_it_was)
{
    auto_txn struct txn no_bridge, first, same_address, same_name;
    struct rig rig;

    rig_start(&rig);
    say_port(&no_bridge, "br9", "oi1", "ip-10.0.0.5");
    expect_fault(rig.client, &no_bridge, ESTALE, REPLY_GUARD, 0,
                 "OVSDB refused operation 1 of 6: timed out");
    say_port(&first, "br0", "oi1", "ip-10.0.0.5");
    commit(rig.client, &first, NULL);
    say_port(&same_address, "br0", "oi2", "ip-10.0.0.5");
    expect_fault(rig.client, &same_address, ESTALE, REPLY_GUARD, 1,
                 "operation 2 of 6: timed out");
    say_port(&same_name, "br0", "oi1", "ip-10.0.0.6");
    expect_fault(rig.client, &same_name, EEXIST, REPLY_CONSTRAINT, 6,
                 "the commit: constraint violation: Transaction causes");
    rig_stop(&rig);
}

TEST(a_row_that_changed_fails_its_guard)
{
    auto_txn struct txn same, changed;
    struct rig rig;

    rig_start(&rig);
    txn_init(&same, DB);
    txn_wait_row(&same, "Bridge");
    txn_where_string(&same, "name", "br0");
    txn_set_map(&same, "external_ids");
    txn_pair(&same, "other", "x");
    txn_pair(&same, "k", "old");
    txn_set_empty(&same, "ports");
    commit(rig.client, &same, NULL);
    txn_init(&changed, DB);
    txn_comment(&changed, "first");
    txn_wait_row(&changed, "Bridge");
    txn_where_string(&changed, "name", "br0");
    txn_set_map(&changed, "external_ids");
    txn_pair(&changed, "k", "new");
    expect_fault(rig.client, &changed, ESTALE, REPLY_GUARD, 1, "2 of 2");
    rig_stop(&rig);
}

TEST(mutations_write_and_drop_pairs)
{
    auto_txn struct txn change, read;
    auto_rpc_event struct rpc_event counts = {0}, rows = {0};
    struct rig rig;
    int64_t next_cfg = 0;

    rig_start(&rig);
    txn_init(&change, DB);
    txn_mutate(&change, "Bridge");
    txn_where_string(&change, "name", "br0");
    txn_put_pair(&change, "external_ids", "k", "new");
    txn_put_pair(&change, "external_ids", "fresh", "1");
    txn_remove_key(&change, "external_ids", "other");
    txn_remove_key(&change, "external_ids", "never there");
    txn_mutate(&change, "Open_vSwitch");
    txn_where_any(&change);
    txn_increment(&change, "next_cfg", 1);
    txn_mutate(&change, "Bridge");
    txn_where_string(&change, "name", "br9");
    txn_put_pair(&change, "external_ids", "k", "new");
    txn_update(&change, "Bridge");
    txn_where_string(&change, "name", "br0");
    txn_set_bool(&change, "stp_enable", true);
    commit(rig.client, &change, &counts);
    CHECK_EQ(reply_count(counts.result, 0), 1);
    CHECK_EQ(reply_count(counts.result, 2), 0);

    txn_init(&read, DB);
    txn_select(&read, "Bridge", "external_ids", "stp_enable", NULL);
    txn_where_any(&read);
    txn_select(&read, "Open_vSwitch", "next_cfg", NULL);
    txn_where_int(&read, "next_cfg", 1);
    commit(rig.client, &read, &rows);
    const struct json *row = reply_row(rows.result, 0, 0);
    bool stp = false;
    CHECK_STR(row_map_get(row, "external_ids", "k"), "new");
    CHECK_STR(row_map_get(row, "external_ids", "fresh"), "1");
    CHECK_EQ(row_map_count(row, "external_ids"), 2);
    CHECK(row_bool(row, "stp_enable", &stp) && stp);
    CHECK(row_int(reply_row(rows.result, 1, 0), "next_cfg", &next_cfg));
    rig_stop(&rig);
}

TEST(other_refusals_keep_the_words_of_the_server)
{
    auto_txn struct txn table, owner, database, reference, rename;
    struct reply_fault fault = {0};
    struct rig rig;
    struct err err = {0};

    rig_start(&rig);
    txn_init(&table, DB);
    txn_comment(&table, "x");
    txn_insert(&table, "NoSuchTable", NULL);
    expect_fault(rig.client, &table, EINVAL, REPLY_OTHER, 1, "NoSuchTable");
    txn_init(&owner, DB);
    txn_assert(&owner, "lock_of_somebody");
    expect_fault(rig.client, &owner, EPERM, REPLY_NOT_OWNER, 0, "not owner");
    txn_init(&reference, DB);
    txn_mutate(&reference, "Bridge");
    txn_where_string(&reference, "name", "br0");
    txn_add_uuid(&reference, "ports", U0);
    expect_fault(rig.client, &reference, ENOENT, REPLY_OTHER, 1,
                 "the commit: referential integrity violation");
    txn_init(&rename, DB);
    txn_update(&rename, "Bridge");
    txn_where_string(&rename, "name", "br0");
    txn_set_string(&rename, "name", "br1");
    expect_fault(rig.client, &rename, EEXIST, REPLY_CONSTRAINT, 0, "name");
    txn_init(&database, "NoSuchDatabase");
    txn_comment(&database, "x");
    int r =
        client_transact(rig.client, &database, PATIENCE, NULL, &fault, &err);
    CHECK_ERR(r, ENOENT, err, "the request: unknown database");
    CHECK_EQ(fault.kind, REPLY_OK);

    auto_buf struct buf params = BUF_INIT(16);
    struct rpc_event reply = {0};
    struct err unknown = {0};
    buf_add_text(&params, "[]");
    r = client_call(rig.client, "nonsense", &params, PATIENCE, &reply,
                    &unknown);
    CHECK_ERR(r, EOPNOTSUPP, unknown, "the request: unknown method");
    rig_stop(&rig);
}

/* As the hook does it: rows that are there come with the reply; the update of a
 * transaction comes before its reply, filtered by our key. */
TEST(a_monitor_shows_our_rows_only)
{
    auto_monitor struct monitor monitor;
    auto_txn struct txn before, ours, other, ready;
    auto_rpc_event struct rpc_event initial = {0};
    struct row_update update;
    struct rig rig;
    struct err err = {0};

    rig_start(&rig);
    say_port(&before, "br0", "oi0", "ip-10.0.0.1");
    commit(rig.client, &before, NULL);
    monitor_init(&monitor, DB, "ovsint");
    monitor_table(&monitor, "Interface", "name", "ofport", "error", NULL);
    monitor_where_pair(&monitor, "external_ids", "ip-10.0.0.1", "br0");
    monitor_where_pair(&monitor, "external_ids", "ip-10.0.0.5", "br0");
    monitor_table(&monitor, "Port", "name", NULL);
    monitor_where_string(&monitor, "name", "oi1");
    CHECK_OK(client_call(rig.client, "monitor_cond", monitor_params(&monitor),
                         PATIENCE, &initial, &err),
             err);
    CHECK_EQ(monitor_update_count(initial.result, "Interface"), 1);
    CHECK_EQ(monitor_update_count(initial.result, "Port"), 0);
    CHECK(monitor_update_at(initial.result, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_INITIAL);
    CHECK_STR(row_string(update.row, "name"), "oi0");

    say_port(&other, "br0", "oi9", "ip-10.0.0.9");
    commit(rig.client, &other, NULL);
    say_port(&ours, "br0", "oi1", "ip-10.0.0.5");
    commit(rig.client, &ours, NULL);
    auto_rpc_event struct rpc_event inserted = {0};
    /* The update is there already: a deadline that has passed is enough. */
    CHECK_EQ(client_notification(rig.client, deadline_in(-1), &inserted, &err),
             1);
    const struct json *updates =
        monitor_updates(inserted.method, inserted.params, "ovsint");
    CHECK_EQ(monitor_update_count(updates, "Interface"), 1);
    CHECK_EQ(monitor_update_count(updates, "Port"), 1);
    CHECK(monitor_update_at(updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_INSERT);
    CHECK_STR(row_string(update.row, "name"), "oi1");
    auto_free char *uuid = mem_text(update.uuid, strlen(update.uuid));

    txn_init(&ready, DB);
    txn_update(&ready, "Interface");
    txn_where_uuid(&ready, uuid);
    txn_set_int(&ready, "ofport", 5);
    commit(rig.client, &ready, NULL);
    auto_rpc_event struct rpc_event modified = {0};
    CHECK_EQ(client_notification(rig.client, PATIENCE, &modified, &err), 1);
    updates = monitor_updates(modified.method, modified.params, "ovsint");
    int64_t ofport = 0;
    CHECK(monitor_update_at(updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_MODIFY);
    CHECK_STR(update.uuid, uuid);
    CHECK(row_int(update.row, "ofport", &ofport));
    CHECK_EQ(ofport, 5);
    CHECK(!row_string(update.row, "name"));
    auto_rpc_event struct rpc_event none = {0};
    CHECK_EQ(client_notification(rig.client, deadline_in(5), &none, &err), 0);
    rig_stop(&rig);
}

TEST(two_thousand_interfaces)
{
    auto_txn struct txn fill, read;
    auto_rpc_event struct rpc_event rows = {0};
    struct rig rig;
    char name[32];

    rig_start(&rig);
    txn_init(&fill, DB);
    for (int i = 0; i < MANY_ROWS; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        txn_insert(&fill, "Interface", name);
        txn_set_string(&fill, "name", name);
        txn_set_map(&fill, "external_ids");
        txn_pair(&fill, "ovsint-owner", "hook");
        txn_pair(&fill, "ovsint-spec", "{\"bridge\":\"br0\",\"vlan\":10}");
        snprintf(name, sizeof(name), "r%d", i);
        txn_insert(&fill, "Port", name);
        txn_set_string(&fill, "name", name);
        snprintf(name, sizeof(name), "p%d", i);
        txn_set_named(&fill, "interfaces", name);
    }
    txn_mutate(&fill, "Bridge");
    txn_where_string(&fill, "name", "br0");
    for (int i = 0; i < MANY_ROWS; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        txn_add_named(&fill, "ports", name);
    }
    commit(rig.client, &fill, NULL);

    txn_init(&read, DB);
    txn_select(&read, "Interface", "_uuid", "name", "ofport", "external_ids",
               NULL);
    txn_where_any(&read);
    commit(rig.client, &read, &rows);
    CHECK_EQ(reply_row_count(rows.result, 0), MANY_ROWS);
    for (size_t i = 0; i < MANY_ROWS; i++) {
        const struct json *row = reply_row(rows.result, 0, i);
        CHECK_STR(row_map_get(row, "external_ids", "ovsint-owner"), "hook");
    }
    rig_stop(&rig);
}

TEST(a_server_that_dies_is_noticed)
{
    auto_txn struct txn txn;
    struct rpc_event note = {0};
    struct err err = {0}, gone = {0};
    struct client *second = NULL;
    struct rig rig;

    rig_start(&rig);
    ovsdb_server_kill(&rig.server);
    int r = client_notification(rig.client, PATIENCE, &note, &err);
    CHECK_ERR(r, ECONNRESET, err, "/db.sock closed the connection");
    say_port(&txn, "br0", "oi1", "ip-10.0.0.5");
    r = client_transact(rig.client, &txn, PATIENCE, NULL, NULL, &gone);
    CHECK_ERR(r, ECONNRESET, gone, "/db.sock closed the connection");
    struct err refused = {0};
    r = client_open(rig.server.socket, PATIENCE, &second, &refused);
    CHECK_ERR(r, ECONNREFUSED, refused, "is ovsdb-server running?");
    rig_stop(&rig);
}

TEST_MAIN
