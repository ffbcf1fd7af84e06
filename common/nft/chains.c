/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base chains of others that forwarded packets go through, and rules in them
 * that are made as ours are. A rule is told by what it does, not by a comment:
 * iptables-nft shows it as its own then, as `-i prefix+ -j ACCEPT`.
 */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "common/nft/ask.h"
#include "common/nft/private.h"
#include "ovsint/buf.h"

/* A chain that others change all the time is read so often. */
#define READ_TRIES 5

struct family {
    const char *name;
    int number;
};

static const struct family families[] = {
    {"ip", NFPROTO_IPV4}, {"ip6", NFPROTO_IPV6}, {"inet", NFPROTO_INET}};

static const struct family *family_of(int number)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (families[i].number == number)
            return &families[i];
    }
    return NULL;
}

static int family_number(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (strcmp(families[i].name, name) == 0)
            return families[i].number;
    }
    return NFPROTO_UNSPEC;
}

static bool is_forward(struct nlattr *hook)
{
    struct nlattr *attrs[NFTA_HOOK_MAX + 1];

    return hook && nla_parse_nested(attrs, NFTA_HOOK_MAX, hook, NULL) >= 0 &&
           attrs[NFTA_HOOK_HOOKNUM] &&
           nfnl_u32(attrs[NFTA_HOOK_HOOKNUM]) == NF_INET_FORWARD;
}

static bool is_text(const struct nlattr *attribute, const char *text)
{
    return attribute && nla_strcmp(attribute, text) == 0;
}

struct chain_list {
    const struct nft *nft;
    struct nft_chain *chains;
    size_t count;
};

static void add_chain(void *data, struct nlmsghdr *answer)
{
    struct chain_list *list = data;
    struct nlattr *attrs[NFTA_CHAIN_MAX + 1];
    const struct family *family = family_of(nfnl_family(answer));

    nfnl_parse(answer, attrs, NFTA_CHAIN_MAX);
    const struct nlattr *table = attrs[NFTA_CHAIN_TABLE];
    const struct nlattr *name = attrs[NFTA_CHAIN_NAME];
    if (!family || !table || !name || !is_forward(attrs[NFTA_CHAIN_HOOK]) ||
        !is_text(attrs[NFTA_CHAIN_TYPE], "filter"))
        return;
    if (family->number == NFPROTO_INET && is_text(table, list->nft->table))
        return;
    struct nft_chain chain = {.family = family->name,
                              .drops =
                                  attrs[NFTA_CHAIN_POLICY] &&
                                  nfnl_u32(attrs[NFTA_CHAIN_POLICY]) == NF_DROP,
                              .rules = nfnl_u32(attrs[NFTA_CHAIN_USE])};
    nla_strlcpy(chain.table, table, sizeof(chain.table));
    nla_strlcpy(chain.name, name, sizeof(chain.name));
    list->chains =
        mem_resize(list->chains, (list->count + 1) * sizeof(*list->chains));
    list->chains[list->count++] = chain;
}

int nft_forward_chains(struct nft *nft, nft_chain_visit *visit, void *data,
                       struct err *err)
{
    static const struct nfnl_question question = {.message = NFT_MSG_GETCHAIN,
                                                  .listing = true,
                                                  .answer = NFT_MSG_NEWCHAIN};
    struct chain_list list = {.nft = nft};
    int r = -EAGAIN;

    for (int i = 0; r == -EAGAIN && i < READ_TRIES; i++) {
        list.count = 0;
        r = nfnl_ask(nft->ask_fd, &question, add_chain, &list, err);
    }
    for (size_t i = 0; r >= 0 && i < list.count; i++)
        visit(data, &list.chains[i]);
    free(list.chains);
    return r;
}

/* What the expressions of a rule say, in their order. */
struct rule_shape {
    const char *prefix;
    unsigned length;
    bool device;  /* 1st: the name of a device is loaded */
    bool out;     /* of the one that the packet leaves by */
    bool equal;   /* 2nd: it begins with the prefix, and no more is compared */
    bool accepts; /* the last one */
    bool other;   /* something else is in it */
};

static void shape_meta(struct rule_shape *shape, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_META_MAX + 1];

    if (nla_parse_nested(attrs, NFTA_META_MAX, data, NULL) < 0)
        return;
    uint32_t key = nfnl_u32(attrs[NFTA_META_KEY]);
    shape->device = key == NFT_META_IIFNAME || key == NFT_META_OIFNAME;
    shape->out = key == NFT_META_OIFNAME;
}

static void shape_compare(struct rule_shape *shape, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_CMP_MAX + 1];
    struct nlattr *value[NFTA_DATA_MAX + 1];
    int size = (int)strlen(shape->prefix);

    if (nla_parse_nested(attrs, NFTA_CMP_MAX, data, NULL) < 0 ||
        !attrs[NFTA_CMP_DATA] || nfnl_u32(attrs[NFTA_CMP_OP]) != NFT_CMP_EQ ||
        nla_parse_nested(value, NFTA_DATA_MAX, attrs[NFTA_CMP_DATA], NULL) < 0)
        return;
    const struct nlattr *bytes = value[NFTA_DATA_VALUE];
    shape->equal = bytes && nla_len(bytes) == size &&
                   memcmp(nla_data(bytes), shape->prefix, (size_t)size) == 0;
}

static void shape_verdict(struct rule_shape *shape, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_IMMEDIATE_MAX + 1];
    struct nlattr *value[NFTA_DATA_MAX + 1];
    struct nlattr *verdict[NFTA_VERDICT_MAX + 1];

    if (nla_parse_nested(attrs, NFTA_IMMEDIATE_MAX, data, NULL) < 0 ||
        !attrs[NFTA_IMMEDIATE_DATA] ||
        nla_parse_nested(value, NFTA_DATA_MAX, attrs[NFTA_IMMEDIATE_DATA],
                         NULL) < 0 ||
        !value[NFTA_DATA_VERDICT] ||
        nla_parse_nested(verdict, NFTA_VERDICT_MAX, value[NFTA_DATA_VERDICT],
                         NULL) < 0)
        return;
    shape->accepts = verdict[NFTA_VERDICT_CODE] &&
                     nfnl_u32(verdict[NFTA_VERDICT_CODE]) == NF_ACCEPT;
}

static void shape_expression(struct rule_shape *shape, struct nlattr *nest)
{
    struct nlattr *attrs[NFTA_EXPR_MAX + 1];

    if (nla_parse_nested(attrs, NFTA_EXPR_MAX, nest, NULL) < 0 ||
        !attrs[NFTA_EXPR_NAME] || !attrs[NFTA_EXPR_DATA]) {
        shape->other = true;
        return;
    }
    unsigned place = shape->length++;
    if (place == 0 && is_text(attrs[NFTA_EXPR_NAME], "meta"))
        shape_meta(shape, attrs[NFTA_EXPR_DATA]);
    else if (place == 1 && is_text(attrs[NFTA_EXPR_NAME], "cmp"))
        shape_compare(shape, attrs[NFTA_EXPR_DATA]);
    else if (place == 3 && is_text(attrs[NFTA_EXPR_NAME], "immediate"))
        shape_verdict(shape, attrs[NFTA_EXPR_DATA]);
    else if (place != 2 || !is_text(attrs[NFTA_EXPR_NAME], "counter"))
        shape->other = true;
}

struct pass_list {
    const char *prefix;
    unsigned place;
    struct nft_pass *passes;
    size_t count;
};

static void add_pass(void *data, struct nlmsghdr *answer)
{
    struct pass_list *list = data;
    struct rule_shape shape = {.prefix = list->prefix};
    struct nlattr *attrs[NFTA_RULE_MAX + 1];
    unsigned place = list->place++;

    nfnl_parse(answer, attrs, NFTA_RULE_MAX);
    if (!attrs[NFTA_RULE_EXPRESSIONS] || !attrs[NFTA_RULE_HANDLE])
        return;
    int left = nla_len(attrs[NFTA_RULE_EXPRESSIONS]);
    struct nlattr *nest = nla_data(attrs[NFTA_RULE_EXPRESSIONS]);
    for (; nla_ok(nest, left); nest = nla_next(nest, &left))
        shape_expression(&shape, nest);
    if (shape.other || !shape.device || !shape.equal || !shape.accepts)
        return;
    list->passes =
        mem_resize(list->passes, (list->count + 1) * sizeof(*list->passes));
    list->passes[list->count++] =
        (struct nft_pass){.handle = nfnl_u64(attrs[NFTA_RULE_HANDLE]),
                          .place = place,
                          .out = shape.out};
}

int nft_passes(struct nft *nft, const struct nft_chain *chain,
               const char *prefix, nft_pass_visit *visit, void *data,
               struct err *err)
{
    const struct nfnl_question question = {.message = NFT_MSG_GETRULE,
                                           .family =
                                               family_number(chain->family),
                                           .listing = true,
                                           .texts = {chain->table, chain->name},
                                           .answer = NFT_MSG_NEWRULE};
    struct pass_list list = {.prefix = prefix};
    int r = -EAGAIN;

    for (int i = 0; r == -EAGAIN && i < READ_TRIES; i++) {
        list.count = list.place = 0;
        r = nfnl_ask(nft->ask_fd, &question, add_pass, &list, err);
    }
    for (size_t i = 0; r >= 0 && i < list.count; i++)
        visit(data, &list.passes[i]);
    free(list.passes);
    return r;
}
