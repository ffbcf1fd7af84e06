/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Networks on logical switches, and Docker's IPAM driver for them: what is
 * asked of the northbound database, and what is said when it refuses. */
#include "tests/lib/docker_world.h"

#define NET "aaaaaaaa11111111"
#define OTHER "bbbbbbbb22222222"
#define SUBNET "10.5.0.0/24"

#define CREATE(network, ovn, pool)                                             \
    "{'NetworkID':'" network "','Options':{'com.docker.network.generic':{" ovn \
    "}},'IPv4Data':[{'AddressSpace':'ovsint','Pool':'" pool                    \
    "','Gateway':'10.5.0.1/24'}]}"
#define ADDRESS(text) "{'PoolID':'" SUBNET "','Address':'" text "'}"

static void begin_ovn(void)
{
    begin();
    snprintf(small_daemon.settings.ovn_bridge,
             sizeof(small_daemon.settings.ovn_bridge), "br-int");
    small_add(&db, "Bridge", "br-int");
    daemon_settle();
    small_northbound.chassis = "h1";
    small_northbound.is_up = true;
    small_northbound.count = 0;
    small_northbound.removals = 0;
}

static void end_ovn(void)
{
    if (small_northbound.call)
        northbound_forget(small_northbound.call);
    end();
    free(small_northbound.sent);
    small_northbound.sent = NULL;
}

static void make_network(void)
{
    ask("n", "CreateNetwork", CREATE(NET, "'ovn':'web'", SUBNET));
    CHECK_HAS(small_northbound.sent, "['name','==','web']");
    small_northbound_answers("[{'rows':[]}]", 0);
    CHECK_HAS(small_northbound.sent, "'ovsint-use-" NET "','h1'");
    small_northbound_answers("[{},{},{}]", 0);
    daemon_settle();
    CHECK_SAID("n 200 {}\n");
}

#define UUID "['uuid','00000000-0000-4000-8000-000000000001']"
#define SWITCHES(subnets, use)                                       \
    "[{'rows':[{'_uuid':" UUID ",'name':'web','external_ids'"        \
    ":['map',[['ovsint-owner','docker'],['ovsint-subnets','" subnets \
    "'],['ovsint-use-" use "']]]}]}]"
#define OURS NET "','h1"
#define THEIRS OTHER "','h2"

static void northbound_comes_back(void)
{
    struct northbound_listener *listener = small_northbound.listener;

    small_northbound.is_up = false;
    listener->changed(listener->data);
    small_northbound.is_up = true;
    listener->changed(listener->data);
    CHECK(small_northbound.call);
    buf_clear(&said);
}

/* As `ovsint gc --host` leaves it, if the host comes back. */
TEST(a_network_that_was_taken_off_is_noted_again)
{
    begin_ovn();
    make_network();
    northbound_comes_back();
    small_northbound_answers(SWITCHES(SUBNET, OURS), 0);
    CHECK(!small_northbound.call);
    CHECK_SAID("");
    /* The switch has gone. */
    northbound_comes_back();
    small_northbound_answers("[{'rows':[]}]", 0);
    CHECK_HAS(small_northbound.sent, "['name','==','web']");
    small_northbound_answers("[{'rows':[]}]", 0);
    CHECK_HAS(small_northbound.sent, "'op':'insert'");
    CHECK_HAS(small_northbound.sent, "'ovsint-use-" NET "','h1'");
    small_northbound_answers("[{},{},{}]", 0);
    CHECK_HAS(buf_text(&said), "a network is on its logical switch again");
    small_northbound_answers(SWITCHES(SUBNET, OURS), 0);
    CHECK(!small_northbound.call);
    /* Another host has it. */
    northbound_comes_back();
    small_northbound_answers(SWITCHES(SUBNET, THEIRS), 0);
    small_northbound_answers(SWITCHES(SUBNET, THEIRS), 0);
    CHECK_HAS(small_northbound.sent, "'op':'mutate'");
    CHECK_HAS(small_northbound.sent, "'ovsint-use-" NET "','h1'");
    small_northbound_answers("[{},{}]", 0);
    small_northbound_answers(SWITCHES(SUBNET, OURS), 0);
    CHECK(!small_northbound.call);
    /* And has made another one of it. */
    northbound_comes_back();
    small_northbound_answers(SWITCHES("10.6.0.0/24", THEIRS), 0);
    small_northbound_answers(SWITCHES("10.6.0.0/24", THEIRS), 0);
    CHECK_HAS(buf_text(&said),
              "warning: a network could not be noted on its logical switch "
              "again; network=" NET);
    small_northbound_answers(SWITCHES("10.6.0.0/24", THEIRS), 0);
    CHECK(!small_northbound.call);
    end_ovn();
}

TEST(pools_need_no_database)
{
    static const struct {
        const char *request, *answer;
    } table[] = {
        {"{'Pool':'10.5.0.0/24'}",
         "{\"PoolID\":\"10.5.0.0/24\",\"Pool\":\"10.5.0.0/24\",\"Data\":{}}"},
        {"{'Pool':'10.5.0.0/24','SubPool':'10.5.0.128/25'}",
         "{\"PoolID\":\"10.5.0.0/24 10.5.0.128/25\","},
        {"{}", "chooses no subnet"},
        {"{'Pool':'x'}", "pool 'x' is no subnet"},
        {"{'Pool':'10.5.0.0/24','SubPool':'10.6.0.0/25'}",
         "--ip-range 10.6.0.0/25 is no part of 10.5.0.0/24"},
    };

    begin_ovn();
    daemon_down();
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        ask("a", "/IpamDriver.RequestPool", table[i].request);
        CHECK_HAS(buf_text(&said), table[i].answer);
        buf_clear(&said);
    }
    ask("a", "/IpamDriver.ReleasePool", "{}");
    ask("b", "/IpamDriver.GetCapabilities", "");
    ask("c", "/IpamDriver.GetDefaultAddressSpaces", "");
    CHECK_HAS(buf_text(&said), "a 200 {}\nb 200 {");
    CHECK_HAS(buf_text(&said),
              "c 200 {\"LocalDefaultAddressSpace\":\"ovsint\"");
    buf_clear(&said);
    end_ovn();
}

TEST(a_gateway_is_the_same_on_all_hosts)
{
#define AS_GATEWAY \
    "'Options':{'RequestAddressType':'com.docker.network.gateway'}"
    begin_ovn();
    ask("a", "/IpamDriver.RequestAddress",
        "{'PoolID':'" SUBNET "'," AS_GATEWAY "}");
    ask("b", "/IpamDriver.RequestAddress",
        "{'PoolID':'" SUBNET "','Address':'10.5.0.254'," AS_GATEWAY "}");
    CHECK_SAID("a 200 {\"Address\":\"10.5.0.1/24\",\"Data\":{}}\n"
               "b 200 {\"Address\":\"10.5.0.254/24\",\"Data\":{}}\n");
    static const char *const without[] = {
        "{'PoolID':'10.5.0.5/32'," AS_GATEWAY "}",
        "{'PoolID':'255.255.255.255/32'," AS_GATEWAY "}",
        "{'PoolID':'fd05::5/128'," AS_GATEWAY "}",
        "{'PoolID':'" SUBNET "','Address':'10.6.0.1'," AS_GATEWAY "}"};
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        ask("a", "/IpamDriver.RequestAddress", without[i]);
        CHECK_HAS(buf_text(&said), "the gateway is no address of subnet");
        buf_clear(&said);
    }
    CHECK(!small_northbound.call);
    end_ovn();
}

TEST(an_address_is_chosen_reserved_and_released)
{
    static const char used[] =
        "[{'rows':[{'name':'x','external_ids':['map',[['ovsint-ip-10.5.0.2',"
        "'web']]]}]}]";
    struct ip ip;

    begin_ovn();
    make_network();
    ask("a", "/IpamDriver.RequestAddress",
        "{'PoolID':'" SUBNET " 10.5.0.2/31'}");
    CHECK_HAS(small_northbound.sent, "['ovsint-reserved','true']");
    /* Another host was quicker: all of the switch are asked for. */
    small_northbound_guard(1);
    CHECK_HAS(small_northbound.sent, "'op':'select'");
    small_northbound_answers(used, 0);
    CHECK_HAS(small_northbound.sent, "['ovsint-ip-10.5.0.3','web']");
    small_northbound_answers("[{},{},{},{}]", 0);
    CHECK_SAID("a 200 {\"Address\":\"10.5.0.3/24\",\"Data\":{}}\n");
    CHECK(parse_ip("10.5.0.3", &ip) == 0);
    CHECK(ipam_reserved(docker, "web", &ip) != NULL);
    CHECK(!ipam_reserved(docker, "db", &ip));
    /* What this host has is not asked for. */
    ask("b", "/IpamDriver.RequestAddress",
        "{'PoolID':'" SUBNET " 10.5.0.2/31'}");
    CHECK_HAS(small_northbound.sent, "['ovsint-ip-10.5.0.2','web']");
    small_northbound_answers(NULL, EIO);
    CHECK_HAS(buf_text(&said), "b 500 {\"Err\":\"OVN's northbound database: ");
    buf_clear(&said);
    ask("c", "/IpamDriver.ReleaseAddress", ADDRESS("10.5.0.9"));
    CHECK_EQ(small_northbound.removals, 0);
    ask("d", "/IpamDriver.ReleaseAddress", ADDRESS("10.5.0.3"));
    CHECK_EQ(small_northbound.removals, 1);
    CHECK_SAID("c 200 {}\nd 200 {}\n");
    end_ovn();
}

TEST(each_network_of_a_subnet_keeps_its_own_router)
{
    begin_ovn();
    make_network();
    ask("n", "CreateNetwork",
        "{'NetworkID':'" OTHER "','Options':{'com.docker.network.generic':{"
        "'ovn':'web'}},'IPv4Data':[{'AddressSpace':'ovsint','Pool':'" SUBNET
        "','Gateway':'10.5.0.2/24'}]}");
    small_northbound_answers("[{'rows':[]}]", 0);
    small_northbound_answers("[{},{},{}]", 0);
    daemon_settle();
    CHECK_SAID("n 200 {}\n");
    for (int last = 1; last <= 2; last++) {
        char text[128];
        snprintf(text, sizeof(text),
                 "{'PoolID':'" SUBNET "','Address':'10.5.0.%d'}", last);
        ask("a", "/IpamDriver.RequestAddress", text);
        CHECK_HAS(buf_text(&said), "is the network's gateway");
        buf_clear(&said);
    }
    ask("a", "/IpamDriver.RequestAddress",
        "{'PoolID':'" SUBNET " 10.5.0.2/31'}");
    CHECK_HAS(small_northbound.sent, "['ovsint-ip-10.5.0.3','web']");
    small_northbound_answers("[{},{},{},{}]", 0);
    buf_clear(&said);
    end_ovn();
}

TEST(an_address_that_was_asked_for)
{
    static const struct {
        const char *address, *text;
    } table[] = {
        {"10.5.0.1", "address 10.5.0.1 is the network's gateway"},
        {"10.5.0.0", "address 10.5.0.0 is the network address"},
        {"10.6.0.1", "address 10.6.0.1 is not of the network's subnet"},
        {"x", "'x' is no address"},
    };

    begin_ovn();
    make_network();
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf body = BUF_INIT(200);
        buf_addf(&body, ADDRESS("%s"), table[i].address);
        ask("a", "/IpamDriver.RequestAddress", buf_text(&body));
        CHECK_HAS(buf_text(&said), table[i].text);
        buf_clear(&said);
    }
    ask("a", "/IpamDriver.RequestAddress", ADDRESS("10.5.0.7"));
    small_northbound_guard(1);
    small_northbound_answers(
        "[{'rows':[{'name':'ovsint-oioneaaaaaaaaaa','external_ids':['map',[["
        "'ovsint-host','h2'],['ovsint-endpoint','e1']]]}]}]",
        0);
    CHECK_HAS(buf_text(&said), "is held by container e1 on host h2");
    buf_clear(&said);
    /* A port of this host's last boot has it. */
    ask("a", "/IpamDriver.RequestAddress", ADDRESS("10.5.0.7"));
    small_northbound_guard(1);
    small_northbound_answers(
        "[{'rows':[{'name':'ovsint-oioneaaaaaaaaaa','external_ids':['map',[["
        "'ovsint-host','h1'],['ovsint-boot','before']]]}]}]",
        0);
    CHECK_HAS(small_northbound.sent, "'op':'delete'");
    small_northbound_answers("[{},{}]", 0);
    small_northbound_answers("[{},{},{},{}]", 0);
    CHECK_SAID("a 200 {\"Address\":\"10.5.0.7/24\",\"Data\":{}}\n");
    /* The switch has gone: it is made again, once. */
    ask("a", "/IpamDriver.RequestAddress", ADDRESS("10.5.0.8"));
    small_northbound_guard(0);
    CHECK_HAS(small_northbound.sent, "['name','==','web']");
    small_northbound_answers("[{'rows':[]}]", 0);
    CHECK_HAS(small_northbound.sent, "'ovsint-use-" NET "','h1'");
    small_northbound_answers("[{},{},{}]", 0);
    CHECK_HAS(small_northbound.sent, "['ovsint-ip-10.5.0.8','web']");
    small_northbound_guard(0);
    CHECK_HAS(buf_text(&said), "there is no logical switch 'web' any more");
    buf_clear(&said);
    /* Or cannot be. */
    ask("a", "/IpamDriver.RequestAddress", ADDRESS("10.5.0.8"));
    small_northbound_guard(0);
    small_northbound_answers(SWITCHES("10.6.0.0/24", THEIRS), 0);
    CHECK_HAS(buf_text(&said), "have the subnets 10.6.0.0/24");
    buf_clear(&said);
    ask("a", "/IpamDriver.RequestAddress", ADDRESS("10.5.0.8"));
    small_northbound_guard(0);
    small_northbound_answers("[{'rows':[]}]", 0);
    small_northbound_answers("[{},{},{}]", 0);
    small_northbound_answers("[{},{},{},{}]", 0);
    CHECK_SAID("a 200 {\"Address\":\"10.5.0.8/24\",\"Data\":{}}\n");
    ask("a", "/IpamDriver.RequestAddress", "{'PoolID':'10.9.0.0/24'}");
    CHECK_HAS(buf_text(&said), "no network of this host on a logical switch");
    buf_clear(&said);
    end_ovn();
}

TEST(what_is_wrong_with_a_network)
{
    begin_ovn();
    make_network();
    ask("a", "CreateNetwork", CREATE(OTHER, "'bridge':'br0'", "10.6.0.0/24"));
    CHECK_HAS(buf_text(&said), "is for networks on a logical switch");
    buf_clear(&said);
    ask("a", "CreateNetwork", CREATE(OTHER, "'ovn':'db'", "10.5.0.0/16"));
    CHECK_HAS(buf_text(&said), "overlaps that of a network of this host");
    buf_clear(&said);
    ask("a", "CreateNetwork",
        CREATE(OTHER, "'ovn':'db','mode':'nat','nat4':'routed'",
               "10.6.0.0/24"));
    CHECK_HAS(buf_text(&said),
              "option nat4: on a logical switch of OVN only masquerade");
    buf_clear(&said);
    small_northbound.chassis = NULL;
    ask("a", "CreateNetwork", CREATE(OTHER, "'ovn':'db'", "10.6.0.0/24"));
    CHECK_HAS(buf_text(&said), "this host is no chassis of OVN");
    buf_clear(&said);
    end_ovn();
}

TEST(the_deadline_names_the_database_that_is_away)
{
    begin_ovn();
    ask("a", "CreateNetwork", CREATE(NET, "'ovn':'web'", SUBNET));
    wait_ms(60000);
    CHECK_HAS(buf_text(&said), "OVN's northbound database: no answer at ");
    buf_clear(&said);
    end_ovn();
}

TEST_MAIN
