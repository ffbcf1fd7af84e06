/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Endpoints of Docker from CreateEndpoint to DeleteEndpoint, with what the
 * switch, a crash and the database can do to them, and the ports that they
 * publish. */
#include "tests/lib/docker_world.h"

#define NET "aaaaaaaa11111111"
#define FLAT "cccccccc33333333"
#define EP "eeeeeeee11111111"
#define EP2 "eeeeeeee22222222"

#define IDS(network, endpoint) \
    "'NetworkID':'" network "','EndpointID':'" endpoint "'"
#define ENDPOINT(network, endpoint, address) \
    "{" IDS(network, endpoint) ",'Interface':{'Address':'" address "'}}"
#define JOIN(network, endpoint) \
    "{" IDS(network, endpoint) ",'SandboxKey':'/var/run/docker/netns/1'}"
#define CALL(network, endpoint) "{" IDS(network, endpoint) "}"
#define PUBLISH(network, endpoint, ports) \
    "{" IDS(network,                      \
            endpoint) ",'Options':{'com.docker.network.portmap':[" ports "]}}"
#define PORT(port, host) \
    "{'Proto':6,'Port':" port ",'HostPort':" host ",'HostPortEnd':" host "}"

static void make_networks(const char *flat_options)
{
    auto_buf struct buf body = BUF_INIT(4096);

    ask("n", "CreateNetwork",
        "{'NetworkID':'" NET "','Options':{},'IPv4Data':[{'Pool':"
        "'10.9.0.0/24','Gateway':'10.9.0.1/24'}]}");
    switch_works();
    buf_addf(&body,
             "{'NetworkID':'" FLAT "','Options':{'com.docker.network.generic':"
             "{'bridge':'br0'%s}},'IPv4Data':[{'Pool':'10.8.0.0/24','Gateway':"
             "'10.8.0.1/24'}]}",
             flat_options);
    ask("f", "CreateNetwork", buf_text(&body));
    CHECK_HAS(buf_text(&said), "n 200 {}\n");
    CHECK_HAS(buf_text(&said), "f 200 {}\n");
    buf_clear(&said);
}

/* The row of an endpoint's port. */
static struct small_row *port(void)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        if (strcmp(row->table, "Interface") == 0 && small_get(row, ID_ENDPOINT))
            return row;
    }
    return NULL;
}

static void make_endpoint(void)
{
    begin();
    make_networks("");
    ask("a", "CreateEndpoint", ENDPOINT(NET, EP, "10.9.0.2/24"));
    CHECK_HAS(buf_text(&said), "a 200 {\"Interface\":{\"MacAddress\":\"");
    CHECK(port() != NULL);
    buf_clear(&said);
}

/* The switch makes the device, and Docker moves it. */
static void join(void)
{
    ask("j", "Join", JOIN(NET, EP));
    CHECK_SAID("");
    switch_works();
    CHECK_HAS(buf_text(&said), "j 200 {\"InterfaceName\":{\"SrcName\":\"oi");
    CHECK_HAS(buf_text(&said), "\"Gateway\":\"10.9.0.1\","
                               "\"DisableGatewayService\":true}");
    buf_clear(&said);
    sandbox_is_there = true;
    port()->ifindex = 0;
    daemon_settle();
}

TEST(the_life_of_an_endpoint)
{
    make_endpoint();
    CHECK_STR(small_get(port(), ID_ENDPOINT), EP);
    CHECK_STR(small_get(port(), ID_NETWORK), NET);
    CHECK_STR(small_get(port(), ID_BOOT), DAEMON_BOOT);
    join();
    CHECK_STR(small_get(port(), ID_NETNS), "/var/run/docker/netns/1");
    ask("l", "Leave", CALL(NET, EP));
    CHECK_SAID("l 200 {}\n");
    CHECK(small_get(port(), ID_LEFT) != NULL);
    ask("d", "DeleteEndpoint", CALL(NET, EP));
    CHECK_SAID("d 200 {}\n");
    CHECK(port() == NULL);
    ask("e", "DeleteEndpoint", CALL(NET, EP));
    CHECK_SAID("e 200 {}\n");
    end();
}

TEST(what_is_set_when_the_device_has_arrived)
{
    begin();
    make_networks(",'altname':'true','mtu':'1400','rate':'1000'");
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    ask("j", "Join", JOIN(FLAT, EP));
    buf_clear(&said);
    switch_works();
    CHECK_HAS(buf_text(&said), "mtu 1400\nj 200 ");
    CHECK(small_get(port(), ID_UNDRESSED) != NULL);
    buf_clear(&said);
    /* it is there as soon as the switch does not see it any more */
    sandbox_is_there = true;
    port()->ifindex = 0;
    daemon_settle();
    CHECK_SAID("altname +eth0\nrate 1000\n");
    CHECK(small_get(port(), ID_UNDRESSED) == NULL);
    ask("l", "Leave", CALL(FLAT, EP));
    CHECK_HAS(buf_text(&said), "l 200 {}\n");
    end();
}

TEST(a_step_that_fails_after_the_move)
{
    begin();
    make_networks(",'altname':'true'");
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    ask("j", "Join", JOIN(FLAT, EP));
    switch_works();
    buf_clear(&said);
    sandbox_is_there = true;
    small_kernel.fails = "vnic_set_altname";
    port()->ifindex = 0;
    daemon_settle();
    CHECK_HAS(buf_text(&said),
              "error: a device could not be set up in full; port=oi");
    CHECK(small_get(port(), ID_UNDRESSED) == NULL);
    end();
}

TEST(what_is_wrong_with_an_endpoint)
{
    static const struct {
        const char *body, *text;
    } table[] = {
        {ENDPOINT("ffff", EP, "10.9.0.2/24"),
         "no bridge carries this network any more"},
        {"{" IDS(NET, EP) ",'Options':{'vlna':'1'}}",
         "driver option vlna: unknown key 'vlna'"},
        {ENDPOINT(NET, EP, "10.9.0.2"), "the endpoint's address"},
        {"{'NetworkID':'" NET "'}", "member EndpointID of the request"},
    };

    begin();
    make_networks("");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        buf_clear(&said);
        ask("a", "CreateEndpoint", table[i].body);
        CHECK_HAS(buf_text(&said), "00 {\"Err\":\"");
        CHECK_HAS(buf_text(&said), table[i].text);
        CHECK(port() == NULL);
    }
    buf_clear(&said);
    ask("j", "Join", JOIN(NET, EP));
    CHECK_HAS(buf_text(&said),
              "j 500 {\"Err\":\"there is no port of this endpoint");
    ask("l", "Leave", CALL(NET, EP));
    CHECK_HAS(buf_text(&said), "l 200 {}\n");
    end();
}

TEST(an_answer_was_lost)
{
    make_endpoint();
    char name[80];
    snprintf(name, sizeof(name), "%s", port()->name);
    ask("b", "CreateEndpoint", ENDPOINT(NET, EP, "10.9.0.2/24"));
    CHECK_HAS(buf_text(&said), "b 200 {\"Interface\":{\"MacAddress\":\"");
    CHECK_STR(port()->name, name);
    end();
}

/* Docker gives an address to one endpoint at a time: one that has it too was
 * lost in a crash. One of another network is another matter. */
TEST(addresses_that_ports_have)
{
    make_endpoint();
    ask("b", "CreateEndpoint", ENDPOINT(NET, EP2, "10.9.0.2/24"));
    CHECK_HAS(buf_text(&said),
              "info: removing an endpoint that Docker has lost");
    CHECK_HAS(buf_text(&said), "b 200 ");
    CHECK_STR(small_get(port(), ID_ENDPOINT), EP2);
    small_plug(&db, "br0", "theirs", "theirs");
    small_put(&db, small_find(&db, "Port", "theirs"), ID_IP_PREFIX "10.8.0.2",
              "br0/0");
    ask("c", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    CHECK_HAS(buf_text(&said), "c 500 {\"Err\":\"address 10.8.0.2 is held by a "
                               "port of another network or of ovsint-hook");
    end();
}

/* The switch has made the port, and does not take its flows. */
TEST(a_source_guard_and_join)
{
    begin();
    make_networks(",'guard':'full'");
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    buf_clear(&said);
    ask("j", "Join", JOIN(FLAT, EP));
    switch_works();
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "j 500 {\"Err\":\"the source guard of port oi");
    CHECK_HAS(buf_text(&said), "(-o guard=off does without, ");
    end();
}

TEST(a_storm_limit_and_join)
{
    begin();
    make_networks(",'guard':'off','storm':'100'");
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    buf_clear(&said);
    ask("j", "Join", JOIN(FLAT, EP));
    switch_works();
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "j 500 {\"Err\":\"the limit of port oi");
    end();
}

TEST(the_switch_and_join)
{
    make_endpoint();
    ask("j", "Join", JOIN(NET, EP));
    port()->ofport = -1;
    snprintf(port()->error, sizeof(port()->error), "no space");
    daemon_settle();
    CHECK_HAS(buf_text(&said),
              "j 500 {\"Err\":\"the switch could not make port oi");
    CHECK_HAS(buf_text(&said), "no space");
    port()->ofport = 0;
    port()->error[0] = '\0';
    daemon_settle();
    buf_clear(&said);
    ask("k", "Join", JOIN(NET, EP));
    wait_ms(11000);
    CHECK_HAS(buf_text(&said),
              "k 500 {\"Err\":\"ovs-vswitchd did not make port oi");
    buf_clear(&said);
    ask("m", "Join", JOIN(NET, EP));
    small_find(&db, "Port", port()->name)->table[0] = '\0';
    port()->table[0] = '\0';
    daemon_settle();
    CHECK_HAS(buf_text(&said),
              "m 500 {\"Err\":\"the endpoint's port was removed by somebody");
    end();
}

/* In the same sandbox, and libnetwork would count on: a port with a new name.
 */
TEST(a_join_after_a_leave)
{
    char name[80];

    make_endpoint();
    join();
    snprintf(name, sizeof(name), "%s", port()->name);
    ask("l", "Leave", CALL(NET, EP));
    buf_clear(&said);
    ask("j", "Join", JOIN(NET, EP));
    CHECK(strcmp(port()->name, name) != 0);
    switch_works();
    CHECK_HAS(buf_text(&said), "j 200 ");
    CHECK(small_get(port(), ID_LEFT) == NULL);
    end();
}

TEST(two_interfaces_with_one_name)
{
    begin();
    make_networks("");
    ask("a", "CreateEndpoint",
        "{" IDS(NET, EP) ",'Interface':{'Address':'10.9.0.2/24'},'Options':{"
                         "'com.docker.network.endpoint.ifname':'lan'}}");
    ask("j", "Join", JOIN(NET, EP));
    switch_works();
    ask("b", "CreateEndpoint",
        "{" IDS(FLAT, EP2) ",'Interface':{'Address':'10.8.0.2/24'},'Options':{"
                           "'com.docker.network.endpoint.ifname':'lan'}}");
    buf_clear(&said);
    ask("k", "Join", JOIN(FLAT, EP2));
    CHECK_HAS(buf_text(&said), "k 500 {\"Err\":\"the container has an "
                               "interface lan already, by port oi");
    end();
}

TEST(a_veth_pair)
{
    begin();
    make_networks(",'type':'veth'");
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    CHECK_HAS(buf_text(&said), "veth +ov\n");
    CHECK_HAS(buf_text(&said), "a 200 ");
    ask("j", "Join", JOIN(FLAT, EP));
    switch_works();
    CHECK_HAS(buf_text(&said), "j 200 {\"InterfaceName\":{\"SrcName\":\"ov");
    CHECK_HAS(buf_text(&said), "\"DstPrefix\":\"eth\"}");
    buf_clear(&said);
    /* a pair whose port cannot be made goes again */
    small_plug(&db, "br0", "theirs", "theirs");
    small_put(&db, small_find(&db, "Port", "theirs"), ID_IP_PREFIX "10.8.0.3",
              "br0/0");
    ask("b", "CreateEndpoint", ENDPOINT(FLAT, EP2, "10.8.0.3/24"));
    CHECK_HAS(buf_text(&said), "veth +ov\n");
    CHECK_HAS(buf_text(&said), "b 500 ");
    CHECK_HAS(buf_text(&said), "veth -ov\n");
    small_kernel.fails = "link_create_veth";
    buf_clear(&said);
    ask("c", "CreateEndpoint", ENDPOINT(FLAT, EP2, "10.8.0.4/24"));
    CHECK_HAS(buf_text(&said), "c 500 {\"Err\":\"link_create_veth: not today");
    end();
}

/* The database. */

TEST(the_connection_goes_in_each_verb)
{
    static const struct {
        const char *verb, *body;
    } verbs[] = {
        {"CreateEndpoint", ENDPOINT(NET, EP, "10.9.0.2/24")},
        {"Join", JOIN(NET, EP)},
        {"ProgramExternalConnectivity", PUBLISH(NET, EP, PORT("80", "8080"))},
        {"RevokeExternalConnectivity", CALL(NET, EP)},
        {"Leave", CALL(NET, EP)},
        {"DeleteEndpoint", CALL(NET, EP)},
    };

    begin();
    make_networks("");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        buf_clear(&said);
        small_daemon.is_silent = true;
        ask("a", verbs[i].verb, verbs[i].body);
        daemon_down();
        CHECK(!count_said("a 200") && !count_said("a 500"));
        small_daemon.is_silent = false;
        daemon_up();
        switch_works();
        if (count_said("a 200") != 1)
            TEST_FAIL("%s: %s", verbs[i].verb, buf_text(&said));
    }
    CHECK(port() == NULL);
    end();
}

TEST(the_database_is_away)
{
    struct err why = {0};

    make_endpoint();
    join();
    err_set(&why, ENOENT, "no socket");
    daemon_down();
    DAEMON_TELL(on_away, &why);
    ask("a", "CreateEndpoint", ENDPOINT(NET, EP2, "10.9.0.3/24"));
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"no socket\"}\n");
    buf_clear(&said);
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    CHECK_HAS(buf_text(&said), "p 500 {\"Err\":\"no socket\"}\n");
    ask("q", "ProgramExternalConnectivity", PUBLISH(NET, EP, ""));
    CHECK_HAS(buf_text(&said), "q 200 {}\n");
    ask("r", "RevokeExternalConnectivity", CALL(NET, EP));
    CHECK_HAS(buf_text(&said), "r 200 {}\n");
    /* Docker forgets it, so the answer is success, and it is done later */
    ask("l", "Leave", CALL(NET, EP));
    CHECK_HAS(buf_text(&said), "l 200 {}\n");
    daemon_up();
    daemon_settle();
    CHECK(small_get(port(), ID_LEFT) != NULL);
    daemon_down();
    DAEMON_TELL(on_away, &why);
    ask("d", "DeleteEndpoint", CALL(NET, EP));
    CHECK_HAS(buf_text(&said), "d 200 {}\n");
    daemon_up();
    daemon_settle();
    CHECK(port() == NULL);
    end();
}

/* What was sent may have been done, so Docker is told soon; the switch is
 * waited for as long as there is time. */
TEST(the_database_goes_away_while_calls_wait)
{
    struct err why = {0};

    make_endpoint();
    ask("j", "Join", JOIN(NET, EP));
    small_daemon.is_silent = true;
    ask("b", "CreateEndpoint", ENDPOINT(NET, EP2, "10.9.0.3/24"));
    err_set(&why, ENOENT, "no socket");
    daemon_down();
    CHECK_SAID("");
    DAEMON_TELL(on_away, &why);
    CHECK_HAS(buf_text(&said), "b 500 {\"Err\":\"no socket\"}\n");
    CHECK(!count_said("j "));
    small_daemon.is_silent = false;
    daemon_up();
    switch_works();
    CHECK_HAS(buf_text(&said), "j 200 ");
    end();
}

TEST(a_pair_that_was_not_written_goes_with_the_connection)
{
    begin();
    make_networks(",'type':'veth'");
    small_daemon.is_silent = true;
    ask("a", "CreateEndpoint", ENDPOINT(FLAT, EP, "10.8.0.2/24"));
    daemon_down();
    CHECK_SAID("veth +ov\nveth -ov\n");
    small_daemon.is_silent = false;
    daemon_up();
    daemon_settle();
    CHECK_HAS(buf_text(&said), "a 200 ");
    CHECK_EQ(count_said("veth +ov"), 1);
    CHECK_EQ(count_said("veth -ov"), 0);
    ask("d", "DeleteEndpoint", CALL(FLAT, EP));
    CHECK_HAS(buf_text(&said), "d 200 {}\n");
    CHECK_EQ(count_said("veth -ov"), 1);
    end();
}

TEST(the_database_is_silent_until_the_deadline)
{
    static const struct {
        const char *verb, *body, *answer;
    } verbs[] = {
        {"CreateEndpoint", ENDPOINT(NET, EP2, "10.9.0.3/24"), "a 500 "},
        {"ProgramExternalConnectivity", PUBLISH(NET, EP, PORT("80", "8080")),
         "a 500 {\"Err\":\"OVSDB did not answer within the deadline"},
        {"Leave", CALL(NET, EP), "a 200 "},
        {"DeleteEndpoint", CALL(NET, EP), "a 200 "},
    };

    make_endpoint();
    join();
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        buf_clear(&said);
        small_daemon.is_silent = true;
        ask("a", verbs[i].verb, verbs[i].body);
        wait_ms(11000);
        CHECK_HAS(buf_text(&said), verbs[i].answer);
    }
    small_daemon.is_silent = false;
    daemon_down();
    daemon_up();
    daemon_settle();
    CHECK(port() == NULL);
    end();
}

/* Published ports. */

TEST(ports_are_published_and_revoked)
{
    make_endpoint();
    join();
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080") "," PORT("81", "8081")));
    CHECK_HAS(buf_text(&said), "p 200 {}\n");
    CHECK_HAS(buf_text(&said), "nft: add element inet ovsint ");
    CHECK_STR(small_get(port(), ID_PORTS), "tcp/8080-8081:80");
    CHECK(small_get(port(), ID_GATEWAY) != NULL);
    /* the same once more, as an answer was lost */
    buf_clear(&said);
    ask("q", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080") "," PORT("81", "8081")));
    CHECK_HAS(buf_text(&said), "q 200 {}\n");
    CHECK(!count_said("nft:"));
    buf_clear(&said);
    ask("r", "RevokeExternalConnectivity", CALL(NET, EP));
    CHECK_HAS(buf_text(&said), "nft: delete element inet ovsint ");
    CHECK_HAS(buf_text(&said), "r 200 {}\n");
    CHECK(small_get(port(), ID_PORTS) == NULL);
    end();
}

/* As when another network gives the default route again. The rows show them,
 * and a removal that came too late would take them off all the same. */
TEST(ports_are_published_again_while_their_removal_is_pending)
{
    make_endpoint();
    join();
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    CHECK_HAS(buf_text(&said), "p 200 {}\n");
    small_daemon.is_silent = true;
    ask("r", "RevokeExternalConnectivity", CALL(NET, EP));
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "r 200 {}\n");
    ask("q", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    small_daemon.is_silent = false;
    daemon_down();
    daemon_up();
    daemon_settle();
    wait_ms(200);
    CHECK_HAS(buf_text(&said), "q 200 {}\n");
    CHECK_STR(small_get(port(), ID_PORTS), "tcp/8080:80");
    end();
}

/* Ours reads the news of it, and the descriptor does not become readable. */
TEST(somebody_changes_the_table_just_before_a_change_of_ours)
{
    make_endpoint();
    join();
    small_kernel.has_news = small_kernel.table_changed = true;
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    wait_ms(2);
    small_kernel.has_news = small_kernel.table_changed = false;
    wait_ms(200);
    CHECK_HAS(buf_text(&said),
              "info: repaired the rules of the networks, which "
              "somebody had changed\n");
    end();
}

static void publish_many(void)
{
    auto_buf struct buf body = BUF_INIT(1 << 20);

    make_endpoint();
    join();
    buf_add_text(&body, "{" IDS(NET, EP) ",'Options':"
                                         "{'com.docker.network.portmap':[");
    for (unsigned i = 1; i <= 1100; i++)
        buf_addf(&body,
                 "%s{'Proto':6,'Port':%u,'HostPort':%u,'HostPortEnd':%u}",
                 i > 1 ? "," : "", i, 1000 + i, 1000 + i);
    buf_add_text(&body, "]}}");
    ask("p", "ProgramExternalConnectivity", buf_text(&body));
    wait_ms(1000);
    CHECK_HAS(buf_text(&said), "p 200 {}\n");
    buf_clear(&said);
}

/* When Docker is told that they are off, it may give the container's address to
 * another one, to which nothing must lead by them. */
TEST(many_ports_are_revoked)
{
    publish_many();
    ask("r", "RevokeExternalConnectivity", CALL(NET, EP));
    CHECK(small_get(port(), ID_PORTS) == NULL);
    CHECK(!count_said("r 200") && !count_said("nft: delete element"));
    /* so does whoever asks once more */
    ask("s", "RevokeExternalConnectivity", CALL(NET, EP));
    CHECK(!count_said("s 200"));
    CHECK(daemon_fire(UINT64_MAX));
    CHECK_EQ(count_said("nft: delete element"), 1);
    CHECK(!count_said("r 200") && !count_said("s 200"));
    CHECK(daemon_fire(UINT64_MAX));
    CHECK_EQ(count_said("nft: delete element"), 2);
    CHECK(count_said("r 200 {}\n") && count_said("s 200 {}\n"));
    end();
}

/* They were not revoked before, as by a Docker that was killed. */
TEST(an_endpoint_goes_with_many_ports)
{
    publish_many();
    ask("d", "DeleteEndpoint", CALL(NET, EP));
    CHECK(port() == NULL);
    CHECK(!count_said("d 200") && !count_said("nft: delete element"));
    /* The rows do not tell any more what it had. */
    ask("e", "DeleteEndpoint", CALL(NET, EP));
    CHECK_EQ(count_said("e 200 {}\n"), 1);
    ask("c", "CreateEndpoint", ENDPOINT(NET, EP2, "10.9.0.2/24"));
    CHECK_EQ(count_said("c 200"), 1);
    ask("j", "Join", JOIN(NET, EP2));
    switch_makes_all();
    CHECK(!count_said("d 200") && !count_said("j 200"));
    for (int i = 0; !count_said("d 200") && i < 100; i++)
        CHECK(daemon_fire(UINT64_MAX));
    CHECK_EQ(count_said("nft: delete element"), 2);
    CHECK_EQ(count_said("j 200"), 1);
    end();
}

TEST(ports_that_cannot_be_published)
{
    make_endpoint();
    join();
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "666")));
    CHECK(!count_said("p 500")); /* a turn for the search of the process */
    wait_ms(2);
    CHECK_HAS(buf_text(&said), "p 500 {\"Err\":\"host port 666/tcp is taken by "
                               "process 6 (devil)\"}");
    ask("q", "ProgramExternalConnectivity", PUBLISH(NET, EP, "{'Proto':1}"));
    CHECK_HAS(buf_text(&said), "q 500 {\"Err\":\"entry 1 of ");
    CHECK(small_get(port(), ID_PORTS) == NULL);
    /* a network without NAT has no ports of the host */
    ask("r", "ProgramExternalConnectivity",
        PUBLISH(FLAT, EP2, PORT("80", "8080")));
    CHECK_HAS(buf_text(&said),
              "info: ports are not published, as the network's "
              "mode is not nat");
    CHECK_HAS(buf_text(&said), "r 200 {}\n");
    end();
}

TEST(rules_that_do_not_come_into_force)
{
    make_endpoint();
    join();
    small_kernel.fails = "nft_run";
    ask("p", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    CHECK_HAS(buf_text(&said), "p 500 {\"Err\":\"nft_run: not today\"}");
    CHECK(small_get(port(), ID_PORTS) == NULL); /* and nothing is left */
    small_kernel.fails = NULL;
    wait_ms(6000);
    buf_clear(&said);
    small_kernel.fails = "xtables_open";
    kernel_nft_changed(false, true);
    ask("q", "ProgramExternalConnectivity",
        PUBLISH(NET, EP, PORT("80", "8080")));
    CHECK(!count_said("q 200") && !count_said("q 500"));
    small_kernel.fails = NULL;
    wait_ms(200);
    CHECK_HAS(buf_text(&said), "q 200 {}\n");
    end();
}

TEST_MAIN
