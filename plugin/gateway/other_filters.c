/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tables of nftables come first, one by one: missing rules of ours are added
 * and wrong ones deleted, in one transaction for each table. A rule that may be
 * a ban is logged with its remedy. Then comes iptables-legacy, which has tables
 * of its own and a lock. What cannot be done is logged once, until it is
 * something else.
 */
#include "plugin/gateway/other_filters.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/nft/xtables.h"
#include "ovsint/rows/network_row.h"
#include "plugin/gateway/filter_text.h"

#define COMMANDS_SIZE (1u << 20)
#define REMEDY_SIZE 1024

struct seeing {
    struct other_filters *filters;
    struct nft *nft;
    bool wanted;
    bool done;
    uint64_t told[NAT_FOREIGN_TOLD];
    size_t told_count;
};

/* For what is about none of them alone. */
static const struct filter_table no_table = {.family = "", .name = ""};

/* True the first time, and again when there was something else to log. */
static bool is_news(struct seeing *seeing, const struct filter_table *table,
                    const char *chain, const char *what)
{
    struct other_filters *filters = seeing->filters;
    uint64_t print = hash_text(HASH_BEGIN, what);

    print = hash_text(print, table->family);
    print = hash_text(print, table->name);
    print = hash_text(print, chain);
    if (seeing->told_count < NAT_FOREIGN_TOLD)
        seeing->told[seeing->told_count++] = print;
    for (size_t i = 0; i < filters->told_count; i++) {
        if (filters->told[i] == print)
            return false;
    }
    return true;
}

static void mend(struct seeing *seeing, const struct filter_table *table,
                 const struct filter_opening *opening)
{
    bool opens = opening->spot_count > 0;
    auto_buf struct buf commands = BUF_INIT(COMMANDS_SIZE);
    struct err err = {0};

    int r = filter_commands(table, opening, &commands, &err);
    if (r >= 0)
        r = nft_run(seeing->nft, buf_text(&commands), &err);
    if (r < 0) {
        if (is_news(seeing, table, "", err.text))
            log_event(LOG_LEVEL_WARNING,
                      opens ? "a packet filter of somebody else drops what our "
                              "networks send, and cannot be opened for them"
                            : "rules of ours are left in a packet filter",
                      "family", table->family, "table", table->name, "error",
                      err.text, NULL);
        return;
    }
    seeing->done = true;
    log_event(LOG_LEVEL_INFO,
              opens ? "opened a packet filter for our networks: what it drops "
                      "by default passes"
                    : "no rule of ours is left in a packet filter",
              "family", table->family, "table", table->name, "chain",
              opens ? table->chains[opening->spots[0].chain].name : NULL, NULL);
}

static void see_doubts(struct seeing *seeing, const struct filter_table *table,
                       const struct filter_opening *opening, bool old)
{
    for (size_t i = 0; i < opening->doubt_count; i++) {
        const struct filter_spot *spot = &opening->doubts[i];
        const char *chain = table->chains[spot->chain].name;
        auto_buf struct buf remedy = BUF_INIT(REMEDY_SIZE);
        if (!is_news(seeing, table, chain, old ? "old" : "doubt"))
            continue;
        filter_remedy(table, spot, old, &remedy);
        log_event(LOG_LEVEL_WARNING,
                  "a packet filter drops what our networks send or get by a "
                  "rule that may be a ban, so it is left as it is: for our "
                  "networks to pass, put before that rule what 'remedy' says",
                  "family", table->family, "table", table->name, "chain", chain,
                  "remedy", buf_text(&remedy), NULL);
    }
}

static void see_table(void *data, const struct filter_table *table)
{
    struct seeing *seeing = data;
    auto_free struct filter_opening *opening = mem_new(sizeof(*opening));

    if (seeing->wanted)
        filter_opening(table, opening);
    if (!filter_is_right(table, opening))
        mend(seeing, table, opening);
    see_doubts(seeing, table, opening, false);
}

static void see_old_table(void *data, const struct filter_table *table,
                          const struct filter_opening *opening)
{
    see_doubts(data, table, opening, true);
}

/* iptables-legacy has tables of its own. */
static int see_old(struct seeing *seeing, struct err *err)
{
    struct xtables_opening wanted = {.prefix = HOST_PORT_PREFIX,
                                     .wanted = seeing->wanted,
                                     .visit = see_old_table,
                                     .data = seeing};

    int r = xtables_open(&wanted, err);
    if (r == -EAGAIN)
        return r;
    if (r < 0 && is_news(seeing, &no_table, "old", err->text))
        log_event(LOG_LEVEL_WARNING,
                  "chain FORWARD of iptables-legacy cannot be opened for our "
                  "networks: what it drops stays dropped",
                  "error", err->text, NULL);
    else if (r > 0)
        log_event(LOG_LEVEL_INFO,
                  seeing->wanted
                      ? "opened iptables-legacy for our networks: what it "
                        "drops by default passes"
                      : "no rule of ours is left in iptables-legacy",
                  NULL);
    return r > 0;
}

int other_filters(struct other_filters *filters, struct nft *nft, bool wanted,
                  struct err *err)
{
    static const struct nft_mark mark = {.prefix = HOST_PORT_PREFIX,
                                         .comment = FILTER_COMMENT};
    struct seeing seeing = {.filters = filters, .nft = nft, .wanted = wanted};
    struct err complaint = {0};

    if (nft_filters(nft, &mark, see_table, &seeing, &complaint) < 0 &&
        is_news(&seeing, &no_table, "", complaint.text))
        log_event(LOG_LEVEL_WARNING,
                  "the packet filters of others cannot be read: what they drop "
                  "by default stays dropped",
                  "error", complaint.text, NULL);
    int r = see_old(&seeing, err);
    memcpy(filters->told, seeing.told, sizeof(seeing.told));
    filters->told_count = seeing.told_count;
    return r < 0 ? r : seeing.done || r > 0;
}
