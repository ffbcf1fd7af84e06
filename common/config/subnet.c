/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The subnets of the configuration. What must lie within what is checked here,
 * once: so choosing an address cannot fail for such a reason later.
 */
#include "common/config/subnet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/spec/address.h"

static int read_prefix(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct subnet *subnet = to;
    const char *text;
    char right[PREFIX_TEXT_SIZE];

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    if (parse_prefix(text, &subnet->prefix) < 0 || subnet->prefix.len == 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a network with prefix length "
                       "(10.0.0.0/24)",
                       where, text);
    struct ip_prefix network = {.ip = ip_network(&subnet->prefix),
                                .len = subnet->prefix.len};
    if (ip_equal(&network.ip, &subnet->prefix.ip))
        return 0;
    prefix_format(&network, right);
    return err_set(err, EINVAL, "%s: " SHOWN " has host bits set: write %s",
                   where, text, right);
}

static int read_gateway(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct subnet *subnet = to;
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    if (parse_ip(text, &subnet->gateway) < 0)
        return err_set(err, EINVAL, "%s: " SHOWN " is not an address", where,
                       text);
    return 0;
}

static int read_range_text(const struct json *value, const char *where,
                           struct ip_range *ret, struct err *err)
{
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    if (ip_range_parse(text, ret) < 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a range of addresses "
                       "(10.0.0.10-10.0.0.99)",
                       where, text);
    return 0;
}

static int read_range(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct subnet *subnet = to;

    return read_range_text(value, where, &subnet->range, err);
}

static int read_exclude(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct subnet *subnet = to;

    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    subnet->exclude =
        mem_new((json_count(value) + 1) * sizeof(*subnet->exclude));
    for (size_t i = 0; i < json_count(value); i++) {
        int r =
            read_range_text(json_at(value, i), where, &subnet->exclude[i], err);
        if (r < 0)
            return r;
        subnet->exclude_count++;
    }
    return 0;
}

static int check_inside(const struct ip_range *range,
                        const struct subnet *subnet, const char *where,
                        const char *key, struct err *err)
{
    char text[RANGE_TEXT_SIZE], prefix[PREFIX_TEXT_SIZE];

    if (ip_in_prefix(&range->first, &subnet->prefix) &&
        ip_in_prefix(&range->last, &subnet->prefix))
        return 0;
    ip_range_format(range, text);
    prefix_format(&subnet->prefix, prefix);
    return err_set(err, EINVAL, "%s.%s: '%s' lies outside subnet %s", where,
                   key, text, prefix);
}

static int check_gateway(const struct subnet *subnet, const char *where,
                         struct err *err)
{
    char text[IP_TEXT_SIZE], prefix[PREFIX_TEXT_SIZE];

    if (subnet->gateway.family == AF_UNSPEC)
        return 0;
    ip_format(&subnet->gateway, text);
    prefix_format(&subnet->prefix, prefix);
    if (subnet->gateway.family == subnet->prefix.ip.family &&
        (ip_is_link_local(&subnet->gateway) ||
         subnet->prefix.len == ip_bits(&subnet->gateway)))
        return 0;
    if (!ip_in_prefix(&subnet->gateway, &subnet->prefix))
        return err_set(err, EINVAL, "%s.gateway: '%s' lies outside subnet %s",
                       where, text, prefix);
    const char *reason =
        ip_unusable_router(&subnet->gateway, subnet->prefix.len);
    if (reason)
        return err_set(err, EINVAL, "%s.gateway: '%s' %s", where, text, reason);
    return 0;
}

/* All addresses that a host may have. */
static struct ip_range whole_range(const struct ip_prefix *prefix)
{
    struct ip_range range = {.first = prefix->ip, .last = ip_last(prefix)};
    unsigned host_bits = ip_bits(&prefix->ip) - prefix->len;
    int family = prefix->ip.family;

    if (host_bits < 2)
        return range;
    range.first = ip_from_number(family, ip_to_number(&range.first) + 1);
    if (family == AF_INET)
        range.last = ip_from_number(family, ip_to_number(&range.last) - 1);
    return range;
}

static int complete(struct subnet *subnet, const char *where, struct err *err)
{
    if (subnet->prefix.ip.family == AF_UNSPEC)
        return err_set(err, EINVAL, "%s: no key 'subnet'", where);
    if (subnet->range.first.family == AF_UNSPEC)
        subnet->range = whole_range(&subnet->prefix);
    int r = check_inside(&subnet->range, subnet, where, "range", err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < subnet->exclude_count; i++) {
        r = check_inside(&subnet->exclude[i], subnet, where, "exclude", err);
        if (r < 0)
            return r;
    }
    return check_gateway(subnet, where, err);
}

static int check_overlap(const struct named_network *network,
                         const struct subnet *subnet, const char *where,
                         struct err *err)
{
    char text[PREFIX_TEXT_SIZE], other_text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < network->subnet_count; i++) {
        const struct subnet *other = &network->subnets[i];
        if (other == subnet)
            continue;
        if (!ip_in_prefix(&subnet->prefix.ip, &other->prefix) &&
            !ip_in_prefix(&other->prefix.ip, &subnet->prefix))
            continue;
        prefix_format(&subnet->prefix, text);
        prefix_format(&other->prefix, other_text);
        return err_set(err, EINVAL, "%s: subnet %s overlaps %s", where, text,
                       other_text);
    }
    return 0;
}

int subnets_read(const struct json *value, const char *where, void *to,
                 struct err *err)
{
    static const struct member members[] = {
        {"subnet", read_prefix},
        {"gateway", read_gateway},
        {"range", read_range},
        {"exclude", read_exclude},
    };
    struct named_network *network = to;

    if (network->subnets)
        return err_set(err, EINVAL, "%s: stands there twice", where);
    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of objects", err);
    if (json_count(value) > LIMIT_SUBNETS)
        return err_set(err, EINVAL, "%s: more than %d subnets", where,
                       LIMIT_SUBNETS);
    network->subnets =
        mem_new((json_count(value) + 1) * sizeof(*network->subnets));
    for (size_t i = 0; i < json_count(value); i++) {
        struct subnet *subnet = &network->subnets[i];
        char path[WHERE_SIZE];
        snprintf(path, sizeof(path), "%s.%zu", where, i);
        /* Counted before it is read: so what it owns is released if reading it
         * fails. */
        network->subnet_count++;
        int r = members_read(json_at(value, i), path, members,
                             ARRAY_LEN(members), subnet, err);
        if (r < 0)
            return r;
        r = complete(subnet, path, err);
        if (r < 0)
            return r;
        r = check_overlap(network, subnet, path, err);
        if (r < 0)
            return r;
    }
    return 0;
}

void subnets_done(struct named_network *network)
{
    for (size_t i = 0; i < network->subnet_count; i++)
        free(network->subnets[i].exclude);
    free(network->subnets);
    network->subnets = NULL;
    network->subnet_count = 0;
}
