/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ports from what four sources say of them; tables on narrow terminals. */
#include <errno.h>

#include "cli/ports/plugged.h"
#include "cli/screen/table.h"
#include "tests/lib/test.h"

static const char rows[] =
    "{\"Interface\":{"
    "\"11111111-0000-0000-0000-000000000001\":{\"initial\":{\"name\":\"oia\","
    "\"ofport\":3,\"ifindex\":0,\"external_ids\":[\"map\",["
    "[\"ovsint-owner\",\"hook\"],[\"ovsint-container\",\"c1\"],"
    "[\"ovsint-ifname\",\"eth0\"],[\"ovsint-netns\",\"/proc/9/ns/net\"],"
    "[\"ovsint-spec\",\"{\\\"ifname\\\":\\\"eth0\\\",\\\"bridge\\\":"
    "\\\"br0\\\","
    "\\\"ip\\\":[\\\"10.0.0.1/24\\\"],\\\"rate\\\":5000}\"]]]}},"
    "\"11111111-0000-0000-0000-000000000002\":{\"initial\":{\"name\":\"oib\","
    "\"ofport\":-1,\"error\":\"no such thing\",\"external_ids\":[\"map\",["
    "[\"ovsint-owner\",\"docker\"],[\"ovsint-endpoint\",\"e1\"]]]}},"
    /* What a network of Docker's has besides: a bridge of its own, a card. */
    "\"11111111-0000-0000-0000-000000000003\":{\"initial\":{\"name\":"
    "\"oi-0123456789ab\",\"ofport\":65534,\"external_ids\":[\"map\",["
    "[\"ovsint-owner\",\"docker\"]]]}},"
    "\"11111111-0000-0000-0000-000000000004\":{\"initial\":{\"name\":\"eth1\","
    "\"ofport\":1,\"external_ids\":[\"map\",[[\"ovsint-owner\",\"docker\"],"
    "[\"ovsint-uplink-0123456789ab\",\"br0\"]]]}}},"
    "\"Port\":{"
    "\"22222222-0000-0000-0000-000000000003\":{\"initial\":{\"name\":"
    "\"oi-0123456789ab\",\"external_ids\":[\"map\","
    "[[\"ovsint-owner\",\"docker\"]]]}},"
    "\"22222222-0000-0000-0000-000000000004\":{\"initial\":{\"name\":\"eth1\","
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"docker\"]]]}},"
    "\"22222222-0000-0000-0000-000000000001\":{\"initial\":{\"name\":\"oia\","
    "\"tag\":10,\"trunks\":[\"set\",[20,21,22]],\"external_ids\":[\"map\",["
    "[\"ovsint-owner\",\"hook\"]]]}},"
    "\"22222222-0000-0000-0000-000000000002\":{\"initial\":{\"name\":\"oib\","
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"docker\"]]]}}},"
    "\"Bridge\":{\"33333333-0000-0000-0000-000000000001\":{\"initial\":{"
    "\"name\":\"br0\",\"ports\":[\"set\",["
    "[\"uuid\",\"22222222-0000-0000-0000-000000000001\"],"
    "[\"uuid\",\"44444444-0000-0000-0000-000000000001\"]]]}}}}";

static const struct json_limits limits = {.size = 1u << 20, .depth = 32};

static struct json *parse(const char *text)
{
    struct json *json = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &limits, &json, &err), err);
    return json;
}

TEST(from_rows)
{
    auto_plugged struct plugged_list list = {0};
    auto_json struct json *updates = parse(rows);

    plugged_from_rows(&list, updates);
    CHECK_EQ(list.count, 2);
    const struct plugged *a = plugged_find(&list, "oia");
    const struct plugged *b = plugged_find(&list, "oib");
    CHECK_STR(a->container, "c1");
    CHECK_STR(a->bridge, "br0");
    CHECK_STR(a->vlan, "10+20-22");
    CHECK_STR(a->addresses, "10.0.0.1/24");
    CHECK_EQ(a->rate_kbit, 5000);
    CHECK_EQ(a->ofport, 3);
    CHECK_EQ(a->repairs, -1);
    CHECK_STR(b->vlan, "all");
    CHECK_STR(b->error, "no such thing");
    CHECK(!b->bridge && !b->container);
}

TEST(the_guardian_adds)
{
    auto_plugged struct plugged_list list = {0};
    auto_json struct json *updates = parse(rows);
    auto_json struct json *answer =
        parse("{\"ports\":[{\"port\":\"oia\",\"state\":\"lost\",\"repairs\":2},"
              "{\"port\":\"oiz\",\"state\":\"lost\"},{},7]}");
    struct err err = {0};

    plugged_from_rows(&list, updates);
    CHECK_OK(plugged_from_daemon(&list, answer, &err), err);
    /* The rows are newer than what it remembers. */
    CHECK_EQ(list.count, 2);
    CHECK_STR(plugged_find(&list, "oia")->state, "lost");
    CHECK_EQ(plugged_find(&list, "oia")->repairs, 2);
}

TEST(the_guardian_alone)
{
    auto_plugged struct plugged_list list = {0};
    auto_json struct json *answer =
        parse("{\"ports\":[{\"port\":\"oia\",\"container\":\"c1\",\"state\":"
              "\"lost\",\"repairs\":2,\"published\":\"tcp/80:80\"}]}");
    auto_json struct json *odd = parse("{\"ports\":7}");
    struct err err = {0};

    CHECK_OK(plugged_from_daemon(&list, answer, &err), err);
    CHECK_EQ(list.count, 1);
    CHECK_STR(list.list[0].container, "c1");
    CHECK_STR(list.list[0].published, "tcp/80:80");
    CHECK_EQ(plugged_from_daemon(&list, odd, &err), -EINVAL);
}

TEST(names_and_order)
{
    struct container some[] = {{RUNTIME_PODMAN, "c1", "web", 1, 0, {""}, 0},
                               {RUNTIME_DOCKER, "d1", "app", 2, 0, {"e1"}, 1}};
    const struct containers containers = {.list = some,
                                          .count = ARRAY_LEN(some)};
    auto_plugged struct plugged_list list = {0};
    auto_json struct json *updates = parse(rows);
    char room[LIMIT_CONTAINER_ID_SIZE];

    plugged_from_rows(&list, updates);
    plugged_name(&list, &containers);
    plugged_sort(&list);
    CHECK_STR(plugged_title(&list.list[0], room), "app");
    CHECK_STR(list.list[0].container, "d1");
    CHECK_STR(plugged_title(&list.list[1], room), "web");
}

TEST(titles)
{
    static char id[] =
        "8aadb3a00bc70efdf3ee8300e3b1bf92841707f711b21ed097f9dfcf"
        "f2bcf02c";
    static char path[] = "/run/netns/x", by_itself[] = "netns-4026",
                short_id[] = "c1";
    char room[LIMIT_CONTAINER_ID_SIZE];
    struct plugged plugged = {.container = id, .netns = path};

    CHECK_STR(plugged_title(&plugged, room), "8aadb3a00bc7");
    plugged.container = short_id;
    CHECK_STR(plugged_title(&plugged, room), "c1");
    plugged.container = by_itself;
    CHECK_STR(plugged_title(&plugged, room), path);
    plugged = (struct plugged){0};
    CHECK_STR(plugged_title(&plugged, room), "?");
}

TEST(json)
{
    auto_plugged struct plugged_list list = {0};
    auto_json struct json *updates = parse(rows);
    auto_buf struct buf text = BUF_INIT(1u << 16);
    struct json_writer w = JSON_WRITER(&text);

    plugged_from_rows(&list, updates);
    plugged_write(plugged_find(&list, "oia"), &w);
    auto_json struct json *written = parse(buf_text(&text));
    CHECK_STR(json_string(json_get(written, "port")), "oia");
    CHECK_STR(json_string(json_at(json_get(written, "addresses"), 0)),
              "10.0.0.1/24");
    CHECK(!json_get(written, "repairs"));
}

static const struct table_column columns[] = {{"NAME", false, 0},
                                              {"N", true, 1},
                                              {"EMPTY", false, 0},
                                              {"MORE", false, 9}};

static void draw(size_t width, struct buf *ret)
{
    const struct terminal terminal = {.width = width};
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};
    static const char *const cells[] = {"a",     "1",  NULL, "x\033[2J",
                                        "bcdef", "22", "",   "yy"};

    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        table_add(&table, COLOUR_RED, cells[i]);
    table_write(&table, &terminal, ret);
}

TEST(tables)
{
    auto_buf struct buf text = BUF_INIT(1u << 12);

    draw(0, &text);
    CHECK_STR(buf_text(&text), "NAME    N  MORE\n"
                               "a       1  x [2J\n"
                               "bcdef  22  yy\n");
    buf_clear(&text);
    draw(12, &text);
    CHECK_STR(buf_text(&text), "NAME    N\n"
                               "a       1\n"
                               "bcdef  22\n");
    buf_clear(&text);
    draw(5, &text);
    CHECK_STR(buf_text(&text), "NAME\na\nbcdef\n");
    CHECK_EQ(text_width("a\xc3\xa9z"), 3);
}

TEST_MAIN
