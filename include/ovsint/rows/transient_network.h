/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A transient network: one with mode=nat of a door that has no act of its own
 * for making networks. Its network row is written together with its first port,
 * and the gateway removes it after its last one (plugin/gateway/asked.h). Ports
 * name it under ID_NETWORK, and say under ID_ASKED_PORTS what is to be
 * published. The gateway answers under ID_ASKED_ANSWER. Pure.
 *
 * What the first port's call said of the network holds until its last port has
 * gone.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/network_row.h"

#define TRANSIENT_ID_SIZE 17

/* `mode` and the keys that only such a network has; the values are judged by
 * transient_network_make(). */
#define TRANSIENT_KEYS 5
bool transient_key_known(const char *key);

/* What a door was given of them, each key at most once. The door keeps the
 * texts. */
struct transient_options {
    bool is_nat;
    struct network_option list[TRANSIENT_KEYS];
    size_t count;
};

/* `origin` is how the operator named the key, and begins a message. -EINVAL if
 * the key was given before, or for a mode that there is not. */
int transient_options_set(struct transient_options *options, const char *origin,
                          const char *key, const char *value,
                          struct err *err) MUST_CHECK;
/* When all are set: others than `mode` need mode=nat. -EINVAL. */
int transient_options_check(const struct transient_options *options,
                            struct err *err) MUST_CHECK;

/* Appends the keys, each after ", ". */
void transient_keys_list(struct buf *ret);
/* Appends the table for --help. */
void transient_keys_print(struct buf *ret);

struct transient_network {
    char id[TRANSIENT_ID_SIZE];
    char bridge[BRIDGE_NAME_SIZE];
    struct buf text; /* of the network row */
};

/* The caller owns all of it. */
struct transient_draft {
    const char *owner; /* ID_OWNER of its ports */
    const char *name;  /* what the door's users call it */
    /* `mode` and the keys that only such a network has */
    const struct network_option *options;
    size_t option_count;
    const struct attachment *spec; /* of the port: bridge, VLAN, MTU */
    /* Its subnets are those of the network; NULL, or none = those in which the
     * port's addresses are. */
    const struct named_network *network;
};

/* -EINVAL if the options are wrong, or if a subnet has no gateway, which the
 * host is to be. The caller owns *ret: transient_network_done(). */
int transient_network_make(const struct transient_draft *draft,
                           struct transient_network *ret,
                           struct err *err) MUST_CHECK;
void transient_network_done(struct transient_network *network);
#define auto_transient_network __attribute__((cleanup(transient_network_done)))

/* Is the host the router of a port like this one, by the row that is there?
 * That of the first port's call may say otherwise. -EINVAL. */
int transient_network_fits(const struct network_row *row,
                           const struct attachment *spec,
                           struct err *err) MUST_CHECK;

/* Adds its row to the bridge, if it is not there. */
void transient_network_add(const struct transient_network *network,
                           struct txn *txn);
