/* SPDX-License-Identifier: Apache-2.0 */
/* The view of table Bridge, fed with what the server sends. */
#include "plugin/bridges.h"

#include "tests/lib/model.h"

#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"
#define UUID_B "bbbbbbbb-0000-4000-8000-000000000002"

static void apply(struct bridges *bridges, const char *rows)
{
    auto_buf struct buf text = BUF_INIT(65536);
    auto_json struct json *updates = NULL;
    struct err err = {0};

    buf_addf(&text, "{'Bridge':{%s}}", rows);
    auto_free char *quoted = model_quotes(buf_text(&text));
    CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &updates, &err),
             err);
    bridges_apply(bridges, updates);
}

#define THEIRS "'" UUID_A "':{'initial':{'name':'br0'}}"
#define OURS                                                               \
    "'" UUID_B "':{'insert':{'name':'oi-1','external_ids':['map',["        \
    "['ovsint-owner','docker'],['ovsint-network-n1','{}'],"                \
    "['ovsint-network-n2','{\\\"options\\\":{}}'],['ovsint-networks','x']" \
    "]]}}"

TEST(rows_come)
{
    struct bridges bridges = {0};
    const char *record = NULL;

    apply(&bridges, THEIRS "," OURS);
    CHECK_EQ(bridges.count, 2);
    const struct bridge *theirs = bridges_find(&bridges, "br0");
    const struct bridge *ours = bridges_find(&bridges, "oi-1");
    CHECK(theirs && ours);
    CHECK_STR(theirs->uuid, UUID_A);
    CHECK(!bridge_is_ours(theirs));
    CHECK_EQ(bridge_network_count(theirs), 0);
    CHECK(bridge_is_ours(ours));
    CHECK_EQ(bridge_network_count(ours), 2);
    CHECK(bridges_network(&bridges, "n2", &record) == ours);
    CHECK_STR(record, "{\"options\":{}}");
    CHECK(!bridges_network(&bridges, "n", &record));
    CHECK(!bridges_network(&bridges, "n12", &record));
    CHECK(!bridges_network(&bridges, "", &record));
    CHECK(!bridges_find(&bridges, "br"));
    bridges_done(&bridges);
    CHECK_EQ(bridges.count, 0);
}

/* Ids become names of devices and text of rules. */
TEST(ids_that_docker_cannot_have_given_are_passed_over)
{
    struct bridges bridges = {0};
    const char *record = NULL;
    size_t at = 0;

    apply(&bridges, "'" UUID_B "':{'insert':{'name':'oi-1','external_ids':"
                    "['map',[['ovsint-network-a\\\"};x','{}'],"
                    "['ovsint-network-','{}'],['ovsint-network-a b','{}'],"
                    "['ovsint-network-n_-1','{}'],"
                    "['ovsint-network-a\\n','{}']]]}}");
    const struct bridge *bridge = bridges_find(&bridges, "oi-1");
    CHECK_EQ(bridge_network_count(bridge), 1);
    CHECK_STR(bridge_next_network(bridge, &at, &record), "n_-1");
    CHECK(!bridge_next_network(bridge, &at, &record));
    CHECK_STR(bridges_invalid(&bridges, &record), "a\"};x");
    CHECK_STR(record, "oi-1");
    CHECK(!bridges_invalid(&bridges, &record));
    apply(&bridges, "'" UUID_B "':{'modify':{'external_ids':['map',["
                    "['ovsint-network-a c','{}']]]}}");
    CHECK(!bridges_invalid(&bridges, &record));
    bridges_done(&bridges);
}

TEST(rows_change_and_go)
{
    struct bridges bridges = {0};
    const char *record = NULL;

    apply(&bridges, THEIRS "," OURS);
    /* update2: a map's difference; a pair that is there with the same value
     * goes, others come or change */
    apply(&bridges,
          "'" UUID_B "':{'modify':{'external_ids':['map',["
          "['ovsint-network-n1','{}'],['ovsint-network-n3','{}']]]}}");
    CHECK(!bridges_network(&bridges, "n1", &record));
    CHECK(bridges_network(&bridges, "n3", &record) != NULL);
    CHECK_EQ(bridge_network_count(bridges_find(&bridges, "oi-1")), 2);
    apply(&bridges, "'" UUID_A "':{'delete':null}");
    CHECK_EQ(bridges.count, 1);
    CHECK(!bridges_find(&bridges, "br0"));
    CHECK(bridges_find(&bridges, "oi-1") != NULL);
    bridges_done(&bridges);
}

/* Nothing that a server should not send does harm. */
TEST(strange_rows)
{
    static const char *const table[] = {
        "'" UUID_A "':{'delete':null}",
        "'" UUID_A "':{'modify':{'external_ids':['map',[['a','b']]]}}",
        "'" UUID_A "':{'initial':{}}",
        "'" UUID_A "':{'initial':{'name':7}}",
        "'" UUID_A "':{}",
        "'" UUID_A "':null",
        "",
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct bridges bridges = {0};
        apply(&bridges, table[i]);
        CHECK_EQ(bridges.count, 0);
        bridges_done(&bridges);
    }
}

TEST(key_of_a_network)
{
    char key[NETWORK_KEY_SIZE];

    network_key("abc", key);
    CHECK_STR(key, "ovsint-network-abc");
}

TEST_MAIN
