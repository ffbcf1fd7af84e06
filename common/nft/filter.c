/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Follows the way of a packet about which nothing is known: only rules without
 * a condition apply to it. If that way ends in a drop, our accept goes before
 * the last rule of the way. What lies before it has a condition and stays.
 *
 * Pitfall: an accept in a chain that several rules jump to is an accept for the
 * packets of all these callers, including those to the host itself, and those
 * that were sent there to be dropped.
 */
#include "ovsint/nft/filter.h"

#include <stdlib.h>
#include <string.h>

/* NFT_JUMP_STACK_SIZE in include/net/netfilter/nf_tables.h */
#define JUMPS_DEEP 16

struct way {
    const struct filter_table *table;
    struct filter_opening *ret;
    struct filter_spot end; /* where a way without a verdict ends */
};

enum outcome { FALLS, OPEN, SHUT };

void filter_table_done(struct filter_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->chains[i].rules);
    free(table->chains);
    *table = (struct filter_table){0};
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t size = strlen(text);
    size_t end = strlen(with);

    return size >= end && strcmp(text + size - end, with) == 0;
}

/* Is it a zone of firewalld? A zone decides about forwarded packets of a
 * device, and ends in what it does by default (build_policy_chain_rules() in
 * its firewall/core/nftables.py). The zones "drop" and "block" exist to ban. */
static bool is_zone(const struct filter_table *table,
                    const struct filter_chain *chain)
{
    return strcmp(table->name, "firewalld") == 0 &&
           begins(chain->name, "filter_FWD_") && !ends(chain->name, "_drop") &&
           !ends(chain->name, "_block");
}

/* Is it a chain that ufw puts after the one that logs what will be dropped
 * (ufw-init-functions)? No administrator adds rules there. */
static bool is_behind_log(const struct filter_chain *chain)
{
    return begins(chain->name, "ufw") && (ends(chain->name, "-track-forward") ||
                                          ends(chain->name, "-reject-forward"));
}

/* Does it only log? */
static bool only_logs(const struct filter_chain *chain)
{
    bool logs = false;

    for (size_t i = 0; i < chain->count; i++) {
        enum filter_does does = chain->rules[i].does;
        if (does != FILTER_LOGS && does != FILTER_NOTHING &&
            (does != FILTER_RETURNS || i + 1 < chain->count))
            return false;
        logs |= does == FILTER_LOGS;
    }
    return logs;
}

static bool never_drops(const struct filter_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct filter_rule *rule = &chain->rules[i];
        if (rule->does == FILTER_DROPS || rule->does == FILTER_JUMPS ||
            rule->does == FILTER_GOES)
            return false;
    }
    return true;
}

/* Does every packet that gets there end in a drop? */
static bool only_drops(const struct filter_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct filter_rule *rule = &chain->rules[i];
        if (rule->whose != FILTER_THEIRS || rule->does == FILTER_LOGS ||
            rule->does == FILTER_NOTHING)
            continue;
        if (rule->does != FILTER_DROPS || rule->when > FILTER_PROTOCOL)
            return false;
        if (rule->when == FILTER_ALWAYS)
            return true;
    }
    return false;
}

/* Is a packet about which nothing is known dropped there? */
static bool ends_in_drop(const struct filter_table *table,
                         const struct filter_chain *chain, int deep)
{
    for (size_t i = 0; deep < JUMPS_DEEP && i < chain->count; i++) {
        const struct filter_rule *rule = &chain->rules[i];
        if (rule->whose != FILTER_THEIRS || rule->when != FILTER_ALWAYS)
            continue;
        if (rule->does == FILTER_DROPS)
            return true;
        if (rule->does == FILTER_ACCEPTS || rule->does == FILTER_RETURNS)
            return false;
        if (rule->does >= FILTER_JUMPS &&
            ends_in_drop(table, &table->chains[rule->to], deep + 1))
            return true;
        if (rule->does == FILTER_GOES)
            return false;
    }
    return false;
}

/* Does the rule belong to what ends the chain? A packet that we accept must not
 * be logged as dropped before; and a drop of one protocol immediately before a
 * drop of all is part of that drop. */
static bool belongs_to_end(const struct filter_table *table,
                           const struct filter_rule *rule)
{
    if (rule->whose != FILTER_THEIRS || rule->does == FILTER_LOGS)
        return true;
    if (rule->does == FILTER_DROPS)
        return rule->when <= FILTER_PROTOCOL;
    if (rule->does != FILTER_JUMPS || rule->when != FILTER_ALWAYS)
        return false;
    const struct filter_chain *to = &table->chains[rule->to];
    return only_logs(to) || (is_behind_log(to) && never_drops(to));
}

static void filter_add(struct filter_spot *spots, size_t room, size_t *count,
                       struct filter_spot spot)
{
    for (size_t i = 0; i < *count; i++) {
        if (spots[i].chain == spot.chain && spots[i].place == spot.place)
            return;
    }
    if (*count < room)
        spots[(*count)++] = spot;
}

static void add_doubt(struct way *way, struct filter_spot spot)
{
    filter_add(way->ret->doubts, FILTER_DOUBTS, &way->ret->doubt_count, spot);
}

static void add_spot(struct way *way, struct filter_spot spot)
{
    const struct filter_chain *chain = &way->table->chains[spot.chain];

    if (!chain->base && chain->jumped > 1 && !is_zone(way->table, chain)) {
        add_doubt(way, spot);
        return;
    }
    while (spot.place > 0 &&
           belongs_to_end(way->table, &chain->rules[spot.place - 1]))
        spot.place--;
    while (spot.place < chain->count &&
           chain->rules[spot.place].whose != FILTER_THEIRS)
        spot.place++;
    filter_add(way->ret->spots, FILTER_SPOTS, &way->ret->spot_count, spot);
}

static enum outcome follow(struct way *way, size_t index, int deep);

/* True if the way ends here, with *ret. */
static bool jump(struct way *way, struct filter_spot from,
                 const struct filter_rule *rule, int deep, enum outcome *ret)
{
    const struct filter_chain *to = &way->table->chains[rule->to];

    if (rule->when == FILTER_DEVICE && is_zone(way->table, to))
        (void)follow(way, rule->to, deep + 1);
    else if (rule->when == FILTER_DEVICE &&
             ends_in_drop(way->table, to, deep + 1))
        add_doubt(way, from);
    if (rule->when != FILTER_ALWAYS)
        return false;
    *ret = SHUT;
    if (only_drops(to)) {
        add_spot(way, from);
        return true;
    }
    *ret = follow(way, rule->to, deep + 1);
    return *ret != FALLS || rule->does == FILTER_GOES;
}

static enum outcome follow(struct way *way, size_t index, int deep)
{
    const struct filter_chain *chain = &way->table->chains[index];
    struct filter_spot at = {.chain = index};
    enum outcome outcome;

    for (; deep < JUMPS_DEEP && at.place < chain->count; at.place++) {
        const struct filter_rule *rule = &chain->rules[at.place];
        bool always = rule->when == FILTER_ALWAYS;
        if (rule->whose != FILTER_THEIRS)
            continue;
        if (rule->does >= FILTER_JUMPS) {
            if (jump(way, at, rule, deep, &outcome))
                return outcome;
        } else if (rule->does == FILTER_DROPS && always) {
            add_spot(way, at);
            return SHUT;
        } else if (rule->does == FILTER_DROPS && rule->when == FILTER_DEVICE) {
            add_doubt(way, at);
        } else if (rule->does == FILTER_ACCEPTS && always) {
            return OPEN;
        } else if (rule->does == FILTER_RETURNS && always) {
            break;
        }
    }
    way->end = at;
    return FALLS;
}

void filter_opening(const struct filter_table *table,
                    struct filter_opening *ret)
{
    struct way way = {.table = table, .ret = ret};

    *ret = (struct filter_opening){0};
    for (size_t i = 0; i < table->count; i++) {
        const struct filter_chain *chain = &table->chains[i];
        if (chain->base && follow(&way, i, 0) == FALLS && chain->drops)
            add_spot(&way, way.end);
    }
}

static bool has_ours(const struct filter_chain *chain, size_t place)
{
    return place >= 2 && chain->rules[place - 1].whose != FILTER_THEIRS &&
           chain->rules[place - 2].whose != FILTER_THEIRS &&
           chain->rules[place - 1].whose != chain->rules[place - 2].whose;
}

bool filter_is_right(const struct filter_table *table,
                     const struct filter_opening *opening)
{
    size_t ours = 0;

    for (size_t i = 0; i < opening->spot_count; i++) {
        const struct filter_spot *spot = &opening->spots[i];
        if (!has_ours(&table->chains[spot->chain], spot->place))
            return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        for (size_t r = 0; r < table->chains[i].count; r++)
            ours += table->chains[i].rules[r].whose != FILTER_THEIRS;
    }
    return ours == 2 * opening->spot_count;
}
