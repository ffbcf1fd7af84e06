/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the database says about bridges: which there are, which are ours, and
 * which Docker networks live on each. Fed with the monitor's updates; pure.
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
    bool leaving; /* with its last network, by our own hand */
    bool changed; /* since bridges_invalid() looked */
    bool told;    /* that an id of it is none */
};

struct bridges {
    struct bridge *rows;
    size_t count;
    /* Those with networks of ours that somebody else has removed: Docker does
     * not say again what its networks are. Each stays until a bridge of its
     * name is shown with all that it said. */
    struct bridge *removed;
    size_t removed_count;
};

/* Adds table Bridge to a monitor. */
void bridges_watch(struct monitor *monitor);
void bridges_apply(struct bridges *bridges, const struct json *updates);
/* The same after a reconnection: these are all rows, and what was there before
 * and is not now was removed meanwhile. */
void bridges_sync(struct bridges *bridges, const struct json *updates);
void bridges_done(struct bridges *bridges);

const struct bridge *bridges_find(const struct bridges *bridges,
                                  const char *name);

/* The bridge that the network lives on, or NULL; its record in *ret_record,
 * which belongs to the view. */
const struct bridge *bridges_network(const struct bridges *bridges,
                                     const char *network,
                                     const char **ret_record);

/* The bridge with this uuid goes by our own hand. */
void bridges_expect_removal(struct bridges *bridges, const char *uuid);
/* Adds to `txn` what gives bridges that are there again their networks. False
 * when there are none. */
bool bridges_restore(const struct bridges *bridges, struct txn *txn);
/* This key of a bridge that was removed shall not come back. */
void bridges_forget(struct bridges *bridges, const char *key);

/* Made by us, and to go with its last network. */
bool bridge_is_ours(const struct bridge *bridge);
/* The id of the next network from *at on, which begins with 0, and its record;
 * NULL = no more. Both belong to the view. Keys whose id Docker could not have
 * given are passed over: whoever may write rows may write anything, and ids
 * become names of devices and text of rules. */
const char *bridge_next_network(const struct bridge *bridge, size_t *at,
                                const char **ret_record);
size_t bridge_network_count(const struct bridge *bridge);

/* An id that Docker could not have given, on a bridge that had none before, or
 * NULL: to be asked until there is none, after changes. */
const char *bridges_invalid(struct bridges *bridges, const char **ret_bridge);

/* As Docker gives them: 1-128 letters, digits, "_" and "-". */
bool docker_id_valid(const char *id);

void network_key(const char *network, char ret[NETWORK_KEY_SIZE]);
