/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The operations have a fixed order, so that the index of the one that failed
 * tells which guard it was.
 */
#include "ovsint/ovn/logical_switch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define LSP "Logical_Switch_Port"
#define SWITCH "Logical_Switch"
#define LOCALNET "localnet"
#define PHYSICAL_KEY "network_name"
#define LOCALNET_PREFIX "ovsint-net-"
#define LOCALNET_SIZE (sizeof(LOCALNET_PREFIX) + NETWORK_NAME_SIZE)
#define PHYSICAL_SIZE (PHYSICAL_NETWORK_SIZE + 16)
#define USE_KEY_SIZE (sizeof(ID_OVN_USE_PREFIX) + DOCKER_ID_SIZE)

static void use_key(const char *network, char ret[USE_KEY_SIZE])
{
    snprintf(ret, USE_KEY_SIZE, ID_OVN_USE_PREFIX "%s", network);
}

static const char *network_of(const char *key)
{
    static const size_t prefix = sizeof(ID_OVN_USE_PREFIX) - 1;

    return strncmp(key, ID_OVN_USE_PREFIX, prefix) == 0 ? key + prefix : NULL;
}

/* Making, and joining. */

static const char *physical_text(const struct logical_use *use,
                                 char ret[PHYSICAL_SIZE])
{
    if (!use->physical)
        return NULL;
    snprintf(ret, PHYSICAL_SIZE, "%s vlan %u", use->physical, use->vlan);
    return ret;
}

/* By its name only a door of ours can have made it. */
static void localnet_uuid(const char *on, char ret[NAMES_UUID_SIZE])
{
    char name[LOCALNET_SIZE];

    snprintf(name, sizeof(name), LOCALNET_PREFIX "%s", on);
    names_logical_uuid(name, ret);
}

static void set_wire(struct txn *txn, const struct logical_use *use)
{
    if (use->vlan)
        txn_set_int(txn, "tag", use->vlan);
    else
        txn_set_empty(txn, "tag");
    txn_set_map(txn, "options");
    txn_pair(txn, PHYSICAL_KEY, use->physical);
}

static void insert_localnet(struct txn *txn, const struct logical_use *use,
                            char ret_uuid[NAMES_UUID_SIZE])
{
    char name[LOCALNET_SIZE];

    snprintf(name, sizeof(name), LOCALNET_PREFIX "%s", use->name);
    localnet_uuid(use->name, ret_uuid);
    txn_insert_as(txn, LSP, ret_uuid);
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", LOCALNET);
    txn_set_string(txn, "addresses", "unknown");
    set_wire(txn, use);
}

void logical_switch_make(struct txn *txn, const struct logical_use *use)
{
    char key[USE_KEY_SIZE], localnet[NAMES_UUID_SIZE], text[PHYSICAL_SIZE];

    txn_wait_absent(txn, SWITCH);
    txn_where_string(txn, "name", use->name);
    if (use->physical)
        insert_localnet(txn, use, localnet);
    txn_insert(txn, SWITCH, NULL);
    txn_set_string(txn, "name", use->name);
    if (use->physical)
        txn_set_uuid(txn, "ports", localnet);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, use->owner);
    txn_pair(txn, ID_OVN_SUBNETS, use->subnets);
    txn_pair(txn, ID_OVN_PHYSICAL, physical_text(use, text));
    use_key(use->network, key);
    txn_pair(txn, key, use->host);
}

enum { OP_FOUND, OP_LOCALNETS };

void logical_switch_look(struct txn *txn, const struct logical_use *use)
{
    txn_select(txn, SWITCH, "_uuid", "external_ids", "ports", NULL);
    txn_where_string(txn, "name", use->name);
    logical_localnets_select(txn);
}

size_t logical_localnets_select(struct txn *txn)
{
    size_t op = txn_select(txn, LSP, "_uuid", "options", "tag", NULL);

    txn_where_string(txn, "type", LOCALNET);
    return op;
}

const char *logical_localnet_physical(const struct json *row)
{
    return row_map_get(row, "options", PHYSICAL_KEY);
}

unsigned logical_localnet_vlan(const struct json *row)
{
    int64_t tag;

    return row_int(row, "tag", &tag) && tag > 0 ? (unsigned)tag : 0;
}

static bool is_localnet_of(const struct json *localnet,
                           const struct logical_use *use)
{
    const char *physical = logical_localnet_physical(localnet);

    return physical && strcmp(physical, use->physical) == 0 &&
           logical_localnet_vlan(localnet) == use->vlan;
}

/* Somebody may have made it by another name. */
bool logical_localnets_lack(const struct json *result, size_t op,
                            const struct json *row,
                            const struct logical_use *use)
{
    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const struct json *localnet = reply_row(result, op, i);
        const char *uuid = row_uuid(localnet, "_uuid");
        if (uuid && is_localnet_of(localnet, use) &&
            row_set_has_uuid(row, "ports", uuid))
            return false;
    }
    return true;
}

static bool has_localnet_of_ours(const struct json *result,
                                 const struct logical_use *use)
{
    char ours[NAMES_UUID_SIZE];

    localnet_uuid(use->name, ours);
    for (size_t i = 0; i < reply_row_count(result, OP_LOCALNETS); i++) {
        const char *uuid =
            row_uuid(reply_row(result, OP_LOCALNETS, i), "_uuid");
        if (uuid && strcmp(uuid, ours) == 0)
            return true;
    }
    return false;
}

static const char *known(const char *text)
{
    return text && *text ? text : "(none)";
}

/* A switch that somebody else has made is on whatever that one has chosen. */
static int check_physical(const struct json *row, const struct logical_use *use,
                          bool is_ours, struct err *err)
{
    const char *theirs = row_map_get(row, "external_ids", ID_OVN_PHYSICAL);
    char text[PHYSICAL_SIZE];
    const char *ours = physical_text(use, text);

    if (!is_ours && ours)
        return err_set(err, EINVAL,
                       "option uplink: the logical switch '%s' was made by "
                       "somebody else: leave uplink and vlan out, or give its "
                       "port of type localnet there",
                       use->name);
    if (!is_ours || strcmp(known(theirs), known(ours)) == 0)
        return 0;
    return err_set(err, EINVAL,
                   "networks of other hosts on the logical switch '%s' are on "
                   "the physical network %s, and this one is on %s: give the "
                   "same uplink and vlan on each host",
                   use->name, known(theirs), known(ours));
}

int logical_switch_read(const struct json *result,
                        const struct logical_use *use,
                        struct logical_found *ret, struct err *err)
{
    struct northbound_switch found;
    const struct json *row = reply_row(result, OP_FOUND, 0);

    *ret = (struct logical_found){.is_ours = false};
    if (!row)
        return 0;
    int r = northbound_read_look(result, OP_FOUND, use->name, &found, err);
    if (r < 0)
        return r;
    const char *owner = row_map_get(row, "external_ids", ID_OWNER);
    const char *subnets = row_map_get(row, "external_ids", ID_OVN_SUBNETS);
    snprintf(ret->uuid, sizeof(ret->uuid), "%s", found.uuid);
    ret->is_ours = owner && strcmp(owner, use->owner) == 0;
    ret->lacks_localnet =
        ret->is_ours && use->physical &&
        logical_localnets_lack(result, OP_LOCALNETS, row, use);
    ret->has_wrong_localnet =
        ret->lacks_localnet && has_localnet_of_ours(result, use);
    r = check_physical(row, use, ret->is_ours, err);
    if (r < 0 || !ret->is_ours || !subnets ||
        strcmp(subnets, use->subnets) == 0)
        return r;
    return err_set(err, EINVAL,
                   "networks of other hosts on the logical switch '%s' have "
                   "the subnets %s, and this one has %s: give the same on each "
                   "host",
                   use->name, known(subnets), known(use->subnets));
}

static void correct_localnet(struct txn *txn, const struct logical_use *use)
{
    char localnet[NAMES_UUID_SIZE];

    localnet_uuid(use->name, localnet);
    txn_wait_row(txn, LSP);
    txn_where_uuid(txn, localnet);
    txn_set_string(txn, "type", LOCALNET);
    txn_update(txn, LSP);
    txn_where_uuid(txn, localnet);
    set_wire(txn, use);
}

void logical_switch_join(struct txn *txn, const struct logical_use *use,
                         const struct logical_found *found)
{
    char key[USE_KEY_SIZE], localnet[NAMES_UUID_SIZE];

    txn_wait_row(txn, SWITCH);
    txn_where_string(txn, "name", use->name);
    txn_set_uuid(txn, "_uuid", found->uuid);
    if (!found->is_ours)
        return;
    if (found->has_wrong_localnet) {
        correct_localnet(txn, use);
    } else if (found->lacks_localnet) {
        localnet_uuid(use->name, localnet);
        txn_wait_absent(txn, LSP);
        txn_where_uuid(txn, localnet);
        insert_localnet(txn, use, localnet);
        txn_mutate(txn, SWITCH);
        txn_where_uuid(txn, found->uuid);
        txn_add_uuid(txn, "ports", localnet);
    }
    use_key(use->network, key);
    txn_mutate(txn, SWITCH);
    txn_where_uuid(txn, found->uuid);
    txn_put_pair(txn, "external_ids", key, use->host);
}

/* Leaving. */

size_t logical_switches_select(struct txn *txn, const char *owner)
{
    size_t op = txn_select(txn, SWITCH, "_uuid", "name", "external_ids", NULL);

    txn_where_pair(txn, "external_ids", ID_OWNER, owner);
    return op;
}

size_t logical_switches_select_ports(struct txn *txn, const char *owner)
{
    size_t op = txn_select(txn, SWITCH, "name", "ports", NULL);

    txn_where_pair(txn, "external_ids", ID_OWNER, owner);
    return op;
}

const char *logical_switch_next_network(const struct json *row,
                                        const char *host, size_t *at)
{
    const char *key, *value;

    while (row_map_at(row, "external_ids", (*at)++, &key, &value)) {
        const char *network = network_of(key);
        if (network && strcmp(value, host) == 0)
            return network;
    }
    return NULL;
}

bool logical_switch_has_network(const struct json *row, const char *network)
{
    char key[USE_KEY_SIZE];

    use_key(network, key);
    return row_map_get(row, "external_ids", key) != NULL;
}

void logical_switch_leave(struct txn *txn, const char *uuid,
                          const char *network)
{
    char key[USE_KEY_SIZE];

    use_key(network, key);
    txn_mutate(txn, SWITCH);
    txn_where_uuid(txn, uuid);
    txn_remove_key(txn, "external_ids", key);
}

size_t logical_switch_use_count(const struct json *row)
{
    const char *key, *value;
    size_t count = 0;

    for (size_t i = 0; row_map_at(row, "external_ids", i, &key, &value); i++)
        count += network_of(key) != NULL;
    return count;
}

void logical_switch_remove(struct txn *txn, const struct json *row)
{
    const char *uuid = row_uuid(row, "_uuid");
    const char *name = row_string(row, "name");
    const char *physical = row_map_get(row, "external_ids", ID_OVN_PHYSICAL);
    char localnet[NAMES_UUID_SIZE];

    if (physical) {
        /* Whether or not somebody has removed it already. */
        localnet_uuid(name ? name : "", localnet);
        txn_mutate(txn, SWITCH);
        txn_where_uuid(txn, uuid);
        txn_remove_uuid(txn, "ports", localnet);
    }
    txn_wait_row(txn, SWITCH);
    txn_where_uuid(txn, uuid);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, row_map_get(row, "external_ids", ID_OWNER));
    txn_pair(txn, ID_OVN_SUBNETS,
             row_map_get(row, "external_ids", ID_OVN_SUBNETS));
    txn_pair(txn, ID_OVN_PHYSICAL, physical);
    txn_set_empty(txn, "ports");
    txn_delete(txn, SWITCH);
    txn_where_uuid(txn, uuid);
}

/* Addresses. */

enum { OP_SWITCH, OP_ADDRESS };

void logical_reserve(struct txn *txn, const struct logical_reservation *is)
{
    char name[LOGICAL_PORT_SIZE], uuid[NAMES_UUID_SIZE], key[ID_KEY_SIZE];
    char since[24];

    names_logical_port(is->port, name);
    names_logical_uuid(is->port, uuid);
    vswitch_address_key(&is->ip, key);
    snprintf(since, sizeof(since), "%" PRId64, is->now_ms);
    txn_wait_row(txn, SWITCH);
    txn_where_string(txn, "name", is->on);
    txn_set_string(txn, "name", is->on);
    txn_wait_absent(txn, LSP);
    txn_where_pair(txn, "external_ids", key, is->on);
    txn_insert_as(txn, LSP, uuid);
    txn_set_string(txn, "name", name);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, is->owner);
    txn_pair(txn, ID_OVN_HOST, is->host);
    txn_pair(txn, ID_BOOT, is->boot);
    txn_pair(txn, ID_OVN_SINCE, since);
    txn_pair(txn, ID_OVN_SWITCH, is->on);
    txn_pair(txn, ID_OVN_RESERVED, "true");
    txn_pair(txn, key, is->on);
    txn_mutate(txn, SWITCH);
    txn_where_string(txn, "name", is->on);
    txn_add_uuid(txn, "ports", uuid);
}

enum northbound_fault logical_reserve_fault(const struct reply_fault *fault)
{
    if (fault->kind != REPLY_GUARD)
        return NORTHBOUND_FAULT_OTHER;
    switch (fault->op) {
    case OP_SWITCH:
        return NORTHBOUND_SWITCH_GONE;
    case OP_ADDRESS:
        return NORTHBOUND_ADDRESS_TAKEN;
    default:
        return NORTHBOUND_FAULT_OTHER;
    }
}
