/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The keys that an operator types, as one table. The parser dispatches on it;
 * --help and the manual page print it. A key that is not in it is an error
 * everywhere, as a mistyped `vlna=10` must never give an untagged port.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"

/* Messages and canonical JSON list the keys in this order. */
enum vocabulary_key {
    KEY_NETWORK,
    KEY_BRIDGE,
    KEY_OVN,
    KEY_VLAN,
    KEY_TRUNKS,
    KEY_VLAN_MODE,
    KEY_ISOLATED_PORTS,
    KEY_GUARD,
    KEY_GUARD_ALSO,
    KEY_IP,
    KEY_GATEWAY,
    KEY_ROUTES,
    KEY_DAD,
    KEY_ACCEPT_RA,
    KEY_DHCP_ID,
    KEY_DHCP_HOSTNAME,
    KEY_DNS_NAME,
    KEY_MAC,
    KEY_MTU,
    KEY_TYPE,
    KEY_DEFAULT,
    KEY_STORM,
    KEY_RATE,
    KEY_BURST,
    KEY_EXTERNAL_IDS,
    KEY_OFPORT,
    KEY_MCAST_SNOOPING,
    KEY_POOL,
    KEY_COUNT,
};

/* Where a key may stand: a mask of these. */
enum vocabulary_front {
    FRONT_HOOK = 1,      /* OCI annotations */
    FRONT_DOCKER = 2,    /* network and endpoint options */
    FRONT_NETWORK = 4,   /* a network of the configuration */
    FRONT_SPEC = 8,      /* the stored form of an attachment */
    FRONT_CNI = 16,      /* a network configuration of CNI */
    FRONT_NETAVARK = 32, /* options of a network of podman's */
    FRONT_CLI = 64,      /* arguments of `ovsint attach` */
};

struct vocabulary_entry {
    const char *key;
    const char *syntax;
    const char *meaning;
    unsigned fronts;
};

/* The entry of a key. It is valid for ever. */
const struct vocabulary_entry *vocabulary_entry(enum vocabulary_key key);

/* The key named `text` if one of `fronts` knows it, else -ENOENT. */
int vocabulary_find(const char *text, unsigned fronts) MUST_CHECK;

/* The key of `fronts` that somebody who typed `text` probably meant, or
 * NULL. */
const char *vocabulary_nearest(const char *text, unsigned fronts);

/* Could `a` be a mistyped `b`? */
bool vocabulary_near(const char *a, const char *b);

/* Appends the names of the keys of `fronts`, separated by ", ". */
void vocabulary_list(unsigned fronts, struct buf *ret);

/* Appends the table for --help. `prefix` ("ovsint.") stands before each name.
 * No line is longer than 79 characters. */
void vocabulary_print(unsigned fronts, const char *prefix, struct buf *ret);
