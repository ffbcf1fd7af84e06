/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The transaction builder: calls, and the JSON that they lead to. That a server
 * understands it is tested in test_ovsdb_server.c. */
#include "ovsint/ovsdb/txn.h"

#include <errno.h>
#include <signal.h>

#include "ovsint/base/limits.h"
#include "tests/lib/json_text.h"

#define U1 "11111111-1111-1111-1111-111111111111"

/* The operations of the transaction as the server reads them. */
#define CHECK_TXN(txn, ops)                                    \
    do {                                                       \
        const struct buf *params_;                             \
        struct err err_ = {0};                                 \
        CHECK_OK(txn_params(txn, &params_, &err_), err_);      \
        auto_json struct json *json_ = json_of(params_->data); \
        CHECK_EQ(json_count(json_), txn_count(txn) + 1);       \
        CHECK_STR(params_->data, "[\"Open_vSwitch\"" ops "]"); \
    } while (0)

TEST(an_empty_transaction_names_its_database)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    CHECK_EQ(txn_count(&txn), 0);
    CHECK_TXN(&txn, "");
}

TEST(builds_a_port)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    CHECK_EQ(txn_wait_present(&txn, "Bridge"), 0);
    txn_where_string(&txn, "name", "br0");
    CHECK_EQ(txn_wait_absent(&txn, "Interface"), 1);
    txn_where_pair(&txn, "external_ids", "ovsint-ip-10.0.0.5", "br0/10");
    txn_where_not_pair(&txn, "external_ids", "ovsint-owner", "cni");
    CHECK_EQ(txn_insert(&txn, "Interface", "iface"), 2);
    txn_set_string(&txn, "name", "oi1");
    txn_set_map(&txn, "external_ids");
    txn_pair(&txn, "ovsint-owner", "hook");
    txn_pair(&txn, "left-out", NULL);
    txn_pair(&txn, "empty", "");
    txn_set_string(&txn, "type", "internal");
    CHECK_EQ(txn_insert(&txn, "Port", "port"), 3);
    txn_set_named(&txn, "interfaces", "iface");
    txn_set_int(&txn, "tag", 10);
    txn_set_bool(&txn, "protected", true);
    txn_set_set(&txn, "trunks");
    txn_item_int(&txn, 20);
    txn_item_int(&txn, 21);
    CHECK_EQ(txn_mutate(&txn, "Bridge"), 4);
    txn_where_string(&txn, "name", "br0");
    txn_add_named(&txn, "ports", "port");
    CHECK_EQ(txn_comment(&txn, "ovsint: plug"), 5);
    CHECK_EQ(txn_count(&txn), 6);
    CHECK_TXN(
        &txn,
        ",{\"op\":\"wait\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
        "\"br0\"]],\"columns\":[\"_uuid\"],\"until\":\"!=\",\"timeout\":0,"
        "\"rows\":[]}"
        ",{\"op\":\"wait\",\"table\":\"Interface\",\"where\":[["
        "\"external_ids\",\"includes\",[\"map\",[[\"ovsint-ip-10.0.0.5\","
        "\"br0/10\"]]]],[\"external_ids\",\"excludes\",[\"map\",[["
        "\"ovsint-owner\",\"cni\"]]]]],\"columns\":[\"_uuid\"],\"until\":\"=="
        "\","
        "\"timeout\":0,\"rows\":[]}"
        ",{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"iface\","
        "\"row\":{\"name\":\"oi1\",\"external_ids\":[\"map\",[["
        "\"ovsint-owner\",\"hook\"],[\"empty\",\"\"]]],"
        "\"type\":\"internal\"}}"
        ",{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"port\","
        "\"row\":{\"interfaces\":[\"named-uuid\",\"iface\"],\"tag\":10,"
        "\"protected\":true,\"trunks\":[\"set\",[20,21]]}}"
        ",{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
        "\"br0\"]],\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\","
        "\"port\"]]]}"
        ",{\"op\":\"comment\",\"comment\":\"ovsint: plug\"}");
}

TEST(parts_of_an_operation_come_in_any_order)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    txn_update(&txn, "Interface");
    txn_set_map(&txn, "external_ids");
    txn_where_uuid(&txn, U1);
    txn_pair(&txn, "a", "1");
    txn_set_empty(&txn, "ofport_request");
    txn_where_int(&txn, "ofport", -1);
    txn_set_uuid(&txn, "qos", U1);
    CHECK_TXN(&txn,
              ",{\"op\":\"update\",\"table\":\"Interface\",\"where\":[["
              "\"_uuid\",\"==\",[\"uuid\",\"" U1 "\"]],[\"ofport\",\"==\",-1]],"
              "\"row\":{\"external_ids\":[\"map\",[[\"a\",\"1\"]]],"
              "\"ofport_request\":[\"set\",[]],\"qos\":[\"uuid\",\"" U1
              "\"]}}");
}

TEST(builds_each_mutation)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    txn_mutate(&txn, "Open_vSwitch");
    txn_where_any(&txn);
    txn_increment(&txn, "next_cfg", 1);
    txn_increment(&txn, "next_cfg", -9000000000);
    txn_add_uuid(&txn, "bridges", U1);
    txn_remove_uuid(&txn, "bridges", U1);
    txn_put_pair(&txn, "external_ids", "k", "v");
    txn_add_pair(&txn, "external_ids", "new", "w");
    txn_remove_key(&txn, "external_ids", "old");
    CHECK_TXN(&txn,
              ",{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],"
              "\"mutations\":[[\"next_cfg\",\"+=\",1],"
              "[\"next_cfg\",\"+=\",-9000000000],"
              "[\"bridges\",\"insert\",[\"uuid\",\"" U1 "\"]],"
              "[\"bridges\",\"delete\",[\"uuid\",\"" U1 "\"]],"
              "[\"external_ids\",\"delete\",[\"set\",[\"k\"]]],"
              "[\"external_ids\",\"insert\",[\"map\",[[\"k\",\"v\"]]]],"
              "[\"external_ids\",\"insert\",[\"map\",[[\"new\",\"w\"]]]],"
              "[\"external_ids\",\"delete\",[\"set\",[\"old\"]]]]}");
}

TEST(builds_the_other_operations)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    txn_assert(&txn, "ovsint");
    txn_select(&txn, "Bridge", "_uuid", "name", NULL);
    txn_where_ref(&txn, "ports", U1);
    txn_delete(&txn, "Bridge");
    txn_where_any(&txn);
    txn_wait_row(&txn, "Bridge");
    txn_where_uuid(&txn, U1);
    txn_set_string(&txn, "name", "br0");
    txn_set_set(&txn, "protocols");
    txn_item_string(&txn, "OpenFlow13");
    txn_set_set(&txn, "ports");
    txn_item_uuid(&txn, U1);
    txn_item_named(&txn, "p");
    txn_insert(&txn, "Port", NULL);
    CHECK_EQ(txn_count(&txn), 5);
    CHECK_TXN(&txn,
              ",{\"op\":\"assert\",\"lock\":\"ovsint\"}"
              ",{\"op\":\"select\",\"table\":\"Bridge\",\"where\":[[\"ports\","
              "\"includes\",[\"uuid\",\"" U1 "\"]]],"
              "\"columns\":[\"_uuid\",\"name\"]}"
              ",{\"op\":\"delete\",\"table\":\"Bridge\",\"where\":[]}"
              ",{\"op\":\"wait\",\"table\":\"Bridge\",\"where\":[[\"_uuid\","
              "\"==\",[\"uuid\",\"" U1 "\"]]],\"columns\":[\"name\","
              "\"protocols\",\"ports\"],\"until\":\"==\",\"timeout\":0,"
              "\"rows\":[{\"name\":\"br0\",\"protocols\":[\"set\",["
              "\"OpenFlow13\"]],\"ports\":[\"set\",[[\"uuid\",\"" U1
              "\"],[\"named-uuid\",\"p\"]]]}]}"
              ",{\"op\":\"insert\",\"table\":\"Port\",\"row\":{}}");
}

/* A text that ends in a bracket must not be taken for an open list. */
TEST(texts_cannot_break_the_notation)
{
    static const char *const texts[] = {"[",    "\"",      "[\"", "\\",
                                        "]}",   "a\nb\t",  "{",   "\xc3\xa9",
                                        "\x01", "[\"set\""};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        auto_txn struct txn txn;
        const struct buf *params;
        struct err err = {0};

        txn_init(&txn, texts[i]);
        txn_insert(&txn, texts[i], "n");
        txn_set_string(&txn, texts[i], texts[i]);
        txn_set_map(&txn, "m");
        txn_pair(&txn, texts[i], texts[i]);
        txn_pair(&txn, "x", texts[i]);
        txn_delete(&txn, texts[i]);
        txn_where_string(&txn, texts[i], texts[i]);
        txn_where_string(&txn, "x", texts[i]);
        CHECK_OK(txn_params(&txn, &params, &err), err);
        auto_json struct json *json = json_of(params->data);
        const struct json *row = json_get(json_at(json, 1), "row");
        const struct json *pairs = json_at(json_get(row, "m"), 1);
        const struct json *where = json_get(json_at(json, 2), "where");

        CHECK_STR(json_string(json_at(json, 0)), texts[i]);
        CHECK_STR(json_string(json_get(row, texts[i])), texts[i]);
        CHECK_EQ(json_count(pairs), 2);
        CHECK_STR(json_string(json_at(json_at(pairs, 0), 1)), texts[i]);
        CHECK_STR(json_string(json_at(json_at(pairs, 1), 1)), texts[i]);
        CHECK_EQ(json_count(where), 2);
        CHECK_STR(json_string(json_at(json_at(where, 1), 2)), texts[i]);
    }
}

TEST(overflow_is_sticky)
{
    auto_free char *large = mem_new(LIMIT_TXN_SIZE);
    auto_txn struct txn txn;
    const struct buf *params = NULL;
    struct err err = {0};

    memset(large, 'x', LIMIT_TXN_SIZE - 1);
    txn_init(&txn, "Open_vSwitch");
    txn_delete(&txn, "Bridge");
    txn_where_string(&txn, "name", large);
    txn_insert(&txn, "Port", "p");
    txn_set_string(&txn, "name", "small again");
    txn_select(&txn, "Port", "name", NULL);
    txn_where_any(&txn);
    CHECK_ERR(txn_params(&txn, &params, &err), EMSGSIZE, err, "4194304 bytes");
    CHECK(!params);
}

TEST(params_can_be_asked_for_twice)
{
    auto_txn struct txn txn;

    txn_init(&txn, "Open_vSwitch");
    txn_comment(&txn, "x");
    CHECK_TXN(&txn, ",{\"op\":\"comment\",\"comment\":\"x\"}");
    CHECK_TXN(&txn, ",{\"op\":\"comment\",\"comment\":\"x\"}");
}

/* Misuse is a mistake in our own source and must not reach a server: a delete
 * without its condition would empty the table. */
static void misuse(int which)
{
    auto_txn struct txn txn;
    const struct buf *params;
    struct err err = {0};

    txn_init(&txn, "Open_vSwitch");
    switch (which) {
    case 0:
        txn_delete(&txn, "Bridge");
        break;
    case 1:
        txn_mutate(&txn, "Bridge");
        txn_add_uuid(&txn, "ports", U1);
        break;
    case 2:
        txn_select(&txn, "Bridge", "name", NULL);
        txn_set_string(&txn, "name", "x");
        break;
    case 3:
        txn_insert(&txn, "Bridge", NULL);
        txn_where_string(&txn, "name", "x");
        break;
    case 4:
        txn_insert(&txn, "Bridge", NULL);
        txn_set_map(&txn, "m");
        txn_set_string(&txn, "name", "x");
        txn_pair(&txn, "k", "v");
        break;
    case 5:
        txn_comment(&txn, "x");
        txn_set_string(&txn, "name", "x");
        break;
    case 6:
        txn_where_any(&txn);
        break;
    case 7:
        if (txn_params(&txn, &params, &err) == 0)
            txn_comment(&txn, "late");
        break;
    case 8:
        txn_update(&txn, "Bridge");
        txn_increment(&txn, "next_cfg", 1);
        break;
    case 9: /* txn_where_any() holds for one operation only */
        txn_delete(&txn, "Port");
        txn_where_any(&txn);
        txn_delete(&txn, "Bridge");
        break;
    }
    if (txn_params(&txn, &params, &err) < 0)
        _exit(1);
}

TEST(misuse_asserts)
{
    for (int which = 0; which < 10; which++) {
        int status = 0;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            CHECK(freopen("/dev/null", "w", stderr));
            misuse(which);
            _exit(0);
        }
        CHECK_EQ(waitpid(child, &status, 0), child);
        printf("# misuse %d\n", which);
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(WTERMSIG(status), SIGABRT);
    }
}

TEST_MAIN
