/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Logical switches that a door makes for networks of its own, and addresses
 * that are reserved on one before a port has them. Parts of a transaction in
 * OVN's northbound database, and what its replies say.
 *
 * Whoever comes first makes the switch. It has a key for each network that uses
 * it, on any host, and goes with the last one. A switch that somebody else made
 * is used without a key, and stays. As the column `name` is no index there, a
 * guard sees to it that a name is used once. Pure.
 */
#pragma once

#include "ovsint/ovn/northbound.h"

#define LOGICAL_SUBNETS_SIZE (LIMIT_ADDRESSES * PREFIX_TEXT_SIZE)

/* A network of a door, and the switch that it is on. The caller keeps the
 * texts. */
struct logical_use {
    const char *name;    /* of the switch */
    const char *owner;   /* the door, as ID_OWNER */
    const char *network; /* its id */
    const char *host;
    const char *subnets; /* with commas between them; "" = not known */
    /* The physical network that it is on without a tunnel, and in which VLAN;
     * NULL and 0 = none. */
    const char *physical;
    unsigned vlan;
};

/* Makes the switch, guarded: nobody has its name. On a physical network it has
 * a port of type localnet, which ovn-controller joins to the bridge that its
 * host has mapped to that network. */
void logical_switch_make(struct txn *txn, const struct logical_use *use);
/* Adds the selects that logical_switch_read() reads, as the first ones. */
void logical_switch_look(struct txn *txn, const struct logical_use *use);

struct logical_found {
    char uuid[OVSDB_UUID_SIZE]; /* "" = there is none */
    bool is_ours;               /* a door of ours has made it */
    bool lacks_localnet; /* ours, on a physical network, and no port leads there
                          */
    /* ... and ours is there, but somebody has given it another VLAN, or another
     * network. */
    bool has_wrong_localnet;
};
/* -EEXIST: several have the name; -EINVAL: a network of the door has other
 * subnets. */
int logical_switch_read(const struct json *result,
                        const struct logical_use *use,
                        struct logical_found *ret, struct err *err) MUST_CHECK;
/* Notes the network on the switch that was found, guarded: it is there. A port
 * of type localnet that somebody has removed is made again, and one that
 * somebody has changed is put right. */
void logical_switch_join(struct txn *txn, const struct logical_use *use,
                         const struct logical_found *found);

/* Adds the select of all switches of that door; returns its index. The other
 * functions are for a row of its reply. */
size_t logical_switches_select(struct txn *txn, const char *owner);
/* Adds the select of the ports of type localnet of all switches; returns its
 * index. */
size_t logical_localnets_select(struct txn *txn);
/* The name of the physical network of such a row; NULL = it has none. */
const char *logical_localnet_physical(const struct json *row);
/* Its VLAN; 0 = frames are untagged. */
unsigned logical_localnet_vlan(const struct json *row);
/* Adds the select of `name` and `ports` of all switches of that door; returns
 * its index. These may be many thousands. */
size_t logical_switches_select_ports(struct txn *txn, const char *owner);
/* Has the switch of the row, which is one with `ports`, no port on the physical
 * network and in the VLAN of that use? The ports of type localnet are at `op`.
 */
bool logical_localnets_lack(const struct json *result, size_t op,
                            const struct json *row,
                            const struct logical_use *use);
/* The next network of this host that uses it; NULL = no more. Begin with *at =
 * 0. */
const char *logical_switch_next_network(const struct json *row,
                                        const char *host, size_t *at);
/* Is the network noted on it? */
bool logical_switch_has_network(const struct json *row, const char *network);
/* Notes that the network uses it no more. */
void logical_switch_leave(struct txn *txn, const char *uuid,
                          const char *network);
/* How many networks use it, on all hosts. */
size_t logical_switch_use_count(const struct json *row);
/* Removes the switch of such a row, guarded: no network uses it any more, no
 * port but that of type localnet is on it, and nobody has noted anything else
 * there. */
void logical_switch_remove(struct txn *txn, const struct json *row);

/* An address, before a port has it: a row of the kind that a port has, which
 * nobody binds. northbound_unplug() releases it. */
struct logical_reservation {
    const char *owner;
    const char *boot;
    const char *host;
    int64_t now_ms;
    const char *on;   /* name of the switch */
    const char *port; /* a name that no port has, or is to have */
    struct ip ip;
};

void logical_reserve(struct txn *txn, const struct logical_reservation *is);
/* Which guard of this reservation, the only one in its transaction, made that
 * fail. */
enum northbound_fault logical_reserve_fault(const struct reply_fault *fault);
