/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Strict readers and writers of small texts. inet_pton() does the addresses:
 * unlike inet_aton() it takes no octal, hexadecimal or short forms.
 */
#include "ovsint/base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    size_t digits = 0;

    for (; text[digits]; digits++) {
        if (text[digits] < '0' || text[digits] > '9')
            return -EINVAL;
    }
    if (digits == 0)
        return -EINVAL;
    for (size_t i = 0; i < digits; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return -ERANGE;
        value = value * 10 + digit;
    }
    if (value < min || value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}

int parse_bool(const char *text, bool *ret)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return -EINVAL;
    *ret = text[0] == 't';
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int parse_mac(const char *text, struct mac *ret)
{
    struct mac mac;

    if (strlen(text) != MAC_TEXT_SIZE - 1)
        return -EINVAL;
    for (size_t i = 0; i < 6; i++) {
        int high = hex_digit(text[i * 3]);
        int low = hex_digit(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':'))
            return -EINVAL;
        mac.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret = mac;
    return 0;
}

bool mac_is_multicast(const struct mac *mac)
{
    return mac->bytes[0] & 1;
}

bool mac_is_zero(const struct mac *mac)
{
    static const struct mac zero;

    return mac_equal(mac, &zero);
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void mac_format(const struct mac *mac, char ret[MAC_TEXT_SIZE])
{
    const uint8_t *b = mac->bytes;

    snprintf(ret, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
             b[2], b[3], b[4], b[5]);
}

int parse_ip(const char *text, struct ip *ret)
{
    struct ip ip = {.family = AF_INET};

    if (inet_pton(AF_INET, text, ip.bytes) != 1) {
        ip.family = AF_INET6;
        if (inet_pton(AF_INET6, text, ip.bytes) != 1)
            return -EINVAL;
    }
    *ret = ip;
    return 0;
}

int parse_ip_port(const char *text, struct ip *ret_ip, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    bool bracketed = text[0] == '[';
    char address[IP_TEXT_SIZE];
    struct ip ip;
    uint64_t port;

    if (!colon || colon - text - 2 * bracketed >= (ptrdiff_t)sizeof(address) ||
        (bracketed && (colon - text < 2 || colon[-1] != ']')))
        return -EINVAL;
    size_t len = (size_t)(colon - text) - 2u * bracketed;
    memcpy(address, text + bracketed, len);
    address[len] = '\0';
    if (parse_ip(address, &ip) < 0 || (ip.family == AF_INET6) != bracketed)
        return -EINVAL;
    int r = parse_number(colon + 1, 1, UINT16_MAX, &port);
    if (r < 0)
        return r;
    *ret_ip = ip;
    *ret_port = (uint16_t)port;
    return 0;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};

    return ip->family == AF_INET
               ? ip->bytes[0] == 127
               : ip->family == AF_INET6 && memcmp(ip->bytes, one, 16) == 0;
}

int parse_prefix(const char *text, struct ip_prefix *ret)
{
    char address[IP_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    struct ip_prefix prefix;
    uint64_t len;

    if (!slash || (size_t)(slash - text) >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (parse_ip(address, &prefix.ip) < 0)
        return -EINVAL;
    int r = parse_number(slash + 1, 0, ip_bits(&prefix.ip), &len);
    if (r < 0)
        return r;
    prefix.len = (uint8_t)len;
    *ret = prefix;
    return 0;
}

unsigned ip_bits(const struct ip *ip)
{
    if (ip->family == AF_INET)
        return 32;
    return ip->family == AF_INET6 ? 128 : 0;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return ip_compare(a, b) == 0;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, ip_bits(a) / 8);
}

struct ip ip_network(const struct ip_prefix *prefix)
{
    struct ip network = prefix->ip;

    for (unsigned bit = prefix->len; bit < ip_bits(&network); bit++)
        network.bytes[bit / 8] &= (uint8_t) ~(0x80u >> (bit % 8));
    return network;
}

struct ip ip_last(const struct ip_prefix *prefix)
{
    struct ip last = prefix->ip;

    for (unsigned bit = prefix->len; bit < ip_bits(&last); bit++)
        last.bytes[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
    return last;
}

bool ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix)
{
    struct ip_prefix other = {.ip = *ip, .len = prefix->len};
    struct ip a = ip_network(&other);
    struct ip b = ip_network(prefix);

    return ip_equal(&a, &b);
}

void ip_format(const struct ip *ip, char ret[IP_TEXT_SIZE])
{
    if (!inet_ntop(ip->family, ip->bytes, ret, IP_TEXT_SIZE))
        snprintf(ret, IP_TEXT_SIZE, "none");
}

void prefix_format(const struct ip_prefix *prefix, char ret[PREFIX_TEXT_SIZE])
{
    char address[IP_TEXT_SIZE];

    ip_format(&prefix->ip, address);
    snprintf(ret, PREFIX_TEXT_SIZE, "%s/%u", address, prefix->len);
}

bool ifname_valid(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= IFNAME_SIZE)
        return false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (name[i] <= ' ' || name[i] > '~' || name[i] == '/' || name[i] == ':')
            return false;
    }
    return true;
}
