/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a network's containers can reach, and what the host has to do with it:
 * the keys `mode`, `host-access`, `host-ip`, `nat4`, `nat6`,
 * `nat-source` and `publish-ip`. Pure.
 *
 * What a reader would get wrong: the subnets are judged by network_row_check()
 * and not when a record is read, as Docker asks for a judgement before it has
 * chosen them (GwAllocCheck).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/named_network.h"
#include "plugin/docker/network_row.h"

void host_port_name(const char *network, enum network_mode mode,
                    char ret[IFNAME_SIZE])
{
    snprintf(ret, IFNAME_SIZE, "%s%.8s",
             mode == MODE_NAT ? HOST_PORT_PREFIX : HOST_PORT_FLAT_PREFIX,
             network);
}

bool network_row_host_has_ipv6(const struct network_row *network_row)
{
    for (size_t i = 0; i < network_row->host_ip_count; i++) {
        if (ip_bits(&network_row->host_ips[i].ip) == 128)
            return true;
    }
    return false;
}

static const char *option(const struct network_row *network_row,
                          const char *key)
{
    return json_string(json_get(network_row->options, key));
}

/* A network of which nothing was said about where it lies has a bridge of its
 * own, and no way out but the host. */
static enum network_mode default_mode(const struct network_row *network_row)
{
    static const enum vocabulary_key places[] = {KEY_BRIDGE, KEY_NETWORK,
                                                 KEY_VLAN, KEY_TRUNKS};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (json_get(network_row->options, vocabulary_entry(places[i])->key))
            return MODE_FLAT;
    }
    return network_row->uplink ? MODE_FLAT : MODE_NAT;
}

static int read_mode(struct network_row *network_row, struct err *err)
{
    const char *mode = option(network_row, "mode");

    if (!mode)
        network_row->mode = default_mode(network_row);
    else if (strcmp(mode, "nat") == 0)
        network_row->mode = MODE_NAT;
    else if (strcmp(mode, "flat") == 0)
        network_row->mode = MODE_FLAT;
    else if (strcmp(mode, "isolated") == 0)
        network_row->mode = MODE_ISOLATED;
    else
        return err_set(err, EINVAL,
                       "option mode: '%.80s' is none of nat, flat, isolated",
                       mode);
    return 0;
}

static int read_way(const struct network_row *network_row, const char *key,
                    struct nat_family *family, struct err *err)
{
    const char *way = option(network_row, key);

    if (!way)
        return 0;
    if (network_row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option %s: only a network with mode=nat has it, and "
                       "what Docker's bridge driver says for it "
                       "(gateway_mode_ipv4, gateway_mode_ipv6, "
                       "enable_ip_masquerade)",
                       key);
    if (strcmp(way, "masquerade") == 0)
        family->way = NAT_MASQUERADE;
    else if (strcmp(way, "ports") == 0)
        family->way = NAT_PORTS;
    else if (strcmp(way, "routed") == 0)
        family->way = NAT_ROUTED;
    else
        return err_set(err, EINVAL,
                       "option %s: '%.80s' is none of masquerade, ports, "
                       "routed",
                       key, way);
    return 0;
}

static int add_source(struct network_row *network_row, const char *item,
                      struct err *err)
{
    struct ip_prefix alone = {.len = 0};

    if (parse_ip(item, &alone.ip) < 0)
        return err_set(err, EINVAL,
                       "option nat-source: '%.60s' is no address, such as "
                       "198.51.100.1",
                       item);
    bool is_v6 = ip_bits(&alone.ip) == 128;
    struct nat_family *family = is_v6 ? &network_row->nat6 : &network_row->nat4;
    alone.len = (uint8_t)ip_bits(&alone.ip);
    const char *reason = ip_unusable(&alone);
    if (reason)
        return err_set(err, EINVAL, "option nat-source: %.60s %s", item,
                       reason);
    if (family->way != NAT_MASQUERADE)
        return err_set(err, EINVAL,
                       "option nat-source: %s leaves with the addresses of the "
                       "containers, as %s says: leave %.60s out",
                       is_v6 ? "IPv6" : "IPv4", is_v6 ? "nat6" : "nat4", item);
    if (family->source.family)
        return err_set(err, EINVAL,
                       "option nat-source: %.60s is a second %s address", item,
                       is_v6 ? "IPv6" : "IPv4");
    family->source = alone.ip;
    return 0;
}

typedef int item_add(struct network_row *network_row, const char *item,
                     struct err *err);

static int each_item(struct network_row *network_row, const char *text,
                     item_add *add, struct err *err)
{
    int r = 0;

    while (r >= 0) {
        size_t len = strcspn(text, ",");
        auto_free char *item = mem_text(text, len);
        r = add(network_row, item, err);
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
    return r;
}

static int add_publish_ip(struct network_row *network_row, const char *item,
                          struct err *err)
{
    struct ip *ips = network_row->publish_ips;
    struct ip ip;

    if (parse_ip(item, &ip) < 0)
        return err_set(err, EINVAL,
                       "option publish-ip: '%.60s' is no address, such as "
                       "127.0.0.1",
                       item);
    if (network_row->publish_ip_count &&
        (network_row->publish_ip_count == 2 || ips[0].family == ip.family))
        return err_set(err, EINVAL,
                       "option publish-ip: %.60s is a second address of its "
                       "family",
                       item);
    ips[network_row->publish_ip_count++] = ip;
    return 0;
}

static int read_publish_ips(struct network_row *network_row, struct err *err)
{
    const char *text = option(network_row, "publish-ip");

    if (!text)
        return 0;
    if (network_row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option publish-ip: only a network with mode=nat "
                       "publishes ports");
    return each_item(network_row, text, add_publish_ip, err);
}

static int read_nat(struct network_row *network_row, struct err *err)
{
    const char *sources = option(network_row, "nat-source");

    int r = read_way(network_row, "nat4", &network_row->nat4, err);
    if (r >= 0)
        r = read_way(network_row, "nat6", &network_row->nat6, err);
    if (r < 0 || !sources)
        return r;
    if (network_row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option nat-source: only a network with mode=nat has "
                       "it");
    return each_item(network_row, sources, add_source, err);
}

/* What keeps the network from having a host access port that was asked for,
 * or NULL. */
static const char *host_obstacle(const struct network_row *network_row)
{
    if (network_row->internal)
        return "an internal network has no host access port";
    if (network_row->mode == MODE_ISOLATED)
        return "a network with mode=isolated has no host access port: give "
               "mode=flat or mode=nat";
    return NULL;
}

static int read_host_access(struct network_row *network_row, struct err *err)
{
    const char *text = option(network_row, "host-access");
    bool wanted = network_row->mode == MODE_NAT && !network_row->internal;

    if (text && parse_bool(text, &wanted) < 0)
        return err_set(err, EINVAL,
                       "option host-access: '%.80s' is neither true nor false",
                       text);
    const char *obstacle = wanted ? host_obstacle(network_row) : NULL;
    if (obstacle)
        return err_set(err, EINVAL, "option host-access: %s", obstacle);
    if (!wanted && network_row->mode == MODE_NAT && !network_row->internal)
        return err_set(err, EINVAL,
                       "option host-access: a network with mode=nat cannot do "
                       "without: the host is its router");
    network_row->host_access = wanted;
    return 0;
}

static int add_host_ip(struct network_row *network_row, const char *item,
                       struct err *err)
{
    struct ip_prefix *prefix =
        &network_row->host_ips[network_row->host_ip_count];

    if (network_row->host_ip_count == LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "option host-ip: more than %d addresses",
                       LIMIT_ADDRESSES);
    if (parse_prefix(item, prefix) < 0)
        return err_set(err, EINVAL,
                       "option host-ip: '%.60s' is no address with a length, "
                       "such as 10.0.0.1/24",
                       item);
    const char *reason = ip_unusable(prefix);
    if (reason)
        return err_set(err, EINVAL, "option host-ip: %.60s %s", item, reason);
    network_row->host_ip_count++;
    return 0;
}

static int read_host_ips(struct network_row *network_row, struct err *err)
{
    const char *text = option(network_row, "host-ip");

    if (!text)
        return 0;
    if (network_row->mode == MODE_NAT)
        return err_set(err, EINVAL,
                       "option host-ip: with mode=nat the host has the "
                       "network's gateway address: give --gateway");
    if (!network_row->host_access)
        return err_set(err, EINVAL,
                       "option host-ip: the network has no host access port: "
                       "give host-access=true, too");
    return each_item(network_row, text, add_host_ip, err);
}

int network_row_read_mode(struct network_row *network_row, struct err *err)
{
    int r = read_mode(network_row, err);
    if (r >= 0)
        r = read_nat(network_row, err);
    if (r >= 0)
        r = read_publish_ips(network_row, err);
    if (r >= 0)
        r = read_host_access(network_row, err);
    if (r >= 0)
        r = read_host_ips(network_row, err);
    /* It reaches nothing outside: there is nothing to translate. */
    if (r >= 0 && network_row->mode == MODE_NAT && network_row->internal)
        network_row->mode = MODE_ISOLATED;
    return r;
}

/* The subnet that an address is out of, or NULL. */
static const struct ip_prefix *pool_of(const struct network_row *network_row,
                                       const struct ip *ip)
{
    for (size_t i = 0; i < network_row->pool_count; i++) {
        if (ip_in_prefix(ip, &network_row->pools[i]))
            return &network_row->pools[i];
    }
    return NULL;
}

void network_row_default_host_ips(struct network_row *network_row)
{
    if (!network_row->host_access || option(network_row, "host-ip"))
        return;
    for (size_t i = 0; i < network_row->gateway_count; i++) {
        const struct ip_prefix *pool =
            pool_of(network_row, &network_row->gateways[i]);
        if (pool)
            network_row->host_ips[network_row->host_ip_count++] =
                (struct ip_prefix){network_row->gateways[i], pool->len};
    }
}

static bool has_gateway(const struct network_row *network_row,
                        const struct ip_prefix *pool)
{
    for (size_t i = 0; i < network_row->gateway_count; i++) {
        if (ip_in_prefix(&network_row->gateways[i], pool))
            return true;
    }
    return false;
}

static int check_nat(const struct network_row *network_row, struct err *err)
{
    char text[PREFIX_TEXT_SIZE];

    if (network_row->pool_count == 0)
        return err_set(err, EINVAL,
                       "a network with mode=nat needs a subnet: give --subnet, "
                       "or mode=isolated for one without addresses");
    for (size_t i = 0; i < network_row->pool_count; i++) {
        if (has_gateway(network_row, &network_row->pools[i]))
            continue;
        prefix_format(&network_row->pools[i], text);
        return err_set(err, EINVAL,
                       "subnet %s has no gateway, which with mode=nat is the "
                       "host: give --gateway",
                       text);
    }
    return 0;
}

int network_row_check(const struct network_row *network_row, struct err *err)
{
    if (network_row->mode == MODE_NAT)
        return check_nat(network_row, err);
    if (network_row->host_access && network_row->host_ip_count == 0)
        return err_set(err, EINVAL,
                       "option host-access: there is no address for the host: "
                       "give host-ip=CIDR, or --subnet with --gateway");
    return 0;
}
