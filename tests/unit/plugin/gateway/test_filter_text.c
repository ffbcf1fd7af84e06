/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Our two rules in packet filters of somebody else, and what an administrator
 * is told. */
#include "plugin/gateway/filter_text.h"

#include <errno.h>
#include <stdio.h>

#include "tests/lib/test.h"

#define IN "iifname \"ovsint-*\" counter accept comment \"ovsint\"\n"
#define OUT "oifname \"ovsint-*\" counter accept comment \"ovsint\"\n"

/* Chain FORWARD: a rule of theirs, two of ours, one that drops everything. */
static struct filter_rule rules[] = {
    {.does = FILTER_JUMPS, .handle = 3},
    {.does = FILTER_ACCEPTS, .whose = FILTER_OURS_IN, .handle = 4},
    {.does = FILTER_ACCEPTS, .whose = FILTER_OURS_OUT, .handle = 5},
    {.does = FILTER_DROPS, .handle = 6},
};
static struct filter_chain chains[] = {
    {.name = "FORWARD", .base = true, .rules = rules, .count = 4},
    {.name = "filter_FWD", .drops = true},
};

static struct filter_table table_of(const char *name)
{
    struct filter_table table = {.family = "ip", .chains = chains, .count = 2};

    snprintf(table.name, sizeof(table.name), "%s", name);
    return table;
}

TEST(commands)
{
    static const struct {
        struct filter_opening opening;
        const char *text;
    } table[] = {
        {{.spot_count = 0},
         "delete rule ip filter FORWARD handle 4\n"
         "delete rule ip filter FORWARD handle 5\n"},
        {{.spots = {{0, 3}}, .spot_count = 1},
         "delete rule ip filter FORWARD handle 4\n"
         "delete rule ip filter FORWARD handle 5\n"
         "insert rule ip filter FORWARD handle 6 " IN
         "insert rule ip filter FORWARD handle 6 " OUT},
        {{.spots = {{0, 4}, {1, 0}}, .spot_count = 2},
         "delete rule ip filter FORWARD handle 4\n"
         "delete rule ip filter FORWARD handle 5\n"
         "add rule ip filter FORWARD " IN "add rule ip filter FORWARD " OUT
         "add rule ip filter filter_FWD " IN
         "add rule ip filter filter_FWD " OUT},
    };
    const struct filter_table filter = table_of("filter");

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(1 << 16);
        struct err err = {0};
        CHECK_OK(filter_commands(&filter, &table[i].opening, &text, &err), err);
        CHECK_STR(buf_text(&text), table[i].text);
    }
}

/* A name that needs quotes cannot be used; nor may it become a command. */
TEST(names_that_cannot_be_said)
{
    static const char *const names[] = {"a b", "1st", "", "a;b", "\"", "a\nb"};
    const struct filter_opening opening = {.spots = {{0, 4}}, .spot_count = 1};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct filter_table filter = table_of(names[i]);
        auto_buf struct buf text = BUF_INIT(1 << 16);
        struct err err = {0};
        CHECK_ERR(filter_commands(&filter, &opening, &text, &err), EINVAL, err,
                  "needs quotes: add by hand rules that accept devices "
                  "ovsint-*");
    }
    struct filter_table filter = table_of("filter");
    auto_buf struct buf text = BUF_INIT(1 << 16);
    struct err err = {0};
    snprintf(chains[0].name, sizeof(chains[0].name), "FORWARD { }");
    CHECK_ERR(filter_commands(&filter, &opening, &text, &err), EINVAL, err,
              "needs quotes");
}

TEST(more_than_fits)
{
    const struct filter_table filter = table_of("filter");
    const struct filter_opening opening = {.spots = {{0, 4}}, .spot_count = 1};
    auto_buf struct buf text = BUF_INIT(100);
    struct err err = {0};

    CHECK_ERR(filter_commands(&filter, &opening, &text, &err), EMSGSIZE, err,
              "too many rules of ours");
}

TEST(remedies)
{
    static const struct {
        struct filter_spot spot;
        bool old;
        const char *text;
    } table[] = {
        {{0, 3},
         false,
         "nft insert rule ip filter FORWARD handle 6 iifname ovsint-* accept, "
         "and the same with oifname"},
        {{1, 0},
         false,
         "nft add rule ip filter filter_FWD iifname ovsint-* accept, and the "
         "same with oifname"},
        {{0, 3},
         true,
         "iptables-legacy -I FORWARD 4 -i ovsint-+ -m comment --comment mine "
         "-j ACCEPT, and the same with -o"},
        {{0, 4},
         true,
         "iptables-legacy -A FORWARD -i ovsint-+ -m comment --comment mine -j "
         "ACCEPT, and the same with -o"},
    };
    const struct filter_table filter = table_of("filter");

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(1024);
        filter_remedy(&filter, &table[i].spot, table[i].old, &text);
        CHECK_STR(buf_text(&text), table[i].text);
    }
}

TEST_MAIN
