/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Each port is looked at once; then the numbers tell which pools are short. */
#include "plugin/pool/plan.h"

#include <stdlib.h>
#include <string.h>

#include "ovsint/rows/port_name.h"

void pool_plan_done(struct pool_plan *plan)
{
    free(plan->removes);
    *plan = (struct pool_plan){0};
}

/* Whoever has another name is none that we have made. */
static void remove_port(struct pool_plan *plan, size_t room,
                        const struct vswitch_port *port)
{
    if (!port->port_uuid[0] || !port->iface_uuid[0] ||
        !names_is_port(port->name))
        return;
    if (!plan->removes)
        plan->removes = mem_new(room * sizeof(struct vswitch_port *));
    plan->removes[plan->remove_count++] = port;
}

/* True if it counts. */
static bool see_ready(struct pool_plan *plan, const struct vswitch_port *port,
                      const char *boot, bool drops_deviceless,
                      struct wanted_pool *pool)
{
    if (!pool || pool->count >= pool->size ||
        !vswitch_port_id_is(port, ID_BOOT, boot))
        return false;
    if (port->error || port->ofport < 0) {
        plan->failed++;
        plan->why = port->error;
        return false;
    }
    if (port->ofport > 0 && port->ifindex <= 0) {
        plan->deviceless++;
        return !drops_deviceless;
    }
    return true;
}

static bool is_short(const struct wanted_pool *pool,
                     const struct bridges *bridges)
{
    return pool->count < pool->size &&
           bridges_find(bridges, pool->place.bridge) != NULL;
}

/* Half of its ports are gone. */
static bool is_due(const struct wanted_pool *pool,
                   const struct bridges *bridges)
{
    return is_short(pool, bridges) && pool->count <= pool->size / 2;
}

static void count_adds(const struct wanted_pools *pools,
                       const struct bridges *bridges, struct pool_plan *ret)
{
    bool due = false;

    for (size_t i = 0; i < pools->count; i++)
        due |= is_due(&pools->list[i], bridges);
    for (size_t i = 0; i < pools->count && due; i++) {
        if (is_short(&pools->list[i], bridges))
            ret->add_count += pools->list[i].size - pools->list[i].count;
    }
}

void pool_plan_make(const struct vswitch_view *ports,
                    const struct bridges *bridges, const char *boot,
                    bool drops_deviceless, struct wanted_pools *pools,
                    struct pool_plan *ret)
{
    *ret = (struct pool_plan){0};
    for (size_t i = 0; i < pools->count; i++)
        pools->list[i].count = 0;
    for (size_t i = 0; i < ports->count; i++) {
        const struct vswitch_port *port = ports->ports[i];
        if (!ready_port_is(port)) {
            ret->is_attaching |=
                vswitch_port_is_ours(port) && port->ofport == 0 && !port->error;
            continue;
        }
        struct wanted_pool *pool =
            wanted_find(pools, vswitch_port_id(port, ID_POOL));
        ret->count++;
        if (see_ready(ret, port, boot, drops_deviceless, pool))
            pool->count++;
        else
            remove_port(ret, ports->count, port);
    }
    count_adds(pools, bridges, ret);
}

void pool_plan_remove(const struct pool_plan *plan, struct txn *txn)
{
    for (size_t i = 0; i < plan->remove_count; i++)
        ready_port_remove(txn, plan->removes[i]);
}

void pool_plan_fill(const struct wanted_pools *pools,
                    const struct bridges *bridges, const char *boot,
                    uint64_t nonce, struct txn *txn)
{
    char name[IFNAME_SIZE];
    size_t index = 0;

    for (size_t i = 0; i < pools->count; i++) {
        const struct wanted_pool *pool = &pools->list[i];
        if (!is_short(pool, bridges))
            continue;
        txn_wait_present(txn, "Bridge");
        txn_where_string(txn, "name", pool->place.bridge);
        for (unsigned n = pool->count; n < pool->size; n++, index++) {
            names_ready_port(nonce, index, name);
            ready_port_insert(txn, &pool->place, pool->fit, name, boot, index);
        }
    }
}
