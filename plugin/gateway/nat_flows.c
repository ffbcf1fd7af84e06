/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A host may track hundreds of thousands of connections, of which hardly any is
 * ours: so what tells that is asked first, and costs a search among the pools.
 */
#include "plugin/gateway/nat_flows.h"

#include <netinet/in.h>
#include <string.h>

static int compare_pools(const void *a, const void *b)
{
    const struct ip_prefix *x = a;
    const struct ip_prefix *y = b;
    int order = ip_compare(&x->ip, &y->ip);

    return order ? order : (int)x->len - (int)y->len;
}

static void drop_inner_pools(struct nat_flows *flows)
{
    size_t kept = 0;

    for (size_t i = 0; i < flows->pool_count; i++) {
        const struct ip_prefix *pool = &flows->pools[i];
        if (kept == 0 || !ip_in_prefix(&pool->ip, &flows->pools[kept - 1]))
            flows->pools[kept++] = *pool;
    }
    flows->pool_count = kept;
}

void nat_flows_init(struct nat_flows *flows, const struct nat_view *view,
                    const struct port_map *changed, bool has_strays)
{
    size_t room = view->network_count * ARRAY_LEN(view->networks->pools);

    *flows = (struct nat_flows){
        .view = view, .changed = changed, .has_strays = has_strays};
    flows->pools = mem_new((room + 1) * sizeof(*flows->pools));
    for (size_t i = 0; i < view->network_count; i++) {
        const struct nat_network *network = &view->networks[i];
        for (size_t p = 0; p < network->pool_count; p++) {
            struct ip_prefix *pool = &flows->pools[flows->pool_count++];
            *pool = network->pools[p];
            pool->ip = ip_network(pool);
        }
    }
    if (flows->pool_count > 1)
        qsort(flows->pools, flows->pool_count, sizeof(*flows->pools),
              compare_pools);
    drop_inner_pools(flows);
}

void nat_flows_done(struct nat_flows *flows)
{
    free(flows->pools);
    port_index_done(&flows->at_host);
    port_index_done(&flows->at_own);
}

static int compare_with_pool(const void *ip, const void *element)
{
    const struct ip_prefix *pool = element;

    return ip_in_prefix(ip, pool) ? 0 : ip_compare(ip, &pool->ip);
}

/* The pool that has the address; or NULL. */
static const struct ip_prefix *find_pool(const struct nat_flows *flows,
                                         const struct ip *ip)
{
    return flows->pool_count ? bsearch(ip, flows->pools, flows->pool_count,
                                       sizeof(*flows->pools), compare_with_pool)
                             : NULL;
}

static void index_own(struct nat_flows *flows, const struct published *item,
                      const struct ip *own, uint16_t port)
{
    if (own->family && (!item->host.family || item->host.family == own->family))
        port_index_add(&flows->at_own, port, IPPROTO_UDP, own, port);
}

static void index_endpoint(struct nat_flows *flows,
                           const struct nat_endpoint *endpoint)
{
    const struct nat_target *target = &endpoint->target;

    for (size_t i = 0; i < endpoint->ports.count; i++) {
        const struct published *item = &endpoint->ports.items[i];
        for (uint32_t p = 0; item->protocol == IPPROTO_UDP && p < item->count;
             p++) {
            uint16_t port = (uint16_t)(item->port + p);
            port_index_add(&flows->at_host, port, IPPROTO_UDP, &item->host,
                           (uint16_t)(item->host_port + p));
            if (target->routed4)
                index_own(flows, item, &target->ip4, port);
            if (target->routed6)
                index_own(flows, item, &target->ip6, port);
        }
    }
}

static void need_index(struct nat_flows *flows)
{
    for (size_t i = 0; !flows->indexed && i < flows->view->endpoint_count; i++)
        index_endpoint(flows, &flows->view->endpoints[i]);
    flows->indexed = true;
}

/* Do the rules lead from this port of the host to where the connection leads?
 */
static bool leads_there(const struct nat_flows *flows,
                        const struct conntrack_flow *flow)
{
    const struct nat_endpoint *endpoint =
        nat_view_holder(flows->view, IPPROTO_UDP, &flow->to, flow->port, "");
    bool is_v6 = flow->at.family == AF_INET6;

    if (!endpoint)
        return false;
    const struct nat_target *target = &endpoint->target;
    return !(is_v6 ? target->routed6 : target->routed4) &&
           ip_equal(is_v6 ? &target->ip6 : &target->ip4, &flow->at) &&
           port_index_find(&flows->at_host, IPPROTO_UDP, &flow->to, flow->port,
                           PORT_INDEX_NONE) == flow->at_port;
}

/* Packets that go by way of the host come from another network: those of one
 * stay in it, and may be tracked by flows of an operator's on the bridge. */
static bool stays_inside(const struct nat_flows *flows,
                         const struct conntrack_flow *flow)
{
    return find_pool(flows, &flow->from) == find_pool(flows, &flow->at);
}

/* A connection that leads into one of our networks. */
static enum conntrack_verdict judge_ours(struct nat_flows *flows,
                                         const struct conntrack_flow *flow)
{
    need_index(flows);
    if (!ip_equal(&flow->to, &flow->at))
        return !flows->has_strays || leads_there(flows, flow)
                   ? CONNTRACK_KEEP
                   : CONNTRACK_FORGET_TO_HOST;
    return stays_inside(flows, flow) ||
                   port_index_find(&flows->at_own, IPPROTO_UDP, &flow->to,
                                   flow->port,
                                   PORT_INDEX_NONE) != PORT_INDEX_NONE
               ? CONNTRACK_KEEP
               : CONNTRACK_FORGET_FORWARDED;
}

enum conntrack_verdict nat_flows_judge(void *data,
                                       const struct conntrack_flow *flow)
{
    struct nat_flows *flows = data;
    bool changed =
        flows->changed && port_map_has(flows->changed, IPPROTO_UDP, flow->port);
    enum conntrack_verdict verdict =
        find_pool(flows, &flow->at) ? judge_ours(flows, flow) : CONNTRACK_KEEP;

    if (!changed)
        return verdict;
    /* A routed container's port may have the number of one of the host's. */
    return verdict == CONNTRACK_FORGET_FORWARDED ? CONNTRACK_FORGET_EITHER
                                                 : CONNTRACK_FORGET_TO_HOST;
}
