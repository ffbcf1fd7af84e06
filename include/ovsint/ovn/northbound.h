/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What we ask of OVN's northbound database (ovn-nb(5)), as parts of a
 * transaction, and what its replies say. A port on a logical switch has one row
 * there, a Logical_Switch_Port, whose name and uuid follow from the port's name
 * (rows/port_name.h). So it can be removed without having been read.
 *
 * One transaction writes all of a port. Its guards settle every race between
 * hosts: the switch is the one that was looked at, and nobody has the address.
 * OVN itself accepts two ports with one address, and gives the traffic to one
 * of them.
 *
 * Columns are those of the schema 7.0.0 (OVN 23.03), which later ones have.
 * Pure.
 */
#pragma once

#include <stdint.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_plug.h"
#include "ovsint/spec/attachment.h"

#define NORTHBOUND_NAME "OVN_Northbound"

/* The port group of all ports that are guarded, and the name under which ACLs
 * know it: "@ovsint". */
#define NORTHBOUND_GROUP "ovsint"

/* Names of the gateways that all hosts are: logical_gateway.h. */
#define NORTHBOUND_GATEWAY_PREFIX "ovsint-gw-"
#define NORTHBOUND_GATEWAY_TYPE "localport"

/* A logical switch as it was looked at. */
struct northbound_switch {
    char uuid[OVSDB_UUID_SIZE];
    bool is_physical; /* it has a port of type localnet: no tunnel */
};

/* Adds the select that looks for a logical switch, and returns its index. Its
 * ports are not asked for, as it may have ten thousands. */
size_t northbound_look(struct txn *txn, const char *name);
/* Reads the reply, but for `is_physical`. -ENOENT: there is no such switch;
 * -EEXIST: several have that name. The message says what to do. */
int northbound_read_look(const struct json *result, size_t op, const char *name,
                         struct northbound_switch *ret,
                         struct err *err) MUST_CHECK;
/* The ports of type localnet, of all switches: few, as each is a physical
 * network. */
struct northbound_localnets {
    char (*uuids)[OVSDB_UUID_SIZE];
    size_t count;
};
size_t northbound_look_localnets(struct txn *txn);
/* The caller frees ret->uuids. */
void northbound_read_localnets(const struct json *result, size_t op,
                               struct northbound_localnets *ret);
/* Adds the selects, `localnets->count` of them, that tell whether the switch
 * has one of them. */
size_t northbound_look_physical(struct txn *txn,
                                const struct northbound_switch *is,
                                const struct northbound_localnets *localnets);
void northbound_read_physical(const struct json *result, size_t op,
                              const struct northbound_localnets *localnets,
                              struct northbound_switch *ret);
/* Adds the select that tells whether the port group is there. */
size_t northbound_look_group(struct txn *txn);
/* Adds the port group with its ACL: no router advertisements, redirects and
 * answers of DHCP servers from containers. A second insert violates the index
 * on its name. */
void northbound_add_group(struct txn *txn);
/* Adds what brings the ACL of an earlier version up to date. */
void northbound_renew_group(struct txn *txn);

/* Whose port it is, as vswitch_plug.h has it, and on which host. */
struct northbound_plug {
    const struct vswitch_identity *identity;
    const char *host;
    int64_t now_ms;
    const struct northbound_switch *on;
    const struct attachment *attachment;
    const char *port;
    struct mac mac;
    /* That OVN's DNS is to know, with the port's addresses; NULL = none. */
    const char *name;
    bool is_there; /* a transaction of before has written it: other addresses */
    size_t first_op; /* set by northbound_plug() */
};

/* Adds the operations that make the logical port: guards for the switch, for
 * each address and the name, the row, its place on the switch and in the group,
 * and the row of its name. It is
 * bound by that host alone, and for this life of the port alone. */
void northbound_plug(struct txn *txn, struct northbound_plug *plug);

enum northbound_fault {
    NORTHBOUND_FAULT_OTHER, /* none of ours: see the server's words */
    NORTHBOUND_SWITCH_GONE, /* it went, or another one has its name */
    NORTHBOUND_GROUP_GONE,
    NORTHBOUND_ADDRESS_TAKEN, /* ret_address says which */
    NORTHBOUND_NAME_TAKEN,
};

/* Which guard of this port made the transaction fail. */
enum northbound_fault northbound_plug_fault(const struct northbound_plug *plug,
                                            const struct reply_fault *fault,
                                            size_t *ret_address);

/* Removes the logical port, wherever it is. It may be asked for twice, and of a
 * port that never was. */
void northbound_unplug(struct txn *txn, const char *port);
void northbound_unplug_uuid(struct txn *txn, const char *uuid);
/* Removes a row of a name, which its port's northbound_unplug() does besides.
 */
void northbound_remove_name(struct txn *txn, const char *uuid);

/* Appends " " and the link-local address of a device with that MAC. */
void northbound_add_link_local(const struct mac *mac, struct buf *ret);

/* Asks for all ports of ours on a switch; for that with an address; for those
 * of a host. Returns the index of the operation. */
size_t northbound_select_switch(struct txn *txn, const char *name);
size_t northbound_select_address(struct txn *txn, const struct ip *ip,
                                 const char *name);
/* That with a name. */
size_t northbound_select_named(struct txn *txn, const char *dns_name,
                               const char *name);
size_t northbound_select_host(struct txn *txn, const char *host);
/* Those of an owner (ID_OWNER), with what northbound_is_bound() reads. */
size_t northbound_select_owner(struct txn *txn, const char *owner);
/* The addresses that the row of a port of ours has; `ret` has room for
 * LIMIT_ADDRESSES. Returns how many. */
size_t northbound_addresses(const struct json *row, struct ip *ret);
/* Has a chassis bound the port, as far as OVN knows? */
bool northbound_is_bound(const struct json *row);
/* -EADDRINUSE, with who has the address: a row of northbound_select_address().
 */
int northbound_refuse_held(const struct json *row, const struct ip *ip,
                           const char *on, struct err *err);
/* The same of a row of northbound_select_named(). */
int northbound_refuse_named(const struct json *row, const char *dns_name,
                            const char *on, struct err *err);
/* The addresses in the reply to northbound_select_switch(), sorted. The caller
 * frees *ret. */
size_t northbound_used(const struct json *result, size_t op, struct ip **ret);

/* Is the row that of a port of this host which ended before: of another boot,
 * or written `grace_ms` ago? Whether the host has its port is for the caller to
 * know. */
bool northbound_is_old(const struct json *row, const char *host,
                       const char *boot, int64_t now_ms, int64_t grace_ms);
