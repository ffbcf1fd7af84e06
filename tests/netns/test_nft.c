/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet filter of a namespace of the test's own: transactions, what others
 * change, chains of others; and that the kernel takes the rules.
 */
#include "ovsint/nft.h"

#include "plugin/nat_view.h"
#include "tests/netns/fixture.h"

#define TABLE "ovsint"

static struct nft *open_nft(void)
{
    struct nft *nft = NULL;
    struct err err = {0};

    CHECK_OK(nft_open(TABLE, &nft, &err), err);
    return nft;
}

static void run(struct nft *nft, const char *commands)
{
    struct err err = {0};

    CHECK_OK(nft_run(nft, commands, &err), err);
}

static void check_changes(struct nft *nft, bool table, bool rules)
{
    struct nft_changes changes = {0};
    struct err err = {0};

    CHECK_OK(nft_changes(nft, &changes, &err), err);
    CHECK_EQ(changes.table, table);
    CHECK_EQ(changes.rules, rules);
}

#define OURS "table inet ovsint {\n set s { type ifname\n }\n}\n"

TEST(all_or_nothing)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    struct err err = {0};

    CHECK_EQ(nft_has_table(nft, &err), 0);
    int r = nft_run(nft, OURS "add element inet ovsint nope { \"x\" }\n", &err);
    CHECK_ERR(r, EIO, err, "nftables refused a change: ");
    CHECK_EQ(nft_has_table(nft, &err), 0);
    run(nft, OURS);
    CHECK_EQ(nft_has_table(nft, &err), 1);
    run(nft, "delete table inet ovsint\n");
    CHECK_EQ(nft_has_table(nft, &err), 0);
}

TEST(without_the_right_to)
{
    fixture_enter();
    MUST(unshare(CLONE_NEWUSER)); /* the namespace belongs to the one before */
    struct nft *nft = NULL;
    struct err err = {0};

    CHECK_ERR(nft_open(TABLE, &nft, &err), EPERM, err,
              "listen to the changes of nftables");
    CHECK(!nft);
}

TEST(syntax_that_is_none)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    struct err err = {0};

    int r = nft_run(nft, "add nonsense\n", &err);
    CHECK_ERR(r, EIO, err, "syntax error");
}

TEST(own_changes_are_no_news)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();

    run(nft, OURS);
    run(nft, "add element inet ovsint s { \"eth0\" }\n");
    run(nft, "table ip other {\n chain c {\n }\n}\n");
    check_changes(nft, false, false);
}

TEST(changes_of_others_are_told_once)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_nft struct nft *other = open_nft();

    run(nft, OURS);
    run(other, "add element inet ovsint s { \"eth0\" }\n");
    check_changes(nft, true, false);
    check_changes(nft, false, false);
    run(other, "table ip other {\n set s { type ifname\n }\n}\n");
    check_changes(nft, false, true);
    run(other, "add element ip other s { \"eth0\" }\n");
    check_changes(nft, false, false);
    run(other, "table ip ovsint {\n chain c {\n }\n}\n");
    check_changes(nft, false, true);
    run(other, "flush ruleset\n");
    check_changes(nft, true, true);
}

/* Before, between and after our own. */
TEST(own_changes_do_not_hide_those_of_others)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_nft struct nft *other = open_nft();

    run(nft, OURS);
    run(other, "add element inet ovsint s { \"eth0\" }\n");
    run(nft, "add element inet ovsint s { \"eth1\" }\n");
    run(nft, "add element inet ovsint s { \"eth2\" }\n");
    check_changes(nft, true, false);
    run(nft, "add element inet ovsint s { \"eth3\" }\n");
    run(other, "delete table inet ovsint\n");
    check_changes(nft, true, false);
}

/* More than the socket's queue holds. */
TEST(a_flood_is_a_change_of_everything)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_nft struct nft *other = open_nft();
    auto_buf struct buf text = BUF_INIT(16u << 20);
    struct pollfd readable = {.fd = nft_fd(nft), .events = POLLIN};
    int small = 16384;

    MUST(setsockopt(nft_fd(nft), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)));
    run(nft, OURS "table ip t {\n set s { type inet_service\n }\n}\n");
    buf_add_text(&text, "add element ip t s { 1");
    for (int i = 2; i < 4000; i++)
        buf_addf(&text, ", %d", i);
    buf_add_text(&text, " }\n");
    /* Our own flood is none. */
    run(nft, buf_text(&text));
    check_changes(nft, false, false);
    run(other, "flush set ip t s\n");
    run(other, buf_text(&text));
    CHECK_EQ(MUST(poll(&readable, 1, 0)), 1);
    check_changes(nft, true, true);
    check_changes(nft, false, false);
}

/* ---- chains of others
 * ------------------------------------------------------------ */

static void keep_chain(void *data, const struct nft_chain *chain)
{
    buf_addf(data, "%s %s %s %s %u\n", chain->family, chain->table, chain->name,
             chain->drops ? "drop" : "accept", chain->rules);
}

static void keep_pass(void *data, const struct nft_pass *pass)
{
    buf_addf(data, "%u %s\n", pass->place, pass->out ? "out" : "in");
}

TEST(chains_that_forwarded_packets_come_to)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    CHECK_OK(nft_forward_chains(nft, keep_chain, &text, &err), err);
    CHECK_STR(buf_text(&text), "");
    run(nft, "table ip filter {\n"
             " chain FORWARD {\n"
             "  type filter hook forward priority filter; policy drop;\n"
             "  counter jump USER\n"
             " }\n"
             " chain INPUT {\n"
             "  type filter hook input priority filter; policy drop;\n"
             " }\n"
             " chain USER {\n }\n"
             "}\n"
             "table ip6 x {\n"
             " chain y {\n"
             "  type filter hook forward priority 10; policy accept;\n"
             " }\n"
             "}\n"
             "table inet fw {\n"
             " chain f {\n"
             "  type filter hook forward priority 10; policy accept;\n"
             "  reject\n"
             " }\n"
             "}\n"
             "table bridge b {\n"
             " chain f {\n"
             "  type filter hook forward priority 0; policy drop;\n"
             " }\n"
             "}\n"
             "table inet ovsint {\n"
             " chain f {\n"
             "  type filter hook forward priority 10; policy accept;\n"
             " }\n"
             "}\n");
    CHECK_OK(nft_forward_chains(nft, keep_chain, &text, &err), err);
    CHECK_STR(buf_text(&text), "ip filter FORWARD drop 1\n"
                               "ip6 x y accept 0\n"
                               "inet fw f accept 1\n");
}

TEST(rules_as_ours_are_found)
{
    static const struct nft_chain chain = {
        .family = "ip", .table = "filter", .name = "FORWARD"};
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    run(nft, "table ip filter {\n"
             " chain FORWARD {\n"
             "  type filter hook forward priority filter; policy drop;\n"
             "  oifname \"ovsint-*\" counter accept\n"
             "  iifname \"ovsint-*\" counter drop\n"
             "  iifname \"ovsint-1\" counter accept\n"
             "  iifname != \"ovsint-*\" counter accept\n"
             "  iifname \"ovsint*\" counter accept\n"
             "  iifname \"ovsint-*\" accept\n"
             "  iifname \"ovsint-*\" counter ip saddr 10.0.0.1 accept\n"
             "  iifname \"ovsint-*\" counter accept\n"
             "  counter accept\n"
             " }\n"
             " chain other {\n"
             "  iifname \"ovsint-*\" counter accept\n"
             " }\n"
             "}\n");
    CHECK_OK(nft_passes(nft, &chain, "ovsint-", keep_pass, &text, &err), err);
    CHECK_STR(buf_text(&text), "0 out\n7 in\n");
    buf_clear(&text);
    CHECK_OK(nft_passes(nft, &chain, "nope-", keep_pass, &text, &err), err);
    CHECK_STR(buf_text(&text), "");
}

/* ---- our rules
 * ---------------------------------------------------------------- */

static void add_endpoint(struct nat_view *view, const char *ports)
{
    struct nat_endpoint added = {.port = "oi1",
                                 .text = mem_text(ports, strlen(ports)),
                                 .target = {.ip4 = fixture_ip("10.9.0.1"),
                                            .ip6 = fixture_ip("fd00::1")}};
    struct err err = {0};

    CHECK_OK(published_read(ports, &added.ports, &err), err);
    view->endpoints = mem_new(sizeof(*view->endpoints));
    view->endpoints[0] = added;
    view->endpoint_count = 1;
}

TEST(the_kernel_takes_the_rules)
{
    static const struct nat_opened opened[] = {{"eth0", true, true}};
    static struct nat_network networks[] = {
        {.device = "ovsint-00000001", .routes = true},
        {.device = "ovsint-00000002",
         .routes = true,
         .ipv4.way = NAT_ROUTED,
         .ipv6.way = NAT_ROUTED},
        {.device = "ovsint-00000003", .routes = true, .ipv6.way = NAT_PORTS},
        {.device = "ovsint-00000004", .routes = true}};
    networks[3].ipv4.source = fixture_ip("198.51.100.1");
    networks[3].ipv6.source = fixture_ip("fd00::1");
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(NAT_RULES_SIZE);
    struct nat_view before = {.networks = networks, .network_count = 1};
    struct nat_view after = {.networks = networks,
                             .network_count = ARRAY_LEN(networks)};
    struct err err = {0};

    add_endpoint(&after, "tcp/8080-8090:80 udp/127.0.0.1/53:53 sctp/::1/1:1");
    nat_view_table(&before, NULL, 0, &text);
    run(nft, buf_text(&text));
    for (int i = 0; i < 2; i++) {
        buf_clear(&text);
        nat_view_change(&before, &after, &text);
        run(nft, buf_text(&text));
        buf_clear(&text);
        nat_view_change(&after, &before, &text);
        run(nft, buf_text(&text));
        after.endpoints[0].target.routed4 = true;
        after.endpoints[0].target.routed6 = true;
    }
    buf_clear(&text);
    nat_view_table(&after, opened, 1, &text);
    run(nft, buf_text(&text));
    struct nat_wanted none = {.opened_count = 0};
    buf_clear(&text);
    nat_rules_opened(&none, &text);
    run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, &err), 1);
    after.networks = before.networks = NULL;
    nat_view_done(&after);
    nat_view_table(&after, NULL, 0, &text);
    run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, &err), 0);
}

TEST_MAIN
