/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Strict readers and writers of the small texts that operators type: numbers,
 * MAC and IP addresses, prefixes, device names. Nothing is guessed: blanks,
 * signs, octal and hexadecimal numbers are refused, and host bits are kept.
 * They return -EINVAL or -ERANGE without a text, as only the caller knows which
 * key it was reading.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/cleanup.h"

#define IFNAME_SIZE 16   /* IFNAMSIZ: 15 characters and NUL */
#define MAC_TEXT_SIZE 18 /* 02:00:00:00:00:01 */
#define IP_TEXT_SIZE 46  /* INET6_ADDRSTRLEN */
#define PREFIX_TEXT_SIZE 50

struct mac {
    uint8_t bytes[6];
};

struct ip {
    int family; /* AF_INET, AF_INET6; AF_UNSPEC (0) = none */
    uint8_t bytes[16];
};

struct ip_prefix {
    struct ip ip; /* host bits kept: 10.0.0.5/24 */
    uint8_t len;
};

/* Decimal digits only, `min` <= value <= `max`. -EINVAL when not a number,
 * -ERANGE when outside. */
int parse_number(const char *text, uint64_t min, uint64_t max,
                 uint64_t *ret) MUST_CHECK;

/* "true" or "false". */
int parse_bool(const char *text, bool *ret) MUST_CHECK;

/* Six colon-separated pairs of hex digits, either case. */
int parse_mac(const char *text, struct mac *ret) MUST_CHECK;
bool mac_is_multicast(const struct mac *mac);
bool mac_is_zero(const struct mac *mac);
bool mac_equal(const struct mac *a, const struct mac *b);
void mac_format(const struct mac *mac, char ret[MAC_TEXT_SIZE]);

int parse_ip(const char *text, struct ip *ret) MUST_CHECK;
/* Address and length, "10.0.0.5/24"; the length must be written. */
int parse_prefix(const char *text, struct ip_prefix *ret) MUST_CHECK;
/* "127.0.0.1:80" or "[::1]:80"; the port is 1-65535. */
int parse_ip_port(const char *text, struct ip *ret_ip,
                  uint16_t *ret_port) MUST_CHECK;
/* 127.0.0.0/8 or ::1. */
bool ip_is_loopback(const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);
/* <0, 0, >0: by family, then by value. */
int ip_compare(const struct ip *a, const struct ip *b);
bool ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix);
/* Bits: 32 or 128; 0 for AF_UNSPEC. */
unsigned ip_bits(const struct ip *ip);
/* The first address of the prefix, host bits cleared. */
struct ip ip_network(const struct ip_prefix *prefix);
/* The last one: IPv4's broadcast address. */
struct ip ip_last(const struct ip_prefix *prefix);
void ip_format(const struct ip *ip, char ret[IP_TEXT_SIZE]);
void prefix_format(const struct ip_prefix *prefix, char ret[PREFIX_TEXT_SIZE]);

/* True when the kernel takes it as a device name (dev_valid_name() in
 * net/core/dev.c: 1-15 bytes, not "." or "..", no '/', ':' or white space)
 * and it is printable ASCII. */
bool ifname_valid(const char *name);
