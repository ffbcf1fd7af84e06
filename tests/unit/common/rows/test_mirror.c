/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mirrors: what rows say of them, what is to be done about them, and what is
 * asked of the database. */
#include "ovsint/rows/mirror.h"

#include <errno.h>

#include <string.h>
#include <sys/socket.h>

#include "ovsint/rows/port_name.h"
#include "tests/lib/json_text.h"
#include "tests/lib/test.h"

#define WEB "oiweb2222222222"
#define DB "oidb22222222222"
#define SPAN "oispan222222222"

static struct vswitch_view view;
static struct mirrors mirrors;

static bool feed(const char *updates)
{
    auto_buf struct buf text = BUF_INIT(65536);

    for (const char *at = updates; *at; at++)
        buf_addf(&text, "%c", *at == '\'' ? '"' : *at);
    auto_json struct json *json = json_of(buf_text(&text));
    vswitch_view_apply(&view, json);
    return mirrors_apply(&mirrors, json);
}

static void end(void)
{
    vswitch_view_done(&view);
    mirrors_done(&mirrors);
}

#define UPDATE(table, uuid, change, row) \
    "'" table "':{'" uuid "':{'" change "':" row "}}"
#define NAMED(name) \
    "{'name':'" name "','external_ids':['map',[['ovsint-owner','hook']]]}"
#define BOTH(uuid, name)                                            \
    "{" UPDATE("Port", "p" uuid, "insert", NAMED(name)) "," UPDATE( \
        "Interface", "i" uuid, "insert", NAMED(name)) "}"
#define GONE(uuid)                         \
    "{" UPDATE("Port", "p" uuid, "delete", \
               "null") "," UPDATE("Interface", "i" uuid, "delete", "null") "}"

static bool returns(const void *data, const char *port)
{
    return data && strcmp(data, port) == 0;
}

static void check_verdict(const char *returning, enum mirror_verdict wanted)
{
    CHECK_EQ(mirrors.count, 1);
    CHECK_EQ(mirror_judge(&mirrors.rows[0], &view, returns, returning), wanted);
}

static void begin(const char *from, const char *way)
{
    auto_buf struct buf text = BUF_INIT(4096);

    CHECK(!feed(BOTH("1", WEB)) && !feed(BOTH("2", DB)) &&
          !feed(BOTH("3", SPAN)));
    buf_addf(&text,
             "{'Mirror':{'m1':{'initial':{'external_ids':['map',["
             "['ovsint-mirror','m'],['ovsint-mirror-from','%s'],"
             "['ovsint-mirror-to','" SPAN "'],"
             "['ovsint-mirror-direction','%s']]],"
             "'output_port':['uuid','p3'],"
             "'select_src_port':['set',[['uuid','p1'],['uuid','p2']]],"
             "'select_dst_port':['set',[['uuid','p1'],['uuid','p2']]]}}}}",
             from, way);
    CHECK(feed(buf_text(&text)));
}

TEST(others_mirrors_are_not_ours)
{
    CHECK(!feed("{'Mirror':{'m1':{'initial':{'external_ids':['map',[]]}}}}"));
    CHECK(!feed("{'Mirror':{'m2':{'insert':{'external_ids':['map',["
                "['ovsint-mirror','a/b']]]}}}}"));
    CHECK(!feed("{'Mirror':{'m3':{'modify':{'output_port':['uuid','p']}}}}"));
    CHECK(!feed("{'Mirror':{'m4':{'delete':null}}}"));
    CHECK_EQ(mirrors.count, 0);
    end();
}

TEST(a_source_that_goes_is_dropped_the_last_one_ends_it)
{
    begin(WEB "," DB, "both");
    CHECK(mirrors_find(&mirrors, "m") && !mirrors_find(&mirrors, "n"));
    check_verdict(NULL, MIRROR_FINE);
    feed(GONE("1"));
    feed("{'Mirror':{'m1':{'modify':{'select_src_port':['uuid','p1'],"
         "'select_dst_port':['uuid','p1']}}}}");
    check_verdict(NULL, MIRROR_FINE);
    feed(GONE("2"));
    feed("{'Mirror':{'m1':{'modify':{'select_src_port':['uuid','p2'],"
         "'select_dst_port':['uuid','p2']}}}}");
    check_verdict(NULL, MIRROR_NO_SOURCES);
    check_verdict(DB, MIRROR_WAITS);
    CHECK(feed("{'Mirror':{'m1':{'delete':null}}}"));
    CHECK_EQ(mirrors.count, 0);
    end();
}

TEST(an_output_that_goes_ends_it)
{
    begin(WEB "," DB, "both");
    feed(GONE("3"));
    feed("{'Mirror':{'m1':{'modify':{'output_port':['set',[]]}}}}");
    check_verdict(NULL, MIRROR_NO_OUTPUT);
    check_verdict(SPAN, MIRROR_WAITS);
    end();
}

TEST(a_port_that_is_back_is_referred_to_again)
{
    auto_txn struct txn txn = {0};
    const struct buf *params;
    struct err err = {0};

    begin(WEB "," DB, "in");
    /* What it sends is not wanted, so that is not missed. */
    feed("{'Mirror':{'m1':{'modify':{'select_src_port':['set',["
         "['uuid','p1'],['uuid','p2']]]}}}}");
    check_verdict(NULL, MIRROR_FINE);
    feed(GONE("1"));
    feed("{'Mirror':{'m1':{'modify':{'select_dst_port':['uuid','p1']}}}}");
    feed(BOTH("9", WEB));
    check_verdict(NULL, MIRROR_REFERS);
    txn_init(&txn, OVSDB_NAME);
    mirror_refer(&mirrors.rows[0], &view, &txn);
    CHECK_OK(txn_params(&txn, &params, &err), err);
    CHECK_HAS(buf_text(params), "[\"select_dst_port\",\"insert\"");
    CHECK_HAS(buf_text(params), "[\"uuid\",\"p9\"]");
    CHECK(!strstr(buf_text(params), "select_src_port"));
    CHECK_HAS(buf_text(params), "[\"next_cfg\",\"+=\",1]");
    end();
}

TEST(an_uplink_has_no_row_of_ours_and_counts_by_its_reference)
{
    begin("eth1", "both");
    check_verdict(NULL, MIRROR_FINE);
    feed("{'Mirror':{'m1':{'modify':{'select_src_port':['set',["
         "['uuid','p1'],['uuid','p2']]],'select_dst_port':['set',["
         "['uuid','p1'],['uuid','p2']]]}}}}");
    check_verdict(NULL, MIRROR_NO_SOURCES);
    end();
}

TEST(names_and_directions)
{
    static const char *const bad[] = {"", "a b", "a/b", "\xc3\xa4", "a,b"};
    const char *at = "a,,abcdefghijklmnop,b";
    enum mirror_direction direction;
    char name[IFNAME_SIZE];

    CHECK(mirror_name_valid("web-1_x.y"));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!mirror_name_valid(bad[i]));
    CHECK_EQ(mirror_direction_parse("out", &direction), 0);
    CHECK_EQ(direction, MIRROR_OUT);
    CHECK_EQ(mirror_direction_parse("", &direction), -EINVAL);
    CHECK(mirror_next_source(&at, name));
    CHECK_STR(name, "a");
    CHECK(mirror_next_source(&at, name));
    CHECK_STR(name, "");
    CHECK(mirror_next_source(&at, name));
    CHECK_STR(name, ""); /* too long for a device */
    CHECK(mirror_next_source(&at, name));
    CHECK_STR(name, "b");
    CHECK(!mirror_next_source(&at, name));
    mirror_tunnel_name("x", name);
    CHECK(strncmp(name, "om", 2) == 0 && !names_is_ours(name));
}

TEST(a_tunnel_is_made_and_removed_with_it)
{
    const struct mirror_end web = {.name = WEB, .uuid = "p1"};
    const struct mirror_draft draft = {
        .name = "m",
        .bridge = "br0",
        .sources = &web,
        .source_count = 1,
        .tunnel = "erspan",
        .remote = {.family = AF_INET, .bytes = {192, 0, 2, 1}},
        .key = 7,
        .snaplen = 96};
    auto_txn struct txn txn = {0}, removal = {0};
    const struct buf *params;
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    mirror_make(&draft, &txn);
    CHECK_OK(txn_params(&txn, &params, &err), err);
    CHECK_HAS(buf_text(params), "[\"remote_ip\",\"192.0.2.1\"]");
    CHECK_HAS(buf_text(params), "[\"key\",\"7\"]");
    CHECK_HAS(buf_text(params), "[\"erspan_ver\",\"1\"]");
    CHECK_HAS(buf_text(params), "\"erspan 192.0.2.1 key 7\"");
    CHECK_HAS(buf_text(params), "\"snaplen\":96");
    feed("{'Mirror':{'m1':{'initial':{'external_ids':['map',["
         "['ovsint-mirror','m'],['ovsint-mirror-from','" WEB "'],"
         "['ovsint-mirror-tunnel','erspan 192.0.2.1 key 7']]],"
         "'output_port':['uuid','p8'],'select_src_port':['uuid','p1'],"
         "'select_dst_port':['uuid','p1']}}}}");
    check_verdict(NULL, MIRROR_FINE);
    txn_init(&removal, OVSDB_NAME);
    mirror_remove(&mirrors.rows[0], &removal);
    CHECK_OK(txn_params(&removal, &params, &err), err);
    CHECK_HAS(buf_text(params), "[\"ports\",\"delete\"");
    feed("{'Mirror':{'m1':{'modify':{'output_port':['set',[]]}}}}");
    check_verdict(NULL, MIRROR_NO_OUTPUT);
    end();
}

TEST_MAIN
