/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet filter of this network namespace: changes in the language of
 * nft(8), each one transaction, and what others change. It knows no rule of
 * ours.
 *
 * What a reader would get wrong: the kernel tells everybody of every change,
 * the one who made it included. Here only what others did is told; that is
 * known by the number of the ruleset's generation, which grows by one with
 * each transaction, and not by the process id that the kernel tells, as that
 * one is of another pid namespace in a container.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/nft/filter.h"

struct nft;

/* `table` of family inet is the one whose changes are told apart. */
int nft_open(const char *table, struct nft **ret, struct err *err) MUST_CHECK;
void nft_close(struct nft *nft);
DEFINE_AUTO(nft, struct nft *, nft_close)
#define auto_nft AUTO(nft)

/* Carries out the commands, all or none of them. -EIO with the first of the
 * library's or the kernel's complaints. */
int nft_run(struct nft *nft, const char *commands, struct err *err) MUST_CHECK;

/* 1 when that table of family inet is there, else 0. */
int nft_has_table(struct nft *nft, const char *table,
                  struct err *err) MUST_CHECK;

/* What others have changed since it was asked last. */
struct nft_changes {
    bool table; /* in our table */
    bool rules; /* in tables, chains or rules elsewhere */
};

/* To be waited for until it is readable; then nft_changes() empties it. */
int nft_fd(const struct nft *nft);
/* Where the kernel had to drop some, everything counts as changed. */
int nft_changes(struct nft *nft, struct nft_changes *ret,
                struct err *err) MUST_CHECK;

/* The tables of others, of IPv4, IPv6 or both, that have a base chain for
 * forwarded packets, each with all its chains and rules. Ours among the rules:
 * those that accept what comes in, or goes out, by devices whose names begin
 * with `prefix`, that count, and that have `comment`. The table is the
 * visitor's to look at until it returns. */
struct nft_mark {
    const char *prefix;
    const char *comment;
};
typedef void nft_filter_visit(void *data, const struct filter_table *table);
int nft_filters(struct nft *nft, const struct nft_mark *mark,
                nft_filter_visit *visit, void *data,
                struct err *err) MUST_CHECK;
