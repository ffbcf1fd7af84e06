/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is done about packet filters of somebody else, and what is logged of it
 * and how often. The tables are made here, and nothing reaches the kernel. */
#include "plugin/gateway/other_filters.h"

#include <errno.h>
#include <string.h>

#include "ovsint/nft/xtables.h"
#include "tests/lib/said.h"

/* Chain FORWARD drops by its policy, with the rules that a test gives it. */
static struct filter_rule rules[4];
static struct filter_chain chain = {
    .name = "FORWARD", .base = true, .drops = true, .rules = rules};
static const struct filter_table filter = {
    .family = "ip", .name = "filter", .chains = &chain, .count = 1};

static int run_fails, filters_fail, old_is;
static bool old_has_doubt;

int nft_filters(struct nft *nft, const struct nft_mark *mark,
                nft_filter_visit *visit, void *data, struct err *err)
{
    (void)nft;
    CHECK_STR(mark->prefix, "ovsint-");
    CHECK_STR(mark->comment, "ovsint");
    if (filters_fail)
        return err_set(err, filters_fail, "no list");
    visit(data, &filter);
    return 0;
}

int nft_run(struct nft *nft, const char *commands, struct err *err)
{
    (void)nft;
    SAY("%s", commands);
    return run_fails ? err_set(err, run_fails, "no such rule") : 0;
}

int xtables_open(const struct xtables_opening *opening, struct err *err)
{
    static const struct filter_opening doubt = {.doubts = {{0, 0}},
                                                .doubt_count = 1};

    if (old_has_doubt && opening->wanted)
        opening->visit(opening->data, &filter, &doubt);
    return old_is < 0 ? err_set(err, -old_is, "the lock is held") : old_is;
}

static struct other_filters filters;

static int look(bool wanted)
{
    struct err err = {0};

    return other_filters(&filters, NULL, wanted, &err);
}

#define ADDED                                                         \
    "add rule ip filter FORWARD iifname \"ovsint-*\" counter accept " \
    "comment \"ovsint\"\n"                                            \
    "add rule ip filter FORWARD oifname \"ovsint-*\" counter accept " \
    "comment \"ovsint\"\n"
#define FILTER "; family=ip table=filter"
#define PASSES                                                      \
    "info: opened a packet filter for our networks: what it drops " \
    "by default passes" FILTER " chain=FORWARD\n"
#define DOUBT                                                                 \
    "warning: a packet filter drops what our networks send or get by a rule " \
    "that may be a ban, so it is left as it is: for our networks to pass, "   \
    "put before that rule what 'remedy' says" FILTER " chain=FORWARD "

static void has_ours(void)
{
    rules[0] = (struct filter_rule){
        .does = FILTER_ACCEPTS, .whose = FILTER_OURS_IN, .handle = 8};
    rules[1] = (struct filter_rule){
        .does = FILTER_ACCEPTS, .whose = FILTER_OURS_OUT, .handle = 9};
    chain.count = 2;
}

TEST(rules_come_where_they_are_missing_and_go_when_nobody_wants_them)
{
    CHECK_EQ(look(true), 1);
    CHECK_SAID(ADDED PASSES);
    has_ours();
    CHECK_EQ(look(true), 0);
    CHECK_SAID("");
    CHECK_EQ(look(false), 1);
    CHECK_SAID("delete rule ip filter FORWARD handle 8\n"
               "delete rule ip filter FORWARD handle 9\n"
               "info: no rule of ours is left in a packet filter" FILTER "\n");
    chain.count = 0;
    CHECK_EQ(look(false), 0);
    CHECK_SAID("");
}

#define CANNOT                                                                 \
    "warning: a packet filter of somebody else drops what our networks send, " \
    "and cannot be opened for them" FILTER " error=no such rule\n"

TEST(what_cannot_be_done_is_logged_once)
{
    run_fails = EIO;
    CHECK_EQ(look(true), 0);
    CHECK_SAID(ADDED CANNOT);
    CHECK_EQ(look(true), 0);
    CHECK_SAID(ADDED);
    /* it is news again after it has worked */
    run_fails = 0;
    CHECK_EQ(look(true), 1);
    CHECK_SAID(ADDED PASSES);
    run_fails = EIO;
    look(true);
    CHECK_SAID(ADDED CANNOT);
    has_ours();
    look(true);
    CHECK_SAID("");
    look(false);
    CHECK_SAID("delete rule ip filter FORWARD handle 8\n"
               "delete rule ip filter FORWARD handle 9\n"
               "warning: rules of ours are left in a packet filter" FILTER
               " error=no such rule\n");
}

TEST(what_may_be_a_ban_is_left_and_logged_once)
{
    rules[0] = (struct filter_rule){
        .when = FILTER_PROTOCOL, .does = FILTER_DROPS, .handle = 7};
    chain.count = 1;
    chain.drops = false;
    CHECK_EQ(look(true), 0);
    CHECK_SAID("");
    rules[0].when = FILTER_ALWAYS;
    chain.drops = true;
    run_fails = EIO;
    old_has_doubt = true;
    look(true);
    look(true);
    CHECK_HAS(buf_text(&said), DOUBT "remedy=iptables-legacy -I FORWARD 1 ");
    CHECK(!strstr(strstr(buf_text(&said), DOUBT) + 1, DOUBT));
}

TEST(filters_that_cannot_be_read)
{
    filters_fail = EPERM;
    CHECK_EQ(look(true), 0);
    CHECK_SAID("warning: the packet filters of others cannot be read: what "
               "they drop by default stays dropped; error=no list\n");
    CHECK_EQ(look(true), 0); /* each ten seconds */
    CHECK_SAID("");
}

TEST(the_iptables_of_old)
{
    filters_fail = EPERM;
    old_is = 1;
    CHECK_EQ(look(true), 1);
    CHECK_HAS(buf_text(&said), "info: opened iptables-legacy for our networks: "
                               "what it drops by default passes\n");
    CHECK_EQ(look(false), 1);
    CHECK_HAS(buf_text(&said),
              "info: no rule of ours is left in iptables-legacy\n");
    buf_clear(&said);
    /* another program is changing them: try again soon, and log nothing */
    old_is = -EAGAIN;
    CHECK_EQ(look(true), -EAGAIN);
    CHECK(!strstr(buf_text(&said), "legacy"));
    old_is = -EIO;
    CHECK_EQ(look(true), 0);
    CHECK_HAS(buf_text(&said), "warning: chain FORWARD of iptables-legacy "
                               "cannot be opened for our networks: what it "
                               "drops stays dropped; error=the lock is held\n");
    buf_clear(&said);
    CHECK_EQ(look(true), 0);
    CHECK_SAID("");
}

TEST_MAIN
