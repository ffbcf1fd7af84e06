/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ranges of addresses, and which addresses a host may have. Nothing here
 * knows about containers.
 */
#include "ovsint/spec/address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

ip_number ip_to_number(const struct ip *ip)
{
    ip_number number = 0;

    for (size_t i = 0; i < ip_bits(ip) / 8; i++)
        number = number << 8 | ip->bytes[i];
    return number;
}

struct ip ip_from_number(int family, ip_number number)
{
    struct ip ip = {.family = family};

    for (size_t i = ip_bits(&ip) / 8; i-- > 0; number >>= 8)
        ip.bytes[i] = (uint8_t)number;
    return ip;
}

bool ip_is_link_local(const struct ip *ip)
{
    if (ip->family == AF_INET)
        return ip->bytes[0] == 169 && ip->bytes[1] == 254;
    return ip->family == AF_INET6 && ip->bytes[0] == 0xfe &&
           (ip->bytes[1] & 0xc0) == 0x80;
}

int ip_range_parse(const char *text, struct ip_range *ret)
{
    const char *dash = strchr(text, '-');
    char first[IP_TEXT_SIZE];
    size_t len = dash ? (size_t)(dash - text) : strlen(text);
    struct ip_range range;

    if (len >= sizeof(first))
        return -EINVAL;
    memcpy(first, text, len);
    first[len] = '\0';
    if (parse_ip(first, &range.first) < 0)
        return -EINVAL;
    if (parse_ip(dash ? dash + 1 : text, &range.last) < 0)
        return -EINVAL;
    if (range.first.family != range.last.family)
        return -EINVAL;
    if (ip_compare(&range.first, &range.last) > 0)
        return -EINVAL;
    *ret = range;
    return 0;
}

bool ip_range_has(const struct ip_range *range, const struct ip *ip)
{
    return range->first.family == ip->family &&
           ip_compare(&range->first, ip) <= 0 &&
           ip_compare(ip, &range->last) <= 0;
}

void ip_range_format(const struct ip_range *range, char ret[RANGE_TEXT_SIZE])
{
    char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE];

    ip_format(&range->first, first);
    ip_format(&range->last, last);
    snprintf(ret, RANGE_TEXT_SIZE, "%s-%s", first, last);
}

static const char *ipv4_unusable(const struct ip_prefix *prefix)
{
    const struct ip *ip = &prefix->ip;
    struct ip network = ip_network(prefix), last = ip_last(prefix);

    if (ip->bytes[0] == 0)
        return "is not an address that a host can have (0.0.0.0/8)";
    if (ip->bytes[0] == 127)
        return "is a loopback address";
    if ((ip->bytes[0] & 0xf0) == 0xe0)
        return "is a multicast address";
    if (ip_to_number(ip) == 0xffffffff)
        return "is the broadcast address";
    if (prefix->len == 0)
        return "has prefix length 0";
    if (prefix->len > 30)
        return NULL;
    if (ip_equal(ip, &network))
        return "is the network address of its prefix";
    if (ip_equal(ip, &last))
        return "is the broadcast address of its prefix";
    return NULL;
}

static const char *ipv6_unusable(const struct ip_prefix *prefix)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const struct ip *ip = &prefix->ip;
    struct ip network = ip_network(prefix);

    if (ip_to_number(ip) == 0)
        return "is the unspecified address";
    if (ip_to_number(ip) == 1)
        return "is the loopback address";
    if (ip->bytes[0] == 0xff)
        return "is a multicast address";
    if (memcmp(ip->bytes, mapped, sizeof(mapped)) == 0)
        return "is an IPv4 address in IPv6 form";
    if (prefix->len == 0)
        return "has prefix length 0";
    if (prefix->len <= 126 && ip_equal(ip, &network))
        return "is the subnet-router address of its prefix";
    return NULL;
}

const char *ip_unusable(const struct ip_prefix *prefix)
{
    return prefix->ip.family == AF_INET ? ipv4_unusable(prefix)
                                        : ipv6_unusable(prefix);
}

const char *ip_unusable_router(const struct ip *ip, uint8_t len)
{
    struct ip_prefix router = {.ip = *ip, .len = len};

    if (ip->family == AF_INET6)
        router.len = (uint8_t)ip_bits(ip);
    return ip_unusable(&router);
}
