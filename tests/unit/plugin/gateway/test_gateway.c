/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The gateway as a whole, over a small database and a small kernel: networks
 * come and go, and what the switch, other programs and the kernel do to them
 * meanwhile. What it does is compared as a transcript. */
#include "plugin/gateway/gateway.h"

#include "plugin/gateway/port_choice.h"
#include "tests/lib/gateway_world.h"
#include "tests/lib/model.h"

#define NET "aaaaaaaa11111111"
#define DEV "ovsint-aaaaaaaa"
#define FLAT_DEV "ovsacc-aaaaaaaa"
#define OTHER "bbbbbbbb22222222"
#define OTHER_DEV "ovsint-bbbbbbbb"

#define NAT_ROW "{'options':{'mode':'nat'},'pools':[" POOL "]}"
#define DUAL_ROW "{'options':{'mode':'nat'},'pools':[" POOL "," POOL6 "]}"
#define FLAT_ROW \
    "{'options':{'mode':'flat','host-access':'true'},'pools':[" POOL "]}"
#define POOL "{'pool':'10.9.0.0/24','gateway':'10.9.0.1'}"
#define POOL6 "{'pool':'fd00:9::/64','gateway':'fd00:9::1'}"
#define OTHER_ROW                                               \
    "{'options':{'mode':'nat'},'pools':[{'pool':'10.8.0.0/24'," \
    "'gateway':'10.8.0.1'}," POOL6 "]}"

/* As CreateNetwork does: the network's row, and its port's. */
static void create(const char *network, const char *row)
{
    struct small_row *bridge = small_find(&db, "Bridge", "br0");
    auto_free char *text = model_quotes(row);
    auto_network_row struct network_row read = {0};
    struct attachment attachment;
    struct host_port port = {
        .network = network, .network_row = &read, .attachment = &attachment};
    auto_txn struct txn txn = {0};
    char key[64];
    struct err err = {0};

    CHECK_OK(network_row_read(text, &read, &err), err);
    CHECK_OK(host_port_attachment(&read, NULL, &small_daemon.settings, "br0",
                                  &attachment, &err),
             err);
    snprintf(key, sizeof(key), ID_NETWORK_PREFIX "%s", network);
    small_put(&db, bridge, key, text);
    txn_init(&txn, OVSDB_NAME);
    if (read.host_access)
        host_port_say(&port, &txn);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    daemon_settle();
}

/* As DeleteNetwork does. */
static void destroy(const char *network)
{
    auto_txn struct txn txn = {0};
    char key[64];

    snprintf(key, sizeof(key), ID_NETWORK_PREFIX "%s", network);
    txn_init(&txn, OVSDB_NAME);
    host_port_remove(gateway, network, &txn);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    small_drop(small_find(&db, "Bridge", "br0"), key);
    daemon_settle();
}

/* 1 ready, 0 not yet, else the reason. */
static int state(const char *network, struct err *err)
{
    int r = host_port_state(gateway, network, err);

    if (r > 0 && gateway_in_force(gateway, NULL, err) < 0)
        return -err->code;
    return r;
}

static bool is_ready(const char *network)
{
    struct err err = {0};

    return state(network, &err) == 1;
}

/* What has the mark of a device that is set up for mode=nat. */
static bool forwards(const char *name)
{
    char setting[64];

    snprintf(setting, sizeof(setting), "4 %s forwarding", name);
    return kernel_setting(setting);
}

/* How often the transcript has it. */
static unsigned count(const char *part)
{
    unsigned ret = 0;

    for (const char *at = buf_text(&said); (at = strstr(at, part)); at++)
        ret++;
    return ret;
}

#define SET_UP "mac " DEV "\nup " DEV "\n" DEV " +10.9.0.1/24\n"

static void make_network(void)
{
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(500);
    CHECK(is_ready(NET));
    CHECK(forwards(DEV));
    buf_clear(&said);
}

TEST(a_network_comes_and_goes)
{
    begin();
    create(NET, NAT_ROW);
    CHECK_SAID("nft: make\n");
    CHECK(!is_ready(NET));
    changes = 0;
    switch_makes(DEV);
    CHECK_SAID(SET_UP);
    wait_ms(500);
    CHECK(changes > 0);
    CHECK(is_ready(NET));
    CHECK(forwards(DEV));
    CHECK_EQ(kernel_setting("4 " DEV " accept_redirects"), 0);
    CHECK_EQ(kernel_setting("6 " DEV " disable_ipv6"), 1);
    CHECK_SAID("");
    destroy(NET);
    CHECK_SAID(DEV " -10.9.0.1/24\nnft: remove\n");
    end();
}

TEST(a_flat_network_has_no_rules)
{
    begin();
    create(NET, FLAT_ROW);
    CHECK(!is_ready(NET));
    switch_makes(FLAT_DEV);
    CHECK_SAID("mac " FLAT_DEV "\nup " FLAT_DEV "\n" FLAT_DEV
               " +10.9.0.1/24\n");
    CHECK(is_ready(NET));
    CHECK_EQ(kernel_setting("4 " FLAT_DEV " forwarding"), 0);
    CHECK_EQ(kernel_setting("6 " FLAT_DEV " accept_ra"), 0);
    end();
}

/* That the device has appeared is no cause to touch it: only ofport tells. */
TEST(the_switch_is_at_work_on_it)
{
    struct link_event event = {.type = LINK_CHANGED, .nsid = NSID_NONE};

    begin();
    create(NET, NAT_ROW);
    buf_clear(&said);
    event.link = kernel_add(DEV, "openvswitch")->info;
    DAEMON_TELL(on_device, &event);
    wait_ms(500);
    CHECK_SAID("");
    switch_makes(DEV);
    CHECK_SAID(SET_UP);
    end();
}

TEST(the_switch_cannot_make_it)
{
    struct err err = {0};

    begin();
    create(NET, NAT_ROW);
    small_find(&db, "Interface", DEV)->ofport = -1;
    daemon_settle();
    CHECK_ERR(state(NET, &err), EIO, err,
              "the switch could not make host access port " DEV);
    end();
}

TEST(somebody_elses_device_has_the_name)
{
    struct err err = {0};

    begin();
    create(NET, NAT_ROW);
    kernel_add(DEV, "dummy");
    buf_clear(&said);
    switch_makes(DEV);
    CHECK_ERR(state(NET, &err), EEXIST, err,
              "device " DEV ", which is to be the network's host access port, "
              "is none of the switch");
    CHECK_HAS(buf_text(&said), "error: a host access port could not be set up");
    CHECK(!strstr(buf_text(&said), "up " DEV));
    end();
}

TEST(a_step_of_setting_up_fails)
{
    static const char *const steps[] = {"link_find",   "link_set_mac",
                                        "link_set_up", "addr_each",
                                        "addr_add",    "sysctl_set"};

    for (size_t i = 0; i < 2 * ARRAY_LEN(steps); i++) {
        bool has_cause = i % 2;
        struct err err = {0};
        memset(&small_kernel, 0, sizeof(small_kernel));
        memset(&db, 0, sizeof(db));
        begin();
        create(NET, NAT_ROW);
        small_kernel.fails = steps[i / 2];
        switch_makes(DEV);
        CHECK_ERR(state(NET, &err), EPERM, err, "not today");
        /* the next cause to look puts it right; without one, time does */
        small_kernel.fails = NULL;
        if (has_cause)
            kernel_settings_changed(0);
        wait_ms(has_cause ? 2000 : 6000);
        CHECK(is_ready(NET));
        CHECK(forwards(DEV));
        end();
    }
}

TEST(the_switch_starts_again)
{
    begin();
    make_network();
    kernel_remove(DEV);
    small_find(&db, "Interface", DEV)->ofport = 0;
    small_find(&db, "Interface", DEV)->ifindex = 0;
    daemon_settle();
    CHECK_SAID("");
    switch_makes(DEV);
    wait_ms(2000);
    CHECK_HAS(buf_text(&said), SET_UP);
    CHECK_HAS(buf_text(&said),
              "info: repaired a host access port; port=" DEV " network=" NET);
    CHECK(is_ready(NET));
    end();
}

/* The same name and another number: the guardian has had it made again. */
TEST(its_device_is_another_one)
{
    struct link_event gone = {.type = LINK_GONE, .nsid = NSID_NONE};
    struct link_event come = {.type = LINK_CHANGED, .nsid = NSID_NONE};

    begin();
    make_network();
    gone.link = kernel_device(DEV)->info;
    kernel_remove(DEV);
    DAEMON_TELL(on_device, &gone);
    CHECK(!is_ready(NET));
    come.link = kernel_add(DEV, "tun")->info;
    DAEMON_TELL(on_device, &come);
    wait_ms(2000);
    CHECK(is_ready(NET));
    CHECK(forwards(DEV));
    CHECK(kernel_device(DEV)->count == 1);
    end();
}

/* Two programs that do not agree must not keep a CPU busy. */
TEST(somebody_takes_its_addresses_again_and_again)
{
    unsigned repairs = 0;
    uint64_t began;

    begin();
    make_network();
    wait_ms(2000);
    began = small_daemon.now_ms;
    while (small_daemon.now_ms < began + 5000) {
        struct small_device *device = kernel_device(DEV);
        repairs += device->count > 0;
        device->count = 0;
        kernel_settings_changed(device->info.ifindex);
        wait_ms(50);
    }
    CHECK(repairs >= 4 && repairs <= 6);
    wait_ms(2000);
    CHECK_EQ(kernel_device(DEV)->count, 1);
    end();
}

TEST(settings_that_others_change)
{
    begin();
    make_network();
    wait_ms(2000);
    *kernel_setting_at("4 " DEV " forwarding") = 0;
    *kernel_setting_at("4 " DEV " accept_redirects") = 1;
    kernel_settings_changed(kernel_device(DEV)->info.ifindex);
    wait_ms(500);
    CHECK(forwards(DEV));
    CHECK_EQ(kernel_setting("4 " DEV " accept_redirects"), 0);
    CHECK_SAID("info: repaired a host access port; port=" DEV " network=" NET
               "\n");
    /* what cannot be read may be anything */
    *kernel_setting_at("4 " DEV " forwarding") = 0;
    small_kernel.fails = "setting_watch_read";
    kernel_settings_changed(0);
    small_kernel.fails = NULL;
    wait_ms(2000);
    CHECK(forwards(DEV));
    end();
}

/* The row of a port. */

static void remove_row(const char *name)
{
    small_find(&db, "Interface", name)->table[0] = '\0';
    small_find(&db, "Port", name)->table[0] = '\0';
    daemon_settle();
}

TEST(somebody_removes_its_row)
{
    begin();
    make_network();
    const char *spec =
        small_get(small_find(&db, "Interface", DEV), ID_HOST_SPEC);
    CHECK_HAS(spec, "\"bridge\":\"br0\"");
    remove_row(DEV);
    CHECK_HAS(buf_text(&said),
              "info: made a port again; port=" DEV
              " reason=somebody removed the row of a network's host access "
              "port");
    CHECK(small_find(&db, "Interface", DEV) != NULL);
    CHECK_STR(small_get(small_find(&db, "Interface", DEV), ID_HOST_SPEC), spec);
    CHECK(!is_ready(NET) || kernel_device(DEV) != NULL);
    switch_makes(DEV);
    wait_ms(500);
    CHECK(is_ready(NET));
    end();
}

TEST(an_operator_does_not_want_it_back)
{
    begin();
    small_daemon.settings.recreates = false;
    make_network();
    remove_row(DEV);
    wait_ms(1000);
    CHECK(small_find(&db, "Interface", DEV) == NULL);
    end();
}

/* An obstacle is logged once; an operator has to remove it. */
TEST(its_row_cannot_be_made_again)
{
    struct small_row *port;

    begin();
    make_network();
    port = small_add(&db, "Port", "theirs");
    small_put(&db, port, ID_IP_PREFIX "10.9.0.1", "br0/0");
    small_refer(small_find(&db, "Bridge", "br0"), port->uuid);
    remove_row(DEV);
    wait_ms(1000);
    kernel_settings_changed(0);
    wait_ms(1000);
    CHECK_EQ(count("error: a host access port could not be made again; "
                   "network=" NET " error=address 10.9.0.1, which the host is "
                   "to have, is held by a port of bridge br0"),
             1);
    CHECK(small_find(&db, "Interface", DEV) == NULL);
    end();
}

TEST(the_connection_goes_while_its_row_is_made_again)
{
    begin();
    make_network();
    small_daemon.is_silent = true;
    remove_row(DEV);
    daemon_down();
    CHECK(small_find(&db, "Interface", DEV) == NULL);
    small_daemon.is_silent = false;
    daemon_up();
    daemon_settle();
    CHECK(small_find(&db, "Interface", DEV) != NULL);
    end();
}

/* Rules. */

TEST(somebody_deletes_the_table)
{
    begin();
    make_network();
    small_kernel.has_table = false;
    kernel_nft_changed(true, true);
    wait_ms(100);
    CHECK_SAID("nft: make " DEV
               "\ninfo: repaired the rules of the networks, which "
               "somebody had changed\n");
    CHECK(forwards(DEV));
    end();
}

TEST(without_rules_the_devices_do_not_forward)
{
    struct err err = {0};

    begin();
    make_network();
    small_kernel.fails = "nft_run";
    kernel_nft_changed(true, true);
    wait_ms(100);
    CHECK_HAS(buf_text(&said), "nft: close\n");
    CHECK(!forwards(DEV));
    CHECK_EQ(kernel_setting("4 " DEV " route_localnet"), 0);
    CHECK_ERR(state(NET, &err), EPERM, err, "not today");
    small_kernel.fails = NULL;
    wait_ms(6000);
    CHECK(forwards(DEV));
    CHECK(is_ready(NET));
    end();
}

TEST(a_network_waits_for_the_lock_of_iptables)
{
    struct err err = {0};

    begin();
    small_kernel.fails = "xtables_open";
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(500);
    CHECK_ERR(state(NET, &err), EAGAIN, err, "somebody has the lock");
    changes = 0;
    small_kernel.fails = NULL;
    wait_ms(100);
    CHECK(changes > 0);
    CHECK(is_ready(NET));
    end();
}

TEST(a_host_without_nftables)
{
    struct err err = {0};

    small_kernel.fails = "nft_open";
    begin();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(300);
    CHECK(!forwards(DEV));
    CHECK_ERR(state(NET, &err), EPERM, err, "nft_open: not today");
    /* flat networks need none */
    destroy(NET);
    create(OTHER, FLAT_ROW);
    switch_makes("ovsacc-bbbbbbbb");
    CHECK_EQ(host_port_state(gateway, OTHER, &err), 1);
    end();
}

TEST(changes_of_nftables_that_cannot_be_read)
{
    begin();
    make_network();
    small_kernel.fails = "nft_changes";
    kernel_nft_changed(false, false);
    small_kernel.fails = NULL;
    CHECK_HAS(
        buf_text(&said),
        "warning: changes that others make to nftables cannot be watched");
    wait_ms(100);
    CHECK_HAS(buf_text(&said), "nft: make " DEV "\n");
    end();
}

TEST(bridges_of_docker_are_kept_apart)
{
    struct link_event event = {.type = LINK_CHANGED, .nsid = NSID_NONE};

    begin();
    make_network();
    event.link = kernel_add("br-0123456789ab", "bridge")->info;
    DAEMON_TELL(on_device, &event);
    CHECK_SAID("nft: flush set inet ovsint apart\n"
               "add element inet ovsint apart { \"br-0123456789ab\" }\n");
    kernel_add("mine", "bridge");
    DAEMON_TELL(on_device, &event);
    CHECK_SAID("");
    end();
}

/* A host that does not forward by itself. */

static const char *noted(const char *device)
{
    static char key[64];

    snprintf(key, sizeof(key), ID_FORWARDING_PREFIX "%s", device);
    return small_get(small_find(&db, "Interface", DEV), key);
}

static void begin_closed(void)
{
    begin();
    *kernel_setting_at("4 all forwarding") = 0;
    *kernel_setting_at("6 all forwarding") = 0;
}

TEST(a_card_forwards_for_our_networks_alone)
{
    begin_closed();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_STR(noted("eth0"), "4");
    CHECK(is_ready(NET));
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 1);
    CHECK_EQ(kernel_setting("6 eth0 force_forwarding"), 0);
    CHECK_HAS(buf_text(&said),
              "add element inet ovsint opened4 { \"eth0\" }\n");
    /* with the last network it is set back, before its rules go */
    destroy(NET);
    wait_ms(500);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    end();
}

TEST(nothing_is_set_before_it_is_noted)
{
    begin_closed();
    small_daemon.is_silent = true;
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    CHECK(!is_ready(NET));
    small_daemon.is_silent = false;
    daemon_down();
    daemon_up();
    wait_ms(1000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 1);
    CHECK(is_ready(NET));
    end();
}

/* Whoever comes next knows from the rows what is to be set back. */
TEST(a_plugin_that_dies)
{
    begin_closed();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_STR(noted("eth0"), "4");
    gateway_close(gateway);
    daemon_close();
    buf_clear(&said);
    open_gateway(true);
    daemon_up();
    CHECK_HAS(buf_text(&said),
              "nft: make eth0 " DEV "\n"); /* from the first on */
    wait_ms(1000);
    CHECK(is_ready(NET));
    destroy(NET);
    wait_ms(500);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    end();
}

TEST(cards_come_and_go)
{
    begin_closed();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    kernel_address(kernel_add("eth1", ""), "192.0.3.1/24");
    kernel_settings_changed(0);
    wait_ms(1000);
    CHECK_STR(noted("eth1"), "4");
    CHECK_EQ(kernel_setting("4 eth1 forwarding"), 1);
    kernel_remove("eth1");
    kernel_settings_changed(0);
    wait_ms(1000);
    CHECK(noted("eth1") == NULL);
    CHECK_STR(noted("eth0"), "4");
    end();
}

TEST(cards_stop_forwarding_while_no_rules_restrict_it)
{
    begin_closed();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 1);
    small_kernel.fails = "nft_run";
    kernel_nft_changed(true, false);
    wait_ms(100);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    small_kernel.fails = NULL;
    wait_ms(6000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 1);
    CHECK(is_ready(NET));
    end();
}

TEST(a_card_that_rules_cannot_name)
{
    begin_closed();
    kernel_address(kernel_add("a\"b", ""), "192.0.3.1/24");
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    kernel_settings_changed(0);
    wait_ms(1000);
    CHECK_EQ(count("warning: a device has a name that rules of nftables cannot "
                   "contain"),
             1);
    CHECK_EQ(kernel_setting("4 a\"b forwarding"), 0);
    CHECK(is_ready(NET));
    end();
}

TEST(a_card_cannot_be_set)
{
    struct err err = {0};

    begin_closed();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    small_kernel.fails = "sysctl_set";
    wait_ms(1000);
    CHECK_ERR(state(NET, &err), EPERM, err, "sysctl_set: not today");
    CHECK_HAS(buf_text(&said),
              "error: forwarding for the networks could not be set");
    /* it is tried again without any event */
    small_kernel.fails = NULL;
    wait_ms(6000);
    CHECK(is_ready(NET));
    end();
}

TEST(two_networks_and_ipv6)
{
    begin_closed();
    kernel_address(kernel_device("eth0"), "fd00::1/64");
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_STR(noted("eth0"), "4");
    create(OTHER, OTHER_ROW);
    switch_makes(OTHER_DEV);
    wait_ms(1000);
    CHECK_STR(noted("eth0"), "46");
    CHECK_EQ(kernel_setting("6 eth0 force_forwarding"), 1);
    CHECK_EQ(kernel_setting("6 " OTHER_DEV " force_forwarding"), 1);
    destroy(OTHER);
    wait_ms(1000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 1);
    destroy(NET);
    wait_ms(1000);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    CHECK_EQ(kernel_setting("6 eth0 force_forwarding"), 0);
    end();
}

/* A single pass leaves the packet filter, and so forwarding, to the daemon. */
TEST(a_pass_without_rules)
{
    kernel_address(kernel_add("eth0", ""), "192.0.2.1/24");
    small_add(&db, "Bridge", "br0");
    open_gateway(false);
    daemon_up();
    create(NET, NAT_ROW);
    switch_makes(DEV);
    wait_ms(1000);
    CHECK_SAID(SET_UP);
    CHECK_EQ(kernel_setting("4 eth0 forwarding"), 0);
    end();
}

/* Before a network is created. */
TEST(what_stands_in_its_way)
{
    static const struct {
        const char *row, *address;
        bool old_kernel;
        int code; /* 0 = nothing */
        const char *text;
    } table[] = {
        {NAT_ROW, "192.0.3.1/24", false, 0, ""},
        {NAT_ROW, "10.9.0.1/24", false, EADDRINUSE,
         "but device eth1 has that address"},
        {NAT_ROW, "10.9.0.7/24", false, EADDRINUSE,
         "reaches 10.9.0.0/24 by device eth1"},
        {"{'options':{'nat-source':'192.0.3.1'},'pools':[" POOL "]}",
         "192.0.3.1/24", false, 0, ""},
        {"{'options':{'nat-source':'192.0.3.9'},'pools':[" POOL "]}",
         "192.0.3.1/24", false, EADDRNOTAVAIL, "address 192.0.3.9"},
        {DUAL_ROW, "192.0.3.1/24", true, EOPNOTSUPP, "before 6.17"},
        {"{'options':{'mode':'isolated'}}", "10.9.0.1/24", true, 0, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row row = {0};
        auto_free char *text = model_quotes(table[i].row);
        struct err err = {0};
        memset(&small_kernel, 0, sizeof(small_kernel));
        memset(&db, 0, sizeof(db));
        begin_closed();
        kernel_address(kernel_add("eth1", ""), table[i].address);
        small_kernel.has_no_force_forwarding = table[i].old_kernel;
        CHECK_OK(network_row_read(text, &row, &err), err);
        int r = gateway_check(gateway, NET, &row, &err);
        if (table[i].code)
            CHECK_ERR(r, table[i].code, err, table[i].text);
        else
            CHECK_OK(r, err);
        end();
    }
}

TEST(a_host_that_cannot_be_listened_to)
{
    struct err err = {0};
    struct host *host = daemon_open(&db);

    small_kernel.fails = "watch_readable";
    CHECK_ERR(gateway_open(NULL, host, true, on_change, NULL, &gateway, &err),
              EPERM, err, "not today");
    small_kernel.fails = "setting_watch_open";
    CHECK_ERR(gateway_open(NULL, host, true, on_change, NULL, &gateway, &err),
              EPERM, err, "not today");
    gateway_close(NULL);
    daemon_close();
}

TEST_MAIN
