/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The rows of the table Bridge, kept current by updates. A host has few
 * bridges, so one is found by scanning.
 */
#include "plugin/daemon/bridges.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/ovsdb/row.h"

bool docker_id_valid(const char *id)
{
    size_t len = id ? strlen(id) : 0;

    if (len == 0 || len >= DOCKER_ID_SIZE)
        return false;
    return strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == len;
}

void network_key(const char *network, char ret[NETWORK_KEY_SIZE])
{
    snprintf(ret, NETWORK_KEY_SIZE, ID_NETWORK_PREFIX "%s", network);
}

void bridges_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Bridge", "name", "external_ids", "other_config",
                  "mcast_snooping_enable", VSWITCH_BRIDGE_COLUMNS, NULL);
}

static void bridge_done(struct bridge *bridge)
{
    free(bridge->name);
    vswitch_map_done(&bridge->ids);
    vswitch_map_done(&bridge->config);
}

void bridges_done(struct bridges *bridges)
{
    for (size_t i = 0; i < bridges->count; i++)
        bridge_done(&bridges->rows[i]);
    for (size_t i = 0; i < bridges->removed_count; i++)
        bridge_done(&bridges->removed[i]);
    free(bridges->rows);
    free(bridges->removed);
    *bridges = (struct bridges){0};
}

static struct bridge *find_row(const struct bridges *bridges, const char *uuid)
{
    for (size_t i = 0; i < bridges->count; i++) {
        if (strcmp(bridges->rows[i].uuid, uuid) == 0)
            return &bridges->rows[i];
    }
    return NULL;
}

static struct bridge *add_row(struct bridges *bridges, const char *uuid,
                              const char *name)
{
    bridges->rows = mem_resize(bridges->rows,
                               (bridges->count + 1) * sizeof(*bridges->rows));
    struct bridge *bridge = &bridges->rows[bridges->count++];
    *bridge = (struct bridge){.name = mem_text(name, strlen(name))};
    snprintf(bridge->uuid, sizeof(bridge->uuid), "%s", uuid);
    return bridge;
}

static void forget_removed(struct bridges *bridges, size_t i)
{
    bridge_done(&bridges->removed[i]);
    bridges->removed_count--;
    memmove(&bridges->removed[i], &bridges->removed[i + 1],
            (bridges->removed_count - i) * sizeof(*bridges->removed));
}

/* Takes over what `bridge` owns. */
static void remove_row(struct bridges *bridges, struct bridge *bridge)
{
    if (bridge->leaving || bridge_network_count(bridge) == 0) {
        bridge_done(bridge);
        return;
    }
    if (bridges->removed_count == LIMIT_LOST_BRIDGES)
        forget_removed(bridges, 0);
    bridges->removed =
        mem_resize(bridges->removed,
                   (bridges->removed_count + 1) * sizeof(*bridges->removed));
    bridges->removed[bridges->removed_count++] = *bridge;
}

/* The network's id in a key of ours, or NULL. */
static const char *id_of(const struct vswitch_pair *pair)
{
    static const size_t prefix = sizeof(ID_NETWORK_PREFIX) - 1;

    return strncmp(pair->key, ID_NETWORK_PREFIX, prefix) == 0
               ? pair->key + prefix
               : NULL;
}

static const char *find_invalid(const struct bridge *bridge)
{
    for (size_t i = 0; i < bridge->ids.count; i++) {
        const char *id = id_of(&bridge->ids.pairs[i]);
        if (id && !docker_id_valid(id))
            return id;
    }
    return NULL;
}

const char *bridges_invalid(struct bridges *bridges, const char **ret_bridge)
{
    for (size_t i = 0; i < bridges->count; i++) {
        struct bridge *bridge = &bridges->rows[i];
        const char *invalid = bridge->changed ? find_invalid(bridge) : NULL;
        bool told = bridge->told;
        if (bridge->changed)
            bridge->told = invalid != NULL;
        bridge->changed = false;
        *ret_bridge = bridge->name;
        if (invalid && !told)
            return invalid;
    }
    return NULL;
}

static void apply_row(struct bridges *bridges, const struct row_update *update)
{
    struct bridge *bridge = find_row(bridges, update->uuid);

    if (update->change == ROW_DELETE) {
        if (!bridge)
            return;
        remove_row(bridges, bridge);
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): has `bridge` */
        *bridge = bridges->rows[--bridges->count];
        return;
    }
    if (!bridge) {
        const char *name = row_string(update->row, "name");
        if (!name)
            return; /* the row itself was never shown */
        bridge = add_row(bridges, update->uuid, name);
    }
    /* the row has changed, so the removal's guard fails */
    bridge->leaving = false;
    vswitch_map_apply(&bridge->ids, update->row, "external_ids");
    vswitch_map_apply(&bridge->config, update->row, "other_config");
    bridge->changed = true;
}

static bool has_pair(const struct bridge *bridge,
                     const struct vswitch_pair *pair)
{
    const char *value = vswitch_map_get(&bridge->ids, pair->key);

    return value && strcmp(value, pair->value) == 0;
}

static bool is_ours(const char *key)
{
    return strncmp(key, ID_PREFIX, sizeof(ID_PREFIX) - 1) == 0;
}

/* Does `now` have all keys of ours that `old` had? */
static bool is_restored(const struct bridge *old, const struct bridge *now)
{
    for (size_t i = 0; i < old->ids.count; i++) {
        const struct vswitch_pair *pair = &old->ids.pairs[i];
        if (is_ours(pair->key) && !has_pair(now, pair))
            return false;
    }
    return true;
}

static void settle_removed(struct bridges *bridges)
{
    size_t i = 0;

    while (i < bridges->removed_count) {
        const struct bridge *old = &bridges->removed[i];
        const struct bridge *now = bridges_find(bridges, old->name);
        if (now && is_restored(old, now))
            forget_removed(bridges, i);
        else
            i++;
    }
}

static void apply_rows(struct bridges *bridges, const struct json *updates)
{
    struct row_update update;

    for (size_t i = 0; monitor_update_at(updates, "Bridge", i, &update); i++)
        apply_row(bridges, &update);
}

void bridges_apply(struct bridges *bridges, const struct json *updates)
{
    apply_rows(bridges, updates);
    settle_removed(bridges);
}

void bridges_sync(struct bridges *bridges, const struct json *updates)
{
    auto_free struct bridge *before = TAKE_PTR(bridges->rows);
    size_t count = bridges->count;

    bridges->count = 0;
    apply_rows(bridges, updates);
    for (size_t i = 0; i < count; i++) {
        if (find_row(bridges, before[i].uuid))
            bridge_done(&before[i]);
        else
            remove_row(bridges, &before[i]);
    }
    settle_removed(bridges);
}

const struct bridge *bridges_find(const struct bridges *bridges,
                                  const char *name)
{
    for (size_t i = 0; i < bridges->count; i++) {
        if (strcmp(bridges->rows[i].name, name) == 0)
            return &bridges->rows[i];
    }
    return NULL;
}

const struct bridge *bridges_network(const struct bridges *bridges,
                                     const char *network, const char **ret_row)
{
    char key[NETWORK_KEY_SIZE];

    network_key(network, key);
    for (size_t i = 0; i < bridges->count; i++) {
        const char *network_row = vswitch_map_get(&bridges->rows[i].ids, key);
        if (!network_row)
            continue;
        *ret_row = network_row;
        return &bridges->rows[i];
    }
    return NULL;
}

const char *bridges_keep(struct bridges *bridges, const char *uuid)
{
    struct bridge *bridge = find_row(bridges, uuid);

    if (!bridge)
        return NULL;
    bridge->leaving = false;
    if (bridge->has_others)
        return NULL;
    bridge->has_others = true;
    return bridge->name;
}

bool bridge_is_ours(const struct bridge *bridge)
{
    const char *owner = vswitch_map_get(&bridge->ids, ID_OWNER);

    return owner && strcmp(owner, DOCKER_OWNER) == 0;
}

const char *bridge_next_network(const struct bridge *bridge, size_t *at,
                                const char **ret_row)
{
    while (*at < bridge->ids.count) {
        const struct vswitch_pair *pair = &bridge->ids.pairs[(*at)++];
        const char *id = id_of(pair);
        if (!docker_id_valid(id))
            continue;
        *ret_row = pair->value;
        return id;
    }
    return NULL;
}

size_t bridge_network_count(const struct bridge *bridge)
{
    const char *network_row;
    size_t count = 0, at = 0;

    while (bridge_next_network(bridge, &at, &network_row))
        count++;
    return count;
}

void bridges_expect_removal(struct bridges *bridges, const char *uuid)
{
    struct bridge *bridge = find_row(bridges, uuid);

    if (bridge)
        bridge->leaving = true;
}

bool bridges_restore(const struct bridges *bridges, struct txn *txn)
{
    size_t count = 0;

    for (size_t i = 0; i < bridges->removed_count; i++) {
        const struct bridge *old = &bridges->removed[i];
        const struct bridge *now = bridges_find(bridges, old->name);
        if (!now)
            continue;
        count++;
        txn_wait_present(txn, "Bridge");
        txn_where_uuid(txn, now->uuid);
        txn_mutate(txn, "Bridge");
        txn_where_uuid(txn, now->uuid);
        for (size_t p = 0; p < old->ids.count; p++) {
            const struct vswitch_pair *pair = &old->ids.pairs[p];
            if (is_ours(pair->key))
                txn_put_pair(txn, "external_ids", pair->key, pair->value);
        }
    }
    return count > 0;
}

void bridges_forget(struct bridges *bridges, const char *key)
{
    size_t i = 0;

    while (i < bridges->removed_count) {
        struct bridge *old = &bridges->removed[i];
        vswitch_map_remove(&old->ids, key);
        if (bridge_network_count(old) == 0)
            forget_removed(bridges, i);
        else
            i++;
    }
}
