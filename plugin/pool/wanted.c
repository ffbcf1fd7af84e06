/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From three sources, which all end in wanted_add(): the configuration, the
 * rows of Docker's networks, and what ports say of their networks.
 */
#include "plugin/pool/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "ovsint/base/list.h"
#include "ovsint/config/resolve.h"
#include "ovsint/rows/network_row.h"

void wanted_done(struct wanted_pools *pools)
{
    free(pools->list);
    *pools = (struct wanted_pools){0};
}

struct wanted_pool *wanted_find(const struct wanted_pools *pools,
                                const char *fit)
{
    for (size_t i = 0; i < pools->count; i++) {
        if (strcmp(pools->list[i].fit, fit) == 0)
            return &pools->list[i];
    }
    return NULL;
}

void wanted_remember(struct wanted_pools *pools,
                     const struct wanted_pools *before)
{
    for (size_t i = 0; i < pools->count; i++) {
        struct wanted_pool *pool = &pools->list[i];
        const struct wanted_pool *was = wanted_find(before, pool->fit);
        if (!was)
            continue;
        pool->is_failing = was->is_failing;
        pool->retry_ms = was->retry_ms;
    }
}

static void wanted_add(struct wanted_pools *pools,
                       const struct attachment *place, unsigned size)
{
    char fit[READY_FIT_SIZE];

    if (size == 0 || !ready_port_fit(place, fit))
        return;
    struct wanted_pool *pool = wanted_find(pools, fit);
    unsigned has = pool ? pool->size : 0;
    unsigned most = has + LIMIT_READY - pools->total;
    if (size > most) {
        pools->is_cut = true;
        size = most;
    }
    if (size <= has)
        return;
    pools->total += size - has;
    if (!pool) {
        /* One of them is seven KiB, and most hosts have one. */
        pools->list =
            mem_resize(pools->list, (pools->count + 1) * sizeof(*pools->list));
        pool = &pools->list[pools->count++];
        *pool = (struct wanted_pool){.place = *place};
        memcpy(pool->fit, fit, sizeof(pool->fit));
    }
    pool->size = size;
}

static void add_network(const struct named_network *network,
                        const struct settings *settings,
                        wanted_refused *refused, struct wanted_pools *pools)
{
    struct attachment place;
    struct err err = {0};

    if (!attachment_given(&network->defaults, KEY_POOL))
        return;
    if (attachment_resolve_place(&network->defaults, settings, &place, &err) <
        0)
        refused(network->name, &err);
    else
        wanted_add(pools, &place, place.pool);
}

void wanted_of_settings(const struct settings *settings,
                        wanted_refused *refused, struct wanted_pools *pools)
{
    for (size_t i = 0; i < settings->network_count; i++)
        add_network(&settings->networks[i], settings, refused, pools);
    for (size_t i = 0; i < settings->pool_count; i++)
        add_network(&settings->pools[i], settings, refused, pools);
}

static void add_row(const char *text, const struct bridge *bridge,
                    const struct settings *settings, struct wanted_pools *pools)
{
    auto_network_row struct network_row row = {0};
    struct attachment place;
    struct err ignored = {0};

    if (network_row_read(text, &row, &ignored) < 0 ||
        !json_get(row.options, vocabulary_entry(KEY_POOL)->key))
        return;
    if (network_row_attachment(&row, settings, bridge->name, &place,
                               &ignored) >= 0)
        wanted_add(pools, &place, place.pool);
}

void wanted_of_networks(const struct bridges *bridges,
                        const struct settings *settings,
                        struct wanted_pools *pools)
{
    for (size_t i = 0; i < bridges->count; i++) {
        const struct bridge *bridge = &bridges->rows[i];
        const char *text;
        size_t at = 0;
        while (bridge_next_network(bridge, &at, &text))
            add_row(text, bridge, settings, pools);
    }
}

/* Only the first port of each fit is read. */
static void add_port(const struct vswitch_port *port,
                     struct wanted_pools *pools)
{
    struct attachment spec;
    struct err ignored = {0};
    char fits[READY_FIT_SIZE];
    unsigned size;
    const char *fit =
        ready_port_asked(vswitch_port_id(port, ID_POOL_ASKED), &size);

    if (!fit)
        return;
    const struct wanted_pool *pool = wanted_find(pools, fit);
    if (pool && pool->size >= size)
        return;
    if (vswitch_port_spec(port, &spec, &ignored) >= 0 &&
        ready_port_fit(&spec, fits) && strcmp(fits, fit) == 0)
        wanted_add(pools, &spec, size);
}

void wanted_of_ports(const struct vswitch_view *ports,
                     struct wanted_pools *pools)
{
    for (const struct vswitch_port *port =
             vswitch_view_first(ports, VSWITCH_BY_POOL_ASKED, NULL);
         port; port = vswitch_port_next(port, VSWITCH_BY_POOL_ASKED))
        add_port(port, pools);
}
