/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads the tables of others into the form of filter.h: from the expressions
 * that the kernel keeps of a rule to what it does and what a packet must be for
 * it.
 *
 * Pitfall: rules that iptables-nft makes have expressions of its own (`match`,
 * `target`). If rules of ours have gone through iptables-save(8) and
 * iptables-restore(8), their comment stands in one of these.
 */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <stdio.h>
#include <string.h>

#include "common/nft/ask.h"
#include "common/nft/private.h"
#include "ovsint/base/buf.h"
#include "ovsint/nft/look.h"

/* If others change the ruleset all the time, this often. */
#define READ_TRIES 5
/* NFTNL_UDATA_RULE_COMMENT in libnftnl's udata.h */
#define USERDATA_COMMENT 0

/* Where the IPv4 and the IPv6 header say which protocol follows. */
#define PROTOCOL_AT_4 9
#define PROTOCOL_AT_6 6

static const struct {
    const char *name;
    int number;
} families[] = {
    {"ip", NFPROTO_IPV4}, {"ip6", NFPROTO_IPV6}, {"inet", NFPROTO_INET}};

static const char *family_name(int number)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (families[i].number == number)
            return families[i].name;
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

static bool is_text(const struct nlattr *attribute, const char *text)
{
    return attribute && nla_strcmp(attribute, text) == 0;
}

static bool is_forward(struct nlattr *hook)
{
    struct nlattr *attrs[NFTA_HOOK_MAX + 1];

    return hook && nla_parse_nested(attrs, NFTA_HOOK_MAX, hook, NULL) >= 0 &&
           attrs[NFTA_HOOK_HOOKNUM] &&
           nfnl_u32(attrs[NFTA_HOOK_HOOKNUM]) == NF_INET_FORWARD;
}

struct table_list {
    const struct nft *nft;
    struct filter_table *tables;
    size_t count;
};

static void list_done(struct table_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        filter_table_done(&list->tables[i]);
    free(list->tables);
    list->tables = NULL;
    list->count = 0;
}

static struct filter_table *
table_of(struct table_list *list, const char *family, const struct nlattr *name)
{
    for (size_t i = 0; i < list->count; i++) {
        struct filter_table *table = &list->tables[i];
        if (strcmp(table->family, family) == 0 && is_text(name, table->name))
            return table;
    }
    list->tables =
        mem_resize(list->tables, (list->count + 1) * sizeof(*list->tables));
    struct filter_table *table = &list->tables[list->count++];
    *table = (struct filter_table){.family = family};
    nla_strlcpy(table->name, name, sizeof(table->name));
    return table;
}

static void add_chain(void *data, struct nlmsghdr *answer)
{
    struct table_list *list = data;
    struct nlattr *attrs[NFTA_CHAIN_MAX + 1];
    const char *family = family_name(nfnl_family(answer));

    nfnl_parse(answer, attrs, NFTA_CHAIN_MAX);
    const struct nlattr *of = attrs[NFTA_CHAIN_TABLE];
    const struct nlattr *name = attrs[NFTA_CHAIN_NAME];
    if (!family || !of || !name ||
        (strcmp(family, "inet") == 0 && is_text(of, list->nft->table)))
        return;
    struct filter_table *table = table_of(list, family, of);
    table->chains =
        mem_resize(table->chains, (table->count + 1) * sizeof(*table->chains));
    struct filter_chain *chain = &table->chains[table->count++];
    *chain = (struct filter_chain){
        .base = is_forward(attrs[NFTA_CHAIN_HOOK]) &&
                is_text(attrs[NFTA_CHAIN_TYPE], "filter"),
        .drops = attrs[NFTA_CHAIN_POLICY] &&
                 nfnl_u32(attrs[NFTA_CHAIN_POLICY]) == NF_DROP,
        /* This counts its rules as well: they are subtracted as they are
         * read. */
        .jumped = nfnl_u32(attrs[NFTA_CHAIN_USE])};
    nla_strlcpy(chain->name, name, sizeof(chain->name));
}

static struct filter_chain *chain_of(struct filter_table *table,
                                     const struct nlattr *name)
{
    for (size_t i = 0; name && i < table->count; i++) {
        if (is_text(name, table->chains[i].name))
            return &table->chains[i];
    }
    return NULL;
}

struct sight {
    struct filter_table *table;
    const struct nft_mark *mark;
    struct filter_rule rule;
    /* Does the rule have our form: device, prefix, comment, counter, accept? */
    unsigned length;
    bool device; /* the last load was the name of a device */
    bool any_device;
    bool out; /* ... of the one that the packet leaves by */
    bool ours;
    bool commented;
    bool counts;
    bool other;
};

static void narrow(struct sight *sight, enum filter_when when)
{
    if (when > sight->rule.when)
        sight->rule.when = when;
}

static void see_meta(struct sight *sight, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_META_MAX + 1];

    sight->device = false;
    if (nla_parse_nested(attrs, NFTA_META_MAX, data, NULL) < 0 ||
        attrs[NFTA_META_SREG])
        return; /* the rule sets a mark */
    switch (nfnl_u32(attrs[NFTA_META_KEY])) {
    case NFT_META_OIFNAME:
        sight->out = true;
        __attribute__((fallthrough));
    case NFT_META_IIFNAME:
        sight->device = true;
        __attribute__((fallthrough));
    case NFT_META_IIF:
    case NFT_META_OIF:
        /* Two devices: the rule is about traffic between others. */
        narrow(sight, sight->any_device ? FILTER_SOME : FILTER_DEVICE);
        sight->any_device = true;
        return;
    case NFT_META_L4PROTO:
    case NFT_META_NFPROTO:
    case NFT_META_PROTOCOL:
        narrow(sight, FILTER_PROTOCOL);
        return;
    default:
        narrow(sight, FILTER_SOME);
    }
}

static void see_payload(struct sight *sight, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_PAYLOAD_MAX + 1];

    if (nla_parse_nested(attrs, NFTA_PAYLOAD_MAX, data, NULL) < 0)
        return;
    uint32_t at = nfnl_u32(attrs[NFTA_PAYLOAD_OFFSET]);
    bool protocol =
        nfnl_u32(attrs[NFTA_PAYLOAD_BASE]) == NFT_PAYLOAD_NETWORK_HEADER &&
        nfnl_u32(attrs[NFTA_PAYLOAD_LEN]) == 1 &&
        (at == PROTOCOL_AT_4 || at == PROTOCOL_AT_6);
    narrow(sight, protocol ? FILTER_PROTOCOL : FILTER_SOME);
}

static void see_compare(struct sight *sight, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_CMP_MAX + 1];
    struct nlattr *value[NFTA_DATA_MAX + 1];
    const char *prefix = sight->mark->prefix;
    int size = (int)strlen(prefix);

    if (!sight->device ||
        nla_parse_nested(attrs, NFTA_CMP_MAX, data, NULL) < 0 ||
        !attrs[NFTA_CMP_DATA] || nfnl_u32(attrs[NFTA_CMP_OP]) != NFT_CMP_EQ ||
        nla_parse_nested(value, NFTA_DATA_MAX, attrs[NFTA_CMP_DATA], NULL) < 0)
        return;
    const struct nlattr *bytes = value[NFTA_DATA_VALUE];
    if (!bytes || nla_len(bytes) < size ||
        memcmp(nla_data(bytes), prefix, (size_t)size) != 0)
        return;
    narrow(sight, FILTER_SOME);
    sight->ours = nla_len(bytes) == size;
}

static void see_verdict(struct sight *sight, struct nlattr *data)
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
                         NULL) < 0 ||
        !verdict[NFTA_VERDICT_CODE])
        return;
    int code = (int)nfnl_u32(verdict[NFTA_VERDICT_CODE]);
    struct filter_chain *to =
        chain_of(sight->table, verdict[NFTA_VERDICT_CHAIN]);
    if (code == NF_ACCEPT)
        sight->rule.does = FILTER_ACCEPTS;
    else if (code == NF_DROP)
        sight->rule.does = FILTER_DROPS;
    else if (code == NFT_RETURN)
        sight->rule.does = FILTER_RETURNS;
    else if (to && (code == NFT_JUMP || code == NFT_GOTO))
        sight->rule.does = code == NFT_JUMP ? FILTER_JUMPS : FILTER_GOES;
    if (to)
        sight->rule.to = (size_t)(to - sight->table->chains);
}

/* A target of iptables. */
static void see_target(struct sight *sight, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_TARGET_MAX + 1];

    if (nla_parse_nested(attrs, NFTA_TARGET_MAX, data, NULL) < 0)
        return;
    const struct nlattr *name = attrs[NFTA_TARGET_NAME];
    if (is_text(name, "REJECT"))
        sight->rule.does = FILTER_DROPS;
    else if (is_text(name, "LOG") || is_text(name, "NFLOG"))
        sight->rule.does = FILTER_LOGS;
    else if (is_text(name, "NFQUEUE"))
        sight->rule.does = FILTER_ACCEPTS;
}

static void see_match(struct sight *sight, struct nlattr *data)
{
    struct nlattr *attrs[NFTA_MATCH_MAX + 1];
    const char *comment = sight->mark->comment;
    int size = (int)strlen(comment) + 1;

    if (nla_parse_nested(attrs, NFTA_MATCH_MAX, data, NULL) < 0 ||
        !is_text(attrs[NFTA_MATCH_NAME], "comment")) {
        narrow(sight, FILTER_SOME);
        sight->other = true;
        return;
    }
    const struct nlattr *info = attrs[NFTA_MATCH_INFO];
    if (info && nla_len(info) >= size &&
        memcmp(nla_data(info), comment, (size_t)size) == 0)
        sight->commented = true;
}

enum expression {
    META,
    COMPARE,
    PAYLOAD,
    VERDICT,
    COUNTER,
    LOG,
    REJECT,
    QUEUE,
    TARGET,
    MATCH,
    EXPRESSIONS
};

static enum expression expression_of(const struct nlattr *name)
{
    static const char *const names[] = {
        [META] = "meta",         [COMPARE] = "cmp",     [PAYLOAD] = "payload",
        [VERDICT] = "immediate", [COUNTER] = "counter", [LOG] = "log",
        [REJECT] = "reject",     [QUEUE] = "queue",     [TARGET] = "target",
        [MATCH] = "match"};
    int i = 0;

    while (i < EXPRESSIONS && !is_text(name, names[i]))
        i++;
    return i;
}

static void see_expression(struct sight *sight, struct nlattr *nest)
{
    struct nlattr *attrs[NFTA_EXPR_MAX + 1] = {0};
    unsigned place = sight->length++;

    (void)nla_parse_nested(attrs, NFTA_EXPR_MAX, nest, NULL);
    enum expression expression = expression_of(attrs[NFTA_EXPR_NAME]);
    struct nlattr *data = attrs[NFTA_EXPR_DATA];
    /* Our form: first the device, then the comparison, then the rest. */
    if ((place == 0) != (expression == META) ||
        (place == 1) != (expression == COMPARE))
        sight->other = true;
    if (expression == COUNTER)
        sight->counts = true;
    else if (expression == LOG)
        sight->rule.does = FILTER_LOGS;
    else if (expression == REJECT)
        sight->rule.does = FILTER_DROPS;
    else if (expression == QUEUE)
        sight->rule.does = FILTER_ACCEPTS;
    else if (!data || expression == EXPRESSIONS)
        narrow(sight, FILTER_SOME);
    else if (expression == META)
        see_meta(sight, data);
    else if (expression == COMPARE)
        see_compare(sight, data);
    else if (expression == PAYLOAD)
        see_payload(sight, data);
    else if (expression == VERDICT)
        see_verdict(sight, data);
    else if (expression == TARGET)
        see_target(sight, data);
    else
        see_match(sight, data);
    sight->other |=
        expression == PAYLOAD || expression == LOG || expression == EXPRESSIONS;
}

/* A list of elements: type, length and value. Type and length have one byte. */
static bool has_comment(const struct nlattr *userdata, const char *comment)
{
    const unsigned char *bytes = userdata ? nla_data(userdata) : NULL;
    int size = userdata ? nla_len(userdata) : 0;
    int length = (int)strlen(comment) + 1;

    for (int at = 0; at + 2 <= size; at += 2 + bytes[at + 1]) {
        if (bytes[at] == USERDATA_COMMENT && bytes[at + 1] == length &&
            at + 2 + length <= size)
            return memcmp(bytes + at + 2, comment, (size_t)length) == 0;
    }
    return false;
}

struct rule_reading {
    struct filter_table *table;
    const struct nft_mark *mark;
    struct filter_chain *last; /* the kernel lists the rules chain by chain */
};

static void add_rule(void *data, struct nlmsghdr *answer)
{
    struct rule_reading *reading = data;
    struct sight sight = {.table = reading->table, .mark = reading->mark};
    struct nlattr *attrs[NFTA_RULE_MAX + 1];

    nfnl_parse(answer, attrs, NFTA_RULE_MAX);
    struct filter_chain *chain = reading->last;
    if (!chain || !is_text(attrs[NFTA_RULE_CHAIN], chain->name))
        chain = chain_of(reading->table, attrs[NFTA_RULE_CHAIN]);
    if (!chain)
        return;
    reading->last = chain;
    struct nlattr *list = attrs[NFTA_RULE_EXPRESSIONS];
    int left = list ? nla_len(list) : 0;
    struct nlattr *nest = list ? nla_data(list) : NULL;
    for (; left > 0 && nla_ok(nest, left); nest = nla_next(nest, &left))
        see_expression(&sight, nest);
    sight.commented |=
        has_comment(attrs[NFTA_RULE_USERDATA], reading->mark->comment);
    if (sight.ours && sight.commented && sight.counts && !sight.other &&
        sight.rule.does == FILTER_ACCEPTS)
        sight.rule.whose = sight.out ? FILTER_OURS_OUT : FILTER_OURS_IN;
    sight.rule.handle = nfnl_u64(attrs[NFTA_RULE_HANDLE]);
    chain->rules =
        mem_resize(chain->rules, (chain->count + 1) * sizeof(*chain->rules));
    chain->rules[chain->count++] = sight.rule;
}

static int read_chains(struct nft *nft, struct table_list *list,
                       struct err *err)
{
    static const struct nfnl_question question = {.message = NFT_MSG_GETCHAIN,
                                                  .listing = true,
                                                  .answer = NFT_MSG_NEWCHAIN};

    return nfnl_ask(nft->ask_fd, &question, add_chain, list, err);
}

static int read_rules(struct nft *nft, const struct nft_mark *mark,
                      struct filter_table *table, struct err *err)
{
    const struct nfnl_question question = {.message = NFT_MSG_GETRULE,
                                           .family =
                                               family_number(table->family),
                                           .listing = true,
                                           .texts = {table->name},
                                           .answer = NFT_MSG_NEWRULE};
    struct rule_reading reading = {.table = table, .mark = mark};

    int r = nfnl_ask(nft->ask_fd, &question, add_rule, &reading, err);
    for (size_t i = 0; i < table->count; i++) {
        struct filter_chain *chain = &table->chains[i];
        unsigned own = (unsigned)chain->count;
        chain->jumped -= chain->jumped < own ? chain->jumped : own;
    }
    return r;
}

static bool is_for_us(const struct filter_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->chains[i].base)
            return true;
    }
    return false;
}

static int read_all(struct nft *nft, const struct nft_mark *mark,
                    struct table_list *list, struct err *err)
{
    int r = read_chains(nft, list, err);

    for (size_t i = 0; r >= 0 && i < list->count; i++) {
        if (is_for_us(&list->tables[i]))
            r = read_rules(nft, mark, &list->tables[i], err);
        /* Somebody has just removed it. */
        if (r == -ENOENT)
            r = err_set(err, EAGAIN, "the ruleset changed while it was read");
    }
    return r;
}

int nft_filters(struct nft *nft, const struct nft_mark *mark,
                nft_filter_visit *visit, void *data, struct err *err)
{
    struct table_list list = {.nft = nft};
    int r = -EAGAIN;

    for (int i = 0; r == -EAGAIN && i < READ_TRIES; i++) {
        list_done(&list);
        r = read_all(nft, mark, &list, err);
    }
    for (size_t i = 0; r >= 0 && i < list.count; i++) {
        if (is_for_us(&list.tables[i]))
            visit(data, &list.tables[i]);
    }
    list_done(&list);
    return r;
}

int nft_look(const char *own, const struct nft_mark *mark,
             nft_filter_visit *visit, void *data, struct err *err)
{
    auto_free char *table = mem_text(own, strlen(own));
    auto_close int fd = nfnl_open(0, err);
    struct nft nft = {.table = table, .ask_fd = fd, .hear_fd = -1};

    return fd < 0 ? fd : nft_filters(&nft, mark, visit, data, err);
}
