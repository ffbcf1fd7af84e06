/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Where our accept belongs in somebody else's packet filter, so that what the
 * filter drops by default passes and what it bans does not: after the rules
 * that drop under a condition, and immediately before the rule that drops
 * everything else, or at the end of a chain whose policy drops. Pure: nft.h or
 * xtables.h reads the table.
 *
 * Names of chains mean nothing here, but for the few of firewalld and ufw that
 * say what a chain is for. A drop that may be a ban stays, and is reported as a
 * doubt.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_NAME_SIZE 256
#define FILTER_SPOTS 32
#define FILTER_DOUBTS 8

/* What a packet must be for the rule to apply, from the weakest condition to
 * the strongest. A rule that names our own devices has the strongest: its
 * author meant us. */
enum filter_when {
    FILTER_ALWAYS,
    FILTER_PROTOCOL, /* of a certain protocol */
    FILTER_DEVICE,   /* arrives or leaves by a certain device */
    FILTER_SOME,     /* anything else: a source, a port, a state */
};

enum filter_does {
    FILTER_NOTHING, /* counts, or sets a mark */
    FILTER_LOGS,
    FILTER_ACCEPTS, /* or gives the packet to another program */
    FILTER_DROPS,   /* or rejects */
    FILTER_RETURNS,
    FILTER_JUMPS,
    FILTER_GOES, /* jumps and does not return (goto) */
};

enum filter_whose { FILTER_THEIRS, FILTER_OURS_IN, FILTER_OURS_OUT };

struct filter_rule {
    enum filter_when when;
    enum filter_does does;
    enum filter_whose whose;
    size_t to; /* index of the chain that it jumps to */
    uint64_t handle;
};

struct filter_chain {
    char name[FILTER_NAME_SIZE];
    bool base;       /* the kernel gives it forwarded packets */
    bool drops;      /* its policy is drop */
    unsigned jumped; /* how many rules, and elements of maps, jump to it */
    struct filter_rule *rules;
    size_t count;
};

struct filter_table {
    const char *family; /* "ip", "ip6", "inet" */
    char name[FILTER_NAME_SIZE];
    struct filter_chain *chains;
    size_t count;
};

/* Before the rule at that place, or at the end of the chain. Never before a
 * rule of ours. */
struct filter_spot {
    size_t chain;
    size_t place;
};

struct filter_opening {
    struct filter_spot spots[FILTER_SPOTS];
    size_t spot_count;
    /* Rules that may be bans, and that drop what our networks send or receive,
     * as far as that can be told. */
    struct filter_spot doubts[FILTER_DOUBTS];
    size_t doubt_count;
};

/* Finds the spots in all chains of the table that forwarded packets pass. */
void filter_opening(const struct filter_table *table,
                    struct filter_opening *ret);

/* Are two rules of ours at each spot, and none elsewhere? */
bool filter_is_right(const struct filter_table *table,
                     const struct filter_opening *opening);

void filter_table_done(struct filter_table *table);
