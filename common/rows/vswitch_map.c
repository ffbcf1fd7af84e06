/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A pair is one block of memory, and the pairs of a new row get their array at
 * once: the first rows of a host with thousands of ports have hundreds of
 * thousands of pairs.
 */
#include "ovsint/rows/vswitch_map.h"

#include <stdlib.h>
#include <string.h>

#include "ovsint/base/buf.h"
#include "ovsint/ovsdb/row.h"

void vswitch_map_done(struct vswitch_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(map->pairs[i].key);
    free(map->pairs);
    *map = (struct vswitch_map){0};
}

static struct vswitch_pair *find(const struct vswitch_map *map, const char *key)
{
    size_t size = strlen(key) + 1;

    for (size_t i = 0; i < map->count; i++) {
        struct vswitch_pair *pair = &map->pairs[i];
        if (pair->key_size == size && memcmp(pair->key, key, size) == 0)
            return pair;
    }
    return NULL;
}

const char *vswitch_map_get(const struct vswitch_map *map, const char *key)
{
    const struct vswitch_pair *pair = find(map, key);

    return pair ? pair->value : NULL;
}

static struct vswitch_pair pair_new(const char *key, const char *value)
{
    size_t key_size = strlen(key) + 1;
    size_t value_size = strlen(value) + 1;
    char *both = mem_resize(NULL, key_size + value_size);

    memcpy(both, key, key_size);
    memcpy(both + key_size, value, value_size);
    return (struct vswitch_pair){
        .key = both, .value = both + key_size, .key_size = key_size};
}

static void make_room(struct vswitch_map *map, size_t more)
{
    size_t need = map->count + more;

    if (need <= map->room)
        return;
    map->pairs = mem_resize(map->pairs, need * sizeof(*map->pairs));
    map->room = need;
}

static void drop(struct vswitch_map *map, struct vswitch_pair *pair)
{
    free(pair->key);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): holds `pair` */
    *pair = map->pairs[--map->count];
}

void vswitch_map_remove(struct vswitch_map *map, const char *key)
{
    struct vswitch_pair *pair = find(map, key);

    if (pair)
        drop(map, pair);
}

void vswitch_map_add(struct vswitch_map *map, const char *key,
                     const char *value)
{
    make_room(map, 1);
    map->pairs[map->count++] = pair_new(key, value);
}

/* Applies one pair of an update2 difference (ovsdb-server(7), "update2"): a
 * pair that is there goes, a key with another value changes, a new pair is
 * added. */
static void toggle(struct vswitch_map *map, const char *key, const char *value)
{
    struct vswitch_pair *pair = find(map, key);

    if (!pair) {
        vswitch_map_add(map, key, value);
    } else if (strcmp(pair->value, value) == 0) {
        drop(map, pair);
    } else {
        free(pair->key);
        *pair = pair_new(key, value);
    }
}

void vswitch_map_apply(struct vswitch_map *map, const struct json *row,
                       const char *column)
{
    const struct json *pairs = row_map(row, column);
    const char *key;
    const char *value;

    if (map->count == 0)
        make_room(map, json_count(pairs));
    for (size_t i = 0; i < json_count(pairs); i++) {
        if (row_pair(pairs, i, &key, &value))
            toggle(map, key, value);
    }
}
