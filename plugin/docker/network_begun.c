/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a network is accompanied by a mark until CreateNetwork has come
 * to its end. When the plugin dies in that call Docker takes the network as not
 * created and never speaks of it again, so a plugin that starts takes off what
 * is marked.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/ovsdb_tell.h"
#include "plugin/docker/docker.h"

void network_begun_key(const char *network, char ret[NETWORK_KEY_SIZE])
{
    snprintf(ret, NETWORK_KEY_SIZE, ID_BEGUN_PREFIX "%s", network);
}

void network_finished(struct docker *docker, const char *network)
{
    auto_txn struct txn txn = {0};
    const char *network_row;
    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, network, &network_row);
    char key[NETWORK_KEY_SIZE];

    network_begun_key(network, key);
    bridges_forget(&docker->host->bridges, key);
    if (!bridge)
        return;
    txn_init(&txn, OVSDB_NAME);
    txn_mutate(&txn, "Bridge");
    txn_where_uuid(&txn, bridge->uuid);
    txn_remove_key(&txn, "external_ids", key);
    ovsdb_tell(docker->host->ovsdb, &txn, LOG_LEVEL_WARNING,
               "a new network is still marked as not finished: the plugin's "
               "next start would remove it");
}

void networks_sweep(struct docker *docker)
{
    static const size_t prefix = sizeof(ID_BEGUN_PREFIX) - 1;

    for (size_t b = 0; b < docker->host->bridges.count; b++) {
        const struct vswitch_map *ids = &docker->host->bridges.rows[b].ids;
        for (size_t i = 0; i < ids->count; i++) {
            const char *key = ids->pairs[i].key;
            if (strncmp(key, ID_BEGUN_PREFIX, prefix) != 0)
                continue;
            log_event(LOG_LEVEL_INFO,
                      "a network whose creation was cut short is removed",
                      "network", key + prefix, NULL);
            removals_add(&docker->removals, REMOVE_NETWORK, key + prefix);
        }
    }
}
