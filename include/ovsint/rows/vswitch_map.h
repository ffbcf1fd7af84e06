/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A map column of a row, kept current by the differences that update2 sends
 * (monitor.h). Pure. Maps have at most a few dozen pairs, so a key is searched
 * for from the first pair on. Most keys begin alike: their sizes are compared
 * first.
 */
#pragma once

#include <stddef.h>

#include "ovsint/json/json.h"

struct vswitch_pair {
    char *key;
    char *value;     /* in the same block of memory */
    size_t key_size; /* with its NUL */
};

struct vswitch_map {
    struct vswitch_pair *pairs;
    size_t count;
    size_t room;
};

/* Applies what a row or a difference says about a map column. */
void vswitch_map_apply(struct vswitch_map *map, const struct json *row,
                       const char *column);
/* Adds a pair whose key is not there yet. */
void vswitch_map_add(struct vswitch_map *map, const char *key,
                     const char *value);
/* The value under `key`, else NULL. */
const char *vswitch_map_get(const struct vswitch_map *map, const char *key);
/* Removes this pair, if it is there. */
void vswitch_map_remove(struct vswitch_map *map, const char *key);
void vswitch_map_done(struct vswitch_map *map);
