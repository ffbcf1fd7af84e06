/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The row of a host access port: what makes it, what it is made again from, and
 * what the operator is told when it cannot be. */
#include <errno.h>

#include "plugin/gateway/host_rows.h"
#include "tests/lib/model.h"
#include "tests/lib/rows.h"

#define ID "0123456789abcdef"

struct fixture {
    struct settings settings;
    struct network_row row;
    struct attachment attachment;
    struct host_port port;
};

static void begin(struct fixture *f, const char *row, const char *spec)
{
    auto_free char *text = model_quotes(row);
    auto_free char *quoted = spec ? model_quotes(spec) : NULL;
    struct err err = {0};

    *f = (struct fixture){.port = {.network = ID}};
    CHECK_OK(model_settings("{}", &f->settings, &err), err);
    CHECK_OK(network_row_read(text, &f->row, &err), err);
    CHECK_OK(host_port_attachment(&f->row, quoted, &f->settings, "br0",
                                  &f->attachment, &err),
             err);
    f->port.network_row = &f->row;
    f->port.attachment = &f->attachment;
}

static void end(struct fixture *f)
{
    settings_done(&f->settings);
    network_row_done(&f->row);
}

#define NAT                                                             \
    "{'options':{'mode':'nat','mtu':'1400'},'pools':[{'pool':"          \
    "'10.0.0.0/24','gateway':'10.0.0.1'},{'pool':'fd00::/64','gateway'" \
    ":'fd00::1'}]}"
#define WAIT(table, where)                                           \
    "{'op':'wait','table':'" table "','where':[" where "],'columns'" \
    ":['_uuid'],'until':'==','timeout':0,'rows':[]}"
#define SEGMENT "'br0/0'"

TEST(the_rows)
{
    struct fixture f;
    auto_txn struct txn txn = {0};

    begin(&f, NAT, NULL);
    txn_init(&txn, OVSDB_NAME);
    txn_comment(&txn, "what is before it");
    host_port_say(&f.port, &txn);
    CHECK_EQ(f.port.first_op, 1);
    auto_free char *text = rows_txn(&txn);
    CHECK_STR(
        text,
        "['Open_vSwitch',{'op':'comment','comment':'what is before "
        "it'}," WAIT("Interface", "['name','==','ovsint-01234567']") "," WAIT(
            "Port",
            "['external_ids','includes',['map',[['ovsint-ip-10.0.0.1'"
            "," SEGMENT
            "]]]]") "," WAIT("Port",
                             "['external_ids','includes',['map',[['"
                             "ovsint-ip-fd00::1'," SEGMENT
                             "]]]]") ","
                                     "{'op':'insert','table':'Interface',"
                                     "'uuid-name':'host_interface','row':"
                                     "{'name':'ovsint-01234567','type':'"
                                     "internal','mac':"
                                     "'fe:27:96:0e:93:1e','mtu_request':"
                                     "1400,'external_ids':['map',["
                                     "['ovsint-owner','docker'],['ovsint-"
                                     "host-network','" ID "'],"
                                     "['ovsint-host-spec','{\\'ifname\\':"
                                     "\\'eth0\\',\\'bridge\\':"
                                     "\\'br0\\',\\'mtu\\':1400}']]]}},"
                                     "{'op':'insert','table':'Port','"
                                     "uuid-name':'host_port','row':"
                                     "{'name':'ovsint-01234567','"
                                     "interfaces':['named-uuid',"
                                     "'host_interface'],'external_ids':['"
                                     "map',[['ovsint-owner','docker'],"
                                     "['ovsint-segment'," SEGMENT
                                     "],['ovsint-ip-10.0.0.1'," SEGMENT "],"
                                     "['ovsint-ip-fd00::1'," SEGMENT "]]]}},"
                                     "{'op':'mutate','table':'Bridge','"
                                     "where':[['name','==','br0']],"
                                     "'mutations':[['ports','insert',['"
                                     "named-uuid','host_port']]]}]");
    end(&f);
}

/* Each host has the same MAC and the same iface-id there. */
TEST(on_a_logical_switch)
{
    struct fixture f;
    auto_txn struct txn txn = {0};

    begin(&f,
          "{'options':{'ovn':'web','mode':'nat'},'pools':[{'pool':"
          "'10.0.0.0/24','gateway':'10.0.0.1'}]}",
          NULL);
    txn_init(&txn, OVSDB_NAME);
    host_port_say(&f.port, &txn);
    auto_free char *text = rows_txn(&txn);
    CHECK_HAS(text, "['iface-id','ovsint-gw-web']");
    CHECK(!strstr(text, "fe:27:96:0e:93:1e"));
    struct mac one = host_mac("one", "web"), two = host_mac("two", "web");
    CHECK(mac_equal(&one, &two));
    two = host_mac("two", "other");
    CHECK(!mac_equal(&one, &two));
    end(&f);
}

/* A plugin that has seen the row makes it as it was; one that has not, or saw
 * that of an earlier version, as the options come to today. */
TEST(what_it_is_made_again_from)
{
    static const struct {
        const char *row, *spec, *want;
    } table[] = {
        {"{'options':{'bridge':'br0','vlan':'10','mtu':'1400'}}", NULL,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access','mtu':"
         "1400}"},
        {"{'options':{'bridge':'br0','vlan':'10','mtu':'1400'}}",
         "{'ifname':'eth0','bridge':'br0','vlan':11,'vlan-mode':'access',"
         "'mtu':1300}",
         "{'ifname':'eth0','bridge':'br0','vlan':11,'vlan-mode':'access',"
         "'mtu':1300}"},
        /* it is where its network's row is */
        {"{'options':{'bridge':'br9'}}", NULL,
         "{'ifname':'eth0','bridge':'br0'}"},
        {"{'options':{'bridge':'br0'}}", "{'ifname':'eth0','bridge':'br9'}",
         "{'ifname':'eth0','bridge':'br0'}"},
        /* somebody's hand was in the row */
        {"{'options':{'vlan':'10'}}", "{'vlan':",
         "{'ifname':'eth0','bridge':"
         "'br0','vlan':10,'vlan-mode':'access'}"},
        {"{'options':{'vlan':'10'}}", "{'vlan':4095}",
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct fixture f;
        begin(&f, table[i].row, table[i].spec);
        auto_free char *spec = model_spec(&f.attachment);
        CHECK_STR(spec, table[i].want);
        end(&f);
    }
}

TEST(what_its_row_keeps_is_what_it_was_made_from)
{
    struct fixture f, again;
    auto_txn struct txn txn = {0};

    begin(&f,
          "{'options':{'vlan':'10','mtu':'1400','host-access':'true',"
          "'host-ip':'10.0.0.9/24'}}",
          NULL);
    txn_init(&txn, OVSDB_NAME);
    host_port_say(&f.port, &txn);
    auto_free char *text = rows_txn(&txn);
    CHECK_HAS(text, "['ovsint-host-spec','{\\'ifname\\':\\'eth0\\',"
                    "\\'bridge\\':\\'br0\\',\\'vlan\\':10,"
                    "\\'vlan-mode\\':\\'access\\',\\'mtu\\':1400}']");
    auto_free char *spec = model_spec(&f.attachment);
    begin(&again, "{}", spec);
    CHECK_EQ(again.attachment.vlan, 10);
    CHECK_EQ(again.attachment.mtu, 1400);
    end(&again);
    end(&f);
}

TEST(what_stood_in_the_way)
{
    static const struct {
        size_t op;
        enum reply_kind kind;
        const char *text; /* NULL = it was not the port */
        int code;
    } table[] = {
        {2, REPLY_GUARD, "the switch has a port ovsint-01234567 already",
         EEXIST},
        {3, REPLY_GUARD,
         "address 10.0.0.1, which the host is to have, is held "
         "by a port of bridge br0: 'ovs-vsctl find Port "
         "external_ids:ovsint-ip-10.0.0.1=...' shows it",
         EADDRINUSE},
        {4, REPLY_GUARD, "address fd00::1", EADDRINUSE},
        {1, REPLY_GUARD, NULL, 0},
        {5, REPLY_GUARD, NULL, 0},
        {2, REPLY_CONSTRAINT, NULL, 0},
    };
    struct fixture f;

    begin(&f, NAT, NULL);
    f.port.first_op = 2;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct reply_fault fault = {.kind = table[i].kind, .op = table[i].op};
        struct err err = {0};
        CHECK_EQ(host_port_refused(&f.port, &fault, &err),
                 table[i].text != NULL);
        if (!table[i].text)
            continue;
        CHECK_EQ(err.code, table[i].code);
        CHECK_HAS(err.text, table[i].text);
    }
    end(&f);
}

TEST_MAIN
