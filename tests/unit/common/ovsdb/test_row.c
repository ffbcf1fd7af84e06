/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Readers of OVSDB values, with every notation a server may choose. */
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/row.h"
#include "tests/lib/json_text.h"

#define U1 "11111111-1111-1111-1111-111111111111"
#define U2 "22222222-2222-2222-2222-222222222222"

static const struct scalar {
    const char *value; /* of column "c" */
    const char *string;
    int64_t integer; /* -1 = none */
    int boolean;     /* -1 = none */
    const char *uuid;
    size_t count;
} scalars[] = {
    {"\"br0\"", "br0", -1, -1, NULL, 1},
    {"\"\"", "", -1, -1, NULL, 1},
    {"42", NULL, 42, -1, NULL, 1},
    {"0", NULL, 0, -1, NULL, 1},
    {"true", NULL, -1, 1, NULL, 1},
    {"false", NULL, -1, 0, NULL, 1},
    {"1.5", NULL, -1, -1, NULL, 1},
    {"[\"uuid\",\"" U1 "\"]", NULL, -1, -1, U1, 1},
    {"[\"set\",[]]", NULL, -1, -1, NULL, 0},
    {"[\"set\",[\"br0\"]]", "br0", -1, -1, NULL, 1},
    {"[\"set\",[7]]", NULL, 7, -1, NULL, 1},
    {"[\"set\",[true]]", NULL, -1, 1, NULL, 1},
    {"[\"set\",[[\"uuid\",\"" U1 "\"]]]", NULL, -1, -1, U1, 1},
    /* more than one element is no scalar */
    {"[\"set\",[1,2]]", NULL, -1, -1, NULL, 2},
    {"[\"set\",[\"a\",\"b\",\"c\"]]", NULL, -1, -1, NULL, 3},
    /* a map is no set */
    {"[\"map\",[[\"k\",\"v\"]]]", NULL, -1, -1, NULL, 0},
    /* not OVSDB at all */
    {"null", NULL, -1, -1, NULL, 0},
    {"{}", NULL, -1, -1, NULL, 0},
    {"{\"set\":[1]}", NULL, -1, -1, NULL, 0},
    {"[]", NULL, -1, -1, NULL, 0},
    {"[1,2]", NULL, -1, -1, NULL, 0},
    {"[\"uuid\"]", NULL, -1, -1, NULL, 0},
    {"[\"uuid\",5]", NULL, -1, -1, NULL, 0},
    {"[\"uuid\",\"" U1 "\",1]", NULL, -1, -1, NULL, 0},
    {"[\"set\",1]", NULL, -1, -1, NULL, 0},
    {"[\"set\",{}]", NULL, -1, -1, NULL, 0},
    {"[\"set\"]", NULL, -1, -1, NULL, 0},
    {"[\"set\",[],[]]", NULL, -1, -1, NULL, 0},
    /* sets do not nest: counted, but the element reads as nothing */
    {"[\"set\",[[\"set\",[1]]]]", NULL, -1, -1, NULL, 1},
    {"[\"set\",[null]]", NULL, -1, -1, NULL, 1},
};

static void check_text(const char *have, const char *want)
{
    CHECK_EQ(have == NULL, want == NULL);
    if (want)
        CHECK_STR(have, want);
}

TEST(reads_scalars_in_every_notation)
{
    for (size_t i = 0; i < ARRAY_LEN(scalars); i++) {
        const struct scalar *s = &scalars[i];
        auto_buf struct buf text = BUF_INIT(4096);
        buf_addf(&text, "{\"c\":%s}", s->value);
        auto_json struct json *row = json_of(buf_text(&text));
        int64_t integer = -1;
        bool boolean = false;

        printf("# %s\n", s->value);
        check_text(row_string(row, "c"), s->string);
        CHECK_EQ(row_int(row, "c", &integer), s->integer != -1);
        CHECK_EQ(integer, s->integer);
        CHECK_EQ(row_bool(row, "c", &boolean), s->boolean != -1);
        CHECK_EQ(boolean, s->boolean == 1);
        check_text(row_uuid(row, "c"), s->uuid);
        CHECK_EQ(row_set_count(row, "c"), s->count);
        CHECK(!row_set_at(row, "c", s->count));
        CHECK_EQ(row_set_count(row, "d"), 0);
        CHECK_EQ(row_map_count(row, "d"), 0);
    }
}

TEST(absent_rows_read_as_nothing)
{
    auto_json struct json *array = json_of("[1]");
    const struct json *rows[] = {NULL, array};
    const char *key, *value;
    int64_t integer;
    bool boolean;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK(!row_string(rows[i], "c"));
        CHECK(!row_int(rows[i], "c", &integer));
        CHECK(!row_bool(rows[i], "c", &boolean));
        CHECK(!row_uuid(rows[i], "c"));
        CHECK_EQ(row_set_count(rows[i], "c"), 0);
        CHECK(!row_set_at(rows[i], "c", 0));
        CHECK(!row_set_string(rows[i], "c", 0));
        CHECK(!row_set_uuid(rows[i], "c", 0));
        CHECK(!row_set_has_uuid(rows[i], "c", U1));
        CHECK_EQ(row_map_count(rows[i], "c"), 0);
        CHECK(!row_map_get(rows[i], "c", "k"));
        CHECK(!row_map_at(rows[i], "c", 0, &key, &value));
    }
}

TEST(reads_sets)
{
    auto_json struct json *row =
        json_of("{\"ports\":[\"set\",[[\"uuid\",\"" U1 "\"],[\"uuid\",\"" U2
                "\"]]],\"one\":[\"uuid\",\"" U2 "\"],"
                "\"protocols\":[\"set\",[\"OpenFlow13\",\"OpenFlow14\",9]],"
                "\"empty\":[\"set\",[]]}");

    CHECK_STR(row_set_uuid(row, "ports", 0), U1);
    CHECK_STR(row_set_uuid(row, "ports", 1), U2);
    CHECK(!row_set_uuid(row, "ports", 2));
    CHECK(!row_set_string(row, "ports", 0));
    CHECK(row_set_has_uuid(row, "ports", U2));
    CHECK(!row_set_has_uuid(row, "ports", "3"));
    CHECK(row_set_has_uuid(row, "one", U2));
    CHECK(!row_set_has_uuid(row, "one", U1));
    CHECK(!row_set_has_uuid(row, "empty", U1));
    CHECK_STR(row_set_string(row, "protocols", 1), "OpenFlow14");
    CHECK(!row_set_string(row, "protocols", 2));
    CHECK_EQ(json_type(row_set_at(row, "protocols", 2)), JSON_INT);
}

TEST(reads_maps)
{
    auto_json struct json *row =
        json_of("{\"m\":[\"map\",[[\"a\",\"1\"],[\"b\",\"\"],[\"c\",3],"
                "[\"d\"],[\"e\",\"5\",\"6\"],7,{\"k\":\"f\",\"v\":\"8\"}]],"
                "\"empty\":[\"map\",[]],\"set\":[\"set\",[\"a\"]],"
                "\"bad\":[\"map\",{\"a\":[\"a\",\"1\"]}],\"bare\":\"a\"}");
    const char *key = NULL, *value = NULL;

    CHECK_EQ(row_map_count(row, "m"), 7);
    CHECK_STR(row_map_get(row, "m", "a"), "1");
    CHECK_STR(row_map_get(row, "m", "b"), "");
    CHECK(row_map_at(row, "m", 0, &key, &value));
    CHECK_STR(key, "a");
    CHECK_STR(value, "1");
    for (size_t i = 2; i < 8; i++)
        CHECK(!row_map_at(row, "m", i, &key, &value));
    CHECK_STR(key, "a"); /* untouched on failure */
    CHECK(!row_map_get(row, "m", "c"));
    CHECK(!row_map_get(row, "m", "e"));
    CHECK(!row_map_get(row, "m", "A"));
    CHECK(!row_map_get(row, "empty", "a"));
    CHECK(!row_map_get(row, "set", "a"));
    CHECK(!row_map_get(row, "bad", "a"));
    CHECK_EQ(row_map_count(row, "bad"), 0);
    CHECK(!row_map_get(row, "bare", "a"));
}

TEST(builds_monitor_requests)
{
    auto_monitor struct monitor monitor;

    monitor_init(&monitor, "Open_vSwitch", "ovsint");
    monitor_table(&monitor, "Interface", "name", "ofport", NULL);
    monitor_where_pair(&monitor, "external_ids", "ovsint-owner", "hook");
    monitor_where_string(&monitor, "name", "oi1");
    monitor_where_uuid(&monitor, U1);
    monitor_table(&monitor, "Port", "name", NULL);
    monitor_table(&monitor, "Bridge", NULL);
    monitor_where_uuid(&monitor, U2);
    CHECK_STR(
        buf_text(monitor_params(&monitor)),
        "[\"Open_vSwitch\",\"ovsint\",{"
        "\"Interface\":[{\"columns\":[\"name\",\"ofport\"],\"where\":["
        "[\"external_ids\",\"includes\",[\"map\",[[\"ovsint-owner\",\"hook\"]]]"
        "],[\"name\",\"==\",\"oi1\"],[\"_uuid\",\"==\",[\"uuid\",\"" U1
        "\"]]]}],"
        "\"Port\":[{\"columns\":[\"name\"]}],"
        "\"Bridge\":[{\"columns\":[],\"where\":[[\"_uuid\",\"==\",[\"uuid\","
        "\"" U2 "\"]]]}]}]");
    size_t size = monitor_params(&monitor)->size;
    CHECK_EQ(monitor_params(&monitor)->size, size); /* finished only once */
}

TEST(reads_monitor_updates)
{
    auto_json struct json *params = json_of(
        "[\"ovsint\",{\"Interface\":{"
        "\"" U1 "\":{\"insert\":{\"name\":\"oi1\"}},"
        "\"" U2 "\":{\"modify\":{\"ofport\":5}},"
        "\"u3\":{\"delete\":null},\"u4\":{\"initial\":{}},"
        "\"u5\":{\"other\":{}},\"u6\":{},\"u7\":7,\"u8\":{\"insert\":1}},"
        "\"Port\":[1]}]");
    const struct json *updates = monitor_updates("update2", params, "ovsint");
    struct row_update update;

    CHECK(updates);
    CHECK(!monitor_updates("update", params, "ovsint"));
    CHECK(!monitor_updates("update2", params, "other"));
    CHECK(!monitor_updates("update2", NULL, "ovsint"));
    CHECK_EQ(monitor_update_count(updates, "Interface"), 8);
    CHECK_EQ(monitor_update_count(updates, "Port"), 0);
    CHECK_EQ(monitor_update_count(updates, "Bridge"), 0);
    CHECK_EQ(monitor_update_count(NULL, "Interface"), 0);

    CHECK(monitor_update_at(updates, "Interface", 0, &update));
    CHECK_EQ(update.change, ROW_INSERT);
    CHECK_STR(update.uuid, U1);
    CHECK_STR(row_string(update.row, "name"), "oi1");
    CHECK(monitor_update_at(updates, "Interface", 1, &update));
    CHECK_EQ(update.change, ROW_MODIFY);
    CHECK(monitor_update_at(updates, "Interface", 2, &update));
    CHECK_EQ(update.change, ROW_DELETE);
    CHECK(!update.row);
    CHECK(monitor_update_at(updates, "Interface", 3, &update));
    CHECK_EQ(update.change, ROW_INITIAL);
    CHECK(!monitor_update_at(updates, "Interface", 4, &update));
    CHECK(!monitor_update_at(updates, "Interface", 5, &update));
    CHECK(!monitor_update_at(updates, "Interface", 6, &update));
    CHECK(monitor_update_at(updates, "Interface", 7, &update));
    CHECK(!update.row);
    CHECK(!monitor_update_at(updates, "Interface", 8, &update));
    CHECK(!monitor_update_at(updates, "Port", 0, &update));
}

TEST_MAIN
