/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The view of our rows, fed with what the server sends; and our
 * transactions. */
#include <errno.h>

#include "ovsint/rows/vswitch_closing.h"
#include "ovsint/rows/vswitch_plug.h"
#include "tests/lib/json_text.h"
#include "tests/lib/test.h"

#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"
#define UUID_B "bbbbbbbb-0000-4000-8000-000000000002"

static void apply(struct vswitch_view *view, const char *text)
{
    static const struct json_limits limits = {.size = 65536, .depth = 32};
    auto_json struct json *updates = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &limits, &updates, &err), err);
    vswitch_view_apply(view, updates);
}

#define INTERFACE_ROW                                                \
    "{\"Interface\":{\"" UUID_A "\":{\"initial\":{\"name\":\"oi1\"," \
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"],"        \
    "[\"ovsint-member-c1\",\"\"],[\"ovsint-ifname\",\"eth0\"]]]}}}}"
#define PORT_ROW                                               \
    "{\"Port\":{\"" UUID_B "\":{\"insert\":{\"name\":\"oi1\"," \
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"]]]}}}}"

TEST(rows_meet_in_any_order)
{
    static const char *const orders[][2] = {{INTERFACE_ROW, PORT_ROW},
                                            {PORT_ROW, INTERFACE_ROW}};

    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        auto_vswitch_view struct vswitch_view view = {0};
        apply(&view, orders[i][0]);
        CHECK_EQ(view.count, 1);
        CHECK(!vswitch_port_is_ours(view.ports[0]));
        apply(&view, orders[i][1]);
        CHECK_EQ(view.count, 1);
        const struct vswitch_port *port = vswitch_view_find(&view, "oi1");
        CHECK(port && vswitch_port_is_ours(port));
        CHECK_STR(port->iface_uuid, UUID_A);
        CHECK_STR(port->port_uuid, UUID_B);
        CHECK_STR(vswitch_port_id(port, "ovsint-ifname"), "eth0");
        CHECK(vswitch_port_has_member(port, "c1"));
        CHECK(!vswitch_port_has_member(port, "c"));
        CHECK_EQ(vswitch_port_member_count(port), 1);
    }
}

TEST(changes)
{
    auto_vswitch_view struct vswitch_view view = {0};

    apply(&view, INTERFACE_ROW);
    apply(&view, PORT_ROW);
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ofport\":7,"
                 "\"ifindex\":12}}}}");
    const struct vswitch_port *port = vswitch_view_find(&view, "oi1");
    CHECK_EQ(port->ofport, 7);
    CHECK_EQ(port->ifindex, 12);
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ifindex\":0,"
                 "\"error\":\"no such device\"}}}}");
    CHECK_EQ(port->ifindex, 0);
    CHECK_STR(port->error, "no such device");
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"modify\":{"
                 "\"error\":[\"set\",[]],\"ofport\":[\"set\",[]]}}}}");
    CHECK(!port->error);
    CHECK_EQ(port->ofport, 0);
}

/* update2 sends maps as differences: a new pair, a changed one, one that
 * goes. */
TEST(map_differences)
{
    auto_vswitch_view struct vswitch_view view = {0};

    apply(&view, INTERFACE_ROW);
    apply(&view, PORT_ROW);
    apply(&view,
          "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
          "[\"map\",[[\"ovsint-member-c2\",\"\"],[\"ovsint-ifname\",\"eth1\"],"
          "[\"ovsint-member-c1\",\"\"]]]}}}}");
    const struct vswitch_port *port = vswitch_view_find(&view, "oi1");
    CHECK(vswitch_port_has_member(port, "c2"));
    CHECK(!vswitch_port_has_member(port, "c1"));
    CHECK_STR(vswitch_port_id(port, "ovsint-ifname"), "eth1");
    CHECK_STR(vswitch_port_id(port, "ovsint-owner"), "hook");
}

/* Each port stands there once, with all that one update has changed of it. */
TEST(changes_are_named)
{
    static const struct {
        const char *update;
        unsigned what;
        bool gone;
    } table[] = {
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ofport\":7}}}}",
         VSWITCH_OFPORT, false},
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ofport\":7}}}}", 0,
         false},
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ifindex\":3,"
         "\"error\":\"no\"}}}}",
         VSWITCH_IFINDEX | VSWITCH_ERROR, false},
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
         "[\"map\",[[\"ovsint-ifname\",\"eth1\"]]]}}}}",
         VSWITCH_IDS, false}, /* another value */
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
         "[\"map\",[[\"ovsint-member-c1\",\"\"],[\"ovsint-left\",\"true\"]]]}}}"
         "}",
         VSWITCH_IDS, false}, /* one goes, another comes */
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
         "[\"map\",[[\"ovsint-spec\",\"{}\"]]]}}}}",
         VSWITCH_IDS | VSWITCH_SPEC, false},
        {"{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
         "[\"map\",[[\"ovn-installed\",\"true\"]]]}}}}",
         VSWITCH_REST, false},
        {"{\"Port\":{\"" UUID_B "\":{\"modify\":{\"external_ids\":"
         "[\"map\",[[\"ovsint-ip-10.0.0.1\",\"br0\"]]]}}}}",
         VSWITCH_REST, false},
        {"{\"Open_vSwitch\":{\"" UUID_B "\":{\"modify\":{\"cur_cfg\":1}}}}", 0,
         false},
        {"{\"Interface\":{\"" UUID_A "\":{\"delete\":null}},"
         "\"Port\":{\"" UUID_B "\":{\"delete\":null}}}",
         VSWITCH_REMOVED, true},
    };
    auto_vswitch_view struct vswitch_view view = {0};

    apply(&view, INTERFACE_ROW);
    CHECK_EQ(view.change_count, 1);
    CHECK_EQ(view.changes[0].what, VSWITCH_INSERTED | VSWITCH_IDS);
    apply(&view, PORT_ROW);
    CHECK_EQ(view.change_count, 1);
    CHECK_EQ(view.changes[0].what, VSWITCH_INSERTED | VSWITCH_REST);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        apply(&view, table[i].update);
        CHECK_EQ(view.change_count, table[i].what ? 1 : 0);
        CHECK(vswitch_view_changed(&view, table[i].what) ==
              (table[i].what != 0));
        CHECK(!vswitch_view_changed(&view, ~table[i].what));
        if (!table[i].what)
            continue;
        CHECK_STR(view.changes[0].name, "oi1");
        CHECK_EQ(view.changes[0].what, table[i].what);
        CHECK(!view.changes[0].port == table[i].gone);
    }
}

static bool is_found(const struct vswitch_view *view)
{
    const struct vswitch_port *found =
        vswitch_view_first(view, VSWITCH_BY_ENDPOINT, "e1");

    CHECK(vswitch_view_first(view, VSWITCH_BY_SET_UP, NULL) == found);
    CHECK(!vswitch_view_first(view, VSWITCH_BY_ENDPOINT, "e2"));
    CHECK(!vswitch_view_first(view, VSWITCH_BY_PORTS, NULL));
    CHECK(!found || !vswitch_port_next(found, VSWITCH_BY_ENDPOINT));
    return found != NULL;
}

TEST(a_port_is_found_by_the_keys_that_it_has_now)
{
    static const char both[] =
        "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
        "[\"map\",[[\"ovsint-endpoint\",\"e1\"],"
        "[\"ovsint-undressed\",\"true\"]]]}}}}";
    auto_vswitch_view struct vswitch_view view = {0};

    CHECK(!is_found(&view));
    apply(&view, PORT_ROW);
    apply(&view, INTERFACE_ROW);
    CHECK(!is_found(&view));
    apply(&view, both);
    CHECK(is_found(&view));
    /* in a difference, the same pairs once more remove them */
    apply(&view, both);
    CHECK(!is_found(&view));
    apply(&view, both);
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"delete\":null}}}");
    CHECK(!is_found(&view));
}

TEST(a_port_has_left_by_its_row_or_by_what_we_are_about_to_write)
{
    static const char *const marked =
        "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
        "[\"map\",[[\"ovsint-left\",\"true\"]]]}}}}";

    for (int by_row = 0; by_row <= 1; by_row++) {
        auto_vswitch_view struct vswitch_view view = {0};
        apply(&view, INTERFACE_ROW);
        apply(&view, PORT_ROW);
        const struct vswitch_port *port = view.ports[0];
        CHECK(!vswitch_port_has_left(port));
        CHECK(!vswitch_view_expect_left(&view, UUID_B)); /* of its Port */
        CHECK(!vswitch_port_has_left(port));
        if (by_row)
            apply(&view, marked);
        else
            CHECK(vswitch_view_expect_left(&view, UUID_A) == port);
        CHECK(vswitch_port_has_left(port));
    }
}

TEST(rows_leave_in_any_order)
{
    static const char gone_interface[] =
        "{\"Interface\":{\"" UUID_A "\":{\"delete\":null}}}";
    static const char gone_port[] =
        "{\"Port\":{\"" UUID_B "\":{\"delete\":null}}}";

    for (int order = 0; order < 2; order++) {
        auto_vswitch_view struct vswitch_view view = {0};
        apply(&view, INTERFACE_ROW);
        apply(&view, PORT_ROW);
        apply(&view, order ? gone_port : gone_interface);
        CHECK_EQ(view.count, 1);
        CHECK(!vswitch_port_is_ours(view.ports[0]));
        apply(&view, order ? gone_interface : gone_port);
        CHECK_EQ(view.count, 0);
        apply(&view, gone_port);
        CHECK_EQ(view.count, 0);
    }
}

TEST(nonsense_is_ignored)
{
    static const char *const table[] = {
        "null",
        "[]",
        "{\"Interface\":7}",
        "{\"Port\":{\"" UUID_B "\":[]}}",
        "{\"Port\":{\"" UUID_B "\":{\"modify\":{\"external_ids\":7}}}}",
        "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"ofport\":1}}}}"};
    auto_vswitch_view struct vswitch_view view = {0};

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        apply(&view, table[i]);
    CHECK_EQ(view.count, 0);
}

TEST(unreadable_spec)
{
    auto_vswitch_view struct vswitch_view view = {0};
    struct attachment spec;
    struct err err = {0};

    apply(&view, INTERFACE_ROW);
    CHECK_ERR(vswitch_port_spec(view.ports[0], &spec, &err), EINVAL, err,
              "port oi1 has no ovsint-spec");
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
                 "[\"map\",[[\"ovsint-spec\",\"{\"]]]}}}}");
    CHECK(vswitch_port_spec(view.ports[0], &spec, &err) < 0);
    CHECK_HAS(err.text, "port oi1: ovsint-spec: ");
}

TEST(what_a_spec_names)
{
    auto_vswitch_view struct vswitch_view view = {0};

    apply(&view, INTERFACE_ROW);
    CHECK(!vswitch_port_spec_names(view.ports[0], KEY_TYPE));
    apply(&view,
          "{\"Interface\":{\"" UUID_A "\":{\"modify\":{\"external_ids\":"
          "[\"map\",[[\"ovsint-spec\",\"{\\\"ifname\\\":\\\"eth0\\\","
          "\\\"vlan-mode\\\":\\\"access\\\",\\\"ovn\\\":\\\"web\\\"}\"]]]"
          "}}}}");
    CHECK(vswitch_port_spec_names(view.ports[0], KEY_OVN));
    CHECK(vswitch_port_spec_names(view.ports[0], KEY_VLAN_MODE));
    CHECK(!vswitch_port_spec_names(view.ports[0], KEY_VLAN));
    CHECK(!vswitch_port_spec_names(view.ports[0], KEY_TYPE));
}

static const struct vswitch_identity identity = {
    .owner = "hook",
    .boot = "boot",
    .holder = {.kind = HOLDER_CONTAINER,
               .id = "c1",
               .netns = "/run/netns/c1",
               .container = {.netns_id = "4:5",
                             .pidns = "4:6",
                             .bundle = "/run/b/c1",
                             .pid = 42}}};

static struct attachment example(void)
{
    struct attachment a = {.ifname = "eth0", .bridge = "br0", .vlan = 10};

    a.ip_count = 2;
    CHECK_EQ(parse_prefix("10.0.0.5/24", &a.ip[0]), 0);
    CHECK_EQ(parse_prefix("fd00::5/64", &a.ip[1]), 0);
    return a;
}

static const char *params_of(struct txn *txn)
{
    const struct buf *params = NULL;
    struct err err = {0};

    CHECK_OK(txn_params(txn, &params, &err), err);
    return buf_text(params);
}

TEST(a_plug_says_everything_at_once)
{
    static const char *const parts[] = {"\"op\":\"wait\"",
                                        "\"name\":\"oi1\"",
                                        "internal",
                                        "\"tag\":10",
                                        "ovsint-ip-10.0.0.5\",\"br0/10\"",
                                        "ovsint-ip-fd00::5\",\"br0/10\"",
                                        "ovsint-segment\",\"br0/10\"",
                                        "iface-id\",\"c1/eth0\"",
                                        "attached-mac\",\"02:00:00:00:00:01\"",
                                        "ovsint-member-c1",
                                        "ovsint-netns\",\"/run/netns/c1\"",
                                        "ovsint-boot\",\"boot\"",
                                        "ovsint-pidns\",\"4:6\"",
                                        "ovsint-bundle-c1\",\"/run/b/c1\"",
                                        "ovsint-pid-c1\",\"42\"",
                                        "ovsint-spec"};
    struct attachment a = example();
    struct vswitch_plug plug = {
        .attachment = &a, .port = "oi1", .mac = {{2, 0, 0, 0, 0, 1}}};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    const char *text = params_of(&txn);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        CHECK_HAS(text, parts[i]);
    }
    CHECK(!strstr(text, "next_cfg"));
    CHECK(!strstr(text, "mtu_request"));
}

TEST(a_port_of_an_endpoint_says_nothing_of_a_container)
{
    static const struct vswitch_identity docker = {
        .owner = "docker",
        .boot = "boot",
        .holder = {.kind = HOLDER_ENDPOINT,
                   .id = "e1",
                   .endpoint = {.network = "n1", .altname = "eth0"}}};
    struct attachment a = example();
    struct vswitch_plug plug = {
        .attachment = &a, .port = "oi1", .mac = {{2, 0, 0, 0, 0, 1}}};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &docker, &plug, 0);
    const char *text = params_of(&txn);
    CHECK_HAS(text, "ovsint-endpoint\",\"e1\"");
    CHECK_HAS(text, "ovsint-network\",\"n1\"");
    CHECK_HAS(text, "ovsint-altname\",\"eth0\"");
    CHECK_HAS(text, "iface-id\",\"e1\"");
    CHECK(!strstr(text, "ovsint-netns"));
    CHECK(!strstr(text, "ovsint-member-"));
    CHECK(!strstr(text, "ovsint-undressed"));
}

TEST(members_come_and_go_with_what_they_told)
{
    const struct port_holder second = {
        .kind = HOLDER_CONTAINER, .id = "c2", .container = {.pid = 43}};
    struct vswitch_port port = {.iface_uuid = UUID_A, .port_uuid = UUID_A};
    auto_txn struct txn join = {0};
    auto_txn struct txn leave = {0};

    txn_init(&join, OVSDB_NAME);
    vswitch_join(&join, &port, &second);
    const char *text = params_of(&join);
    CHECK_HAS(text, "ovsint-member-c2");
    CHECK_HAS(text, "ovsint-pid-c2\",\"43\"");
    CHECK(!strstr(text, "ovsint-bundle-c2"));
    txn_init(&leave, OVSDB_NAME);
    vswitch_leave(&leave, &port, "c2");
    text = params_of(&leave);
    CHECK_HAS(text, "ovsint-member-c2");
    CHECK_HAS(text, "ovsint-bundle-c2");
    CHECK_HAS(text, "ovsint-pid-c2");
}

TEST(users_external_ids_go_before_ours)
{
    struct attachment a = example();
    struct vswitch_plug plug = {.attachment = &a, .port = "oi1"};
    auto_txn struct txn txn = {0};

    a.external_id_count = 1;
    snprintf(a.external_ids[0].key, sizeof(a.external_ids[0].key), "iface-id");
    snprintf(a.external_ids[0].value, sizeof(a.external_ids[0].value), "lsp7");
    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    const char *text = params_of(&txn);
    CHECK_HAS(text, "[\"iface-id\",\"lsp7\"]");
    CHECK(!strstr(text, "c1/eth0"));
}

/* Any key of ours comes back, even one that no code knows. What others have
 * written does not: it was true of the former port. */
TEST(a_port_is_made_again_with_all_that_its_rows_said)
{
    static const char rows[] =
        "{\"Interface\":{\"" UUID_A "\":{\"insert\":{\"name\":\"oi1\","
        "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"],"
        "[\"ovsint-container\",\"c1\"],[\"ovsint-member-c2\",\"\"],"
        "[\"ovsint-netns-id\",\"4:5\"],[\"ovsint-boot\",\"boot\"],"
        "[\"ovsint-ports\",\"some\"],[\"ovsint-new\",\"1\"],"
        "[\"ovsint-remaking\",\"true\"],[\"ovn-installed\",\"true\"],"
        "[\"iface-id\",\"by hand\"],[\"tenant\",\"t7\"],"
        "[\"attached-mac\",\"02:00:00:00:00:01\"]]]}}},"
        "\"Port\":{\"" UUID_B "\":{\"insert\":{\"name\":\"oi1\","
        "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"],"
        "[\"ovsint-ip-10.0.0.5\",\"br0/10\"],[\"ovsint-other\",\"2\"]]]}}}}";
    static const char interface[] =
        "{\"op\":\"update\",\"table\":\"Interface\",\"where\":"
        "[[\"name\",\"==\",\"oi1\"]],\"row\":{\"external_ids\":[\"map\",["
        "[\"ovsint-owner\",\"hook\"],[\"ovsint-container\",\"c1\"],"
        "[\"ovsint-member-c2\",\"\"],[\"ovsint-netns-id\",\"4:5\"],"
        "[\"ovsint-boot\",\"boot\"],[\"ovsint-ports\",\"some\"],"
        "[\"ovsint-new\",\"1\"],[\"iface-id\",\"by hand\"],"
        "[\"tenant\",\"t7\"],[\"attached-mac\",\"02:00:00:00:00:01\"]]]}}";
    static const char port[] =
        "{\"op\":\"update\",\"table\":\"Port\",\"where\":"
        "[[\"name\",\"==\",\"oi1\"]],\"row\":{\"external_ids\":[\"map\",["
        "[\"ovsint-owner\",\"hook\"],[\"ovsint-ip-10.0.0.5\",\"br0/10\"],"
        "[\"ovsint-other\",\"2\"]]]}}";
    auto_vswitch_view struct vswitch_view view = {0};
    struct attachment a = example();
    auto_txn struct txn txn = {0};
    struct err err = {0};

    a.external_id_count = 1;
    snprintf(a.external_ids[0].key, sizeof(a.external_ids[0].key), "tenant");
    apply(&view, rows);
    txn_init(&txn, OVSDB_NAME);
    CHECK_OK(vswitch_plug_again(&txn, view.ports[0], &a, &err), err);
    const char *text = params_of(&txn);
    CHECK_HAS(text, "\"op\":\"insert\",\"table\":\"Interface\"");
    CHECK_HAS(text, interface);
    CHECK_HAS(text, port);
}

static const char closing[] =
    "{\"op\":\"update\",\"table\":\"Port\",\"where\":"
    "[[\"name\",\"==\",\"oi1\"]],\"row\":{"
    "\"vlan_mode\":\"trunk\",\"trunks\":[\"set\",[4095]]}},"
    "{\"op\":\"mutate\",\"table\":\"Port\",\"where\":"
    "[[\"name\",\"==\",\"oi1\"]],\"mutations\":"
    "[[\"external_ids\",\"insert\",[\"map\",[[\"ovsint-closed\",\"true\"]]]]]}";

/* The device of a row that comes again is in its container: nothing of it may
 * pass before the flows of its guard. */
TEST(a_guarded_port_comes_again_closed)
{
    static const char rows[] =
        "{\"Interface\":{\"" UUID_A "\":{\"insert\":{\"name\":\"oi1\","
        "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"],"
        "[\"ovsint-container\",\"c1\"],[\"ovsint-netns-id\",\"4:5\"],"
        "[\"ovsint-boot\",\"boot\"],"
        "[\"ovsint-mac\",\"02:00:00:00:00:01\"]]]}}}}";
    auto_vswitch_view struct vswitch_view view = {0};
    struct attachment a = example();
    struct err err = {0};

    apply(&view, rows);
    for (unsigned guard = SOURCE_GUARD_OFF; guard <= SOURCE_GUARD_FULL;
         guard++) {
        auto_txn struct txn txn = {0};
        txn_init(&txn, OVSDB_NAME);
        a.guard = (enum source_guard)guard;
        CHECK_OK(vswitch_plug_again(&txn, view.ports[0], &a, &err), err);
        const char *text = params_of(&txn);
        CHECK((strstr(text, closing) != NULL) == (guard != SOURCE_GUARD_OFF));
    }
}

#define CLOSED_WHERE "[\"name\",\"==\",\"oi1\"],[\"trunks\",\"==\",4095]"

static void check_opens_noted(const struct attachment *a, const char *note,
                              const char *mode, const char *trunks)
{
    char name[] = "oi1";
    struct vswitch_port port = {.name = name};
    auto_txn struct txn txn = {0};
    auto_buf struct buf wanted = BUF_INIT(1024);

    vswitch_map_add(&port.port_ids, ID_CLOSED, note);
    txn_init(&txn, OVSDB_NAME);
    vswitch_open(&txn, &port, a);
    vswitch_map_done(&port.port_ids);
    buf_addf(&wanted,
             "[" CLOSED_WHERE ",[\"vlan_mode\",\"==\",\"trunk\"]],"
             "\"row\":{\"vlan_mode\":%s}},{\"op\":\"update\","
             "\"table\":\"Port\",\"where\":[" CLOSED_WHERE "],"
             "\"row\":{\"trunks\":[\"set\",[%s]]}},{\"op\":\"mutate\","
             "\"table\":\"Port\",\"where\":[[\"name\",\"==\",\"oi1\"]],"
             "\"mutations\":[[\"external_ids\",\"delete\","
             "[\"set\",[\"ovsint-closed\"]]]]}",
             mode, trunks);
    CHECK_HAS(params_of(&txn), buf_text(&wanted));
}

static void check_opens(const struct attachment *a, const char *mode,
                        const char *trunks)
{
    check_opens_noted(a, "true", mode, trunks);
}

/* Its tag, and what else has changed while it was closed, is the operator's. */
TEST(a_port_that_opens_has_the_columns_of_its_spec_but_the_tag)
{
    struct attachment a = {.vlan = 10, .vlan_mode = VLAN_MODE_ACCESS};

    check_opens(&a, "\"access\"", "");
    a = (struct attachment){0};
    check_opens(&a, "[\"set\",[]]", "");
    a.vlan_mode = VLAN_MODE_TRUNK;
    vlan_set_add(&a.trunks, 20);
    check_opens(&a, "\"trunk\"", "20");
    a.vlan = 10;
    a.vlan_mode = VLAN_MODE_DOT1Q_TUNNEL;
    check_opens(&a, "\"dot1q-tunnel\"", "");
}

#define NOTE "{\"vlan_mode\":\"trunk\",\"trunks\":[0,20],\"cvlans\":[]}"

TEST(a_port_that_opens_has_the_columns_that_were_noted)
{
    static const char *const others[] = {
        "", "[]", "{\"vlan_mode\":\"x\",\"trunks\":[],\"cvlans\":[]}",
        "{\"vlan_mode\":\"\",\"trunks\":[4096],\"cvlans\":[]}",
        "{\"vlan_mode\":\"\",\"trunks\":[],\"cvlans\":[\"1\"]}"};
    struct attachment a = {.vlan = 10, .vlan_mode = VLAN_MODE_ACCESS};

    check_opens_noted(&a, NOTE, "\"trunk\"", "0,20");
    check_opens_noted(&a, "{\"vlan_mode\":\"\",\"trunks\":[],\"cvlans\":[7]}",
                      "[\"set\",[]]", "");
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        check_opens_noted(&a, others[i], "\"access\"", "");
}

static void check_notes(const char *row, const char *note)
{
    const struct attachment a = {.vlan = 10, .vlan_mode = VLAN_MODE_ACCESS};
    auto_json struct json *json = json_of(row);
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    CHECK_EQ(vswitch_note_vlans(&txn, json, &a), note != NULL);
    if (note)
        CHECK_HAS(params_of(&txn), note);
}

TEST(what_a_port_notes_before_it_is_closed)
{
    check_notes("{\"name\":\"oi1\",\"vlan_mode\":\"access\","
                "\"trunks\":[\"set\",[]],\"cvlans\":[\"set\",[]]}",
                NULL);
    check_notes("{\"name\":\"oi1\",\"vlan_mode\":\"trunk\","
                "\"trunks\":4095,\"cvlans\":[\"set\",[]]}",
                NULL);
    check_notes("{\"name\":\"oi1\"}", NULL);
    check_notes("{\"name\":\"oi1\",\"vlan_mode\":\"trunk\","
                "\"trunks\":[\"set\",[0,20]],\"cvlans\":[\"set\",[]]}",
                "\"where\":[[\"name\",\"==\",\"oi1\"],[\"external_ids\","
                "\"includes\",[\"map\",[[\"ovsint-closed\",\"true\"]]]]]");
}

/* The index of the failed operation tells which guard it was. */
TEST(faults)
{
    struct attachment a = example();
    struct vswitch_plug plugs[2] = {{.attachment = &a, .port = "oi1"},
                                    {.attachment = &a, .port = "oi2"}};
    auto_txn struct txn txn = {0};
    size_t address = 9;

    txn_init(&txn, OVSDB_NAME);
    vswitch_remove(&txn, UUID_A, "oi0");
    vswitch_plug(&txn, &identity, &plugs[0], 0);
    vswitch_plug(&txn, &identity, &plugs[1], 1);
    CHECK_EQ(plugs[0].first_op, 3);
    CHECK_EQ(plugs[1].first_op, 10);
    CHECK_EQ(txn_count(&txn), 17);

    struct reply_fault fault = {.kind = REPLY_GUARD, .op = 0};
    CHECK_EQ(vswitch_plug_fault(&plugs[0], &fault, &address),
             VSWITCH_FAULT_OTHER);
    fault.op = 3;
    CHECK_EQ(vswitch_plug_fault(&plugs[0], &fault, &address),
             VSWITCH_NO_BRIDGE);
    fault.op = 11;
    CHECK_EQ(vswitch_plug_fault(&plugs[1], &fault, &address),
             VSWITCH_IFNAME_BUSY);
    fault.op = 13;
    CHECK_EQ(vswitch_plug_fault(&plugs[1], &fault, &address),
             VSWITCH_ADDRESS_TAKEN);
    CHECK_EQ(address, 1);
    fault.op = 14;
    CHECK_EQ(vswitch_plug_fault(&plugs[1], &fault, &address),
             VSWITCH_FAULT_OTHER);
    fault = (struct reply_fault){.kind = REPLY_CONSTRAINT, .op = 9};
    CHECK_EQ(vswitch_plug_fault(&plugs[1], &fault, &address),
             VSWITCH_FAULT_OTHER);
}

TEST(used_addresses)
{
    static const char text[] =
        "[{\"rows\":[{\"external_ids\":[\"map\",[[\"ovsint-ip-10.0.0.9\","
        "\"br0/0\"],[\"ovsint-ip-fd00::1\",\"br0/0\"],[\"x\",\"y\"]]]},"
        "{\"external_ids\":[\"map\",[[\"ovsint-ip-10.0.0.2\",\"br0/0\"],"
        "[\"ovsint-ip-nonsense\",\"br0/0\"]]]}]}]";
    static const struct json_limits limits = {.size = 65536, .depth = 32};
    auto_json struct json *result = NULL;
    auto_free struct ip *used = NULL;
    struct err err = {0};
    char first[IP_TEXT_SIZE];

    CHECK_OK(json_parse(text, strlen(text), &limits, &result, &err), err);
    CHECK_EQ(vswitch_used(result, 0, "hook", "boot", &used), 3);
    ip_format(&used[0], first);
    CHECK_STR(first, "10.0.0.2");
}

/* A port is deleted and inserted again under its name, in one update and in
 * either order: the new one starts without what the switch said of the old
 * one. */
TEST(a_successor_inherits_nothing)
{
    static const char *const orders[] = {
        "{\"Interface\":{\"" UUID_A "\":{\"delete\":null},\"" UUID_B
        "\":{\"insert\":{\"name\":\"oi1\"}}}}",
        "{\"Interface\":{\"" UUID_B "\":{\"insert\":{\"name\":\"oi1\"}},"
        "\"" UUID_A "\":{\"delete\":null}}}",
    };

    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        auto_vswitch_view struct vswitch_view view = {0};
        apply(&view, INTERFACE_ROW);
        apply(&view, PORT_ROW);
        apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"modify\":{"
                     "\"ofport\":7,\"ifindex\":12,\"error\":\"no\"}}}}");
        apply(&view, orders[i]);
        const struct vswitch_port *port = vswitch_view_find(&view, "oi1");
        CHECK(port != NULL);
        CHECK_STR(port->iface_uuid, UUID_B);
        CHECK_EQ(port->ofport, 0);
        CHECK_EQ(port->ifindex, 0);
        CHECK(!port->error);
        CHECK_EQ(port->ids.count, 0);
        CHECK_EQ(view.change_count, 1);
        CHECK(view.changes[0].port == port);
        CHECK_EQ(view.changes[0].what,
                 i ? VSWITCH_INSERTED : VSWITCH_INSERTED | VSWITCH_REMOVED);
    }
}

/* One update in which the former port goes and its successor comes. */
TEST(a_port_that_is_followed_by_its_like)
{
    static const char *const kept[] = {"oi1", "oi1"};
    auto_vswitch_view struct vswitch_view view = {0};

    apply(&view, INTERFACE_ROW);
    apply(&view, "{\"Interface\":{\"" UUID_A "\":{\"delete\":null},\"" UUID_B
                 "\":{\"insert\":{\"name\":\"oi1\"}}}}");
    CHECK_EQ(view.change_count, ARRAY_LEN(kept));
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        CHECK_STR(view.changes[i].name, kept[i]);
    CHECK(!view.changes[0].port);
    CHECK(view.changes[1].port == vswitch_view_find(&view, "oi1"));
}

TEST(addresses_of_the_dead_are_free)
{
    static const char row[] =
        "[{\"rows\":[{\"external_ids\":[\"map\",[[\"ovsint-ip-10.0.0.9\","
        "\"br0/0\"]%s]]}]}]";
    static const struct {
        const char *ids;
        size_t used;
    } table[] = {
        {"", 1},
        {",[\"ovsint-owner\",\"hook\"]", 1},
        {",[\"ovsint-boot\",\"earlier\"]", 1},
        {",[\"ovsint-owner\",\"hook\"],[\"ovsint-boot\",\"boot\"]", 1},
        {",[\"ovsint-owner\",\"docker\"],[\"ovsint-boot\",\"earlier\"]", 1},
        {",[\"ovsint-owner\",\"hook\"],[\"ovsint-boot\",\"earlier\"]", 0},
    };
    static const struct json_limits limits = {.size = 65536, .depth = 32};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_json struct json *result = NULL;
        auto_free struct ip *used = NULL;
        struct err err = {0};
        char text[512];
        snprintf(text, sizeof(text), row, table[i].ids);
        CHECK_OK(json_parse(text, strlen(text), &limits, &result, &err), err);
        CHECK_EQ(vswitch_used(result, 0, "hook", "boot", &used), table[i].used);
        CHECK_EQ(vswitch_row_is_dead(reply_row(result, 0, 0), "hook", "boot"),
                 table[i].used == 0);
    }
}

TEST_MAIN
