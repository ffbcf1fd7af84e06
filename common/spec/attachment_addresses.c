/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The setters of addresses, gateways and routes. Each judges one list alone.
 * Whether a gateway can be reached is judged when all is known.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/spec/address.h"
#include "ovsint/spec/keys.h"

#define VIA " via "

typedef int item_adder(struct attachment *to, const char *item,
                       struct err *err);

static int each_item(struct attachment *to, const char *value, item_adder *add,
                     struct err *err)
{
    const char *cursor = value;
    char item[LIST_ITEM_SIZE];
    int more;

    while ((more = list_next(&cursor, item)) > 0) {
        int r = add(to, item, err);
        if (r < 0)
            return r;
    }
    if (more < 0)
        return err_set(err, EINVAL,
                       SHOWN " is empty or has an empty or overlong element",
                       value);
    return 0;
}

static int refuse_host_bits(const char *item, const struct ip_prefix *prefix,
                            struct err *err)
{
    char network[IP_TEXT_SIZE];
    struct ip first = ip_network(prefix);

    if (ip_equal(&first, &prefix->ip))
        return 0;
    ip_format(&first, network);
    return err_set(err, EINVAL, SHOWN " has host bits set: write %s/%u", item,
                   network, prefix->len);
}

/* True if it is one: `*ret` says whether it stood there before. */
static bool is_source(struct attachment *to, const char *item, bool **ret)
{
    if (strcmp(item, "auto") == 0)
        *ret = &to->ip_auto;
    else if (strcmp(item, "dhcp") == 0)
        *ret = &to->ip_dhcp;
    else if (strcmp(item, "slaac") == 0)
        *ret = &to->ip_slaac;
    else
        return false;
    return true;
}

static int add_address(struct attachment *to, const char *item, struct err *err)
{
    struct ip_prefix prefix;
    bool *source;

    if (is_source(to, item, &source)) {
        if (*source)
            return err_set(err, EINVAL, "'%.8s' stands there twice", item);
        *source = true;
        return 0;
    }
    if (parse_prefix(item, &prefix) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not an address with prefix length "
                             "(10.0.0.5/24, fd00::5/64), auto, dhcp or "
                             "slaac",
                       item);
    const char *reason = ip_unusable(&prefix);
    if (reason)
        return err_set(err, EINVAL, SHOWN " %s", item, reason);
    for (size_t i = 0; i < to->ip_count; i++) {
        if (ip_equal(&to->ip[i].ip, &prefix.ip))
            return err_set(err, EINVAL,
                           "the address of " SHOWN " stands there twice", item);
    }
    if (to->ip_count == LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "more than %d addresses", LIMIT_ADDRESSES);
    to->ip[to->ip_count++] = prefix;
    return 0;
}

int key_set_ip(struct attachment *to, const char *value, struct err *err)
{
    return each_item(to, value, add_address, err);
}

/* An address, or a network without host bits. */
static int add_guard_also(struct attachment *to, const char *item,
                          struct err *err)
{
    struct ip_prefix prefix = {0};

    if (parse_ip(item, &prefix.ip) >= 0)
        prefix.len = (uint8_t)ip_bits(&prefix.ip);
    else if (parse_prefix(item, &prefix) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is neither an address nor a network with prefix "
                             "length (10.0.0.9, 10.1.0.0/24)",
                       item);
    int r = refuse_host_bits(item, &prefix, err);
    if (r < 0)
        return r;
    if (to->guard_also_count == LIMIT_GUARD_ALSO)
        return err_set(err, EINVAL, "more than %d addresses and networks",
                       LIMIT_GUARD_ALSO);
    to->guard_also[to->guard_also_count++] = prefix;
    return 0;
}

int key_set_guard_also(struct attachment *to, const char *value,
                       struct err *err)
{
    return each_item(to, value, add_guard_also, err);
}

static int read_next_hop(const char *text, struct ip *ret, struct err *err)
{
    struct ip ip;

    if (parse_ip(text, &ip) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not an address (10.0.0.1, fd00::1)", text);
    const char *reason = ip_unusable_router(&ip, (uint8_t)ip_bits(&ip));
    if (reason)
        return err_set(err, EINVAL, SHOWN " %s", text, reason);
    *ret = ip;
    return 0;
}

static int add_gateway(struct attachment *to, const char *item, struct err *err)
{
    struct ip ip = {0};
    int r = read_next_hop(item, &ip, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < to->gateway_count; i++) {
        if (to->gateway[i].family == ip.family)
            return err_set(err, EINVAL, SHOWN " is a second %s gateway", item,
                           ip.family == AF_INET ? "IPv4" : "IPv6");
    }
    to->gateway[to->gateway_count++] = ip;
    return 0;
}

int key_set_gateway(struct attachment *to, const char *value, struct err *err)
{
    return each_item(to, value, add_gateway, err);
}

static int read_destination(const char *text, struct ip_prefix *ret,
                            struct err *err)
{
    struct ip_prefix to;

    if (parse_prefix(text, &to) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a network with prefix length "
                             "(10.1.0.0/16)",
                       text);
    if (to.len == 0)
        return err_set(err, EINVAL,
                       SHOWN " is the default route: set it as gateway", text);
    int r = refuse_host_bits(text, &to, err);
    if (r < 0)
        return r;
    *ret = to;
    return 0;
}

/* Cuts `item` in two. */
static int read_route(char *item, struct route *ret, struct err *err)
{
    char *via = strstr(item, VIA);
    struct route route = {0};

    if (!via)
        return err_set(err, EINVAL,
                       SHOWN " is not a route (10.1.0.0/16 via 10.0.0.1)",
                       item);
    const char *hop = via + strlen(VIA);
    while (via > item && via[-1] == ' ')
        via--;
    *via = '\0';
    while (*hop == ' ')
        hop++;
    int r = read_destination(item, &route.to, err);
    if (r < 0)
        return r;
    r = read_next_hop(hop, &route.via, err);
    if (r < 0)
        return r;
    if (route.to.ip.family != route.via.family)
        return err_set(err, EINVAL,
                       SHOWN " and " SHOWN " are of different families", item,
                       hop);
    *ret = route;
    return 0;
}

static int add_route(struct attachment *to, const char *item, struct err *err)
{
    char copy[LIST_ITEM_SIZE];
    struct route route = {0};

    memcpy(copy, item, strlen(item) + 1);
    int r = read_route(copy, &route, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < to->route_count; i++) {
        const struct ip_prefix *other = &to->routes[i].to;
        if (other->len == route.to.len && ip_equal(&other->ip, &route.to.ip))
            return err_set(err, EINVAL,
                           SHOWN " is a second route to the same network",
                           item);
    }
    if (to->route_count == LIMIT_ROUTES)
        return err_set(err, EINVAL, "more than %d routes", LIMIT_ROUTES);
    to->routes[to->route_count++] = route;
    return 0;
}

int key_set_routes(struct attachment *to, const char *value, struct err *err)
{
    return each_item(to, value, add_route, err);
}

int key_set_accept_ra(struct attachment *to, const char *value, struct err *err)
{
    if (parse_bool(value, &to->accepts_ra) < 0)
        return err_set(err, EINVAL, SHOWN " is neither true nor false", value);
    return 0;
}

int key_set_dad(struct attachment *to, const char *value, struct err *err)
{
    bool dad;

    if (parse_bool(value, &dad) < 0)
        return err_set(err, EINVAL, SHOWN " is neither true nor false", value);
    to->skip_dad = !dad;
    return 0;
}

int key_set_dhcp_id(struct attachment *to, const char *value, struct err *err)
{
    size_t len = strlen(value);

    for (size_t i = 0; i < len; i++) {
        if (value[i] <= ' ' || value[i] > '~')
            len = 0;
    }
    if (len == 0 || len >= DHCP_NAME_SIZE - 1)
        return err_set(err, EINVAL,
                       SHOWN " is not 1-%d printable characters without "
                             "blank",
                       value, DHCP_NAME_SIZE - 2);
    memcpy(to->dhcp_id, value, len + 1);
    return 0;
}

bool dhcp_hostname_valid(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < DHCP_NAME_SIZE && name[0] != '-' &&
           name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-.") == len;
}

int key_set_dhcp_hostname(struct attachment *to, const char *value,
                          struct err *err)
{
    if (!dhcp_hostname_valid(value))
        return err_set(err, EINVAL,
                       SHOWN " is not a host name (1-%d letters, digits, dots "
                             "and hyphens)",
                       value, DHCP_NAME_SIZE - 1);
    memcpy(to->dhcp_hostname, value, strlen(value) + 1);
    return 0;
}

/* RFC 1123 section 2.1: one label, so that no container answers for a name of
 * the world outside. Small letters, as names are compared without case. */
int key_set_dns_name(struct attachment *to, const char *value, struct err *err)
{
    size_t len = strlen(value);
    bool fits = dhcp_hostname_valid(value) && len < DNS_LABEL_SIZE &&
                value[len - 1] != '-' && !strchr(value, '.');

    if (!fits)
        return err_set(err, EINVAL,
                       SHOWN " is not one label of a host name (1-%d letters, "
                             "digits, and hyphens within)",
                       value, DNS_LABEL_SIZE - 1);
    for (size_t i = 0; i <= len; i++) {
        bool is_capital = value[i] >= 'A' && value[i] <= 'Z';
        to->dns_name[i] = (char)(is_capital ? value[i] - 'A' + 'a' : value[i]);
    }
    return 0;
}

bool attachment_offer_name(struct attachment *attachment, const char *name)
{
    struct err ignored = {0};

    return attachment->ovn[0] && !attachment->dns_name[0] &&
           key_set_dns_name(attachment, name, &ignored) >= 0;
}
