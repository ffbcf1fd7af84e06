/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The gateway of a logical switch that is on every host, in a real northbound
 * database: who makes it, who uses it, and when it goes. */
#include <errno.h>

#include "ovsint/ovn/logical_gateway.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/ovsdb_server.h"

#define SCHEMA "/usr/share/ovn/ovn-nb.ovsschema"

struct rig {
    struct ovsdb_server server;
    struct client *client;
    struct ip_prefix ip;
    struct logical_gateway is;
};

static void begin(struct txn *txn)
{
    txn_init(txn, NORTHBOUND_NAME);
}

static void rig_begin(struct rig *rig)
{
    auto_session_event struct session_event event = {0};
    struct err err = {0};
    auto_txn struct txn txn;

    *rig = (struct rig){0};
    ovsdb_server_start_with(&rig->server, SCHEMA);
    CHECK_OK(client_open(rig->server.socket, PATIENCE, &rig->client, &err),
             err);
    /* Without a monitor it may be asked at once. */
    CHECK_OK(client_show(rig->client, NULL, PATIENCE, &event, &err), err);
    CHECK_EQ(parse_prefix("10.0.0.1/24", &rig->ip), 0);
    rig->is = (struct logical_gateway){.on = "web",
                                       .network = "n1",
                                       .host = "h1",
                                       .ips = &rig->ip,
                                       .ip_count = 1};
    begin(&txn);
    txn_insert(&txn, "Logical_Switch", NULL);
    txn_set_string(&txn, "name", "web");
    commit(rig->client, &txn);
}

static void rig_end(struct rig *rig)
{
    client_close(rig->client);
    ovsdb_server_stop(&rig->server);
}

static int look(struct rig *rig, struct logical_gateway_found *ret,
                struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    logical_gateway_look(&txn, &rig->is);
    return logical_gateway_read(commit_and_show(rig->client, &txn, &event),
                                &rig->is, ret, err);
}

static int use(struct rig *rig, const struct logical_gateway_found *found)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    logical_gateway_use(&txn, &rig->is, found);
    return await_outcome(rig->client, &txn, &event)->r;
}

static void find_and_use(struct rig *rig)
{
    struct logical_gateway_found found;
    struct err err = {0};

    CHECK_OK(look(rig, &found, &err), err);
    CHECK_EQ(use(rig, &found), 0);
    CHECK_OK(look(rig, &found, &err), err);
    CHECK(found.is_there && found.is_used);
}

/* The only one; NULL = there is none. */
static const struct json *only(struct rig *rig, struct session_event *ret)
{
    auto_txn struct txn txn;

    begin(&txn);
    size_t op = logical_gateways_select(&txn);
    const struct json *result = commit_and_show(rig->client, &txn, ret);
    CHECK(reply_row_count(result, op) < 2);
    return reply_row(result, op, 0);
}

static int remove_it(struct rig *rig, const struct json *row)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    logical_gateway_remove(&txn, row);
    return await_outcome(rig->client, &txn, &event)->r;
}

TEST(the_second_host_finds_what_the_first_has_made)
{
    auto_session_event struct session_event event = {0};
    struct rig rig;
    char network[DOCKER_ID_SIZE];
    size_t at = 0;

    rig_begin(&rig);
    find_and_use(&rig);
    rig.is.host = "h2";
    find_and_use(&rig);
    const struct json *row = only(&rig, &event);
    CHECK_STR(row_string(row, "name"), "ovsint-gw-web");
    CHECK_STR(row_map_get(row, "external_ids", "ovsint-ip-10.0.0.1"), "web");
    CHECK_EQ(logical_switch_use_count(row), 2);
    CHECK(logical_gateway_next(row, "h2", &at, network));
    CHECK_STR(network, "n1");
    CHECK(!logical_gateway_next(row, "h2", &at, network));
    rig_end(&rig);
}

/* As doors list what they were given. */
TEST(the_order_of_addresses_does_not_matter)
{
    auto_session_event struct session_event event = {0};
    struct ip_prefix both[2], other[2];
    struct rig rig;

    rig_begin(&rig);
    CHECK_EQ(parse_prefix("fd00::1/64", &both[0]), 0);
    both[1] = rig.ip;
    other[0] = both[1];
    other[1] = both[0];
    rig.is.ips = both;
    rig.is.ip_count = 2;
    find_and_use(&rig);
    rig.is.host = "h2";
    rig.is.ips = other;
    find_and_use(&rig);
    CHECK_EQ(logical_switch_use_count(only(&rig, &event)), 2);
    rig_end(&rig);
}

TEST(two_hosts_at_once_make_one)
{
    struct logical_gateway_found found;
    struct err err = {0};
    struct rig rig;

    rig_begin(&rig);
    CHECK_OK(look(&rig, &found, &err), err);
    CHECK_EQ(use(&rig, &found), 0);
    rig.is.host = "h2";
    CHECK_EQ(use(&rig, &found), -ESTALE);
    find_and_use(&rig);
    rig_end(&rig);
}

TEST(it_goes_with_the_last_use)
{
    auto_session_event struct session_event event = {0}, after = {0},
                                            last = {0};
    auto_txn struct txn txn;
    struct rig rig;

    rig_begin(&rig);
    find_and_use(&rig);
    const struct json *row = only(&rig, &event);
    begin(&txn);
    logical_gateway_leave(&txn, row_uuid(row, "_uuid"), "n1", "h1");
    commit(rig.client, &txn);
    row = only(&rig, &after);
    CHECK_EQ(logical_switch_use_count(row), 0);
    /* Another host uses it again meanwhile. */
    rig.is.host = "h2";
    find_and_use(&rig);
    CHECK_EQ(remove_it(&rig, row), -ESTALE);
    txn_done(&txn);
    begin(&txn);
    logical_gateway_leave(&txn, row_uuid(row, "_uuid"), "n1", "h2");
    commit(rig.client, &txn);
    CHECK_EQ(remove_it(&rig, row), 0);
    CHECK(!only(&rig, &last));
    rig_end(&rig);
}

/* Who found it cannot use it: he has to look again. */
TEST(one_that_went_meanwhile_is_made_again)
{
    auto_session_event struct session_event event = {0}, after = {0};
    struct logical_gateway_found found;
    auto_txn struct txn txn;
    struct err err = {0};
    struct rig rig;

    rig_begin(&rig);
    find_and_use(&rig);
    rig.is.host = "h2";
    CHECK_OK(look(&rig, &found, &err), err);
    CHECK(found.is_there && !found.is_used);
    const struct json *row = only(&rig, &event);
    begin(&txn);
    logical_gateway_leave(&txn, row_uuid(row, "_uuid"), "n1", "h1");
    commit(rig.client, &txn);
    CHECK_EQ(remove_it(&rig, only(&rig, &after)), 0);
    CHECK_EQ(use(&rig, &found), -ESTALE);
    find_and_use(&rig);
    rig_end(&rig);
}

TEST(what_is_refused)
{
    struct logical_gateway_found found;
    struct err err = {0};
    struct rig rig;

    rig_begin(&rig);
    find_and_use(&rig);
    CHECK_EQ(parse_prefix("10.0.0.254/24", &rig.ip), 0);
    CHECK_ERR(look(&rig, &found, &err), EINVAL, err,
              "give the same subnets and gateways on each host");
    rig.is.on = "wbe";
    CHECK_ERR(look(&rig, &found, &err), ENOENT, err,
              "there is no logical switch 'wbe'");
    rig_end(&rig);
}

TEST(a_port_that_has_the_address_is_in_the_way)
{
    struct logical_gateway_found found;
    auto_txn struct txn txn;
    struct err err = {0};
    struct rig rig;
    struct logical_reservation held = {.owner = "docker",
                                       .boot = "boot1",
                                       .host = "h2",
                                       .on = "web",
                                       .port = "oiaaaaaaaaaaaaa"};

    rig_begin(&rig);
    CHECK_OK(look(&rig, &found, &err), err);
    held.ip = rig.ip.ip;
    begin(&txn);
    logical_reserve(&txn, &held);
    commit(rig.client, &txn);
    /* Also of who has looked before. */
    CHECK_EQ(use(&rig, &found), -ESTALE);
    CHECK_ERR(look(&rig, &found, &err), EADDRINUSE, err,
              "address 10.0.0.1 of logical switch web is held by");
    rig_end(&rig);
}

TEST_MAIN
