/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to common/nft: questions to the kernel that libnftables would answer
 * with text, or by loading modules of iptables to be able to print a rule of
 * theirs. Here only the few attributes are read that are needed.
 */
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

/* After libnl's, which bring the C library's addresses: these define them
 * where they are missing. */
#include <linux/netfilter.h>

#include "ovsint/base/err.h"

/* A descriptor for nfnl_ask(), or, with `group` (NFNLGRP_...), one that hears
 * of changes and does not block. */
int nfnl_open(int group, struct err *err) MUST_CHECK;

/* The number of a message of nftables in a netlink header. */
int nfnl_type(int nft_message);

/* The attributes after the two headers into `ret`, which has room for types up
 * to `max`. */
void nfnl_parse(struct nlmsghdr *message, struct nlattr **ret, int max);
uint32_t nfnl_u32(const struct nlattr *attribute); /* 0 when it is missing */
uint64_t nfnl_u64(const struct nlattr *attribute);
int nfnl_family(struct nlmsghdr *message); /* NFPROTO_... */

struct nfnl_question {
    int subsystem; /* NFNL_SUBSYS_...; 0 = nftables */
    int message;   /* NFT_MSG_GET... */
    int family;
    bool listing;
    const char *texts[3]; /* attributes of type 1, 2, 3; NULL = left out */
    const struct nlattr *attribute; /* as it is; or NULL */
    int answer;                     /* NFT_MSG_NEW...; 0 = none but yes or no */
};
typedef void nfnl_visit(void *data, struct nlmsghdr *answer);
/* -EAGAIN when what is listed changed under the listing. */
int nfnl_ask(int fd, const struct nfnl_question *question, nfnl_visit *visit,
             void *data, struct err *err) MUST_CHECK;
