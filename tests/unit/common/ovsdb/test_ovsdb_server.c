/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Client, builder and readers against a real ovsdb-server: what we believe
 * about its answers is checked with the installed version. */
#include <errno.h>

#include "ovsint/ovsdb/row.h"
#include "tests/lib/json_text.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/ovsdb_server.h"

#define DB "Open_vSwitch"
#define MANY_ROWS 2000
#define U0 "00000000-0000-0000-0000-000000000000"

/* A server with the root row and bridge br0, and a connection to it. */
struct rig {
    struct ovsdb_server server;
    struct client *client;
};

static void rig_start(struct rig *rig)
{
    auto_txn struct txn txn;

    ovsdb_server_start(&rig->server);
    rig->client = quiet_client(rig->server.socket);
    txn_init(&txn, DB);
    txn_insert(&txn, "Bridge", "br");
    txn_set_string(&txn, "name", "br0");
    txn_set_map(&txn, "external_ids");
    txn_pair(&txn, "k", "old");
    txn_pair(&txn, "other", "x");
    txn_insert(&txn, "Open_vSwitch", "root");
    txn_set_named(&txn, "bridges", "br");
    commit(rig->client, &txn);
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
    auto_session_event struct session_event made_event = {0}, rows_event = {0},
                                            after_event = {0};
    struct rig rig;
    int64_t tag = 0;

    rig_start(&rig);
    size_t mutate = say_port(&make, "br0", "oi1", "ip-10.0.0.5");
    const struct json *made = commit_and_show(rig.client, &make, &made_event);
    CHECK_EQ(reply_count(made, mutate), 1);
    const char *iface = reply_uuid(made, 2);
    const char *port = reply_uuid(made, 3);
    CHECK(iface && port);

    txn_init(&read, DB);
    size_t ports = txn_select(&read, "Port", "_uuid", "name", "tag", "trunks",
                              "interfaces", "mac", NULL);
    txn_where_uuid(&read, port);
    size_t ifaces = txn_select(&read, "Interface", "external_ids", NULL);
    txn_where_pair(&read, "external_ids", "ip-10.0.0.5", "br0");
    size_t bridges = txn_select(&read, "Bridge", "name", "ports", NULL);
    txn_where_ref(&read, "ports", port);
    const struct json *rows = commit_and_show(rig.client, &read, &rows_event);
    const struct json *row = reply_row(rows, ports, 0);
    CHECK_STR(row_uuid(row, "_uuid"), port);
    CHECK_STR(row_uuid(row, "interfaces"), iface);
    CHECK_STR(row_string(row, "name"), "oi1");
    CHECK(row_int(row, "tag", &tag));
    CHECK_EQ(tag, 10);
    CHECK_EQ(row_set_count(row, "trunks"), 2);
    CHECK_EQ(row_set_count(row, "mac"), 0);
    row = reply_row(rows, ifaces, 0);
    CHECK_STR(row_map_get(row, "external_ids", "owner"),
              "us \"quoted\" \\ \n \x01 é");
    row = reply_row(rows, bridges, 0);
    CHECK(row_set_has_uuid(row, "ports", port));
    CHECK_STR(row_string(row, "name"), "br0");

    txn_init(&drop, DB);
    txn_mutate(&drop, "Bridge");
    txn_where_ref(&drop, "ports", port);
    txn_remove_uuid(&drop, "ports", port);
    commit(rig.client, &drop);
    txn_init(&look, DB);
    txn_select(&look, "Interface", "_uuid", NULL);
    txn_where_any(&look);
    const struct json *after = commit_and_show(rig.client, &look, &after_event);
    CHECK_EQ(reply_row_count(after, 0), 0);
    rig_stop(&rig);
}

static void expect_fault(struct client *client, struct txn *txn, int code,
                         enum reply_kind kind, size_t op, const char *text)
{
    auto_session_event struct session_event event = {0};
    const struct ovsdb_outcome *outcome = await_outcome(client, txn, &event);

    CHECK_ERR(outcome->r, code, outcome->err, text);
    CHECK_EQ(outcome->fault.kind, kind);
    CHECK_EQ(outcome->fault.op, op);
    CHECK(!outcome->result);
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
    commit(rig.client, &first);
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
    commit(rig.client, &same);
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
    auto_session_event struct session_event counts_event = {0},
                                            rows_event = {0};
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
    const struct json *counts =
        commit_and_show(rig.client, &change, &counts_event);
    CHECK_EQ(reply_count(counts, 0), 1);
    CHECK_EQ(reply_count(counts, 2), 0);

    txn_init(&read, DB);
    txn_select(&read, "Bridge", "external_ids", "stp_enable", NULL);
    txn_where_any(&read);
    txn_select(&read, "Open_vSwitch", "next_cfg", NULL);
    txn_where_int(&read, "next_cfg", 1);
    const struct json *rows = commit_and_show(rig.client, &read, &rows_event);
    const struct json *row = reply_row(rows, 0, 0);
    bool stp = false;
    CHECK_STR(row_map_get(row, "external_ids", "k"), "new");
    CHECK_STR(row_map_get(row, "external_ids", "fresh"), "1");
    CHECK_EQ(row_map_count(row, "external_ids"), 2);
    CHECK(row_bool(row, "stp_enable", &stp) && stp);
    CHECK(row_int(reply_row(rows, 1, 0), "next_cfg", &next_cfg));
    rig_stop(&rig);
}

TEST(other_refusals_keep_the_words_of_the_server)
{
    auto_txn struct txn table, owner, database, reference, rename;
    struct rig rig;

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
    expect_fault(rig.client, &database, ENOENT, REPLY_OK, 0,
                 "the request: unknown database");
    rig_stop(&rig);
}

TEST(a_monitor_that_is_refused)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor;
    struct err err = {0};
    struct rig rig;

    rig_start(&rig);
    monitor_init(&monitor, "NoSuchDatabase", SESSION_MONITOR);
    int r = client_show(rig.client, &monitor, PATIENCE, &event, &err);
    CHECK_ERR(r, ENOENT, err,
              "/db.sock: monitor: OVSDB refused the request: unknown database");
    rig_stop(&rig);
}

static const struct json *next_update(struct client *client,
                                      struct deadline deadline,
                                      struct session_event *ret)
{
    CHECK(client_next(client, deadline, ret));
    CHECK_EQ(ret->type, SESSION_UPDATED);
    return ret->updates;
}

static void watch_addresses(struct client *client, struct session_event *ret)
{
    auto_monitor struct monitor monitor;
    struct err err = {0};

    monitor_init(&monitor, DB, SESSION_MONITOR);
    monitor_table(&monitor, "Interface", "name", "ofport", "error", NULL);
    monitor_where_pair(&monitor, "external_ids", "ip-10.0.0.1", "br0");
    monitor_where_pair(&monitor, "external_ids", "ip-10.0.0.5", "br0");
    monitor_table(&monitor, "Port", "name", NULL);
    monitor_where_string(&monitor, "name", "oi1");
    CHECK_OK(client_show(client, &monitor, PATIENCE, ret, &err), err);
}

/* As the hook does it: rows that are there come with the reply; the update of a
 * transaction comes before its reply, filtered by our key. */
TEST(a_monitor_shows_our_rows_only)
{
    auto_session_event struct session_event initial = {0}, inserted = {0},
                                            ended = {0}, modified = {0},
                                            none = {0};
    auto_txn struct txn before, ours, other, ready;
    struct session_call call = {0};
    struct row_update update;
    struct rig rig;
    struct err err = {0};

    rig_start(&rig);
    auto_client struct client *writer = quiet_client(rig.server.socket);
    say_port(&before, "br0", "oi0", "ip-10.0.0.1");
    commit(writer, &before);
    watch_addresses(rig.client, &initial);
    CHECK_EQ(monitor_update_count(initial.updates, "Interface"), 1);
    CHECK_EQ(monitor_update_count(initial.updates, "Port"), 0);
    CHECK(monitor_update_at(initial.updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_INITIAL);
    CHECK_STR(row_string(update.row, "name"), "oi0");

    say_port(&other, "br0", "oi9", "ip-10.0.0.9");
    commit(writer, &other);
    say_port(&ours, "br0", "oi1", "ip-10.0.0.5");
    CHECK_OK(client_transact(rig.client, &ours, &call, &err), err);
    const struct json *updates = next_update(rig.client, PATIENCE, &inserted);
    CHECK_EQ(monitor_update_count(updates, "Interface"), 1);
    CHECK_EQ(monitor_update_count(updates, "Port"), 1);
    CHECK(monitor_update_at(updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_INSERT);
    CHECK_STR(row_string(update.row, "name"), "oi1");
    CHECK(client_next(rig.client, PATIENCE, &ended));
    CHECK_EQ(ended.type, SESSION_ENDED);
    CHECK_EQ(ended.outcome.r, 0);

    txn_init(&ready, DB);
    txn_update(&ready, "Interface");
    txn_where_uuid(&ready, update.uuid);
    txn_set_int(&ready, "ofport", 5);
    commit(writer, &ready);
    const char *uuid = update.uuid;
    updates = next_update(rig.client, PATIENCE, &modified);
    int64_t ofport = 0;
    CHECK(monitor_update_at(updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_MODIFY);
    CHECK_STR(update.uuid, uuid);
    CHECK(row_int(update.row, "ofport", &ofport));
    CHECK_EQ(ofport, 5);
    CHECK(!row_string(update.row, "name"));
    CHECK(!client_next(rig.client, deadline_in(5), &none));
    rig_stop(&rig);
}

TEST(two_thousand_interfaces)
{
    auto_txn struct txn fill, read;
    auto_session_event struct session_event rows_event = {0};
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
    commit(rig.client, &fill);

    txn_init(&read, DB);
    txn_select(&read, "Interface", "_uuid", "name", "ofport", "external_ids",
               NULL);
    txn_where_any(&read);
    const struct json *rows = commit_and_show(rig.client, &read, &rows_event);
    CHECK_EQ(reply_row_count(rows, 0), MANY_ROWS);
    for (size_t i = 0; i < MANY_ROWS; i++) {
        const struct json *row = reply_row(rows, 0, i);
        CHECK_STR(row_map_get(row, "external_ids", "ovsint-owner"), "hook");
    }
    rig_stop(&rig);
}

TEST(a_server_that_dies_is_noticed)
{
    auto_session_event struct session_event down = {0};
    struct session_call call = {0};
    struct err err = {0}, refused = {0};
    struct client *second = NULL;
    auto_txn struct txn txn;
    struct rig rig;

    rig_start(&rig);
    ovsdb_server_kill(&rig.server);
    CHECK(client_next(rig.client, PATIENCE, &down));
    CHECK_EQ(down.type, SESSION_DOWN);
    CHECK_HAS(down.reason.text, "/db.sock closed the connection");
    say_port(&txn, "br0", "oi1", "ip-10.0.0.5");
    int r = client_transact(rig.client, &txn, &call, &err);
    CHECK_ERR(r, ENOTCONN, err, "there is no connection to OVSDB at ");
    r = client_open(rig.server.socket, PATIENCE, &second, &refused);
    CHECK_ERR(r, ECONNREFUSED, refused, "is ovsdb-server running?");
    rig_stop(&rig);
}

TEST_MAIN
