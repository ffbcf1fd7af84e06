/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From what a door knows of a port to the row of its network, in this order:
 * the subnets, the host access port, the text; and the text is read and judged
 * as the gateway will. What is wrong is found here, before anything is written.
 */
#include "ovsint/rows/transient_network.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/rows/external_ids.h"

#define HOLDS "until 2 seconds after the last of them has ended"

static const struct {
    const char *key;
    const char *syntax;
    const char *meaning;
} key_table[TRANSIENT_KEYS] = {
    {"mode", "flat|nat", "nat: the host is the router"},
    {"nat4", "WAY", "IPv4 out: masquerade, ports or routed"},
    {"nat6", "WAY", "IPv6 out: the same"},
    {"nat-source", "ADDR[,ADDR]", "the host's address that it goes out with"},
    {"publish-ip", "ADDR[,ADDR]", "where ports are published by default"},
};

bool transient_key_known(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++) {
        if (strcmp(key_table[i].key, key) == 0)
            return true;
    }
    return false;
}

int transient_options_set(struct transient_options *options, const char *origin,
                          const char *key, const char *value, struct err *err)
{
    for (size_t i = 0; i < options->count; i++) {
        if (strcmp(options->list[i].key, key) == 0)
            return err_set(err, EINVAL, "%s: given before", origin);
    }
    if (strcmp(key, "mode") == 0) {
        options->is_nat = strcmp(value, "nat") == 0;
        if (!options->is_nat && strcmp(value, "flat") != 0)
            return err_set(err, EINVAL, "%s: '%.80s' is none of flat, nat",
                           origin, value);
    }
    options->list[options->count++] =
        (struct network_option){.key = key, .value = value};
    return 0;
}

int transient_options_check(const struct transient_options *options,
                            struct err *err)
{
    for (size_t i = 0; !options->is_nat && i < options->count; i++) {
        if (strcmp(options->list[i].key, "mode") != 0)
            return err_set(err, EINVAL, "key %s needs mode=nat",
                           options->list[i].key);
    }
    return 0;
}

void transient_keys_list(struct buf *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++)
        buf_addf(ret, ", %s", key_table[i].key);
}

void transient_keys_print(struct buf *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++)
        buf_addf(ret, "  %-14s  %-20s  %s\n", key_table[i].key,
                 key_table[i].syntax, key_table[i].meaning);
}

struct pools {
    struct network_pool list[LIMIT_ADDRESSES];
    size_t count;
};

static int add_pool(struct pools *pools, const struct ip_prefix *prefix,
                    const struct ip *gateway, struct err *err)
{
    if (pools->count == LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "mode=nat: more than %d subnets",
                       LIMIT_ADDRESSES);
    struct network_pool *pool = &pools->list[pools->count++];
    *pool = (struct network_pool){
        .prefix = {.ip = ip_network(prefix), .len = prefix->len}};
    if (gateway)
        pool->gateway = *gateway;
    return 0;
}

static bool has_pool(const struct pools *pools, const struct ip *ip)
{
    for (size_t i = 0; i < pools->count; i++) {
        if (ip_in_prefix(ip, &pools->list[i].prefix))
            return true;
    }
    return false;
}

static const struct ip *gateway_within(const struct attachment *spec,
                                       const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < spec->gateway_count; i++) {
        if (ip_in_prefix(&spec->gateway[i], prefix))
            return &spec->gateway[i];
    }
    return NULL;
}

static int find_pools(const struct transient_draft *draft, struct pools *ret,
                      struct err *err)
{
    const struct named_network *network = draft->network;
    const struct attachment *spec = draft->spec;
    int r = 0;

    for (size_t i = 0; r >= 0 && network && i < network->subnet_count; i++)
        r = add_pool(ret, &network->subnets[i].prefix,
                     &network->subnets[i].gateway, err);
    for (size_t i = 0; r >= 0 && i < spec->ip_count; i++) {
        if (!has_pool(ret, &spec->ip[i].ip))
            r = add_pool(ret, &spec->ip[i], gateway_within(spec, &spec->ip[i]),
                         err);
    }
    return r;
}

/* The host is in the containers' VLAN, and knows their MTU. */
static void host_attachment(const struct attachment *spec,
                            struct attachment *ret)
{
    *ret = (struct attachment){.ifname = "eth0",
                               .type = VNIC_INTERNAL,
                               .vlan = spec->vlan,
                               .mtu = spec->mtu};
    snprintf(ret->bridge, sizeof(ret->bridge), "%s", spec->bridge);
    snprintf(ret->ovn, sizeof(ret->ovn), "%s", spec->ovn);
}

static void write_id(const struct transient_draft *draft,
                     char ret[TRANSIENT_ID_SIZE])
{
    uint64_t hash = hash_text(HASH_BEGIN, draft->owner);

    hash = hash_text(hash, draft->spec->bridge);
    hash = hash_text(hash, draft->name);
    snprintf(ret, TRANSIENT_ID_SIZE, "%016" PRIx64, hash);
}

static int check_text(const char *text, bool is_logical, struct err *err)
{
    auto_network_row struct network_row row = {0};
    int r = network_row_read(text, &row, err);

    if (r >= 0 && is_logical)
        r = network_row_check_logical(&row, err);
    return r < 0 ? r : network_row_check(&row, err);
}

int transient_network_make(const struct transient_draft *draft,
                           struct transient_network *ret, struct err *err)
{
    auto_free struct attachment *host = mem_new(sizeof(*host));
    struct pools pools = {.count = 0};
    int r = find_pools(draft, &pools, err);

    if (r < 0)
        return r;
    host_attachment(draft->spec, host);
    const struct network_draft row = {.options = draft->options,
                                      .option_count = draft->option_count,
                                      .owner = draft->owner,
                                      .host = host,
                                      .pools = pools.list,
                                      .pool_count = pools.count};
    auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
    r = network_row_write(&row, &text, err);
    if (r >= 0)
        r = check_text(buf_text(&text), draft->spec->ovn[0], err);
    if (r < 0)
        return r;
    write_id(draft, ret->id);
    snprintf(ret->bridge, sizeof(ret->bridge), "%s", draft->spec->bridge);
    ret->text = text;
    text = (struct buf){0};
    return 0;
}

void transient_network_done(struct transient_network *network)
{
    buf_done(&network->text);
}

static bool has_address(const struct network_row *row,
                        const struct attachment *spec,
                        const struct ip_prefix *address)
{
    const struct ip *router = attachment_router(spec, address);
    bool is_in_pool = false;

    for (size_t i = 0; i < row->pool_count; i++)
        is_in_pool |= ip_in_prefix(&address->ip, &row->pools[i]);
    /* In subnets of the configuration a container may name another router. */
    if (!router || (is_in_pool && spec->network[0]))
        return true;
    for (size_t i = 0; i < row->gateway_count; i++) {
        if (ip_equal(router, &row->gateways[i]))
            return is_in_pool;
    }
    return false;
}

static int refuse_address(const struct network_row *row,
                          const struct attachment *spec,
                          const struct ip_prefix *address, struct err *err)
{
    auto_buf struct buf pools = BUF_INIT(ERR_TEXT_SIZE);
    char text[PREFIX_TEXT_SIZE], router[IP_TEXT_SIZE];

    for (size_t i = 0; i < row->pool_count; i++) {
        prefix_format(&row->pools[i], text);
        buf_addf(&pools, "%s%s", i ? ", " : "", text);
        if (i >= row->gateway_count)
            continue;
        ip_format(&row->gateways[i], text);
        buf_addf(&pools, " via %s", text);
    }
    prefix_format(address, text);
    ip_format(attachment_router(spec, address), router);
    return err_set(err, EINVAL,
                   "%s via %s: the host is the router of %s for the network's "
                   "other containers " HOLDS,
                   text, router, buf_text(&pools));
}

int transient_network_fits(const struct network_row *row,
                           const struct attachment *spec, struct err *err)
{
    auto_free struct attachment *host = mem_new(sizeof(*host));

    if (row->host && attachment_read(row->host, host, err) < 0)
        return -err->code;
    if (row->host && strcmp(host->ovn, spec->ovn) != 0)
        return err_set(err, EINVAL,
                       "logical switch '%s': the host is the router of '%s' "
                       "for the network's other containers " HOLDS,
                       spec->ovn, host->ovn);
    if (row->host && host->vlan != spec->vlan)
        return err_set(err, EINVAL,
                       "VLAN %u: the host is the router of VLAN %u for the "
                       "network's other containers " HOLDS,
                       spec->vlan, host->vlan);
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (!has_address(row, spec, &spec->ip[i]))
            return refuse_address(row, spec, &spec->ip[i], err);
    }
    return 0;
}

void transient_network_add(const struct transient_network *network,
                           struct txn *txn)
{
    char key[sizeof(ID_NETWORK_PREFIX) + TRANSIENT_ID_SIZE];

    snprintf(key, sizeof(key), ID_NETWORK_PREFIX "%s", network->id);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", network->bridge);
    txn_add_pair(txn, "external_ids", key, buf_text(&network->text));
}
