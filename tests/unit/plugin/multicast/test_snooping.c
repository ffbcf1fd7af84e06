/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bridges that are to snoop, over a small database, a small bridge and a clock
 * of numbers: what is written of them, for how long, and when members are
 * asked.
 */
#include "plugin/multicast/snooping.h"

#include "ovsint/rows/external_ids.h"
#include "plugin/multicast/bridge_vlans.h"
#include "tests/lib/model.h"
#include "tests/lib/small_bridge.h"
#include "tests/lib/small_daemon.h"

static struct small_ovsdb db;
static struct snooping *snooping;

static void begin(void)
{
    struct host *host = daemon_open(&db);

    small_bridge = (struct small_bridge){.is_here = true};
    small_daemon.settings.timeout_ms = 1000;
    snooping = snooping_open(NULL, host, DAEMON_REMOTE);
    daemon_up();
    DAEMON_TELL(on_lock, true);
    daemon_settle();
}

static void end(void)
{
    snooping_close(snooping);
    daemon_close();
}

static void done(void)
{
    end();
    small_ovsdb_done(&db);
    memset(&db, 0, sizeof(db));
    buf_done(&said);
    said = BUF_INIT(1 << 20);
}

static struct small_row *bridge(void)
{
    return small_find(&db, "Bridge", "br0");
}

static void plug(const char *name, const char *asks)
{
    small_plug(&db, "br0", name, name);
    small_put(&db, small_find(&db, "Interface", name), ID_OWNER, HOOK_OWNER);
    if (asks)
        small_put(&db, small_find(&db, "Interface", name), ID_MCAST_SNOOPING,
                  asks);
    daemon_settle();
}

static void unplug(const char *name)
{
    small_find(&db, "Interface", name)->table[0] = '\0';
    small_find(&db, "Port", name)->table[0] = '\0';
    daemon_settle();
}

/* Time passes, and the bridge takes all that it is given. Returns how often
 * members were asked. */
static unsigned asked_within(uint64_t ms)
{
    uint64_t until = small_daemon.now_ms + ms;
    unsigned before = small_bridge.changes;

    do {
        daemon_settle();
        if (small_bridge.asked)
            small_bridge_answer(NULL);
    } while (daemon_fire(until));
    small_daemon.now_ms = until;
    return small_bridge.changes - before;
}

static bool is_noted(void)
{
    return small_get(bridge(), ID_MCAST_SNOOPING) != NULL;
}

TEST(as_long_as_a_port_asks)
{
    small_add(&db, "Bridge", "br0");
    begin();
    plug("oia", NULL);
    plug("oib", "br9");
    CHECK(!bridge()->snoops && !is_noted());
    CHECK_EQ(daemon_next_ms(), -1);
    plug("oic", "br0");
    CHECK(bridge()->snoops && is_noted());
    (void)asked_within(0);
    CHECK_SAID("info: a bridge sends multicast to members alone, as a network "
               "asks for it: members are asked; bridge=br0\n"
               "connect /run/openvswitch/br0.mgmt\n");
    /* Somebody switches it off. */
    bridge()->snoops = false;
    daemon_settle();
    CHECK(bridge()->snoops);
    (void)asked_within(0);
    plug("oid", "br0");
    unplug("oic");
    (void)asked_within(10000);
    CHECK(bridge()->snoops);
    /* A container that is started again does not end it. */
    unplug("oid");
    (void)asked_within(1999);
    plug("oid", "br0");
    (void)asked_within(10000);
    CHECK(bridge()->snoops);
    unplug("oid");
    (void)asked_within(3000);
    CHECK(!bridge()->snoops && !is_noted());
    CHECK(!small_bridge.connection);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(what_the_operator_has_set_stays)
{
    small_add(&db, "Bridge", "br0")->snoops = true;
    begin();
    CHECK(!small_bridge.connection);
    plug("oia", "br0");
    (void)asked_within(0);
    CHECK(!is_noted() && small_bridge.connection);
    unplug("oia");
    (void)asked_within(3000);
    CHECK(bridge()->snoops && !small_bridge.connection);
    CHECK_SAID("info: a bridge sends multicast to members alone, as a network "
               "asks for it: members are asked; bridge=br0\n"
               "connect /run/openvswitch/br0.mgmt\n"
               "info: members of multicast groups are not asked any more; "
               "bridge=br0\n");
    done();
}

TEST(what_the_last_daemon_has_switched_on_ends)
{
    struct small_row *row = small_add(&db, "Bridge", "br0");

    row->snoops = true;
    small_put(&db, row, ID_MCAST_SNOOPING, "true");
    begin();
    CHECK(bridge()->snoops);
    (void)asked_within(3000);
    CHECK(!bridge()->snoops && !is_noted());
    done();
}

TEST(a_docker_network_asks_without_a_container)
{
    struct small_row *row = small_add(&db, "Bridge", "br0");

    small_put(&db, row, ID_NETWORK_PREFIX "n1",
              "{\"options\":{\"mcast-snooping\":\"true\",\"bridge\":\"br0\"},"
              "\"pools\":[]}");
    begin();
    CHECK(bridge()->snoops && is_noted());
    small_drop(row, ID_NETWORK_PREFIX "n1");
    daemon_settle();
    (void)asked_within(3000);
    CHECK(!bridge()->snoops);
    done();
}

TEST(another_daemon_has_the_lock)
{
    small_add(&db, "Bridge", "br0");
    begin();
    plug("oia", "br0");
    (void)asked_within(0);
    CHECK(small_bridge.connection);
    DAEMON_TELL(on_lock, false);
    CHECK(!small_bridge.connection);
    bridge()->snoops = false;
    daemon_settle();
    CHECK(!bridge()->snoops);
    DAEMON_TELL(on_lock, true);
    daemon_settle();
    CHECK(bridge()->snoops);
    done();
}

/* The querier begins anew with each connection to the switch; while the
 * database is away it goes on. */
TEST(a_switch_that_ends)
{
    small_add(&db, "Bridge", "br0");
    begin();
    plug("oia", "br0");
    (void)asked_within(5000);
    CHECK_EQ(small_bridge.connects, 1);
    small_bridge_end();
    (void)asked_within(30000);
    CHECK(small_bridge.connects > 100);
    CHECK(!small_bridge.connection);
    small_bridge.is_here = true;
    (void)asked_within(1000);
    CHECK(small_bridge.connection);
    daemon_down();
    (void)asked_within(1000);
    CHECK(small_bridge.connection);
    done();
}

TEST(the_row_cannot_be_written)
{
    small_add(&db, "Bridge", "br0");
    begin();
    small_daemon.replies_fail = EIO;
    plug("oia", "br0");
    (void)asked_within(25000);
    CHECK(!bridge()->snoops);
    small_daemon.replies_fail = 0;
    (void)asked_within(10000);
    CHECK(bridge()->snoops);
    CHECK_SAID(
        "warning: a bridge could not be told whether to send multicast to "
        "members alone; it is tried again; reason=refused\n"
        "info: a bridge sends multicast to members alone, as a network asks "
        "for it: members are asked; bridge=br0\n"
        "connect /run/openvswitch/br0.mgmt\n");
    done();
}

#define UUID(n) "['uuid','11111111-1111-1111-1111-11111111111" #n "']"
#define PORT(n, columns) "{'_uuid':" UUID(n) "," columns "}"

/* Else members would be asked for the first time when the switch has forgotten
 * them. */
TEST(ports_that_cannot_be_read_at_first)
{
    small_add(&db, "Bridge", "br0");
    begin();
    plug("oia", "br0");
    small_daemon.replies_fail = EIO;
    CHECK_EQ(asked_within(10000), 0);
    small_daemon.replies_fail = 0;
    CHECK_EQ(asked_within(1000), 1);
    /* What was read is better than nothing. */
    small_daemon.replies_fail = EIO;
    CHECK(asked_within(300000) > 0);
    small_daemon.replies_fail = 0;
    done();
}

TEST(in_which_vlans)
{
    static const char result[] =
        "[{'rows':[{'ports':['set',[" UUID(1) "," UUID(2) "," UUID(3) "," UUID(4) "," UUID(5) "," UUID(6) "]]}]},{'rows':[" PORT(1, "'tag':10,'trunks':['set',[]],'vlan_mode':['set',[]]") "," PORT(
            2,
            "'tag':['set',[]],'trunks':['set',[20,21]],"
            "'vlan_mode':['set',[]]") "," PORT(3,
                                               "'tag':30,'trunks':31,'"
                                               "vlan_mode':'native-"
                                               "tagged'") "," PORT(4,
                                                                   "'tag'"
                                                                   ":40,'"
                                                                   "trunk"
                                                                   "s':"
                                                                   "41,'"
                                                                   "vlan_"
                                                                   "mode'"
                                                                   ":'"
                                                                   "dot1q"
                                                                   "-tunn"
                                                                   "el'") "," PORT(5,
                                                                                   "'tag':50,'trunks':51,'vlan_mode':'trunk'") "," PORT(6,
                                                                                                                                        "'tag':60,'trunks':61,'vlan_mode':'access'") "," PORT(7,
                                                                                                                                                                                              "'tag':70,'trunks':['set',[]],'vlan_mode':['set',[]]") "]},{'rows':[{'mac_in_use':'02:00:00:00:00:09'}]}]";
    auto_buf struct buf text = BUF_INIT(4096);
    auto_free char *quoted = model_quotes(result);
    auto_json struct json *json = NULL;
    struct bridge_vlans vlans;
    struct err err = {0};

    CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &json, &err),
             err);
    bridge_vlans_read(json, &vlans);
    vlan_set_format(&vlans.vlans, &text);
    CHECK_STR(buf_text(&text), "10,20-21,30-31,40,51,60");
    CHECK(!vlans.untagged);
    CHECK_EQ(vlans.mac.bytes[5], 9);
}

TEST(untagged)
{
    static const char *const ports[] = {
        PORT(1, "'tag':['set',[]],'trunks':['set',[]],'vlan_mode':['set',[]]"),
        PORT(1, "'tag':['set',[]],'trunks':['set',[0,5]],"
                "'vlan_mode':['set',[]]"),
        PORT(1, "'tag':['set',[]],'trunks':5,'vlan_mode':'native-untagged'"),
        PORT(1, "'tag':0,'trunks':['set',[]],'vlan_mode':['set',[]]"),
    };

    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct bridge_vlans vlans;
        auto_json struct json *json = NULL;
        struct err err = {0};
        buf_addf(&text, "[{'rows':[{'ports':%s}]},{'rows':[%s]},{'rows':[]}]",
                 UUID(1), ports[i]);
        auto_free char *quoted = model_quotes(buf_text(&text));
        CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &json, &err),
                 err);
        bridge_vlans_read(json, &vlans);
        CHECK(vlans.untagged);
        CHECK(mac_is_zero(&vlans.mac));
    }
}

TEST_MAIN
