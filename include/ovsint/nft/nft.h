/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The packet filter of this network namespace: our changes, in the language of
 * nft(8), each one a transaction; and news of what others change. It knows no
 * rule of ours.
 *
 * Pitfall: the kernel reports every change to everybody, its author included.
 * Our own are recognised by the generation of the ruleset, which each
 * transaction increments. Not by the process id in the message: in a container
 * that is a number of another PID namespace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/nft/filter.h"

struct nft;

/* Changes of this table, of family inet, are reported apart from all others. */
int nft_open(const char *table, struct nft **ret, struct err *err) MUST_CHECK;
void nft_close(struct nft *nft);
DEFINE_AUTO(nft, struct nft *, nft_close)
#define auto_nft AUTO(nft)

/* Carries out all commands or none of them. -EIO with the first complaint of
 * the library or the kernel. */
int nft_run(struct nft *nft, const char *commands, struct err *err) MUST_CHECK;

/* 1 if that table of family inet exists, else 0. */
int nft_has_table(struct nft *nft, const char *table,
                  struct err *err) MUST_CHECK;

/* What others have changed since the last nft_changes(). */
struct nft_changes {
    bool table; /* in our table */
    bool rules; /* in tables, chains or rules elsewhere */
};

/* Poll it. When it is readable, nft_changes() reads all of it. */
int nft_fd(const struct nft *nft);
/* Has nft_run() come upon changes of others? Then nft_changes() has them,
 * whether or not the descriptor is readable. */
bool nft_has_news(const struct nft *nft);
/* If the kernel had to drop messages, everything counts as changed. */
int nft_changes(struct nft *nft, struct nft_changes *ret,
                struct err *err) MUST_CHECK;

/* Visits the tables of others, of IPv4, IPv6 or both, that have a base chain
 * for forwarded packets, each with all its chains and rules. A rule is ours if
 * it counts, accepts what arrives or leaves by devices whose names begin with
 * `prefix`, and has `comment`. The visitor may look at the table until it
 * returns. */
struct nft_mark {
    const char *prefix;
    const char *comment;
};
typedef void nft_filter_visit(void *data, const struct filter_table *table);
int nft_filters(struct nft *nft, const struct nft_mark *mark,
                nft_filter_visit *visit, void *data,
                struct err *err) MUST_CHECK;
