/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * libnftables makes the changes; a socket of our own hears of all changes. A
 * context of the library lives for one run: it would keep what it has read of
 * the ruleset, which is out of date by the next run.
 *
 * The kernel sends the changes first, and then the message with the number of
 * the new generation (nf_tables_commit() in net/netfilter/nf_tables_api.c).
 */
#include "ovsint/nft/nft.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/socket.h>

#include "common/nft/ask.h"
#include "common/nft/private.h"
#include "ovsint/base/buf.h"

#define EVENTS_READ_SIZE 65536

int nft_open(const char *table, struct nft **ret, struct err *err)
{
    auto_nft struct nft *nft = mem_new(sizeof(*nft));

    nft->table = mem_text(table, strlen(table));
    nft->bytes = mem_new(EVENTS_READ_SIZE);
    nft->ask_fd = nft->hear_fd = -1;
    nft->ask_fd = nfnl_open(0, err);
    if (nft->ask_fd < 0)
        return nft->ask_fd;
    nft->hear_fd = nfnl_open(NFNLGRP_NFTABLES, err);
    if (nft->hear_fd < 0)
        return nft->hear_fd;
    *ret = TAKE_PTR(nft);
    return 0;
}

void nft_close(struct nft *nft)
{
    if (!nft)
        return;
    cleanup_close(&nft->ask_fd);
    cleanup_close(&nft->hear_fd);
    free(nft->table);
    free(nft->bytes);
    free(nft);
}

int nft_fd(const struct nft *nft)
{
    return nft->hear_fd;
}

static void merge(struct nft_changes *to, const struct nft_changes *from)
{
    to->table |= from->table;
    to->rules |= from->rules;
}

static void keep_generation(void *data, struct nlmsghdr *answer)
{
    struct nlattr *attrs[NFTA_GEN_MAX + 1];

    nfnl_parse(answer, attrs, NFTA_GEN_MAX);
    *(uint32_t *)data = nfnl_u32(attrs[NFTA_GEN_ID]);
}

static int ask_generation(struct nft *nft, uint32_t *ret, struct err *err)
{
    static const struct nfnl_question question = {.message = NFT_MSG_GETGEN,
                                                  .answer = NFT_MSG_NEWGEN};

    return nfnl_ask(nft->ask_fd, &question, keep_generation, ret, err);
}

static void note_answer(void *data, struct nlmsghdr *answer)
{
    (void)answer;
    *(bool *)data = true;
}

int nft_has_table(struct nft *nft, const char *table, struct err *err)
{
    const struct nfnl_question question = {.message = NFT_MSG_GETTABLE,
                                           .family = NFPROTO_INET,
                                           .texts = {table},
                                           .answer = NFT_MSG_NEWTABLE};
    bool there = false;

    int r = nfnl_ask(nft->ask_fd, &question, note_answer, &there, err);
    if (r == -ENOENT)
        return 0;
    return r < 0 ? r : there;
}

static bool is_in_table(const struct nft *nft, struct nlmsghdr *message)
{
    /* In all messages the attribute of this number is the table's name. */
    struct nlattr *attrs[NFTA_TABLE_NAME + 1];

    nfnl_parse(message, attrs, NFTA_TABLE_NAME);
    const struct nlattr *name = attrs[NFTA_TABLE_NAME];
    return name && nfnl_family(message) == NFPROTO_INET &&
           nla_strcmp(name, nft->table) == 0;
}

static bool is_about_rules(int type)
{
    static const int types[] = {NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE,
                                NFT_MSG_NEWCHAIN, NFT_MSG_DELCHAIN,
                                NFT_MSG_NEWRULE,  NFT_MSG_DELRULE};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (type == nfnl_type(types[i]))
            return true;
    }
    return false;
}

/* `own` is the generation that we have made; 0 = none. */
static void hear(struct nft *nft, struct nlmsghdr *message, uint32_t own)
{
    if (message->nlmsg_type != nfnl_type(NFT_MSG_NEWGEN)) {
        if (is_in_table(nft, message))
            nft->untold.table = true;
        else if (is_about_rules(message->nlmsg_type))
            nft->untold.rules = true;
        return;
    }
    keep_generation(&nft->heard, message);
    if (nft->heard != own)
        merge(&nft->pending, &nft->untold);
    nft->untold = (struct nft_changes){0};
}

/* 1 = the kernel had to drop messages. */
static int hear_all(struct nft *nft, uint32_t own, struct err *err)
{
    int dropped = 0;

    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size =
            recvfrom(nft->hear_fd, nft->bytes, EVENTS_READ_SIZE, MSG_DONTWAIT,
                     (struct sockaddr *)&from, &from_size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return dropped;
        if (size < 0 && errno != ENOBUFS)
            return err_sys(err, "read the changes of nftables");
        if (size < 0)
            dropped = 1;
        int left = (int)size;
        struct nlmsghdr *message = (struct nlmsghdr *)(void *)nft->bytes;
        for (; size > 0 && from.nl_pid == 0 && nlmsg_ok(message, left);
             message = nlmsg_next(message, &left))
            hear(nft, message, own);
    }
}

static void suspect_all(struct nft *nft)
{
    nft->untold = (struct nft_changes){0};
    nft->pending = (struct nft_changes){.table = true, .rules = true};
}

bool nft_has_news(const struct nft *nft)
{
    return nft->pending.table || nft->pending.rules;
}

int nft_changes(struct nft *nft, struct nft_changes *ret, struct err *err)
{
    int r = hear_all(nft, 0, err);

    if (r < 0)
        return r;
    if (r > 0)
        suspect_all(nft);
    *ret = nft->pending;
    nft->pending = (struct nft_changes){0};
    return 0;
}

/* Takes the reason out of "Error: Could not process rule: No such file or
 * directory\n...". */
static int nft_explain(struct nft_ctx *ctx, struct err *err)
{
    const char *text = nft_ctx_get_error_buffer(ctx);
    const char *begin = text ? strstr(text, "Error: ") : NULL;

    if (!begin)
        return err_set(err, EIO, "nftables refused a change without a reason");
    begin += strlen("Error: ");
    return err_set(err, EIO, "nftables refused a change: %.*s",
                   (int)strcspn(begin, "\n"), begin);
}

static int nft_run_commands(const char *commands, struct err *err)
{
    /* Try it first: libnftables ends the program if it cannot open a socket
     * (netlink_init_error() in its src/mnl.c). */
    int r = nfnl_open(0, err);
    if (r < 0)
        return r;
    close(r);
    struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!ctx)
        return err_set(err, EIO, "libnftables cannot be used");
    if (nft_ctx_buffer_error(ctx) != 0 || nft_ctx_buffer_output(ctx) != 0)
        r = err_set(err, EIO, "libnftables cannot keep its messages");
    else if (nft_run_cmd_from_buffer(ctx, commands) != 0)
        r = nft_explain(ctx, err);
    else
        r = 0;
    nft_ctx_free(ctx);
    return r;
}

int nft_run(struct nft *nft, const char *commands, struct err *err)
{
    struct err ignored = {0};
    uint32_t before = 0;
    uint32_t after = 0;

    int r = ask_generation(nft, &before, err);
    if (r < 0)
        return r;
    if (hear_all(nft, 0, &ignored) != 0)
        suspect_all(nft);
    bool knew_all = nft->heard == before;
    r = nft_run_commands(commands, err);
    if (ask_generation(nft, &after, &ignored) < 0) {
        suspect_all(nft);
        return r;
    }
    bool alone = after == before + 1 || (r < 0 && after == before);
    if (hear_all(nft, alone ? after : 0, &ignored) == 0)
        return r;
    /* The messages about our own change do not count. */
    nft->untold = (struct nft_changes){0};
    nft->heard = after;
    if (ask_generation(nft, &before, &ignored) < 0 || before != after ||
        !alone || !knew_all)
        suspect_all(nft);
    return r;
}
