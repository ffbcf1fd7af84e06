/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In each chain two rules: accept what comes in by our devices, and what leaves
 * by them. Where they go is filter.h's to say. They have the form that
 * `iptables -I FORWARD -i ovsint-+ -m comment --comment ovsint -j ACCEPT` gives
 * them, so that iptables-nft, which refuses to show a table with a rule that it
 * does not know, shows them; by the comment they are told from those that an
 * administrator makes for our networks.
 */
#include "plugin/gateway/other_filters.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/nft/xtables.h"
#include "ovsint/rows/network_row.h"

#define COMMANDS_SIZE (1u << 20)
#define PLACE_SIZE 64
#define REMEDY_SIZE 1024
#define OUR_COMMENT "ovsint"

struct seeing {
    struct other_filters *foreign;
    struct nft *nft;
    bool wanted;
    bool done;
    uint64_t told[NAT_FOREIGN_TOLD];
    size_t told_count;
};

static bool is_news(struct seeing *seeing, const struct filter_table *table,
                    const char *chain, const char *what);

/* As nft(8) takes a name without quotes. */
static bool is_plain(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    return *name && strspn(name, letters) > 0 &&
           strspn(name, rest) == strlen(name);
}

/* ---- rules --------------------------------------------------------------- */

static void say_deletions(const struct filter_table *table,
                          const struct filter_chain *chain, struct buf *ret)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct filter_rule *rule = &chain->rules[i];
        if (rule->whose != FILTER_THEIRS)
            buf_addf(ret, "delete rule %s %s %s handle %llu\n", table->family,
                     table->name, chain->name,
                     (unsigned long long)rule->handle);
    }
}

/* Before the rule of that place, or at the end. */
static void say_spot(const struct filter_table *table,
                     const struct filter_spot *spot, struct buf *ret)
{
    static const char *const devices[] = {"iifname", "oifname"};
    const struct filter_chain *chain = &table->chains[spot->chain];
    bool at_end = spot->place == chain->count;
    char before[PLACE_SIZE] = "";

    if (!at_end)
        snprintf(before, sizeof(before), " handle %llu",
                 (unsigned long long)chain->rules[spot->place].handle);
    for (size_t i = 0; i < ARRAY_LEN(devices); i++)
        buf_addf(ret,
                 "%s rule %s %s %s%s %s \"" HOST_PORT_PREFIX
                 "*\" counter accept comment \"" OUR_COMMENT "\"\n",
                 at_end ? "add" : "insert", table->family, table->name,
                 chain->name, before, devices[i]);
}

static int say_all(const struct filter_table *table,
                   const struct filter_opening *opening, struct buf *ret,
                   struct err *err)
{
    bool plain = is_plain(table->name);

    for (size_t i = 0; i < table->count; i++)
        say_deletions(table, &table->chains[i], ret);
    for (size_t i = 0; i < opening->spot_count; i++) {
        plain &= is_plain(table->chains[opening->spots[i].chain].name);
        say_spot(table, &opening->spots[i], ret);
    }
    if (!plain)
        return err_set(err, EINVAL,
                       "the name of the table or of a chain needs quotes: add "
                       "by hand rules that accept devices " HOST_PORT_PREFIX
                       "*");
    return ret->overflow ? err_set(err, EMSGSIZE, "too many rules of ours") : 0;
}

static void mend(struct seeing *seeing, const struct filter_table *table,
                 const struct filter_opening *opening)
{
    bool opens = opening->spot_count > 0;
    auto_buf struct buf commands = BUF_INIT(COMMANDS_SIZE);
    struct err err = {0};

    int r = say_all(table, opening, &commands, &err);
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
              opens ? "what a packet filter drops by default passes for our "
                      "networks"
                    : "no rule of ours is left in a packet filter",
              "family", table->family, "table", table->name, "chain",
              opens ? table->chains[opening->spots[0].chain].name : NULL, NULL);
}

/* ---- doubts -------------------------------------------------------------- */

/* True the first time, until something else is said of it. */
static bool is_news(struct seeing *seeing, const struct filter_table *table,
                    const char *chain, const char *what)
{
    struct other_filters *foreign = seeing->foreign;
    uint64_t print = hash_text(HASH_BEGIN, what);

    print = hash_text(print, table->family);
    print = hash_text(print, table->name);
    print = hash_text(print, chain);
    if (seeing->told_count < NAT_FOREIGN_TOLD)
        seeing->told[seeing->told_count++] = print;
    for (size_t i = 0; i < foreign->told_count; i++) {
        if (foreign->told[i] == print)
            return false;
    }
    return true;
}

static void say_remedy(const struct filter_table *table,
                       const struct filter_spot *spot, bool old,
                       struct buf *ret)
{
    const struct filter_chain *chain = &table->chains[spot->chain];
    bool at_end = spot->place == chain->count;

    if (old) {
        buf_addf(ret, "%stables-legacy %s %s ", table->family,
                 at_end ? "-A" : "-I", chain->name);
        if (!at_end)
            buf_addf(ret, "%zu ", spot->place + 1);
        buf_add_text(ret, "-i " HOST_PORT_PREFIX
                          "+ -m comment --comment mine -j ACCEPT, and the "
                          "same with -o");
        return;
    }
    buf_addf(ret, "nft %s rule %s %s %s ", at_end ? "add" : "insert",
             table->family, table->name, chain->name);
    if (!at_end)
        buf_addf(ret, "handle %llu ",
                 (unsigned long long)chain->rules[spot->place].handle);
    buf_add_text(ret, "iifname " HOST_PORT_PREFIX
                      "* accept, and the same with oifname");
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
        say_remedy(table, spot, old, &remedy);
        log_event(LOG_LEVEL_WARNING,
                  "a packet filter drops what our networks send or get by a "
                  "rule that may be a ban, so it is left as it is: for our "
                  "networks to pass, put before that rule what 'remedy' says",
                  "family", table->family, "table", table->name, "chain", chain,
                  "remedy", buf_text(&remedy), NULL);
    }
}

/* ---- all of them --------------------------------------------------------- */

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

/* The iptables of old have their own tables. */
static int see_old(struct seeing *seeing, struct err *err)
{
    struct xtables_opening wanted = {.prefix = HOST_PORT_PREFIX,
                                     .wanted = seeing->wanted,
                                     .visit = see_old_table,
                                     .data = seeing};

    int r = xtables_open(&wanted, err);
    if (r == -EAGAIN)
        return r;
    if (r < 0)
        log_event(LOG_LEVEL_WARNING,
                  "chain FORWARD of iptables-legacy cannot be opened for our "
                  "networks: what it drops stays dropped",
                  "error", err->text, NULL);
    else if (r > 0)
        log_event(LOG_LEVEL_INFO,
                  seeing->wanted
                      ? "what iptables-legacy drops by default passes for our "
                        "networks"
                      : "no rule of ours is left in iptables-legacy",
                  NULL);
    return r > 0;
}

int other_filters(struct other_filters *foreign, struct nft *nft, bool wanted,
                  struct err *err)
{
    static const struct nft_mark mark = {.prefix = HOST_PORT_PREFIX,
                                         .comment = OUR_COMMENT};
    struct seeing seeing = {.foreign = foreign, .nft = nft, .wanted = wanted};
    struct err complaint = {0};

    if (nft_filters(nft, &mark, see_table, &seeing, &complaint) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "the packet filters of others cannot be read: what they drop "
                  "by default stays dropped",
                  "error", complaint.text, NULL);
    int r = see_old(&seeing, err);
    memcpy(foreign->told, seeing.told, sizeof(seeing.told));
    foreign->told_count = seeing.told_count;
    return r < 0 ? r : seeing.done || r > 0;
}
