/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Logical ports, written into a real northbound database: what its guards
 * refuse, and what its replies say. */
#include <errno.h>

#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/logical_switch.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/ovsdb_server.h"

#define SCHEMA "/usr/share/ovn/ovn-nb.ovsschema"
#define PORT "oiaaaaaaaaaaaaa"
#define PORT2 "oibbbbbbbbbbbbb"

struct rig {
    struct ovsdb_server server;
    struct client *client;
    struct northbound_switch web;
    struct attachment spec;
    struct vswitch_identity identity;
    struct northbound_plug plug;
};

static void begin(struct txn *txn)
{
    txn_init(txn, NORTHBOUND_NAME);
}

static void look_physical(struct rig *rig,
                          const struct northbound_localnets *localnets,
                          struct northbound_switch *ret)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    size_t op = northbound_look_physical(&txn, ret, localnets);
    const struct json *result = commit_and_show(rig->client, &txn, &event);
    northbound_read_physical(result, op, localnets, ret);
}

static int look(struct rig *rig, struct northbound_switch *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};
    struct northbound_localnets localnets = {0};
    auto_txn struct txn txn;

    begin(&txn);
    size_t all = northbound_look_localnets(&txn);
    size_t op = northbound_look(&txn, "web");
    const struct json *result = commit_and_show(rig->client, &txn, &event);
    northbound_read_localnets(result, all, &localnets);
    int r = northbound_read_look(result, op, "web", ret, err);
    if (r >= 0 && localnets.count)
        look_physical(rig, &localnets, ret);
    free(localnets.uuids);
    return r;
}

static void add_switch(struct rig *rig)
{
    auto_txn struct txn txn;

    begin(&txn);
    txn_insert(&txn, "Logical_Switch", NULL);
    txn_set_string(&txn, "name", "web");
    commit(rig->client, &txn);
}

static void rig_begin(struct rig *rig)
{
    struct err err = {0};
    auto_txn struct txn txn;

    *rig = (struct rig){0};
    ovsdb_server_start_with(&rig->server, SCHEMA);
    CHECK_OK(client_open(rig->server.socket, PATIENCE, &rig->client, &err),
             err);
    /* Without a monitor it may be asked at once. */
    auto_session_event struct session_event event = {0};
    CHECK_OK(client_show(rig->client, NULL, PATIENCE, &event, &err), err);
    CHECK_ERR(look(rig, &rig->web, &err), ENOENT, err,
              "there is no logical switch 'web'");
    add_switch(rig);
    begin(&txn);
    northbound_add_group(&txn);
    commit(rig->client, &txn);
    CHECK_OK(look(rig, &rig->web, &err), err);
    CHECK(!rig->web.is_physical);

    snprintf(rig->spec.ifname, sizeof(rig->spec.ifname), "eth0");
    snprintf(rig->spec.ovn, sizeof(rig->spec.ovn), "web");
    rig->spec.guard = SOURCE_GUARD_FULL;
    CHECK_EQ(parse_prefix("10.0.0.5/24", &rig->spec.ip[0]), 0);
    CHECK_EQ(parse_prefix("fd00::5/64", &rig->spec.ip[1]), 0);
    rig->spec.ip_count = 2;
    rig->identity = (struct vswitch_identity){
        .owner = "hook", .boot = "boot1", .holder = {.id = "c1"}};
    rig->plug = (struct northbound_plug){.identity = &rig->identity,
                                         .host = "h1",
                                         .now_ms = 5000,
                                         .on = &rig->web,
                                         .attachment = &rig->spec,
                                         .port = PORT,
                                         .mac = {{2, 0, 0, 0, 0, 0xb}}};
}

static void rig_end(struct rig *rig)
{
    client_close(rig->client);
    ovsdb_server_stop(&rig->server);
}

static enum northbound_fault plug(struct rig *rig, size_t *ret_address)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    txn_comment(&txn, "something before");
    northbound_plug(&txn, &rig->plug);
    const struct ovsdb_outcome *outcome =
        await_outcome(rig->client, &txn, &event);
    return outcome->r == 0 ? NORTHBOUND_FAULT_OTHER
                           : northbound_plug_fault(&rig->plug, &outcome->fault,
                                                   ret_address);
}

/* The only row of the table that has the columns. */
static const struct json *only(struct rig *rig, const char *table,
                               const char *column,
                               struct session_event *ret_event)
{
    auto_txn struct txn txn;

    begin(&txn);
    txn_select(&txn, table, column, "external_ids", NULL);
    txn_where_any(&txn);
    const struct json *result = commit_and_show(rig->client, &txn, ret_event);
    CHECK_EQ(reply_row_count(result, 0), 1);
    return reply_row(result, 0, 0);
}

TEST(a_logical_port_is_all_that_others_must_know)
{
    auto_session_event struct session_event event = {0}, again = {0},
                                            third = {0};
    char uuid[NAMES_UUID_SIZE];
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    names_logical_uuid(PORT, uuid);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    const struct json *row =
        only(&rig, "Logical_Switch_Port", "addresses", &event);
    CHECK_STR(row_string(row, "addresses"),
              "02:00:00:00:00:0b 10.0.0.5 fd00::5 fe80::ff:fe00:b");
    CHECK_STR(row_map_get(row, "external_ids", "ovsint-ip-10.0.0.5"), "web");
    CHECK_STR(row_map_get(row, "external_ids", ID_OVN_HOST), "h1");
    row = only(&rig, "Logical_Switch", "ports", &again);
    CHECK(row_set_has_uuid(row, "ports", uuid));
    row = only(&rig, "Port_Group", "ports", &third);
    CHECK(row_set_has_uuid(row, "ports", uuid));
    rig_end(&rig);
}

TEST(the_address_of_another_port_is_refused)
{
    struct rig rig;
    size_t address = 9;

    rig_begin(&rig);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    rig.plug.port = PORT2;
    CHECK_EQ(parse_prefix("10.0.0.6/24", &rig.spec.ip[0]), 0);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_ADDRESS_TAKEN);
    CHECK_EQ(address, 1);
    rig_end(&rig);
}

/* Its own addresses are in its way neither. */
TEST(a_port_gets_other_addresses)
{
    auto_session_event struct session_event event = {0};
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    CHECK_EQ(parse_prefix("10.0.0.6/24", &rig.spec.ip[0]), 0);
    rig.plug.is_there = true;
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    const struct json *row =
        only(&rig, "Logical_Switch_Port", "addresses", &event);
    CHECK_STR(row_string(row, "addresses"),
              "02:00:00:00:00:0b 10.0.0.6 fd00::5 fe80::ff:fe00:b");
    CHECK(!row_map_get(row, "external_ids", "ovsint-ip-10.0.0.5"));
    rig_end(&rig);
}

TEST(a_switch_that_was_made_again_or_twice_is_another)
{
    struct northbound_switch ignored;
    struct err err = {0};
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    add_switch(&rig);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_SWITCH_GONE);
    CHECK_ERR(look(&rig, &ignored, &err), EEXIST, err,
              "2 logical switches have the name 'web'");
    rig_end(&rig);
}

TEST(without_the_group_nothing_is_written)
{
    auto_txn struct txn txn;
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    begin(&txn);
    txn_delete(&txn, "Port_Group");
    txn_where_any(&txn);
    commit(rig.client, &txn);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_GROUP_GONE);
    rig.spec.guard = SOURCE_GUARD_OFF;
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    rig_end(&rig);
}

static void check_matches(struct rig *rig, const char *first,
                          const char *second)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    for (size_t i = 0; i < 2; i++) {
        txn_select(&txn, "ACL", "_uuid", NULL);
        txn_where_string(&txn, "match", i ? second : first);
    }
    const struct json *result = commit_and_show(rig->client, &txn, &event);
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(json_count(json_get(json_at(result, i), "rows")), 1);
}

#define FORMER                                                             \
    "inport == @ovsint && (nd_ra || icmp6.type == 137 || (udp && udp.src " \
    "== 67) || (udp && udp.src == 547))"
#define THEIRS "inport == @ovsint && tcp.dst == 25"

static void update_match(struct rig *rig, const char *match)
{
    auto_txn struct txn txn;

    begin(&txn);
    txn_update(&txn, "ACL");
    txn_where_int(&txn, "priority", 2000);
    txn_set_string(&txn, "match", match);
    txn_insert(&txn, "ACL", "theirs");
    txn_set_string(&txn, "direction", "from-lport");
    txn_set_int(&txn, "priority", 1000);
    txn_set_string(&txn, "action", "drop");
    txn_set_string(&txn, "match", THEIRS);
    txn_mutate(&txn, "Port_Group");
    txn_where_string(&txn, "name", NORTHBOUND_GROUP);
    txn_add_named(&txn, "acls", "theirs");
    commit(rig->client, &txn);
}

TEST(an_earlier_versions_acl_is_brought_up_to_date)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;
    struct rig rig;

    rig_begin(&rig);
    const char *match = row_string(only(&rig, "ACL", "match", &event), "match");
    update_match(&rig, FORMER);
    check_matches(&rig, FORMER, THEIRS);
    begin(&txn);
    northbound_renew_group(&txn);
    commit(rig.client, &txn);
    check_matches(&rig, match, THEIRS);
    rig_end(&rig);
}

TEST(a_removal_needs_no_reading_and_may_be_done_twice)
{
    auto_session_event struct session_event event = {0};
    struct rig rig;
    struct ip *used = NULL;
    size_t address;

    rig_begin(&rig);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    for (int i = 0; i < 2; i++) {
        auto_txn struct txn txn;
        begin(&txn);
        northbound_unplug(&txn, PORT);
        northbound_unplug(&txn, PORT2);
        commit(rig.client, &txn);
    }
    auto_txn struct txn txn;
    begin(&txn);
    size_t op = northbound_select_switch(&txn, "web");
    const struct json *result = commit_and_show(rig.client, &txn, &event);
    CHECK_EQ(northbound_used(result, op, &used), 0);
    free(used);
    /* In one transaction the successor may have the address. */
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    auto_txn struct txn replace;
    begin(&replace);
    northbound_unplug(&replace, PORT);
    rig.plug.port = PORT2;
    northbound_plug(&replace, &rig.plug);
    commit(rig.client, &replace);
    rig_end(&rig);
}

static size_t row_count(struct rig *rig, const char *table)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn;

    begin(&txn);
    txn_select(&txn, table, "_uuid", NULL);
    txn_where_any(&txn);
    return reply_row_count(commit_and_show(rig->client, &txn, &event), 0);
}

/* OVN's DNS asks one row of a name alone, so a second port is refused it. */
TEST(a_name_is_one_ports_and_goes_with_it)
{
    auto_session_event struct session_event event = {0}, again = {0};
    auto_txn struct txn removal;
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    rig.plug.name = "db";
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    CHECK_STR(
        row_map_get(only(&rig, "DNS", "records", &event), "records", "db"),
        "10.0.0.5 fd00::5");
    rig.plug.is_there = true;
    rig.spec.ip_count = 1;
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    CHECK_STR(
        row_map_get(only(&rig, "DNS", "records", &again), "records", "db"),
        "10.0.0.5");
    rig.plug.is_there = false;
    rig.plug.port = PORT2;
    CHECK_EQ(parse_prefix("10.0.0.6/24", &rig.spec.ip[0]), 0);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_NAME_TAKEN);
    begin(&removal);
    northbound_unplug(&removal, PORT);
    commit(rig.client, &removal);
    CHECK_EQ(row_count(&rig, "DNS"), 0);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    rig_end(&rig);
}

TEST(which_ports_are_old)
{
    static const struct {
        const char *host, *boot;
        int64_t now_ms;
        bool is_old;
    } table[] = {
        {"h1", "boot1", 5999, false},
        {"h1", "boot1", 6000, true},
        {"h1", "boot2", 10, true},
        {"h2", "boot2", 9999, false},
    };
    auto_session_event struct session_event event = {0};
    struct rig rig;
    size_t address;

    rig_begin(&rig);
    CHECK_EQ(plug(&rig, &address), NORTHBOUND_FAULT_OTHER);
    const struct json *row = only(&rig, "Logical_Switch_Port", "name", &event);
    CHECK_STR(names_port_of_logical(row_string(row, "name")), PORT);
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        CHECK_EQ(northbound_is_old(row, table[i].host, table[i].boot,
                                   table[i].now_ms, 1000),
                 table[i].is_old);
    rig_end(&rig);
}

static void add_localnet(struct rig *rig, const char *on, const char *name)
{
    auto_txn struct txn txn;

    begin(&txn);
    txn_insert(&txn, "Logical_Switch_Port", "wire");
    txn_set_string(&txn, "name", name);
    txn_set_string(&txn, "type", "localnet");
    txn_mutate(&txn, "Logical_Switch");
    txn_where_string(&txn, "name", on);
    txn_add_named(&txn, "ports", "wire");
    commit(rig->client, &txn);
}

TEST(a_localnet_port_means_no_tunnel)
{
    struct northbound_switch web = {0};
    auto_txn struct txn txn;
    struct err err = {0};
    struct rig rig;

    rig_begin(&rig);
    begin(&txn);
    txn_insert(&txn, "Logical_Switch", NULL);
    txn_set_string(&txn, "name", "office");
    commit(rig.client, &txn);
    add_localnet(&rig, "office", "wire1");
    CHECK_OK(look(&rig, &web, &err), err);
    CHECK(!web.is_physical);
    add_localnet(&rig, "web", "wire2");
    CHECK_OK(look(&rig, &web, &err), err);
    CHECK(web.is_physical);
    rig_end(&rig);
}

static void look_at_use(struct rig *rig, const struct logical_use *use,
                        struct logical_found *ret)
{
    auto_session_event struct session_event event = {0};
    struct err err = {0};
    auto_txn struct txn txn;

    begin(&txn);
    logical_switch_look(&txn, use);
    const struct json *result = commit_and_show(rig->client, &txn, &event);
    CHECK_OK(logical_switch_read(result, use, ret, &err), err);
}

static void remove_localnet(struct rig *rig, const char *on, const char *name)
{
    char uuid[NAMES_UUID_SIZE];
    auto_txn struct txn txn;

    names_logical_uuid(name, uuid);
    begin(&txn);
    txn_mutate(&txn, "Logical_Switch");
    txn_where_string(&txn, "name", on);
    txn_remove_uuid(&txn, "ports", uuid);
    commit(rig->client, &txn);
}

/* Two switches on one physical network: each has a port of type localnet. */
TEST(a_localnet_port_of_another_switch_does_not_count)
{
    const struct logical_use hall = {.name = "hall",
                                     .owner = "docker",
                                     .network = "n1",
                                     .host = "h1",
                                     .subnets = "",
                                     .physical = "wire",
                                     .vlan = 100};
    struct logical_use office = hall;
    struct logical_found found = {0};
    auto_txn struct txn txn, again;
    struct rig rig;

    rig_begin(&rig);
    office.name = "office";
    begin(&txn);
    logical_switch_make(&txn, &hall);
    logical_switch_make(&txn, &office);
    commit(rig.client, &txn);
    look_at_use(&rig, &hall, &found);
    CHECK(found.is_ours && !found.lacks_localnet);
    remove_localnet(&rig, "hall", "ovsint-net-hall");
    look_at_use(&rig, &hall, &found);
    CHECK(found.lacks_localnet);
    begin(&again);
    logical_switch_join(&again, &hall, &found);
    commit(rig.client, &again);
    look_at_use(&rig, &hall, &found);
    CHECK(!found.lacks_localnet);
    rig_end(&rig);
}

TEST(which_bridge_has_a_physical_network)
{
    static const struct {
        const char *mappings, *network, *bridge;
    } table[] = {
        {NULL, "wire", NULL},
        {"", "wire", NULL},
        {"wire:br-phy", "wire", "br-phy"},
        {"wire2:br-2,wire:br-phy", "wire", "br-phy"},
        {"wire:br-phy,lab:br-lab", "lab", "br-lab"},
        {"wire:br-phy", "wir", NULL},
        {"wire:", "wire", NULL},
        {"awire:br-phy", "wire", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char bridge[BRIDGE_NAME_SIZE];
        const char *found =
            chassis_physical(table[i].mappings, table[i].network, bridge);
        CHECK_EQ(!found, !table[i].bridge);
        if (found)
            CHECK_STR(found, table[i].bridge);
    }
}

TEST_MAIN
