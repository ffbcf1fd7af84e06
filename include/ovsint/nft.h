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

#include "ovsint/cleanup.h"
#include "ovsint/err.h"

struct nft;

/* `table` of family inet is the one whose changes are told apart. */
int nft_open(const char *table, struct nft **ret, struct err *err) MUST_CHECK;
void nft_close(struct nft *nft);
DEFINE_AUTO(nft, struct nft *, nft_close)
#define auto_nft AUTO(nft)

/* Carries out the commands, all or none of them. -EIO with the first of the
 * library's or the kernel's complaints. */
int nft_run(struct nft *nft, const char *commands, struct err *err) MUST_CHECK;

/* 1 when the table that nft_open() was told is there, else 0. */
int nft_has_table(struct nft *nft, struct err *err) MUST_CHECK;

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

/* A base chain of somebody that sees forwarded packets of IPv4 or IPv6 and
 * does not let all of them pass. */
#define NFT_NAME_SIZE 256
struct nft_chain {
    const char *family; /* "ip", "ip6", "inet" */
    char table[NFT_NAME_SIZE];
    char name[NFT_NAME_SIZE];
    bool drops; /* its policy */
    unsigned rules;
};
typedef void nft_chain_visit(void *data, const struct nft_chain *chain);
int nft_forward_chains(struct nft *nft, nft_chain_visit *visit, void *data,
                       struct err *err) MUST_CHECK;

/* A rule that accepts what comes in, or goes out, by devices whose names begin
 * with a prefix, and does nothing else but to count. */
struct nft_pass {
    uint64_t handle;
    unsigned place; /* in its chain, from 0 */
    bool out;
};
typedef void nft_pass_visit(void *data, const struct nft_pass *pass);
int nft_passes(struct nft *nft, const struct nft_chain *chain,
               const char *prefix, nft_pass_visit *visit, void *data,
               struct err *err) MUST_CHECK;
