/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The gateway of a logical switch as a network's host access port waits for it:
 * each step that may fail, and what is done when the network has gone. */
#include <errno.h>

#include "tests/lib/gateway_world.h"
#include "tests/lib/model.h"

#define NET "aaaaaaaa11111111"
#define DEV "ovsint-aaaaaaaa"
#define ROW                                                   \
    "{'options':{'ovn':'web','mode':'nat'},'pools':[{'pool':" \
    "'10.9.0.0/24','gateway':'10.9.0.1'}]}"
#define KEY ID_NETWORK_PREFIX NET
#define UUID "['uuid','00000000-0000-4000-8000-000000000001']"
#define SWITCH "{'rows':[{'_uuid':" UUID "}]}"
#define NONE "{'rows':[]}"
#define USES(uses)                                        \
    "[{'rows':[{'_uuid':" UUID ",'name':'ovsint-gw-web'," \
    "'external_ids':['map',[['ovsint-owner','docker']" uses "]]}]}]"
#define OURS ",['ovsint-use-" NET "@h1','h1']"
#define THEIRS ",['ovsint-use-" NET "@h2','h2']"

static int there; /* what calls in flight point to */

static void begin_ovn(void)
{
    auto_network_row struct network_row read = {0};
    auto_free char *text = model_quotes(ROW);
    struct attachment attachment;
    struct host_port port = {
        .network = NET, .network_row = &read, .attachment = &attachment};
    auto_txn struct txn txn = {0};
    struct err err = {0};

    begin();
    small_northbound.chassis = "h1";
    small_northbound.is_up = true;
    gateway_use(gateway, (struct northbound *)&there);
    small_northbound.listener->changed(small_northbound.listener->data);
    small_northbound_answers("[" NONE "]", 0);
    CHECK_OK(network_row_read(text, &read, &err), err);
    CHECK_OK(host_port_attachment(&read, NULL, &small_daemon.settings, "br0",
                                  &attachment, &err),
             err);
    CHECK_OK(host_port_limit(gateway, &attachment, &err), err);
    CHECK_EQ(attachment.mtu, 1442);
    small_put(&db, small_find(&db, "Bridge", "br0"), KEY, text);
    txn_init(&txn, OVSDB_NAME);
    host_port_say(&port, &txn);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    daemon_settle();
    switch_makes(DEV);
    wait_ms(500);
    buf_clear(&said);
}

static void end_ovn(void)
{
    end();
    CHECK(!small_northbound.listener);
    free(small_northbound.sent);
    small_northbound = (struct small_northbound){0};
}

static int state(struct err *err)
{
    return host_port_state(gateway, NET, err);
}

static void come_up(void)
{
    struct err err = {0};

    CHECK_EQ(state(&err), 0);
    small_northbound_answers("[" SWITCH "," NONE "," NONE "]", 0);
    CHECK_HAS(small_northbound.sent, "'type':'localport'");
    changes = 0;
    small_northbound_answers("[{},{},{},{},{'count':1}]", 0);
    CHECK(changes > 0);
    CHECK_EQ(state(&err), 1);
    CHECK(!small_northbound.call);
}

static void go(void)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    host_port_remove(gateway, NET, &txn);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    small_drop(small_find(&db, "Bridge", "br0"), KEY);
    daemon_settle();
}

TEST(a_network_waits_for_its_gateway)
{
    begin_ovn();
    come_up();
    end_ovn();
}

/* Whoever waits is told once, and the next one asks anew. */
TEST(what_fails_is_told_and_tried_again)
{
    struct err err = {0};

    begin_ovn();
    CHECK_EQ(state(&err), 0);
    small_northbound_answers(NULL, ECONNRESET);
    CHECK_ERR(state(&err), ECONNRESET, err, "OVN's northbound database");
    CHECK_EQ(state(&err), 0);
    small_northbound_answers("[" NONE "," NONE "," NONE "]", 0);
    CHECK_ERR(state(&err), ENOENT, err, "there is no logical switch 'web'");
    CHECK_EQ(state(&err), 0);
    small_northbound_answers("[" SWITCH "," NONE "," NONE "]", 0);
    small_northbound_answers(NULL, EIO);
    CHECK_ERR(state(&err), EIO, err, "OVN's northbound database");
    small_northbound.chassis = NULL;
    CHECK_ERR(state(&err), ENODEV, err, "this host is no chassis of OVN");
    small_northbound.chassis = "h1";
    come_up();
    end_ovn();
}

/* There the router is one of the physical network. */
TEST(a_switch_on_a_physical_network_has_none)
{
    static const char localnets[] =
        "[" SWITCH "," NONE "," NONE "," SWITCH "," SWITCH "]";
    struct err err = {0};

    begin_ovn();
    CHECK_EQ(state(&err), 0);
    CHECK(host_port_asks_northbound(gateway, NET));
    CHECK(!host_port_asks_northbound(gateway, "another"));
    small_northbound_answers(localnets, 0);
    CHECK_HAS(small_northbound.sent, "['ports','includes',");
    CHECK(host_port_asks_northbound(gateway, NET));
    small_northbound_answers("[" SWITCH "]", 0);
    CHECK_ERR(state(&err), EINVAL, err, "has a port of type localnet");
    CHECK(!small_northbound.call);
    CHECK_EQ(state(&err), 0);
    small_northbound_answers(localnets, 0);
    small_northbound_answers(NULL, EIO);
    CHECK_ERR(state(&err), EIO, err, "OVN's northbound database");
    /* Those of other switches do not matter. */
    CHECK_EQ(state(&err), 0);
    small_northbound_answers(localnets, 0);
    small_northbound_answers("[" NONE "]", 0);
    CHECK_HAS(small_northbound.sent, "'type':'localport'");
    small_northbound_answers("[{},{},{},{},{'count':1}]", 0);
    CHECK_EQ(state(&err), 1);
    CHECK(!host_port_asks_northbound(gateway, NET));
    end_ovn();
}

TEST(somebody_is_quicker_again_and_again)
{
    struct err err = {0};

    begin_ovn();
    CHECK_EQ(state(&err), 0);
    for (int i = 0; i < 8; i++) {
        small_northbound_answers("[" SWITCH "," NONE "," NONE "]", 0);
        CHECK_EQ(state(&err), 0);
        small_northbound_guard(1);
    }
    CHECK_ERR(state(&err), ESTALE, err, "a guard did not hold");
    come_up();
    end_ovn();
}

TEST(it_is_looked_at_when_the_database_is_back_and_when_one_went)
{
    struct northbound_listener *listener;

    begin_ovn();
    listener = small_northbound.listener;
    /* One that is still being made is its maker's. */
    small_northbound.gateways_gone++;
    listener->changed(listener->data);
    CHECK(!small_northbound.call);
    come_up();
    listener->changed(listener->data);
    CHECK(!small_northbound.call);
    small_northbound.gateways_gone++;
    listener->changed(listener->data);
    CHECK(small_northbound.call);
    small_northbound_answers("[" SWITCH "," NONE "," NONE "]", 0);
    CHECK_HAS(small_northbound.sent, "'type':'localport'");
    small_northbound_answers("[{},{},{},{},{'count':1}]", 0);
    end_ovn();
}

/* The switch was not there, and is made again. */
TEST(one_that_was_lost_is_tried_again)
{
    struct northbound_listener *listener;

    begin_ovn();
    come_up();
    gateway_look_at_switches(gateway);
    CHECK(!small_northbound.call);
    listener = small_northbound.listener;
    small_northbound.gateways_gone++;
    listener->changed(listener->data);
    small_northbound_answers("[" NONE "," NONE "," NONE "]", 0);
    gateway_look_at_switches(gateway);
    small_northbound_answers("[" SWITCH "," NONE "," NONE "]", 0);
    CHECK_HAS(small_northbound.sent, "'type':'localport'");
    small_northbound_answers("[{},{},{},{},{'count':1}]", 0);
    end_ovn();
}

TEST(a_network_that_goes_leaves_it_to_others)
{
    begin_ovn();
    come_up();
    go();
    small_northbound_answers(USES(OURS THEIRS), 0);
    CHECK_HAS(small_northbound.sent, "'ovsint-use-" NET "@h1'");
    CHECK(!strstr(small_northbound.sent, "@h2"));
    small_northbound_answers("[{'count':1}]", 0);
    small_northbound_answers(USES(THEIRS), 0);
    CHECK(!small_northbound.call);
    end_ovn();
}

TEST(the_last_network_removes_it)
{
    begin_ovn();
    come_up();
    go();
    small_northbound_answers(USES(OURS), 0);
    small_northbound_answers("[{'count':1}]", 0);
    small_northbound_answers(USES(""), 0);
    CHECK_HAS(small_northbound.sent, "'op':'delete'");
    /* Another host uses it by now. */
    small_northbound_guard(0);
    small_northbound_answers(USES(""), 0);
    CHECK(!small_northbound.call);
    end_ovn();
}

/* What is left is seen when it is back. */
TEST(the_database_is_away_when_a_network_goes)
{
    struct northbound_listener *listener;

    begin_ovn();
    come_up();
    listener = small_northbound.listener;
    small_northbound.is_up = false;
    listener->changed(listener->data);
    go();
    CHECK(!small_northbound.call);
    small_northbound.is_up = true;
    listener->changed(listener->data);
    small_northbound_answers(USES(OURS), 0);
    small_northbound_answers(NULL, ECONNRESET);
    CHECK(!small_northbound.call);
    end_ovn();
}

TEST_MAIN
