/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network to which the administrator has given a name: values of the
 * vocabulary, the subnets that addresses are taken from, and the keys that a
 * container may set besides the name.
 */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/spec/address.h"
#include "ovsint/spec/attachment.h"

struct subnet {
    struct ip_prefix prefix; /* host bits zero */
    struct ip gateway;       /* AF_UNSPEC = none */
    struct ip_range range;   /* what `ip=auto` takes from */
    struct ip_range *exclude;
    size_t exclude_count;
};

struct named_network {
    char name[NETWORK_NAME_SIZE];
    /* The administrator's values, with origins such as "networks.lan.vlan". */
    struct attachment_request defaults;
    /* a bit for each vocabulary_key that a container may set */
    unsigned refine;
    struct subnet *subnets;
    size_t subnet_count;
};

/* Reads the object that defines network `name`. `where` ("networks.lan")
 * begins every message. -EINVAL. */
int named_network_parse(const char *name, const char *where,
                        const struct json *json, struct named_network *ret,
                        struct err *err) MUST_CHECK;

/* Releases what it points to. The zeroed value is fine. */
void named_network_done(struct named_network *network);

/* The subnet that contains `ip`, or NULL. */
const struct subnet *named_network_subnet(const struct named_network *network,
                                          const struct ip *ip);

/* Is the address one that is never given out? */
bool subnet_excludes(const struct subnet *subnet, const struct ip *ip);

/* -EINVAL if a container cannot have that address on a network with subnets: it
 * lies outside of them, has another length, or is the router's. `where` begins
 * the message. */
int named_network_check_address(const char *where,
                                const struct ip_prefix *address,
                                const struct named_network *network,
                                struct err *err) MUST_CHECK;
