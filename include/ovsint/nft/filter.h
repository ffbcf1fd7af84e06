/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an accept belongs in a packet filter of somebody else, so that what it
 * drops by default passes and what it bans does not: behind the rules that drop
 * under a condition, and immediately before the rule that drops everything
 * else, or at the end of a chain whose policy drops. Pure: a table is read by
 * nft.h or xtables.h.
 *
 * What a reader would get wrong: nothing is known of the names that a firewall
 * gives its chains, but for the few of firewalld and ufw that say what a chain
 * is for. A drop that may be a ban is left as it is, and told as a doubt.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_NAME_SIZE 256
#define FILTER_SPOTS 32
#define FILTER_DOUBTS 8

/* What a packet has to be for the rule to do something; the later ones say
 * more. A rule that names our own devices is of the last kind: who wrote it
 * meant us. */
enum filter_when {
    FILTER_ALWAYS,
    FILTER_PROTOCOL, /* of some protocol */
    FILTER_DEVICE,   /* come in, or to leave, by some device */
    FILTER_SOME,     /* anything else: a source, a port, a state */
};

enum filter_does {
    FILTER_NOTHING, /* it counts, or sets a mark */
    FILTER_LOGS,
    FILTER_ACCEPTS, /* or gives the packet to a program */
    FILTER_DROPS,   /* or rejects */
    FILTER_RETURNS,
    FILTER_JUMPS,
    FILTER_GOES, /* jumps, and does not come back */
};

enum filter_whose { FILTER_THEIRS, FILTER_OURS_IN, FILTER_OURS_OUT };

struct filter_rule {
    enum filter_when when;
    enum filter_does does;
    enum filter_whose whose;
    size_t to; /* the index of the chain that it jumps to */
    uint64_t handle;
};

struct filter_chain {
    char name[FILTER_NAME_SIZE];
    bool base;       /* the kernel hands forwarded packets to it */
    bool drops;      /* its policy */
    unsigned jumped; /* rules, and elements of maps, that jump to it */
    struct filter_rule *rules;
    size_t count;
};

struct filter_table {
    const char *family; /* "ip", "ip6", "inet" */
    char name[FILTER_NAME_SIZE];
    struct filter_chain *chains;
    size_t count;
};

/* Before the rule of that place, or at the chain's end. Never before one of
 * ours. */
struct filter_spot {
    size_t chain;
    size_t place;
};

struct filter_opening {
    struct filter_spot spots[FILTER_SPOTS];
    size_t spot_count;
    /* Rules that drop what our networks send or get, as far as that can be
     * told, and that may be bans. */
    struct filter_spot doubts[FILTER_DOUBTS];
    size_t doubt_count;
};

/* For all chains of the table that forwarded packets come to. */
void filter_opening(const struct filter_table *table,
                    struct filter_opening *ret);

/* Whether rules of ours, two for each spot, are there and nowhere else. */
bool filter_is_right(const struct filter_table *table,
                     const struct filter_opening *opening);

void filter_table_done(struct filter_table *table);
