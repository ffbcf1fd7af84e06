/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The packet filter of a namespace of the test: transactions, what others
 * change, chains of others; and that the kernel takes our rules.
 */
#include "ovsint/nft/nft.h"

#include <dirent.h>

#include "ovsint/base/io.h"
#include "plugin/gateway/nat_view.h"
#include "tests/lib/nat_rows.h"
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

/* A change of ours reads them, and then the descriptor tells nobody. */
TEST(changes_of_others_that_a_change_of_ours_comes_upon)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_nft struct nft *other = open_nft();

    run(nft, OURS);
    check_changes(nft, false, false);
    CHECK(!nft_has_news(nft));
    run(other, "flush set inet ovsint s\nadd chain inet ovsint c\n");
    run(nft, "add element inet ovsint s { \"x\" }\n");
    CHECK(nft_has_news(nft));
    check_changes(nft, true, false);
    CHECK(!nft_has_news(nft));
    run(nft, "add element inet ovsint s { \"y\" }\n");
    CHECK(!nft_has_news(nft));
}

TEST(all_or_nothing)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    struct err err = {0};

    CHECK_EQ(nft_has_table(nft, TABLE, &err), 0);
    int r = nft_run(nft, OURS "add element inet ovsint nope { \"x\" }\n", &err);
    CHECK_ERR(r, EIO, err, "nftables refused a change: ");
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 0);
    run(nft, OURS);
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 1);
    run(nft, "delete table inet ovsint\n");
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 0);
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

/* More messages than the socket's queue holds. */
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
    /* A flood of our own is not reported. */
    run(nft, buf_text(&text));
    check_changes(nft, false, false);
    run(other, "flush set ip t s\n");
    run(other, buf_text(&text));
    CHECK_EQ(MUST(poll(&readable, 1, 0)), 1);
    check_changes(nft, true, true);
    check_changes(nft, false, false);
}

static const struct nft_mark mark = {.prefix = "ovsint-", .comment = "ovsint"};

static void say_spots(const struct filter_table *table,
                      const struct filter_spot *spots, size_t count,
                      const char *what, struct buf *ret)
{
    for (size_t i = 0; i < count; i++) {
        const struct filter_chain *chain = &table->chains[spots[i].chain];
        buf_addf(ret, "%s%s %s %zu/%zu", ret->size ? ", " : "", what,
                 chain->name, spots[i].place, chain->count);
    }
}

static void say_opening(void *data, const struct filter_table *table)
{
    struct filter_opening opening;
    struct buf *ret = data;

    filter_opening(table, &opening);
    say_spots(table, opening.spots, opening.spot_count, "open", ret);
    say_spots(table, opening.doubts, opening.doubt_count, "doubt", ret);
    if (opening.spot_count && filter_is_right(table, &opening))
        buf_add_text(ret, ", right");
}

#define BASE "type filter hook forward priority 0; policy "
#define ACCEPT BASE "accept;\n"
#define DROP BASE "drop;\n"
#define OUR_TWO                                                \
    "iifname \"ovsint-*\" counter accept comment \"ovsint\"\n" \
    "oifname \"ovsint-*\" counter accept comment \"ovsint\"\n"

/* Tables of others as `nft list ruleset` shows them, each as "table inet t" but
 * for those of firewalld: which spots there are, PLACE/RULES. */
static const struct {
    const char *rules;
    const char *want;
} firewalls[] = {
    /* Nothing drops our packets. */
    {"chain f {" ACCEPT "}", ""},
    {"chain f {" ACCEPT "ip saddr 192.0.2.1 drop\n ct state invalid drop\n}",
     ""},
    {"chain f {" DROP "accept\n}", ""},
    {"chain f {" DROP "counter accept\n drop\n}", ""},
    {"chain f { type filter hook input priority 0; policy drop;\n}", NULL},
    {"chain f { type nat hook postrouting priority 0;\n}", NULL},
    /* A policy that drops: after all rules. */
    {"chain f {" DROP "}", "open f 0/0"},
    {"chain f {" DROP "ip saddr 192.0.2.1 drop\n tcp dport 80 accept\n}",
     "open f 2/2"},
    {"chain f {" DROP "return\n drop\n}", "open f 0/2"},
    /* A rule that drops everything: before it, and before its log rule. */
    {"chain f {" ACCEPT "ip saddr 192.0.2.1 drop\n drop\n}", "open f 1/2"},
    {"chain f {" DROP "ip saddr 192.0.2.1 drop\n"
     "limit rate 1/second log\n meta l4proto tcp reject with tcp reset\n"
     "counter reject with icmpx admin-prohibited\n accept\n}",
     "open f 1/5"},
    {"chain f {" DROP "ip saddr 192.0.2.1 drop\n log prefix \"x\"\n}",
     "open f 1/2"},
    {"chain f {" ACCEPT "ip saddr 192.0.2.1 drop\n}\n"
     "chain g { type filter hook forward priority 5; policy drop;\n}",
     "open g 0/0"},
    /* Chains that others jump to. */
    {"chain u {\n ip saddr 192.0.2.1 drop\n return\n}\n"
     "chain f {" DROP "jump u\n iifname \"a\" accept\n}",
     "open f 2/2"},
    {"chain d {\n log\n drop\n}\n"
     "chain f {" ACCEPT "ip saddr 192.0.2.1 jump d\n jump d\n}",
     "open f 1/2"},
    {"chain l {\n limit rate 1/second log\n}\n"
     "chain f {" DROP "ip saddr 192.0.2.1 drop\n jump l\n}",
     "open f 1/2"},
    {"chain z {\n tcp dport 80 accept\n drop\n}\n"
     "chain f {" ACCEPT "ip saddr 192.0.2.1 drop\n jump z\n}",
     "open z 1/2"},
    {"chain z {\n tcp dport 80 accept\n}\n"
     "chain f {" DROP "ip saddr 192.0.2.1 drop\n goto z\n accept\n}",
     "open z 1/1"},
    {"chain d {\n drop\n}\n chain z {\n tcp dport 80 accept\n goto d\n}\n"
     "chain f {" ACCEPT "goto z\n}",
     "open z 1/2"},
    /* Packets of other callers are not let through: bans, and what is for the
     * host. */
    {"chain z {\n tcp dport 80 accept\n drop\n}\n"
     "chain f {" ACCEPT "ip saddr 192.0.2.1 goto z\n goto z\n}",
     "doubt z 1/2"},
    {"chain z {\n tcp dport 80 accept\n drop\n}\n"
     "chain i { type filter hook input priority 0;\n jump z\n}\n"
     "chain f {" ACCEPT "goto z\n}",
     "doubt z 1/2"},
    {"map m { type ipv4_addr : verdict\n elements = { 192.0.2.1 : goto z }\n}\n"
     "chain z {\n tcp dport 80 accept\n drop\n}\n"
     "chain f {" ACCEPT "ip saddr vmap @m\n goto z\n}",
     "doubt z 1/2"},
    /* Is it the default of a device, or a ban of it? */
    {"chain f {" ACCEPT "iifname \"wan0\" drop\n}", "doubt f 0/1"},
    {"chain f {" DROP "oifname != \"wan0\" drop\n}", "open f 1/1, doubt f 0/1"},
    {"chain z {\n tcp dport 80 accept\n drop\n}\n"
     "chain f {" ACCEPT "iifname \"wan0\" jump z\n}",
     "doubt f 0/1"},
    /* Rules that concern others, or that mean us. */
    {"chain f {" ACCEPT "iifname \"a\" oifname \"b\" drop\n}", ""},
    {"chain f {" ACCEPT "iifname \"ovsint-*\" drop\n}", ""},
    {"chain f {" ACCEPT "oifname \"ovsint-123\" drop\n}", ""},
    /* With rules of ours. */
    {"chain f {" DROP "ip saddr 192.0.2.1 drop\n" OUR_TWO "}",
     "open f 3/3, right"},
    {"chain f {" DROP OUR_TWO "ip saddr 192.0.2.1 drop\n}", "open f 3/3"},
    {"chain f {" DROP OUR_TWO OUR_TWO "}", "open f 4/4"},
    {"chain o {\n" OUR_TWO "}\n chain f {" DROP OUR_TWO "}", "open f 2/2"},
    {"chain f {" ACCEPT OUR_TWO "log\n drop\n}", "open f 2/4, right"},
    {"chain f {" ACCEPT "log\n" OUR_TWO "drop\n}", "open f 0/4"},
    {"chain f {" DROP "iifname \"ovsint-*\" counter accept\n"
     "oifname \"ovsint-*\" counter accept\n}",
     "open f 2/2"},
    {"chain f {" DROP
     "iifname \"ovsint-*\" tcp dport 1 counter accept comment \"ovsint\"\n"
     "oifname \"ovsint-*\" accept comment \"ovsint\"\n"
     "iifname \"ovsint*\" counter accept comment \"ovsint\"\n"
     "iifname != \"ovsint-*\" counter accept comment \"ovsint\"\n"
     "iifname \"ovsint-1\" counter accept comment \"ovsint\"\n"
     "iifname \"ovsint-*\" counter drop comment \"ovsint\"\n"
     "oifname \"ovsint-*\" counter accept comment \"mine\"\n}",
     "open f 7/7"},
};

static void check_firewall(const char *name, const char *rules,
                           const char *want)
{
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    buf_addf(&text, "flush ruleset\ntable inet %s {\n%s\n}\n", name, rules);
    run(nft, buf_text(&text));
    buf_clear(&text);
    CHECK_OK(nft_filters(nft, &mark, say_opening, &text, &err), err);
    if (strcmp(buf_text(&text), want ? want : "") != 0)
        TEST_FAIL("'%s', want '%s' of %s", buf_text(&text), want, rules);
}

TEST(where_an_accept_belongs)
{
    fixture_enter();
    for (size_t i = 0; i < ARRAY_LEN(firewalls); i++)
        check_firewall("t", firewalls[i].rules, firewalls[i].want);
}

/* As firewalld 1.3.3 makes it, without the chains that are empty by default. */
#define ZONE(name, deny, last)                                           \
    "chain filter_FWD_" name "_deny {\n" deny "}\n"                      \
    "chain filter_FWD_" name " {\n jump filter_FWD_" name "_deny\n" last \
    "\n}\n"
#define FIREWALLD(zones, dispatch)                                          \
    zones "chain filter_FORWARD_ZONES {\n" dispatch "}\n"                   \
          "chain filter_FORWARD {\n"                                        \
          "type filter hook forward priority filter + 10; policy accept;\n" \
          "ct state { established, related } accept\n"                      \
          "ct status dnat accept\n iifname \"lo\" accept\n"                 \
          "ct state invalid drop\n jump filter_FORWARD_ZONES\n"             \
          "reject with icmpx admin-prohibited\n}\n"
#define REJECTS "reject with icmpx admin-prohibited"

TEST(the_zones_of_firewalld)
{
    static const char ban[] =
        FIREWALLD(ZONE("public", "ip saddr 192.0.2.1 drop\n", REJECTS)
                      ZONE("drop", "", "drop"),
                  "ip saddr 192.0.2.2 goto filter_FWD_drop\n"
                  "iifname \"wan1\" goto filter_FWD_drop\n"
                  "iifname \"wan0\" goto filter_FWD_public\n"
                  "goto filter_FWD_public\n");
    static const char two[] =
        FIREWALLD(ZONE("public", "", REJECTS) ZONE("external", "", REJECTS),
                  "iifname \"wan0\" goto filter_FWD_external\n"
                  "goto filter_FWD_public\n");
    static const char drops[] = FIREWALLD(
        ZONE("drop", "", "drop"), "iifname \"wan0\" goto filter_FWD_drop\n"
                                  "goto filter_FWD_drop\n");
    static const char none[] =
        FIREWALLD(ZONE("trusted", "", "accept"), "goto filter_FWD_trusted\n");

    check_firewall(
        "firewalld", ban,
        "open filter_FWD_public 1/2, doubt filter_FORWARD_ZONES 1/4");
    check_firewall("firewalld", two,
                   "open filter_FWD_external 1/2, open filter_FWD_public 1/2");
    check_firewall("firewalld", drops,
                   "doubt filter_FORWARD_ZONES 0/2, doubt filter_FWD_drop 1/2");
    check_firewall("firewalld", none, "");
}

static void note_names(void *data, const struct filter_table *table)
{
    buf_addf(data, "%s %s\n", table->family, table->name);
}

TEST(tables_that_forwarded_packets_come_to)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    CHECK_OK(nft_filters(nft, &mark, note_names, &text, &err), err);
    CHECK_STR(buf_text(&text), "");
    run(nft, "table ip filter {\n chain FORWARD {" DROP "}\n}\n"
             "table ip nat {\n chain p {"
             "  type nat hook postrouting priority 0;\n }\n}\n"
             "table ip6 x {\n chain y {" ACCEPT "}\n}\n"
             "table inet in {\n chain y {"
             "  type filter hook input priority 0; policy drop;\n }\n}\n"
             "table inet fw {\n chain f {" ACCEPT "reject\n}\n}\n"
             "table bridge b {\n chain f {" DROP "}\n}\n"
             "table ip ovsint {\n chain f {" ACCEPT "}\n}\n"
             "table inet ovsint {\n chain f {" ACCEPT "}\n}\n");
    CHECK_OK(nft_filters(nft, &mark, note_names, &text, &err), err);
    CHECK_STR(buf_text(&text), "ip filter\nip6 x\ninet fw\nip ovsint\n");
}

static void run_shell(const char *command)
{
    int status;
    pid_t child = MUST(fork());

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    MUST(waitpid(child, &status, 0));
    if (status != 0)
        TEST_FAIL("fixture: %s: status %#x", command, (unsigned)status);
}

/* Their comment then stands in an expression of iptables. */
TEST(rules_of_ours_that_iptables_has_restored)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    run_shell("for way in -i -o; do for what in ovsint mine; do "
              "iptables-nft -A FORWARD $way ovsint-+ "
              "-m comment --comment $what -j ACCEPT; done; done; "
              "iptables-nft -P FORWARD DROP; "
              "iptables-nft -A FORWARD -p tcp -j REJECT; "
              "iptables-nft -A FORWARD -j LOG");
    CHECK_OK(nft_filters(nft, &mark, say_opening, &text, &err), err);
    CHECK_STR(buf_text(&text), "open FORWARD 4/6");
}

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
    static const struct forwarding_device opened[] = {{"eth0", true, true}};
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
    nat_view_table(&before, NULL, 0, NULL, &text);
    run(nft, buf_text(&text));
    for (int i = 0; i < 2; i++) {
        buf_clear(&text);
        nat_view_change(&before, &after, NULL, &text);
        run(nft, buf_text(&text));
        buf_clear(&text);
        nat_view_change(&after, &before, NULL, &text);
        run(nft, buf_text(&text));
        after.endpoints[0].target.routed4 = true;
        after.endpoints[0].target.routed6 = true;
    }
    buf_clear(&text);
    nat_view_table(&after, opened, 1, NULL, &text);
    run(nft, buf_text(&text));
    struct nat_wanted none = {.forwarding_count = 0};
    buf_clear(&text);
    nat_rules_forwarding(&none, &text);
    run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 1);
    after.networks = before.networks = NULL;
    nat_view_done(&after);
    nat_view_table(&after, NULL, 0, NULL, &text);
    run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 0);
}

#define CORPUS "tests/fuzz/corpus/nat"

static void check_rows(struct nft *nft, const char *name)
{
    auto_buf struct buf rows = BUF_INIT(1u << 20);
    auto_buf struct buf table = BUF_INIT(NAT_RULES_SIZE);
    auto_buf struct buf change = BUF_INIT(NAT_RULES_SIZE);
    struct nat_wanted none = {.network_count = 0};
    char path[512];
    struct err err = {0};

    snprintf(path, sizeof(path), CORPUS "/%s", name);
    CHECK_OK(io_read_file(path, &rows, &err), err);
    if (!nat_rows_text(rows.data, rows.size, &table, &change))
        return;
    if (nft_run(nft, buf_text(&table), &err) < 0)
        TEST_FAIL("%s: %s", name, err.text);
    buf_clear(&table);
    nat_rules_table(&none, &table);
    buf_add_text(&table, buf_text(&change));
    if (nft_run(nft, buf_text(&table), &err) < 0)
        TEST_FAIL("%s, as a change: %s", name, err.text);
}

/* Rows that somebody else wrote are left out, or do no harm. They never make
 * rules that nftables refuse: that would disable the rules of all networks. */
TEST(the_kernel_takes_what_any_rows_ask_for)
{
    unsigned count = 0;
    DIR *corpus = opendir(CORPUS);

    CHECK(corpus);
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    for (struct dirent *entry; (entry = readdir(corpus)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        check_rows(nft, entry->d_name);
        count++;
    }
    closedir(corpus);
    CHECK(count > 10);
}

TEST(closed_is_made_and_goes)
{
    fixture_enter();
    auto_nft struct nft *nft = open_nft();
    auto_buf struct buf text = BUF_INIT(65536);
    struct err err = {0};

    nat_rules_closed(&text);
    for (int i = 0; i < 2; i++)
        run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, NAT_TABLE_CLOSED, &err), 1);
    CHECK_EQ(nft_has_table(nft, TABLE, &err), 0);
    buf_clear(&text);
    nat_rules_none(&text);
    run(nft, buf_text(&text));
    CHECK_EQ(nft_has_table(nft, NAT_TABLE_CLOSED, &err), 0);
}

TEST_MAIN
