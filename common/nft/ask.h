/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/nft: questions to the kernel. libnftables would answer them
 * with text, or load modules of iptables to be able to print a rule of theirs.
 * Here only the few attributes are read that are needed.
 */
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

/* Must follow libnl's headers, which include the C library's: these define what
 * is missing then. */
#include <linux/netfilter.h>

#include "ovsint/base/err.h"

/* Opens a descriptor for nfnl_ask(). With `group` (NFNLGRP_...) it is
 * non-blocking and hears of changes. */
int nfnl_open(int group, struct err *err) MUST_CHECK;

/* The number of a message of nftables, as a netlink header has it. */
int nfnl_type(int nft_message);

/* Parses the attributes after the two headers into `ret`, which has room for
 * types up to `max`. */
void nfnl_parse(struct nlmsghdr *message, struct nlattr **ret, int max);
uint32_t nfnl_u32(const struct nlattr *attribute); /* 0 if it is missing */
uint64_t nfnl_u64(const struct nlattr *attribute);
int nfnl_family(struct nlmsghdr *message); /* NFPROTO_... */

struct nfnl_question {
    int subsystem; /* NFNL_SUBSYS_...; 0 = nftables */
    int message;   /* NFT_MSG_GET... */
    int family;
    bool listing;
    const char *texts[3]; /* attributes of type 1, 2, 3; NULL = left out */
    const struct nlattr *attribute; /* taken as it is; or NULL */
    int answer; /* NFT_MSG_NEW...; 0 = only success or failure */
};
typedef void nfnl_visit(void *data, struct nlmsghdr *answer);
/* -EAGAIN if what is listed has changed meanwhile. */
int nfnl_ask(int fd, const struct nfnl_question *question, nfnl_visit *visit,
             void *data, struct err *err) MUST_CHECK;

/* The same in several turns, for a listing that is long. The kernel makes the
 * next datagram when one is read, so a read does not wait. */
struct nfnl_asked {
    uint32_t sequence;
    int answer; /* type of the messages that are visited */
    bool listing;
    bool interrupted; /* what is listed has changed meanwhile */
};
int nfnl_begin(int fd, const struct nfnl_question *question,
               struct nfnl_asked *ret, struct err *err) MUST_CHECK;
/* Reads one datagram. 1 = there is more, 0 = that was the last one; -EAGAIN in
 * its place if what is listed has changed meanwhile. */
int nfnl_go_on(int fd, struct nfnl_asked *asked, nfnl_visit *visit, void *data,
               struct err *err) MUST_CHECK;
