/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network that the administrator defined and gave a name: values of the
 * vocabulary, the subnets that addresses are taken from, and the keys that a
 * container may set besides naming it.
 */
#pragma once

#include "ovsint/attachment.h"
#include "ovsint/limits.h"

#define RANGE_TEXT_SIZE (2 * IP_TEXT_SIZE)

/* Both ends belong to it; same family; first <= last. */
struct ip_range {
    struct ip first;
    struct ip last;
};

struct subnet {
    struct ip_prefix prefix; /* host bits zero */
    struct ip gateway;       /* AF_UNSPEC = none */
    struct ip_range range;   /* what `ip=auto` takes from */
    struct ip_range *exclude;
    size_t exclude_count;
};

struct network {
    char name[NETWORK_NAME_SIZE];
    /* The administrator's values, with origins such as "networks.lan.vlan". */
    struct attachment_request defaults;
    unsigned refine; /* bit per vocabulary_key that a container may set */
    struct subnet *subnets;
    size_t subnet_count;
};

/* Reads the object that defines network `name`. `where` ("networks.lan")
 * begins every message. -EINVAL. */
int network_parse(const char *name, const char *where, const struct json *json,
                  struct network *ret, struct err *err) MUST_CHECK;

/* Releases what it points to; accepts the zeroed value. */
void network_done(struct network *network);

/* The subnet that contains `ip`, or NULL. */
const struct subnet *network_subnet(const struct network *network,
                                    const struct ip *ip);

/* -EINVAL when an address that was asked for is not to be had on a network with
 * subnets: outside of them, with another length, the router's own. `where`
 * begins the message. */
int network_check_address(const char *where, const struct ip_prefix *address,
                          const struct network *network,
                          struct err *err) MUST_CHECK;

/* "a-b", or one address standing for itself. -EINVAL when it is neither, or
 * of two families, or reversed. */
int ip_range_parse(const char *text, struct ip_range *ret) MUST_CHECK;
bool ip_range_has(const struct ip_range *range, const struct ip *ip);
void ip_range_format(const struct ip_range *range, char ret[RANGE_TEXT_SIZE]);

/* fe80::/10 (RFC 4291 2.5.6), 169.254.0.0/16 (RFC 3927). */
bool ip_is_link_local(const struct ip *ip);

/* The highest address of the prefix: IPv4's broadcast address. */
struct ip ip_last(const struct ip_prefix *prefix);

/* NULL when a host of the subnet may have the address of `prefix`, else why
 * not: "is the network address", "is the broadcast address", "is a multicast
 * address", ... (RFC 1122 3.2.1.3, RFC 3021 for /31, RFC 4291 2.6.1 for the
 * subnet-router address, RFC 6164 for /127). */
const char *ip_unusable(const struct ip_prefix *prefix);
