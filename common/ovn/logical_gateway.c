/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Pitfall: an id of a network is unique on its host only, as networks of
 * several doors are called alike on all hosts. So the key of a use has both.
 */
#include "ovsint/ovn/logical_gateway.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/ipam.h"
#include "ovsint/ovn/chassis.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define LSP "Logical_Switch_Port"
#define SWITCH "Logical_Switch"
#define USE_KEY_SIZE \
    (sizeof(ID_OVN_USE_PREFIX) + DOCKER_ID_SIZE + CHASSIS_NAME_SIZE)
#define ADDRESSES_SIZE \
    (MAC_TEXT_SIZE + (LIMIT_ADDRESSES + 1) * (IP_TEXT_SIZE + 1))

enum { OP_SWITCH, OP_GATEWAY, OP_FIRST_ADDRESS };

void logical_gateway_name(const char *on, char ret[LOGICAL_GATEWAY_SIZE])
{
    snprintf(ret, LOGICAL_GATEWAY_SIZE, NORTHBOUND_GATEWAY_PREFIX "%s", on);
}

struct mac logical_gateway_mac(const char *on)
{
    return names_mac(on, "gateway");
}

static void use_key(const char *network, const char *host,
                    char ret[USE_KEY_SIZE])
{
    snprintf(ret, USE_KEY_SIZE, ID_OVN_USE_PREFIX "%s@%s", network, host);
}

/* Sorted, as they are compared with those of other hosts. */
static void add_addresses(const struct logical_gateway *is, struct buf *ret)
{
    struct mac mac = logical_gateway_mac(is->on);
    auto_free struct ip *ips = mem_new((is->ip_count + 1) * sizeof(*ips));
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < is->ip_count; i++)
        ips[i] = is->ips[i].ip;
    qsort(ips, is->ip_count, sizeof(*ips), ipam_compare);
    mac_format(&mac, text);
    buf_add_text(ret, text);
    for (size_t i = 0; i < is->ip_count; i++) {
        ip_format(&ips[i], text);
        buf_addf(ret, " %s", text);
    }
    northbound_add_link_local(&mac, ret);
}

/* Looking. */

void logical_gateway_look(struct txn *txn, const struct logical_gateway *is)
{
    char name[LOGICAL_GATEWAY_SIZE];

    logical_gateway_name(is->on, name);
    northbound_look(txn, is->on);
    txn_select(txn, LSP, "_uuid", "addresses", "external_ids", NULL);
    txn_where_string(txn, "name", name);
    for (size_t i = 0; i < is->ip_count; i++)
        northbound_select_address(txn, &is->ips[i].ip, is->on);
}

static int check_addresses(const struct json *row,
                           const struct logical_gateway *is, struct err *err)
{
    auto_buf struct buf ours = BUF_INIT(ADDRESSES_SIZE);
    const char *theirs = row_string(row, "addresses");

    add_addresses(is, &ours);
    if (theirs && strcmp(theirs, buf_text(&ours)) == 0)
        return 0;
    return err_set(err, EINVAL,
                   "the gateway of logical switch %s is '%.120s' on other "
                   "hosts, and would be '%s' here: give the same subnets and "
                   "gateways on each host",
                   is->on, theirs ? theirs : "", buf_text(&ours));
}

int logical_gateway_read(const struct json *result,
                         const struct logical_gateway *is,
                         struct logical_gateway_found *ret, struct err *err)
{
    const struct json *row = reply_row(result, OP_GATEWAY, 0);
    char key[USE_KEY_SIZE];

    *ret = (struct logical_gateway_found){.is_there = row != NULL};
    int r = northbound_read_look(result, OP_SWITCH, is->on, &ret->on, err);
    if (r < 0)
        return r;
    if (row) {
        use_key(is->network, is->host, key);
        ret->is_used = row_map_get(row, "external_ids", key) != NULL;
        return check_addresses(row, is, err);
    }
    for (size_t i = 0; i < is->ip_count; i++) {
        const struct json *holder = reply_row(result, OP_FIRST_ADDRESS + i, 0);
        if (holder)
            return northbound_refuse_held(holder, &is->ips[i].ip, is->on, err);
    }
    return 0;
}

/* Making, and using. */

static void guard_addresses(struct txn *txn, const struct logical_gateway *is)
{
    char key[ID_KEY_SIZE];

    for (size_t i = 0; i < is->ip_count; i++) {
        vswitch_address_key(&is->ips[i].ip, key);
        txn_wait_absent(txn, LSP);
        txn_where_pair(txn, "external_ids", key, is->on);
    }
}

static void insert(struct txn *txn, const struct logical_gateway *is,
                   const char *name, const char *uuid)
{
    auto_buf struct buf addresses = BUF_INIT(ADDRESSES_SIZE);
    char use[USE_KEY_SIZE], key[ID_KEY_SIZE];

    add_addresses(is, &addresses);
    txn_insert_as(txn, LSP, uuid);
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", NORTHBOUND_GATEWAY_TYPE);
    txn_set_string(txn, "addresses", buf_text(&addresses));
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, DOCKER_OWNER);
    txn_pair(txn, ID_OVN_SWITCH, is->on);
    for (size_t i = 0; i < is->ip_count; i++) {
        vswitch_address_key(&is->ips[i].ip, key);
        txn_pair(txn, key, is->on);
    }
    use_key(is->network, is->host, use);
    txn_pair(txn, use, is->host);
}

static void make(struct txn *txn, const struct logical_gateway *is,
                 const char *on_uuid, const char *name, const char *uuid)
{
    txn_wait_absent(txn, LSP);
    txn_where_string(txn, "name", name);
    guard_addresses(txn, is);
    insert(txn, is, name, uuid);
    txn_mutate(txn, SWITCH);
    txn_where_uuid(txn, on_uuid);
    txn_add_uuid(txn, "ports", uuid);
}

void logical_gateway_use(struct txn *txn, const struct logical_gateway *is,
                         const struct logical_gateway_found *found)
{
    char name[LOGICAL_GATEWAY_SIZE], uuid[NAMES_UUID_SIZE], key[USE_KEY_SIZE];

    logical_gateway_name(is->on, name);
    names_logical_uuid(name, uuid);
    txn_wait_row(txn, SWITCH);
    txn_where_string(txn, "name", is->on);
    txn_set_uuid(txn, "_uuid", found->on.uuid);
    if (!found->is_there) {
        make(txn, is, found->on.uuid, name, uuid);
        return;
    }
    use_key(is->network, is->host, key);
    txn_wait_present(txn, LSP);
    txn_where_uuid(txn, uuid);
    txn_mutate(txn, LSP);
    txn_where_uuid(txn, uuid);
    txn_put_pair(txn, "external_ids", key, is->host);
}

/* Leaving. */

size_t logical_gateways_select(struct txn *txn)
{
    size_t op = txn_select(txn, LSP, "_uuid", "name", "external_ids", NULL);

    txn_where_string(txn, "type", NORTHBOUND_GATEWAY_TYPE);
    txn_where_pair(txn, "external_ids", ID_OWNER, DOCKER_OWNER);
    return op;
}

bool logical_gateway_next(const struct json *row, const char *host, size_t *at,
                          char ret[DOCKER_ID_SIZE])
{
    static const size_t prefix = sizeof(ID_OVN_USE_PREFIX) - 1;
    const char *key, *value;

    while (row_map_at(row, "external_ids", (*at)++, &key, &value)) {
        if (strncmp(key, ID_OVN_USE_PREFIX, prefix) != 0 ||
            strcmp(value, host) != 0)
            continue;
        size_t len = strcspn(key + prefix, "@");
        if (len >= DOCKER_ID_SIZE || key[prefix + len] == '\0')
            continue;
        snprintf(ret, DOCKER_ID_SIZE, "%.*s", (int)len, key + prefix);
        return true;
    }
    return false;
}

void logical_gateway_leave(struct txn *txn, const char *uuid,
                           const char *network, const char *host)
{
    char key[USE_KEY_SIZE];

    use_key(network, host, key);
    txn_mutate(txn, LSP);
    txn_where_uuid(txn, uuid);
    txn_remove_key(txn, "external_ids", key);
}

void logical_gateway_remove(struct txn *txn, const struct json *row)
{
    const char *uuid = row_uuid(row, "_uuid");
    const char *key, *value;

    txn_wait_row(txn, LSP);
    txn_where_uuid(txn, uuid);
    txn_set_map(txn, "external_ids");
    for (size_t i = 0; row_map_at(row, "external_ids", i, &key, &value); i++)
        txn_pair(txn, key, value);
    northbound_unplug_uuid(txn, uuid);
}
