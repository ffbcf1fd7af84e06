/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Deletions come first, then additions. A rule that stays is made anew, in the
 * same transaction.
 */
#include "plugin/gateway/filter_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/rows/network_row.h"

#define PLACE_SIZE 64

/* Does nft(8) take the name without quotes? */
static bool is_plain(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    return *name && strspn(name, letters) > 0 &&
           strspn(name, rest) == strlen(name);
}

static void add_deletions(const struct filter_table *table,
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

/* Before the rule at that place, or at the end. */
static void add_spot(const struct filter_table *table,
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
                 "*\" counter accept comment \"" FILTER_COMMENT "\"\n",
                 at_end ? "add" : "insert", table->family, table->name,
                 chain->name, before, devices[i]);
}

int filter_commands(const struct filter_table *table,
                    const struct filter_opening *opening, struct buf *ret,
                    struct err *err)
{
    bool plain = is_plain(table->name);

    for (size_t i = 0; i < table->count; i++)
        add_deletions(table, &table->chains[i], ret);
    for (size_t i = 0; i < opening->spot_count; i++) {
        plain &= is_plain(table->chains[opening->spots[i].chain].name);
        add_spot(table, &opening->spots[i], ret);
    }
    if (!plain)
        return err_set(err, EINVAL,
                       "the name of the table or of a chain needs quotes: add "
                       "by hand rules that accept devices " HOST_PORT_PREFIX
                       "*");
    return ret->overflow ? err_set(err, EMSGSIZE, "too many rules of ours") : 0;
}

void filter_remedy(const struct filter_table *table,
                   const struct filter_spot *spot, bool old, struct buf *ret)
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
