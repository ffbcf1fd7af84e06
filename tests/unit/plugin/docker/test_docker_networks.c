/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Networks of Docker: what CreateNetwork makes, waits for and undoes, what
 * DeleteNetwork takes away, and what becomes of both if the database goes. */
#include "tests/lib/docker_world.h"

#define NET "aaaaaaaa11111111"
#define OTHER "bbbbbbbb22222222"
#define BRIDGE "oi-aaaaaaaa1111"
#define DEV "ovsint-aaaaaaaa"

#define POOL "'IPv4Data':[{'Pool':'10.9.0.0/24','Gateway':'10.9.0.1/24'}]"
#define CREATE(network, options) \
    "{'NetworkID':'" network     \
    "','Options':{'com.docker.network.generic':{" options "}}," POOL "}"
#define DELETE(network) "{'NetworkID':'" network "'}"

static const char *bridge_key(const char *bridge, const char *prefix,
                              const char *network)
{
    const struct small_row *row = small_find(&db, "Bridge", bridge);
    char key[128];

    snprintf(key, sizeof(key), "%s%s", prefix, network);
    return row ? small_get(row, key) : NULL;
}

TEST(verbs_that_always_answer)
{
    begin();
    daemon_down();
    ask("a", "/Plugin.Activate", "");
    CHECK_SAID("a 200 {\"Implements\":[\"NetworkDriver\",\"IpamDriver\"]}\n");
    ask("a", "GetCapabilities", "");
    CHECK_SAID("a 200 {\"Scope\":\"local\",\"GwAllocChecker\":true}\n");
    ask("a", "DiscoverNew", "{}");
    CHECK_SAID("a 200 {}\n");
    ask("a", "AllocateNetwork", "{}");
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"ovsint networks are local");
    buf_clear(&said);
    ask("a", "/Ovsint.Ports", "");
    CHECK_SAID("a 200 {\"ports\":[]}\n");
    ask("a", "EndpointOperInfo", "{'EndpointID':'e'}");
    CHECK_SAID("a 200 {\"Value\":{}}\n");
    end();
}

TEST(whether_a_gateway_needs_an_address)
{
    begin();
    ask("a", "GwAllocCheck", "{'Options':{}}");
    CHECK_SAID("a 200 {\"SkipIPv4\":false,\"SkipIPv6\":false}\n");
    ask("a", "GwAllocCheck",
        "{'Options':{'com.docker.network.internal':true}}");
    CHECK_SAID("a 200 {\"SkipIPv4\":true,\"SkipIPv6\":true}\n");
    ask("a", "GwAllocCheck",
        "{'Options':{'com.docker.network.generic':{'mode':'isolated'}}}");
    CHECK_SAID("a 200 {\"SkipIPv4\":true,\"SkipIPv6\":true}\n");
    ask("a", "GwAllocCheck",
        "{'Options':{'com.docker.network.generic':{'mode':'odd'}}}");
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"option mode: 'odd'");
    end();
}

TEST(a_network_with_a_bridge_of_its_own)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    CHECK(!count_said("a 200"));
    CHECK(bridge_key(BRIDGE, ID_NETWORK_PREFIX, NET) != NULL);
    CHECK(bridge_key(BRIDGE, ID_BEGUN_PREFIX, NET) != NULL);
    switch_works();
    CHECK_HAS(buf_text(&said), "a 200 {}\n");
    CHECK(bridge_key(BRIDGE, ID_BEGUN_PREFIX, NET) == NULL);
    CHECK(row_like(DEV) != NULL);
    buf_clear(&said);
    ask("b", "DeleteNetwork", DELETE(NET));
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    CHECK(row_like(DEV) == NULL);
    /* once more is no error */
    buf_clear(&said);
    ask("c", "DeleteNetwork", DELETE(NET));
    CHECK_SAID("c 200 {}\n");
    end();
}

TEST(a_network_on_a_bridge_of_somebody_else)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, "'bridge':'br0','vlan':'10'"));
    CHECK_SAID("a 200 {}\n"); /* there is nothing to wait for */
    CHECK(bridge_key("br0", ID_NETWORK_PREFIX, NET) != NULL);
    ask("b", "CreateNetwork", CREATE(OTHER, "'bridge':'br0','vlan':'11'"));
    ask("c", "DeleteNetwork", DELETE(NET));
    CHECK_SAID("b 200 {}\nc 200 {}\n");
    CHECK(bridge_key("br0", ID_NETWORK_PREFIX, NET) == NULL);
    CHECK(bridge_key("br0", ID_NETWORK_PREFIX, OTHER) != NULL);
    end();
}

TEST(what_is_wrong_with_a_request)
{
    static const struct {
        const char *options, *text;
    } table[] = {
        {"'vlna':'1'", "option vlna: unknown key 'vlna': did you mean 'vlan'?"},
        {"'mode':'odd'", "option mode: 'odd' is none of"},
        {"'bridge':'br0','vlan':'x'", "option vlan: 'x'"},
        {"'bridge':'a-bridge-with-a-long-name'",
         "there is no bridge a-bridge-with-a-long-name, and it cannot be made"},
        {"'bridge':'br0','uplink':'eth7'",
         "option uplink: there is no device eth7"},
        {"'bridge':'br0','uplink':'eth0'",
         "option uplink: eth0 carries addresses of the host"},
        {"'bridge':'br0','uplink':'vt1'",
         "option uplink: vt1 is no network card but a device of kind veth, "
         "which somebody else may use: an administrator may add "
         "\\\"uplinks\\\": [\\\"vt1\\\"]"},
        {"'bridge':'br0','uplink':'eth3'",
         "option uplink: eth3 is on vt1 already: take it off there first"},
        {"'nat-source':'192.0.2.9'", "no device of the host has address"},
    };

    begin();
    kernel_add("vt1", "veth");
    kernel_add("eth3", "")->info.master = kernel_device("vt1")->info.ifindex;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf body = BUF_INIT(4096);
        buf_addf(&body,
                 "{'NetworkID':'" NET
                 "','Options':{'com.docker.network.generic':{%s}}," POOL "}",
                 table[i].options);
        buf_clear(&said);
        ask("a", "CreateNetwork", buf_text(&body));
        CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"");
        CHECK_HAS(buf_text(&said), table[i].text);
        CHECK_EQ(bridge_key("br0", ID_NETWORK_PREFIX, NET) == NULL, true);
    }
    kernel_address(kernel_add("eth2", ""), "10.9.0.77/24");
    buf_clear(&said);
    ask("a", "CreateNetwork", CREATE(NET, ""));
    CHECK_HAS(buf_text(&said), "reaches 10.9.0.0/24 by device eth2");
    end();
}

/* An answer was lost, and Docker asks again; or the id belongs to another. */
TEST(a_network_that_exists_already)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    buf_clear(&said);
    ask("b", "CreateNetwork", CREATE(NET, ""));
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    buf_clear(&said);
    ask("c", "CreateNetwork", CREATE(NET, "'mtu':'1400'"));
    CHECK_HAS(buf_text(&said),
              "c 500 {\"Err\":\"the network exists already, on bridge " BRIDGE
              " and with other options\"}");
    end();
}

TEST(the_switch_takes_too_long)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"ovs-vswitchd's making of the "
                               "host access port did not come within the "
                               "deadline");
    /* what was made goes again */
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    CHECK(row_like(DEV) == NULL);
    CHECK_HAS(buf_text(&said), "info: a pending removal is done; id=" NET);
    end();
}

TEST(the_switch_cannot_make_the_bridge)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    struct small_row *row = small_find(&db, "Interface", BRIDGE);
    row->ofport = -1;
    snprintf(row->error, sizeof(row->error), "no such thing");
    daemon_settle();
    CHECK_HAS(buf_text(&said),
              "a 500 {\"Err\":\"the switch could not make bridge " BRIDGE);
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

TEST(somebody_removes_the_bridge_meanwhile)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    small_find(&db, "Interface", BRIDGE)->table[0] = '\0';
    small_find(&db, "Port", BRIDGE)->table[0] = '\0';
    daemon_settle();
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"port " BRIDGE
                               " was removed by somebody meanwhile\"}");
    end();
}

TEST(the_packet_filter_does_not_work)
{
    begin();
    small_kernel.fails = "nft_run";
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"nft_run: not today\"}\n");
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

TEST(the_lock_of_iptables_is_held)
{
    begin();
    small_kernel.fails = "xtables_open";
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    CHECK(!count_said("a 200") && !count_said("a 500"));
    small_kernel.fails = NULL;
    wait_ms(200);
    CHECK_HAS(buf_text(&said), "a 200 {}\n");
    buf_clear(&said);
    /* until the deadline: then the message says so */
    ask("b", "DeleteNetwork", DELETE(NET));
    small_kernel.fails = "xtables_open";
    ask("c", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "c 500 {\"Err\":\"somebody has the lock\"}");
    end();
}

/* Else the next plugin would remove the network, with all that is on it by
 * then. */
TEST(the_database_goes_when_a_network_is_finished)
{
    begin();
    small_kernel.fails = "xtables_open";
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    daemon_down();
    small_kernel.fails = NULL;
    wait_ms(200);
    daemon_up();
    switch_works();
    wait_ms(200);
    CHECK_HAS(buf_text(&said), "a 200 {}\n");
    CHECK(bridge_key(BRIDGE, ID_NETWORK_PREFIX, NET) != NULL);
    CHECK(bridge_key(BRIDGE, ID_BEGUN_PREFIX, NET) == NULL);
    end();
}

/* As of the hook, of CNI, or an operator's card. */
TEST(a_bridge_of_ours_on_which_others_have_ports)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    small_plug(&db, BRIDGE, "oicontaineraaaa", "oicontaineraaaa");
    buf_clear(&said);
    ask("b", "DeleteNetwork", DELETE(NET));
    daemon_settle();
    CHECK_HAS(buf_text(&said),
              "info: a bridge stays after its last network, as "
              "it has ports of others; bridge=" BRIDGE "\n");
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    CHECK(small_find(&db, "Bridge", BRIDGE) != NULL);
    CHECK(small_find(&db, "Interface", "oicontaineraaaa") != NULL);
    CHECK(bridge_key(BRIDGE, ID_NETWORK_PREFIX, NET) == NULL);
    CHECK(row_like(DEV) == NULL);
    /* another network may use it, and goes again */
    buf_clear(&said);
    ask("c", "CreateNetwork", CREATE(OTHER, "'bridge':'" BRIDGE "'"));
    switch_works();
    ask("d", "DeleteNetwork", DELETE(OTHER));
    CHECK_HAS(buf_text(&said), "d 200 {}\n");
    CHECK(small_find(&db, "Bridge", BRIDGE) != NULL);
    end();
}

/* As one whose disk is full. */
TEST(the_database_refuses_a_removal)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    buf_clear(&said);
    small_daemon.replies_fail = EIO;
    ask("b", "DeleteNetwork", DELETE(NET));
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    wait_ms(65000);
    CHECK(small_find(&db, "Bridge", BRIDGE) != NULL);
    CHECK_EQ(count_said("a pending removal failed"), 1);
    small_daemon.replies_fail = 0;
    wait_ms(31000);
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

/* A port of somebody else is in the way: nothing was made. */
TEST(names_and_addresses_that_are_taken)
{
    struct small_row *port;

    begin();
    small_plug(&db, "br0", "x", DEV);
    ask("a", "CreateNetwork", CREATE(NET, ""));
    CHECK_HAS(buf_text(&said),
              "a 500 {\"Err\":\"the switch has a port " DEV " already");
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    small_find(&db, "Interface", DEV)->table[0] = '\0';
    port = small_find(&db, "Port", "x");
    small_put(&db, port, ID_IP_PREFIX "10.9.0.1", BRIDGE "/0");
    buf_clear(&said);
    ask("b", "CreateNetwork", CREATE(NET, ""));
    CHECK_HAS(buf_text(&said),
              "b 500 {\"Err\":\"address 10.9.0.1, which the host is to have, "
              "is held by a port of bridge " BRIDGE);
    end();
}

/* The bridge came while the request was on its way: it is used, and stays. */
TEST(a_bridge_that_comes_meanwhile)
{
    begin();
    /* the database has it, the view not yet */
    small_add(&db, "Bridge", "br7");
    ask("a", "CreateNetwork", CREATE(NET, "'bridge':'br7'"));
    CHECK_HAS(buf_text(&said), "a 200 {}\n");
    CHECK(bridge_key("br7", ID_NETWORK_PREFIX, NET) != NULL);
    CHECK(bridge_key("br7", ID_OWNER, "") == NULL);
    end();
}

TEST(the_connection_goes_and_comes_back)
{
    begin();
    small_daemon.is_silent = true;
    ask("a", "CreateNetwork", CREATE(NET, ""));
    daemon_down();
    CHECK_SAID("");
    small_daemon.is_silent = false;
    daemon_up();
    switch_works();
    CHECK_HAS(buf_text(&said), "a 200 {}\n");
    /* so does a removal */
    buf_clear(&said);
    small_daemon.is_silent = true;
    ask("b", "DeleteNetwork", DELETE(NET));
    daemon_down();
    small_daemon.is_silent = false;
    daemon_up();
    daemon_settle();
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

/* Docker forgets a network, whatever the answer is. */
TEST(a_network_is_removed_while_the_database_is_away)
{
    struct err why = {0};

    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    buf_clear(&said);
    err_set(&why, ENOENT, "no socket");
    daemon_down();
    DAEMON_TELL(on_away, &why);
    ask("b", "DeleteNetwork", DELETE(NET));
    CHECK_SAID("warning: the network will be removed later; network=" NET
               " reason=no socket\nb 200 {}\n");
    ask("c", "CreateNetwork", CREATE(OTHER, ""));
    CHECK_HAS(buf_text(&said), "c 500 {\"Err\":\"no socket\"}\n");
    daemon_up();
    daemon_settle();
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    CHECK_HAS(buf_text(&said), "info: a pending removal is done; id=" NET);
    end();
}

TEST(the_database_is_silent)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    buf_clear(&said);
    small_daemon.is_silent = true;
    ask("b", "DeleteNetwork", DELETE(NET));
    wait_ms(11000);
    CHECK_HAS(buf_text(&said), "b 200 {}\n");
    small_daemon.is_silent = false;
    daemon_down();
    daemon_up();
    daemon_settle();
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

/* A plugin died in CreateNetwork: Docker does not know of it. */
TEST(a_creation_that_was_cut_short)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, ""));
    switch_works();
    docker_world_close();
    small_put(&db, small_find(&db, "Bridge", BRIDGE), ID_BEGUN_PREFIX NET,
              "true");
    buf_clear(&said);
    docker_world_open();
    daemon_up();
    daemon_settle();
    CHECK_HAS(buf_text(&said), "info: removing a network whose creation was "
                               "not finished; network=" NET);
    CHECK(small_find(&db, "Bridge", BRIDGE) == NULL);
    end();
}

/* Uplinks. */

TEST(an_uplink_comes_and_goes_with_its_networks)
{
    begin();
    kernel_device("eth1")->info.up = false;
    ask("a", "CreateNetwork", CREATE(NET, "'bridge':'br0','uplink':'eth1'"));
    CHECK_SAID("");
    switch_works();
    CHECK_SAID("up eth1\na 200 {}\n");
    ask("b", "CreateNetwork",
        CREATE(OTHER, "'bridge':'br0','uplink':'eth1','vlan':'10'"));
    CHECK_SAID("b 200 {}\n");
    ask("c", "CreateNetwork",
        CREATE("cccc", "'bridge':'br1','uplink':'eth1','vlan':'10'"));
    CHECK_HAS(buf_text(&said), "c 500 {\"Err\":\"option uplink: eth1 is the "
                               "uplink of bridge br0\"}");
    buf_clear(&said);
    ask("d", "DeleteNetwork", DELETE(NET));
    CHECK(small_find(&db, "Interface", "eth1") != NULL);
    ask("e", "DeleteNetwork", DELETE(OTHER));
    CHECK_SAID("d 200 {}\ne 200 {}\n");
    CHECK(small_find(&db, "Interface", "eth1") == NULL);
    end();
}

TEST(the_switch_does_not_take_an_uplink)
{
    begin();
    ask("a", "CreateNetwork", CREATE(NET, "'bridge':'br0','uplink':'eth1'"));
    struct small_row *row = small_find(&db, "Interface", "eth1");
    row->ofport = -1;
    daemon_settle();
    CHECK_HAS(buf_text(&said), "a 500 {\"Err\":\"the switch could not take "
                               "uplink eth1: see the log of ovs-vswitchd\"}");
    CHECK(bridge_key("br0", ID_NETWORK_PREFIX, NET) == NULL);
    end();
}

/* A card that is unplugged and comes back. On the userspace datapath the switch
 * does not hear it, and has to be told. */
static void card_comes_back(bool userspace)
{
    struct link_event gone = {.type = LINK_GONE, .nsid = NSID_NONE};
    struct link_event come = {.type = LINK_CHANGED, .nsid = NSID_NONE};
    struct small_row *row = small_find(&db, "Interface", "eth1");

    gone.link = kernel_device("eth1")->info;
    kernel_remove("eth1");
    DAEMON_TELL(on_device, &gone);
    struct small_device *device = kernel_add("eth1", "");
    device->info.up = false;
    device->info.mtu = 1500;
    device->info.promiscuous = !userspace;
    come.link = device->info;
    DAEMON_TELL(on_device, &come);
    row->ifindex = device->info.ifindex;
    daemon_settle();
}

TEST(a_card_comes_back)
{
    begin();
    snprintf(small_find(&db, "Bridge", "br0")->type, 16, "netdev");
    daemon_down();
    daemon_up();
    kernel_device("eth1")->info.mtu = 9000;
    kernel_device("eth1")->info.promiscuous = true;
    ask("a", "CreateNetwork", CREATE(NET, "'bridge':'br0','uplink':'eth1'"));
    switch_works();
    buf_clear(&said);
    card_comes_back(false);
    CHECK_SAID(
        "mtu 9000\nup eth1\ninfo: an uplink has come back; device=eth1\n");
    /* It receives nothing: the row gets a type that cannot be, until the
     * switch lets go of the device. */
    card_comes_back(true);
    struct small_row *row = small_find(&db, "Interface", "eth1");
    CHECK_STR(row->type, "patch");
    CHECK(small_get(row, ID_REMAKING) != NULL);
    row->ofport = -1;
    snprintf(row->error, sizeof(row->error), "no peer");
    daemon_settle();
    CHECK_STR(row->type, "");
    CHECK(small_get(row, ID_REMAKING) == NULL);
    row->error[0] = '\0';
    row->ofport = 7;
    daemon_settle();
    CHECK_HAS(buf_text(&said), "info: an uplink has come back; device=eth1\n");
    CHECK_EQ(kernel_device("eth1")->info.mtu, 9000);
    CHECK(kernel_device("eth1")->info.up);
    end();
}

TEST_MAIN
