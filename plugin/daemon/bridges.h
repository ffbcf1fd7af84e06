/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the database says about bridges: which exist, which are ours, and which
 * Docker networks live on each. Fed with the monitor's updates. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/limits.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

#define NETWORK_KEY_SIZE (sizeof(ID_NETWORK_PREFIX) + DOCKER_ID_SIZE - 1)

struct bridge {
    char uuid[OVSDB_UUID_SIZE];
    char *name;
    struct vswitch_map ids;
    struct vswitch_map config; /* other_config */
    bool leaving;              /* we are removing it with its last network */
    bool has_others;           /* it stays, as others have ports on it */
    bool changed;              /* since the last bridges_invalid() */
    bool told;                 /* an id of it that is none has been reported */
};

struct bridges {
    struct bridge *rows;
    size_t count;
    /* Removed by somebody else while networks of ours were on them. Kept, since
     * Docker tells us a network's options only once: until a bridge of that
     * name is shown with all keys that the old one had. */
    struct bridge *removed;
    size_t removed_count;
};

/* Adds the table Bridge to a monitor. */
void bridges_watch(struct monitor *monitor);
void bridges_apply(struct bridges *bridges, const struct json *updates);
/* As bridges_apply(), but after a reconnection: `updates` are all rows. A
 * bridge that is not among them was removed meanwhile. */
void bridges_sync(struct bridges *bridges, const struct json *updates);
void bridges_done(struct bridges *bridges);

const struct bridge *bridges_find(const struct bridges *bridges,
                                  const char *name);

/* The bridge that the network lives on, or NULL. *ret_row becomes its
 * network row; the view owns it. */
const struct bridge *bridges_network(const struct bridges *bridges,
                                     const char *network, const char **ret_row);

/* Call it before asking for the removal of the bridge with this uuid. */
void bridges_expect_removal(struct bridges *bridges, const char *uuid);
/* Call it when that was refused as ports of others are on it: it stays. Returns
 * its name, the first time; else NULL. */
const char *bridges_keep(struct bridges *bridges, const char *uuid);
/* Adds to `txn` what gives bridges that exist again their networks back. False
 * if there are none. */
bool bridges_restore(const struct bridges *bridges, struct txn *txn);
/* This key of a bridge that was removed is not to come back. */
void bridges_forget(struct bridges *bridges, const char *key);

/* Made by us, so it goes with its last network, unless others have ports on
 * it. */
bool bridge_is_ours(const struct bridge *bridge);
/* The id of the next network and its network row; NULL = no more. Begin with
 * *at = 0. The view owns both. A key whose id Docker cannot have given is
 * passed over: anybody may write a row, and ids become names of devices and
 * text of rules. */
const char *bridge_next_network(const struct bridge *bridge, size_t *at,
                                const char **ret_row);
size_t bridge_network_count(const struct bridge *bridge);

/* The next id that Docker cannot have given, on a bridge that had none before;
 * NULL = no more. Call it after changes until it returns NULL. */
const char *bridges_invalid(struct bridges *bridges, const char **ret_bridge);

/* Ids as Docker gives them: 1-128 letters, digits, "_" and "-". */
bool docker_id_valid(const char *id);

void network_key(const char *network, char ret[NETWORK_KEY_SIZE]);
