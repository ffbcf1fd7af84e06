/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The operations of a port have a fixed order, so that the index of the one
 * that failed tells which guard it was. Pitfall: northbound_plug() and
 * northbound_plug_fault() must agree on that order.
 */
#include "ovsint/ovn/northbound.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/config/ipam.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define LSP "Logical_Switch_Port"
#define SWITCH "Logical_Switch"
#define DNS "DNS"
#define NAME_KEY_SIZE (sizeof(ID_DNS_NAME_PREFIX) + DNS_LABEL_SIZE)

/* Looking. */

size_t northbound_look(struct txn *txn, const char *name)
{
    size_t op = txn_select(txn, SWITCH, "_uuid", NULL);

    txn_where_string(txn, "name", name);
    return op;
}

int northbound_read_look(const struct json *result, size_t op, const char *name,
                         struct northbound_switch *ret, struct err *err)
{
    size_t count = reply_row_count(result, op);
    const struct json *row = reply_row(result, op, 0);
    const char *uuid = row_uuid(row, "_uuid");

    if (count > 1)
        return err_set(err, EEXIST,
                       "%zu logical switches have the name '%s', so it says "
                       "none of them: see 'ovn-nbctl list Logical_Switch'",
                       count, name);
    if (!uuid)
        return err_set(err, ENOENT,
                       "there is no logical switch '%s': create it with "
                       "'ovn-nbctl ls-add %s', or correct the name",
                       name, name);
    *ret = (struct northbound_switch){.is_physical = false};
    snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid);
    return 0;
}

size_t northbound_look_localnets(struct txn *txn)
{
    size_t op = txn_select(txn, LSP, "_uuid", NULL);

    txn_where_string(txn, "type", "localnet");
    return op;
}

void northbound_read_localnets(const struct json *result, size_t op,
                               struct northbound_localnets *ret)
{
    size_t count = reply_row_count(result, op);

    ret->uuids = mem_resize(ret->uuids, (count + 1) * sizeof(*ret->uuids));
    ret->count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *uuid = row_uuid(reply_row(result, op, i), "_uuid");
        if (uuid)
            snprintf(ret->uuids[ret->count++], OVSDB_UUID_SIZE, "%s", uuid);
    }
}

size_t northbound_look_physical(struct txn *txn,
                                const struct northbound_switch *is,
                                const struct northbound_localnets *localnets)
{
    size_t first = txn_count(txn);

    for (size_t i = 0; i < localnets->count; i++) {
        txn_select(txn, SWITCH, "_uuid", NULL);
        txn_where_uuid(txn, is->uuid);
        txn_where_ref(txn, "ports", localnets->uuids[i]);
    }
    return first;
}

void northbound_read_physical(const struct json *result, size_t op,
                              const struct northbound_localnets *localnets,
                              struct northbound_switch *ret)
{
    for (size_t i = 0; i < localnets->count; i++)
        ret->is_physical |= reply_row_count(result, op + i) > 0;
}

/* The guard group. */

/* Port security stops foreign addresses, and none of these. They are what the
 * source guard's flows block (flows/port_flows.c), and as there the first of
 * several fragments, whose ports and types no match sees.
 *
 * Pitfall: northd lets router advertisements pass before any ACL (priority
 * 65532 of ls_in_acl, for which ACLs have no number): so that term takes effect
 * only where a version of OVN has no such exception. */
#define GROUP_MATCH                                      \
    "inport == @" NORTHBOUND_GROUP                       \
    " && (nd_ra || icmp6.type == 137 || icmp4.type == 5" \
    " || udp.src == 67 || udp.dst == 68"                 \
    " || udp.src == 547 || udp.dst == 546"               \
    " || (ip4 && udp && eth.bcast && ip.first_frag)"     \
    " || (icmp6 && ip.ttl == 255 && ip.first_frag)"      \
    " || (ip6 && (ip.proto == 0 || ip.proto == 59)))"
#define GROUP_PRIORITY 2000

/* As earlier versions wrote it, word by word: it has no other mark, and the
 * group may have ACLs of an operator. */
static const char *const former_matches[] = {
    "inport == @" NORTHBOUND_GROUP
    " && (nd_ra || icmp6.type == 137 || (udp && udp.src == 67)"
    " || (udp && udp.src == 547))",
};

size_t northbound_look_group(struct txn *txn)
{
    size_t op = txn_select(txn, "Port_Group", "_uuid", NULL);

    txn_where_string(txn, "name", NORTHBOUND_GROUP);
    return op;
}

void northbound_add_group(struct txn *txn)
{
    txn_insert(txn, "ACL", "guard");
    txn_set_string(txn, "direction", "from-lport");
    txn_set_int(txn, "priority", GROUP_PRIORITY);
    txn_set_string(txn, "action", "drop");
    txn_set_string(txn, "match", GROUP_MATCH);
    txn_insert(txn, "Port_Group", NULL);
    txn_set_string(txn, "name", NORTHBOUND_GROUP);
    txn_set_named(txn, "acls", "guard");
}

void northbound_renew_group(struct txn *txn)
{
    for (size_t i = 0; i < ARRAY_LEN(former_matches); i++) {
        txn_update(txn, "ACL");
        txn_where_string(txn, "match", former_matches[i]);
        txn_set_string(txn, "match", GROUP_MATCH);
    }
}

/* A port. */

enum { OP_SWITCH, OP_GROUP, OP_FIRST_ADDRESS };

static void guard_switch(struct txn *txn, const struct northbound_plug *plug)
{
    txn_wait_row(txn, SWITCH);
    txn_where_string(txn, "name", plug->attachment->ovn);
    txn_set_uuid(txn, "_uuid", plug->on->uuid);
}

/* Without a guard the group does not matter, and the first guard stands
 * twice. */
static void guard_group(struct txn *txn, const struct northbound_plug *plug)
{
    if (plug->attachment->guard == SOURCE_GUARD_OFF) {
        guard_switch(txn, plug);
        return;
    }
    txn_wait_present(txn, "Port_Group");
    txn_where_string(txn, "name", NORTHBOUND_GROUP);
}

/* Its own row, of a try of before, has some of them. */
static void guard_addresses(struct txn *txn, const struct northbound_plug *plug,
                            const char *uuid)
{
    const struct attachment *a = plug->attachment;
    char key[ID_KEY_SIZE];

    for (size_t i = 0; i < a->ip_count; i++) {
        vswitch_address_key(&a->ip[i].ip, key);
        txn_wait_absent(txn, LSP);
        txn_where_pair(txn, "external_ids", key, a->ovn);
        txn_where_not_uuid(txn, uuid);
    }
}

static void name_key(const char *name, char ret[NAME_KEY_SIZE])
{
    snprintf(ret, NAME_KEY_SIZE, ID_DNS_NAME_PREFIX "%s", name);
}

static void guard_name(struct txn *txn, const struct northbound_plug *plug,
                       const char *uuid)
{
    char key[NAME_KEY_SIZE];

    if (!plug->name)
        return;
    name_key(plug->name, key);
    txn_wait_absent(txn, LSP);
    txn_where_pair(txn, "external_ids", key, plug->attachment->ovn);
    txn_where_not_uuid(txn, uuid);
}

/* RFC 4291 appendix A. OVN 23.03 drops neighbour advertisements for a
 * link-local address that it is not told. */
void northbound_add_link_local(const struct mac *mac, struct buf *ret)
{
    struct ip ip = {.family = AF_INET6, .bytes = {0xfe, 0x80}};
    char text[IP_TEXT_SIZE];

    ip.bytes[8] = mac->bytes[0] ^ 2;
    ip.bytes[9] = mac->bytes[1];
    ip.bytes[10] = mac->bytes[2];
    ip.bytes[11] = 0xff;
    ip.bytes[12] = 0xfe;
    ip.bytes[13] = mac->bytes[3];
    ip.bytes[14] = mac->bytes[4];
    ip.bytes[15] = mac->bytes[5];
    ip_format(&ip, text);
    buf_addf(ret, " %s", text);
}

#define ADDRESSES_SIZE \
    (MAC_TEXT_SIZE +   \
     (LIMIT_ADDRESSES + LIMIT_GUARD_ALSO + 1) * (PREFIX_TEXT_SIZE + 1))

static void add_addresses(const struct northbound_plug *plug, struct buf *ret)
{
    const struct attachment *a = plug->attachment;
    char text[PREFIX_TEXT_SIZE];

    mac_format(&plug->mac, text);
    buf_add_text(ret, text);
    for (size_t i = 0; i < a->ip_count; i++) {
        ip_format(&a->ip[i].ip, text);
        buf_addf(ret, " %s", text);
    }
    northbound_add_link_local(&plug->mac, ret);
}

static void set_security(struct txn *txn, const struct northbound_plug *plug,
                         struct buf *addresses)
{
    const struct attachment *a = plug->attachment;
    char text[PREFIX_TEXT_SIZE];

    switch (a->guard) {
    case SOURCE_GUARD_OFF:
        txn_set_empty(txn, "port_security");
        return;
    case SOURCE_GUARD_MAC:
        mac_format(&plug->mac, text);
        txn_set_string(txn, "port_security", text);
        return;
    case SOURCE_GUARD_FULL:
        break;
    }
    for (size_t i = 0; i < a->guard_also_count; i++) {
        prefix_format(&a->guard_also[i], text);
        buf_addf(addresses, " %s", text);
    }
    txn_set_string(txn, "port_security", buf_text(addresses));
}

static void set_ids(struct txn *txn, const struct northbound_plug *plug)
{
    const struct vswitch_identity *identity = plug->identity;
    const struct attachment *a = plug->attachment;
    char key[ID_KEY_SIZE], since[24];

    snprintf(since, sizeof(since), "%" PRId64, plug->now_ms);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, identity->owner);
    txn_pair(txn, ID_OVN_HOST, plug->host);
    txn_pair(txn, ID_BOOT, identity->boot);
    txn_pair(txn, ID_OVN_SINCE, since);
    txn_pair(txn, ID_OVN_SWITCH, a->ovn);
    txn_pair(txn, ID_IFNAME, a->ifname);
    txn_pair(txn,
             identity->holder.kind == HOLDER_ENDPOINT ? ID_ENDPOINT
                                                      : ID_CONTAINER,
             identity->holder.id);
    for (size_t i = 0; i < a->ip_count; i++) {
        vswitch_address_key(&a->ip[i].ip, key);
        txn_pair(txn, key, a->ovn);
    }
    if (!plug->name)
        return;
    char named[NAME_KEY_SIZE];
    name_key(plug->name, named);
    txn_pair(txn, named, a->ovn);
}

static void set_row(struct txn *txn, const struct northbound_plug *plug,
                    const char *uuid)
{
    auto_buf struct buf addresses = BUF_INIT(ADDRESSES_SIZE);
    char name[LOGICAL_PORT_SIZE];

    names_logical_port(plug->port, name);
    add_addresses(plug, &addresses);
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "addresses", buf_text(&addresses));
    set_security(txn, plug, &addresses);
    txn_set_map(txn, "options");
    txn_pair(txn, "requested-chassis", plug->host);
    txn_pair(txn, ID_IFACE_VERSION, uuid);
    set_ids(txn, plug);
}

/* One row a port: of several rows with one name ovn-controller asks only the
 * first it finds. */
static void put_name(struct txn *txn, const struct northbound_plug *plug)
{
    auto_buf struct buf addresses = BUF_INIT(ADDRESSES_SIZE);
    const struct attachment *a = plug->attachment;
    char uuid[NAMES_UUID_SIZE], text[IP_TEXT_SIZE];

    if (!plug->name || a->ip_count == 0)
        return;
    for (size_t i = 0; i < a->ip_count; i++) {
        ip_format(&a->ip[i].ip, text);
        buf_addf(&addresses, "%s%s", i ? " " : "", text);
    }
    names_dns_uuid(plug->port, uuid);
    if (plug->is_there) {
        txn_update(txn, DNS);
        txn_where_uuid(txn, uuid);
    } else {
        txn_insert_as(txn, DNS, uuid);
    }
    txn_set_map(txn, "records");
    txn_pair(txn, plug->name, buf_text(&addresses));
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, plug->identity->owner);
    txn_pair(txn, ID_OVN_HOST, plug->host);
    txn_pair(txn, ID_OVN_SWITCH, a->ovn);
    if (plug->is_there)
        return;
    txn_mutate(txn, SWITCH);
    txn_where_uuid(txn, plug->on->uuid);
    txn_add_uuid(txn, "dns_records", uuid);
}

static void put_on_switch(struct txn *txn, const struct northbound_plug *plug,
                          const char *uuid)
{
    txn_mutate(txn, SWITCH);
    txn_where_uuid(txn, plug->on->uuid);
    txn_add_uuid(txn, "ports", uuid);
    if (plug->attachment->guard == SOURCE_GUARD_OFF)
        return;
    txn_mutate(txn, "Port_Group");
    txn_where_string(txn, "name", NORTHBOUND_GROUP);
    txn_add_uuid(txn, "ports", uuid);
}

void northbound_plug(struct txn *txn, struct northbound_plug *plug)
{
    char uuid[NAMES_UUID_SIZE];

    names_logical_uuid(plug->port, uuid);
    plug->first_op = txn_count(txn);
    guard_switch(txn, plug);
    guard_group(txn, plug);
    guard_addresses(txn, plug, uuid);
    guard_name(txn, plug, uuid);
    if (plug->is_there) {
        txn_update(txn, LSP);
        txn_where_uuid(txn, uuid);
    } else {
        txn_insert_as(txn, LSP, uuid);
    }
    set_row(txn, plug, uuid);
    if (!plug->is_there)
        put_on_switch(txn, plug, uuid);
    put_name(txn, plug);
}

enum northbound_fault northbound_plug_fault(const struct northbound_plug *plug,
                                            const struct reply_fault *fault,
                                            size_t *ret_address)
{
    if (fault->kind != REPLY_GUARD || fault->op < plug->first_op)
        return NORTHBOUND_FAULT_OTHER;
    size_t op = fault->op - plug->first_op;
    if (op == OP_SWITCH)
        return NORTHBOUND_SWITCH_GONE;
    if (op == OP_GROUP)
        return NORTHBOUND_GROUP_GONE;
    *ret_address = op - OP_FIRST_ADDRESS;
    if (*ret_address < plug->attachment->ip_count)
        return NORTHBOUND_ADDRESS_TAKEN;
    return plug->name && *ret_address == plug->attachment->ip_count
               ? NORTHBOUND_NAME_TAKEN
               : NORTHBOUND_FAULT_OTHER;
}

/* The row goes with the last reference to it. But it is deleted besides, so
 * that guards of the same transaction do not see it. */
void northbound_unplug_uuid(struct txn *txn, const char *uuid)
{
    txn_mutate(txn, SWITCH);
    txn_where_ref(txn, "ports", uuid);
    txn_remove_uuid(txn, "ports", uuid);
    txn_delete(txn, LSP);
    txn_where_uuid(txn, uuid);
}

void northbound_remove_name(struct txn *txn, const char *uuid)
{
    /* Pitfall: ovsdb-server leaves a weak reference to a deleted row where it
     * is, if the same transaction has changed the referring row before, and
     * ovn-northd 25.03 leaves the name in the southbound database then. */
    txn_mutate(txn, SWITCH);
    txn_where_ref(txn, "dns_records", uuid);
    txn_remove_uuid(txn, "dns_records", uuid);
    txn_delete(txn, DNS);
    txn_where_uuid(txn, uuid);
}

void northbound_unplug(struct txn *txn, const char *port)
{
    char uuid[NAMES_UUID_SIZE];

    names_logical_uuid(port, uuid);
    northbound_unplug_uuid(txn, uuid);
    names_dns_uuid(port, uuid);
    northbound_remove_name(txn, uuid);
}

/* Who is there. */

size_t northbound_select_switch(struct txn *txn, const char *name)
{
    size_t op = txn_select(txn, LSP, "name", "external_ids", NULL);

    txn_where_pair(txn, "external_ids", ID_OVN_SWITCH, name);
    return op;
}

/* Who has the address or the name of that key on the switch. */
static size_t select_holder(struct txn *txn, const char *key, const char *on)
{
    size_t op =
        txn_select(txn, LSP, "name", "external_ids", "addresses", "up", NULL);

    txn_where_pair(txn, "external_ids", key, on);
    return op;
}

size_t northbound_select_address(struct txn *txn, const struct ip *ip,
                                 const char *name)
{
    char key[ID_KEY_SIZE];

    vswitch_address_key(ip, key);
    return select_holder(txn, key, name);
}

size_t northbound_select_named(struct txn *txn, const char *dns_name,
                               const char *name)
{
    char key[NAME_KEY_SIZE];

    name_key(dns_name, key);
    return select_holder(txn, key, name);
}

static const char *shown(const char *text)
{
    return text ? text : "unknown";
}

static int refuse_held(const struct json *row, const char *what, const char *on,
                       struct err *err)
{
    static const size_t prefix = sizeof(NORTHBOUND_GATEWAY_PREFIX) - 1;
    const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);
    const char *name = row_string(row, "name");

    if (!holder)
        holder = row_map_get(row, "external_ids", ID_ENDPOINT);
    if (name && strncmp(name, NORTHBOUND_GATEWAY_PREFIX, prefix) == 0)
        return err_set(err, EADDRINUSE,
                       "%s of logical switch %s is its gateway, which "
                       "every host is: choose another one",
                       what, on);
    return err_set(err, EADDRINUSE,
                   "%s of logical switch %s is held by container %.64s "
                   "on host %.64s (logical port %.64s): choose another one",
                   what, on, shown(holder),
                   shown(row_map_get(row, "external_ids", ID_OVN_HOST)),
                   shown(name));
}

int northbound_refuse_held(const struct json *row, const struct ip *ip,
                           const char *on, struct err *err)
{
    char what[IP_TEXT_SIZE + 16], text[IP_TEXT_SIZE];

    ip_format(ip, text);
    snprintf(what, sizeof(what), "address %s", text);
    return refuse_held(row, what, on, err);
}

int northbound_refuse_named(const struct json *row, const char *dns_name,
                            const char *on, struct err *err)
{
    char what[DNS_LABEL_SIZE + 16];

    snprintf(what, sizeof(what), "name %s", dns_name);
    return refuse_held(row, what, on, err);
}

size_t northbound_select_host(struct txn *txn, const char *host)
{
    size_t op = txn_select(txn, LSP, "name", "external_ids", "up", NULL);

    txn_where_pair(txn, "external_ids", ID_OVN_HOST, host);
    return op;
}

size_t northbound_select_owner(struct txn *txn, const char *owner)
{
    size_t op = txn_select(txn, LSP, "name", "external_ids", "up", NULL);

    txn_where_pair(txn, "external_ids", ID_OWNER, owner);
    return op;
}

bool northbound_is_bound(const struct json *row)
{
    bool up = false;

    return row_bool(row, "up", &up) && up;
}

size_t northbound_addresses(const struct json *row, struct ip *ret)
{
    static const size_t prefix = sizeof(ID_IP_PREFIX) - 1;
    const char *key, *value;
    size_t count = 0;

    for (size_t i = 0; count < LIMIT_ADDRESSES &&
                       row_map_at(row, "external_ids", i, &key, &value);
         i++) {
        if (strncmp(key, ID_IP_PREFIX, prefix) == 0 &&
            parse_ip(key + prefix, &ret[count]) == 0)
            count++;
    }
    return count;
}

size_t northbound_used(const struct json *result, size_t op, struct ip **ret)
{
    size_t rows = reply_row_count(result, op);
    struct ip *used = mem_new((rows + 1) * LIMIT_ADDRESSES * sizeof(*used));
    size_t count = 0;

    for (size_t i = 0; i < rows; i++)
        count += northbound_addresses(reply_row(result, op, i), used + count);
    qsort(used, count, sizeof(*used), ipam_compare);
    *ret = used;
    return count;
}

static bool id_is(const struct json *row, const char *key, const char *value)
{
    const char *is = row_map_get(row, "external_ids", key);

    return is && strcmp(is, value) == 0;
}

bool northbound_is_old(const struct json *row, const char *host,
                       const char *boot, int64_t now_ms, int64_t grace_ms)
{
    const char *text = row_map_get(row, "external_ids", ID_OVN_SINCE);
    uint64_t since;

    if (!id_is(row, ID_OVN_HOST, host))
        return false;
    if (!id_is(row, ID_BOOT, boot))
        return true;
    return !text || parse_number(text, 0, INT64_MAX, &since) < 0 ||
           now_ms - (int64_t)since >= grace_ms;
}
