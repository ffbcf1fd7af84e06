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
        pool->failed++;
        pool->why = port->error;
        return false;
    }
    if (port->ofport > 0 && port->ifindex <= 0) {
        plan->deviceless++;
        return !drops_deviceless;
    }
    pool->made += port->ofport > 0;
    return true;
}

static bool is_short(const struct wanted_pool *pool,
                     const struct bridges *bridges)
{
    return pool->count < pool->size &&
           bridges_find(bridges, pool->place.bridge) != NULL;
}

/* One whose ports the switch cannot make keeps no other one from its ports. */
static bool may_be_filled(const struct wanted_pool *pool,
                          const struct bridges *bridges, uint64_t now_ms)
{
    return is_short(pool, bridges) && now_ms >= pool->retry_ms;
}

/* Half of its ports are gone. */
static bool is_due(const struct wanted_pool *pool)
{
    return pool->count <= pool->size / 2;
}

static void count_adds(const struct wanted_pools *pools,
                       const struct bridges *bridges,
                       const struct pool_moment *moment, struct pool_plan *ret)
{
    bool due = moment->goes_on;

    for (size_t i = 0; i < pools->count; i++) {
        const struct wanted_pool *pool = &pools->list[i];
        if (may_be_filled(pool, bridges, moment->now_ms))
            due |= is_due(pool);
        else if (is_short(pool, bridges) &&
                 (ret->retry_ms == 0 || pool->retry_ms < ret->retry_ms))
            ret->retry_ms = pool->retry_ms;
    }
    for (size_t i = 0; i < pools->count && due; i++) {
        if (may_be_filled(&pools->list[i], bridges, moment->now_ms))
            ret->add_count += pools->list[i].size - pools->list[i].count;
    }
}

static void begin_count(struct wanted_pool *pool)
{
    pool->count = pool->made = pool->failed = 0;
    pool->why = NULL;
}

static void end_count(struct wanted_pool *pool, uint64_t now_ms)
{
    if (pool->failed)
        pool->retry_ms = now_ms + POOL_RETRY_MS;
    else if (pool->made == pool->size)
        pool->is_failing = false;
}

void pool_plan_make(const struct vswitch_view *ports,
                    const struct bridges *bridges, const char *boot,
                    const struct pool_moment *moment,
                    struct wanted_pools *pools, struct pool_plan *ret)
{
    *ret = (struct pool_plan){0};
    for (size_t i = 0; i < pools->count; i++)
        begin_count(&pools->list[i]);
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
        if (see_ready(ret, port, boot, moment->drops_deviceless, pool))
            pool->count++;
        else
            remove_port(ret, ports->count, port);
    }
    for (size_t i = 0; i < pools->count; i++)
        end_count(&pools->list[i], moment->now_ms);
    count_adds(pools, bridges, moment, ret);
}

void pool_plan_remove(const struct pool_plan *plan, struct txn *txn)
{
    for (size_t i = 0; i < plan->remove_count; i++)
        ready_port_remove(txn, plan->removes[i]);
}

size_t pool_plan_fill(const struct wanted_pools *pools,
                      const struct bridges *bridges, const char *boot,
                      uint64_t now_ms, uint64_t nonce, struct txn *txn)
{
    char name[IFNAME_SIZE];
    size_t index = 0;

    for (size_t i = 0; i < pools->count && !txn_is_large(txn); i++) {
        const struct wanted_pool *pool = &pools->list[i];
        if (!may_be_filled(pool, bridges, now_ms))
            continue;
        txn_wait_present(txn, "Bridge");
        txn_where_string(txn, "name", pool->place.bridge);
        for (unsigned n = pool->count; n < pool->size && !txn_is_large(txn);
             n++, index++) {
            names_ready_port(nonce, index, name);
            ready_port_insert(txn, &pool->place, pool->fit, name, boot, index);
        }
    }
    return index;
}
