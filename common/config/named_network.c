/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Named networks. What would be wrong for every container is refused here, so
 * that the administrator learns of it and not somebody who starts a container.
 * What depends on a container's own keys is judged later.
 */
#include "ovsint/config/named_network.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/config/check.h"
#include "common/config/subnet.h"

#define DEFAULT_REFINE (1u << KEY_IP | 1u << KEY_DEFAULT | 1u << KEY_DAD)
#define SUBNETS_KEY "subnets"
#define REFINE_KEY "refine"

static int add_refinement(const struct json *value, const char *where,
                          unsigned *refine, struct err *err)
{
    const char *key;

    int r = member_string(value, where, &key, err);
    if (r < 0)
        return r;
    int found = vocabulary_find(key, FRONT_HOOK | FRONT_DOCKER);
    if (found < 0 || found == KEY_NETWORK) {
        const char *nearest =
            found < 0 ? vocabulary_nearest(key, FRONT_HOOK | FRONT_DOCKER)
                      : NULL;
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a key that a container can "
                       "set%s%s%s",
                       where, key, nearest ? ": did you mean '" : "",
                       nearest ? nearest : "", nearest ? "'?" : "");
    }
    *refine |= 1u << found;
    return 0;
}

static int read_refine(const struct json *value, const char *where,
                       unsigned *ret, struct err *err)
{
    unsigned refine = 0;

    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of keys", err);
    for (size_t i = 0; i < json_count(value); i++) {
        int r = add_refinement(json_at(value, i), where, &refine, err);
        if (r < 0)
            return r;
    }
    *ret = refine;
    return 0;
}

static int read_member(struct named_network *network, const char *path,
                       const char *key, const struct json *value,
                       struct err *err)
{
    if (strcmp(key, SUBNETS_KEY) == 0)
        return subnets_read(value, path, network, err);
    if (strcmp(key, REFINE_KEY) == 0)
        return read_refine(value, path, &network->refine, err);
    if (vocabulary_find(key, FRONT_NETWORK) < 0) {
        const char *near[] = {SUBNETS_KEY, REFINE_KEY};
        for (size_t i = 0; i < ARRAY_LEN(near); i++) {
            if (vocabulary_near(key, near[i]))
                return err_set(err, EINVAL,
                               "%s: unknown key: did you mean '%s'?", path,
                               near[i]);
        }
    }
    return attachment_set_json(&network->defaults, path, key, value, err);
}

static int check_auto(const struct named_network *network, const char *where,
                      struct err *err)
{
    const struct attachment *values = &network->defaults.values;

    if (values->ip_count)
        return err_set(err, EINVAL,
                       "%s.ip: a network can only say 'auto' here, addresses "
                       "belong to containers",
                       where);
    if (values->ip_auto && !network->subnet_count)
        return err_set(err, EINVAL, "%s.ip: 'auto' needs subnets", where);
    return 0;
}

static int check_routes(const struct named_network *network, const char *where,
                        struct err *err)
{
    const struct attachment *values = &network->defaults.values;
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; network->subnet_count && i < values->route_count; i++) {
        const struct ip *via = &values->routes[i].via;
        if (ip_is_link_local(via) || named_network_subnet(network, via))
            continue;
        ip_format(via, text);
        return err_set(err, EINVAL,
                       "%s.routes: next hop '%s' lies in no subnet of the "
                       "network",
                       where, text);
    }
    return 0;
}

static int check_mtu(const struct named_network *network, const char *where,
                     struct err *err)
{
    unsigned mtu = network->defaults.values.mtu;

    if (!mtu || mtu >= MTU_MIN_IPV6)
        return 0;
    for (size_t i = 0; i < network->subnet_count; i++) {
        if (network->subnets[i].prefix.ip.family == AF_INET6)
            return err_set(err, EINVAL,
                           "%s.mtu: an MTU of %u is too small for IPv6, which "
                           "needs %d",
                           where, mtu, MTU_MIN_IPV6);
    }
    return 0;
}

static int check_network(const struct named_network *network, const char *where,
                         struct err *err)
{
    const unsigned vlan_keys =
        1u << KEY_VLAN | 1u << KEY_TRUNKS | 1u << KEY_VLAN_MODE;
    int r = check_ovn(&network->defaults, err);

    if (r < 0)
        return r;
    r = check_auto(network, where, err);
    if (r < 0)
        return r;
    r = check_routes(network, where, err);
    if (r < 0)
        return r;
    r = check_mtu(network, where, err);
    if (r < 0)
        return r;
    if (!(network->refine & vlan_keys)) {
        r = check_vlans(&network->defaults, err);
        if (r < 0)
            return r;
    }
    r = check_pool(&network->defaults, err);
    if (r < 0)
        return r;
    if (attachment_given(&network->defaults, KEY_RATE))
        return check_burst(&network->defaults, err);
    return 0;
}

int named_network_parse(const char *name, const char *where,
                        const struct json *json, struct named_network *ret,
                        struct err *err)
{
    __attribute__((
        cleanup(named_network_done))) struct named_network network = {
        .defaults = {.fronts = FRONT_NETWORK}, .refine = DEFAULT_REFINE};

    if (!network_name_valid(name))
        return err_set(err, EINVAL,
                       "%s: not a network name (1-63 printable characters "
                       "without blank, comma or slash)",
                       where);
    snprintf(network.name, sizeof(network.name), "%s", name);
    if (json_type(json) != JSON_OBJECT)
        return member_type_error(json, where, "an object", err);
    for (size_t i = 0; i < json_count(json); i++) {
        const char *key = json_key_at(json, i);
        char path[ORIGIN_SIZE];
        snprintf(path, sizeof(path), "%s.%s", where, key);
        int r = read_member(&network, path, key, json_at(json, i), err);
        if (r < 0)
            return r;
    }
    int r = members_unique(json, where, err);
    if (r < 0)
        return r;
    r = check_network(&network, where, err);
    if (r < 0)
        return r;
    *ret = network;
    network = (struct named_network){0};
    return 0;
}

void named_network_done(struct named_network *network)
{
    subnets_done(network);
}

const struct subnet *named_network_subnet(const struct named_network *network,
                                          const struct ip *ip)
{
    for (size_t i = 0; i < network->subnet_count; i++) {
        if (ip_in_prefix(ip, &network->subnets[i].prefix))
            return &network->subnets[i];
    }
    return NULL;
}

bool subnet_excludes(const struct subnet *subnet, const struct ip *ip)
{
    for (size_t i = 0; i < subnet->exclude_count; i++) {
        if (ip_range_has(&subnet->exclude[i], ip))
            return true;
    }
    return false;
}
