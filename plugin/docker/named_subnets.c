/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Docker chooses a subnet and a gateway by itself if its user names none: so
 * each message says what to name.
 */
#include "plugin/docker/named_subnets.h"

#include <errno.h>
#include <string.h>

static bool is_subnet(const struct named_network *network,
                      const struct ip_prefix *pool)
{
    for (size_t i = 0; i < network->subnet_count; i++) {
        const struct ip_prefix *prefix = &network->subnets[i].prefix;
        struct ip first = ip_network(pool);
        if (prefix->len == pool->len && ip_equal(&prefix->ip, &first))
            return true;
    }
    return false;
}

static int refuse_pool(const struct named_network *network,
                       const struct ip_prefix *pool, struct err *err)
{
    auto_buf struct buf subnets = BUF_INIT(ERR_TEXT_SIZE);
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < network->subnet_count; i++) {
        prefix_format(&network->subnets[i].prefix, text);
        buf_addf(&subnets, "%s%s", i ? ", " : "", text);
    }
    prefix_format(pool, text);
    return err_set(err, EINVAL,
                   "subnet %s is none of network '%s' of the configuration: "
                   "give --subnet (%s)",
                   text, network->name, buf_text(&subnets));
}

static int check_gateway(const struct named_network *network,
                         const struct ip *gateway, struct err *err)
{
    const struct subnet *subnet = named_network_subnet(network, gateway);
    char text[IP_TEXT_SIZE], wanted[IP_TEXT_SIZE];

    /* If the subnet has no router in it, Docker's gateway is given to no
     * container. */
    if (!subnet || !ip_in_prefix(&subnet->gateway, &subnet->prefix) ||
        ip_equal(&subnet->gateway, gateway))
        return 0;
    ip_format(gateway, text);
    ip_format(&subnet->gateway, wanted);
    return err_set(err, EINVAL,
                   "gateway %s is not that of network '%s' of the "
                   "configuration: give --gateway %s",
                   text, network->name, wanted);
}

static int check_host_ip(const struct named_network *network,
                         const struct ip_prefix *host_ip, struct err *err)
{
    const struct subnet *subnet = named_network_subnet(network, &host_ip->ip);
    char text[PREFIX_TEXT_SIZE];

    if (subnet && subnet->prefix.len == host_ip->len)
        return 0;
    prefix_format(host_ip, text);
    return err_set(err, EINVAL,
                   "option host-ip: %s lies in no subnet of network '%s' of "
                   "the configuration, or has another prefix length",
                   text, network->name);
}

int named_subnets_check(const struct named_network *network,
                        const struct network_row *row, struct err *err)
{
    int r = 0;

    if (network->subnet_count == 0)
        return 0;
    for (size_t i = 0; i < row->pool_count; i++) {
        if (!is_subnet(network, &row->pools[i]))
            return refuse_pool(network, &row->pools[i], err);
    }
    for (size_t i = 0; r >= 0 && i < row->gateway_count; i++)
        r = check_gateway(network, &row->gateways[i], err);
    for (size_t i = 0; r >= 0 && i < row->host_ip_count; i++)
        r = check_host_ip(network, &row->host_ips[i], err);
    return r;
}

int named_subnets_check_address(const struct named_network *network,
                                const struct ip_prefix *address,
                                struct err *err)
{
    const struct subnet *subnet = named_network_subnet(network, &address->ip);
    char text[PREFIX_TEXT_SIZE];

    if (network->subnet_count == 0)
        return 0;
    if (subnet && subnet_excludes(subnet, &address->ip)) {
        prefix_format(address, text);
        return err_set(err, EINVAL,
                       "the endpoint's address: '%s' is excluded in network "
                       "'%s' of the configuration: keep it from Docker with "
                       "--ip-range or --aux-address",
                       text, network->name);
    }
    return named_network_check_address("the endpoint's address", address,
                                       network, err);
}

static bool has_address_in(const struct attachment *a,
                           const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < a->ip_count; i++) {
        if (ip_in_prefix(&a->ip[i].ip, prefix))
            return true;
    }
    return false;
}

void named_subnets_add_routers(const struct named_network *network,
                               struct attachment *a)
{
    bool has[2] = {false, false};

    for (size_t i = 0; i < network->subnet_count; i++) {
        const struct subnet *subnet = &network->subnets[i];
        bool is_v6 = ip_bits(&subnet->prefix.ip) == 128;
        if (!subnet->gateway.family || has[is_v6] ||
            !has_address_in(a, &subnet->prefix))
            continue;
        has[is_v6] = true;
        a->gateway[a->gateway_count++] = subnet->gateway;
    }
}
