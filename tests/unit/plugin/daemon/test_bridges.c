/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The view of the table Bridge, fed with what the server sends. */
#include "plugin/daemon/bridges.h"

#include "tests/lib/bridge_rows.h"

static void feed(struct bridges *bridges, const char *rows,
                 void (*take)(struct bridges *, const struct json *))
{
    auto_json struct json *updates = bridge_updates(rows);

    take(bridges, updates);
}

static void apply(struct bridges *bridges, const char *rows)
{
    feed(bridges, rows, bridges_apply);
}

/* The transaction that would restore them now, or "". */
static char *restoring(const struct bridges *bridges)
{
    auto_txn struct txn txn = {0};
    const struct buf *params = NULL;
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    if (!bridges_restore(bridges, &txn))
        return mem_text("", 0);
    CHECK_OK(txn_params(&txn, &params, &err), err);
    return mem_text(buf_text(params), params->size);
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
    const char *network_row = NULL;

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
    CHECK(bridges_network(&bridges, "n2", &network_row) == ours);
    CHECK_STR(network_row, "{\"options\":{}}");
    CHECK(!bridges_network(&bridges, "n", &network_row));
    CHECK(!bridges_network(&bridges, "n12", &network_row));
    CHECK(!bridges_network(&bridges, "", &network_row));
    CHECK(!bridges_find(&bridges, "br"));
    bridges_done(&bridges);
    CHECK_EQ(bridges.count, 0);
}

/* An id becomes the name of a device and text of rules. */
TEST(ids_that_docker_cannot_have_given_are_passed_over)
{
    struct bridges bridges = {0};
    const char *network_row = NULL;
    size_t at = 0;

    apply(&bridges, "'" UUID_B "':{'insert':{'name':'oi-1','external_ids':"
                    "['map',[['ovsint-network-a\\\"};x','{}'],"
                    "['ovsint-network-','{}'],['ovsint-network-a b','{}'],"
                    "['ovsint-network-n_-1','{}'],"
                    "['ovsint-network-a\\n','{}']]]}}");
    const struct bridge *bridge = bridges_find(&bridges, "oi-1");
    CHECK_EQ(bridge_network_count(bridge), 1);
    CHECK_STR(bridge_next_network(bridge, &at, &network_row), "n_-1");
    CHECK(!bridge_next_network(bridge, &at, &network_row));
    CHECK_STR(bridges_invalid(&bridges, &network_row), "a\"};x");
    CHECK_STR(network_row, "oi-1");
    CHECK(!bridges_invalid(&bridges, &network_row));
    apply(&bridges, "'" UUID_B "':{'modify':{'external_ids':['map',["
                    "['ovsint-network-a c','{}']]]}}");
    CHECK(!bridges_invalid(&bridges, &network_row));
    bridges_done(&bridges);
}

TEST(rows_change_and_go)
{
    struct bridges bridges = {0};
    const char *network_row = NULL;

    apply(&bridges, THEIRS "," OURS);
    /* update2: the difference of a map. A pair that is there with the same
     * value goes, others come or change. */
    apply(&bridges,
          "'" UUID_B "':{'modify':{'external_ids':['map',["
          "['ovsint-network-n1','{}'],['ovsint-network-n3','{}']]]}}");
    CHECK(!bridges_network(&bridges, "n1", &network_row));
    CHECK(bridges_network(&bridges, "n3", &network_row) != NULL);
    CHECK_EQ(bridge_network_count(bridges_find(&bridges, "oi-1")), 2);
    apply(&bridges, "'" UUID_A "':{'delete':null}");
    CHECK_EQ(bridges.count, 1);
    CHECK(!bridges_find(&bridges, "br0"));
    CHECK(bridges_find(&bridges, "oi-1") != NULL);
    bridges_done(&bridges);
}

/* What a server should not send does no harm. */
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

#define GONE "'" UUID_B "':{'delete':null}"
#define BACK "'" UUID_A "':{'insert':{'name':'oi-1'}}"
#define RESTORED                                                           \
    "'" UUID_A "':{'modify':{'external_ids':['map',["                      \
    "['ovsint-owner','docker'],['ovsint-network-n1','{}'],"                \
    "['ovsint-network-n2','{\\\"options\\\":{}}'],['ovsint-networks','x']" \
    "]]}}"

/* They are written until the rows show them, and then forgotten. */
TEST(networks_of_a_removed_bridge)
{
    struct bridges bridges = {0};

    apply(&bridges, OURS);
    apply(&bridges, GONE);
    CHECK_EQ(bridges.removed_count, 1);
    for (int i = 0; i < 2; i++) {
        auto_free char *text = restoring(&bridges);
        CHECK_STR(text, "");
    }
    apply(&bridges, BACK);
    for (int i = 0; i < 2; i++) {
        auto_free char *text = restoring(&bridges);
        CHECK_HAS(text, "ovsint-network-n1");
        CHECK_HAS(text, "[\"ovsint-owner\",\"docker\"]");
        CHECK_HAS(text, UUID_A);
        CHECK_EQ(bridges.removed_count, 1);
    }
    apply(&bridges, RESTORED);
    CHECK_EQ(bridges.removed_count, 0);
    bridges_done(&bridges);
}

TEST(a_bridge_that_goes_while_the_connection_is_broken)
{
    struct bridges bridges = {0};

    apply(&bridges, OURS);
    feed(&bridges, "", bridges_sync);
    CHECK_EQ(bridges.count, 0);
    CHECK_EQ(bridges.removed_count, 1);
    /* once more, and the bridge is still missing */
    feed(&bridges, THEIRS, bridges_sync);
    CHECK_EQ(bridges.count, 1);
    CHECK_EQ(bridges.removed_count, 1);
    feed(&bridges, BACK, bridges_sync); /* another row of its name */
    CHECK_EQ(bridges.removed_count, 1);
    auto_free char *text = restoring(&bridges);
    CHECK_HAS(text, "ovsint-network-n2");
    feed(&bridges, OURS, bridges_sync); /* somebody else has restored it */
    CHECK_EQ(bridges.removed_count, 0);
    bridges_done(&bridges);
}

TEST(what_goes_by_our_own_hand_does_not_come_back)
{
    struct bridges bridges = {0};

    apply(&bridges, OURS);
    bridges_expect_removal(&bridges, UUID_B);
    feed(&bridges, "", bridges_sync);
    CHECK_EQ(bridges.removed_count, 0);

    apply(&bridges, OURS);
    bridges_expect_removal(&bridges, UUID_B);
    /* Another network has come to the bridge: its removal fails. */
    apply(&bridges, "'" UUID_B "':{'modify':{'external_ids':['map',["
                    "['ovsint-network-n3','{}']]]}}");
    apply(&bridges, GONE);
    CHECK_EQ(bridges.removed_count, 1);
    bridges_forget(&bridges, "ovsint-network-n1");
    bridges_forget(&bridges, "ovsint-network-n2");
    CHECK_EQ(bridges.removed_count, 1);
    bridges_forget(&bridges, "ovsint-network-n3");
    CHECK_EQ(bridges.removed_count, 0);
    bridges_done(&bridges);
}

TEST_MAIN
