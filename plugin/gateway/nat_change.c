/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From one view to the next, in commands: walks two sorted lists side by side.
 * Pure.
 */
#include <string.h>

#include "plugin/gateway/nat_parts.h"

/* Where commands go. */
struct change {
    struct nat_parts *parts; /* NULL = all go to `ret` */
    struct buf *ret;
};

static void add_endpoint_commands(enum nat_verb verb,
                                  const struct nat_endpoint *endpoint,
                                  const struct change *change)
{
    struct nat_target target = endpoint->target;

    if (change->parts && nat_parts_take(change->parts, verb, endpoint))
        return;
    target.ports = &endpoint->ports;
    nat_rules_target(verb, &target, change->ret);
}

static bool same_endpoint(const struct nat_endpoint *a,
                          const struct nat_endpoint *b)
{
    return strcmp(a->text, b->text) == 0 &&
           ip_equal(&a->target.ip4, &b->target.ip4) &&
           ip_equal(&a->target.ip6, &b->target.ip6) &&
           a->target.routed4 == b->target.routed4 &&
           a->target.routed6 == b->target.routed6;
}

static bool same_family(const struct nat_family *a, const struct nat_family *b)
{
    return a->way == b->way && ip_equal(&a->source, &b->source);
}

static bool same_network(const struct nat_network *a,
                         const struct nat_network *b)
{
    return a->routes == b->routes && same_family(&a->ipv4, &b->ipv4) &&
           same_family(&a->ipv6, &b->ipv6);
}

/* Visits those of `one` that `other` lacks or has with other values. */
static void add_network_commands(enum nat_verb verb, const struct nat_view *one,
                                 const struct nat_view *other, struct buf *ret)
{
    size_t o = 0;

    for (size_t i = 0; i < one->network_count; i++) {
        const struct nat_network *network = &one->networks[i];
        int order = 1;
        while (o < other->network_count &&
               (order = strcmp(other->networks[o].device, network->device)) < 0)
            o++;
        bool same = o < other->network_count && order == 0 &&
                    same_network(network, &other->networks[o]);
        if (!same)
            nat_rules_network(verb, network, ret);
    }
}

bool nat_view_has_new_networks(const struct nat_view *a,
                               const struct nat_view *b)
{
    size_t i = 0;

    for (size_t n = 0; n < b->network_count; n++) {
        int order = 1;
        while (i < a->network_count &&
               (order = strcmp(a->networks[i].device, b->networks[n].device)) <
                   0)
            i++;
        if (i == a->network_count || order != 0)
            return true;
    }
    return false;
}

void nat_view_leaving(const struct nat_view *one, const struct nat_view *other,
                      nat_endpoint_visit *visit, void *data)
{
    size_t o = 0;

    for (size_t i = 0; i < one->endpoint_count; i++) {
        const struct nat_endpoint *endpoint = &one->endpoints[i];
        int order = 1;
        while (o < other->endpoint_count &&
               (order = strcmp(other->endpoints[o].port, endpoint->port)) < 0)
            o++;
        bool same = o < other->endpoint_count && order == 0 &&
                    same_endpoint(endpoint, &other->endpoints[o]);
        if (!same)
            visit(endpoint, data);
    }
}

static void map_endpoint(const struct nat_endpoint *endpoint, void *data)
{
    port_map_add(data, &endpoint->ports);
}

void nat_view_changed(const struct nat_view *a, const struct nat_view *b,
                      struct port_map *ret)
{
    nat_view_leaving(a, b, map_endpoint, ret);
    nat_view_leaving(b, a, map_endpoint, ret);
}

static void delete_endpoint(const struct nat_endpoint *endpoint, void *data)
{
    add_endpoint_commands(NAT_DELETE, endpoint, data);
}

static void add_endpoint(const struct nat_endpoint *endpoint, void *data)
{
    add_endpoint_commands(NAT_ADD, endpoint, data);
}

void nat_view_change(const struct nat_view *from, const struct nat_view *to,
                     struct nat_parts *parts, struct buf *ret)
{
    struct change change = {.parts = parts, .ret = ret};

    /* Deletions come first: what is deleted may come again in another place. */
    nat_view_leaving(from, to, delete_endpoint, &change);
    add_network_commands(NAT_DELETE, from, to, ret);
    add_network_commands(NAT_ADD, to, from, ret);
    nat_view_leaving(to, from, add_endpoint, &change);
}

void nat_view_table(const struct nat_view *view,
                    const struct forwarding_device *forwarding,
                    size_t forwarding_count, struct nat_parts *parts,
                    struct buf *ret)
{
    auto_free struct nat_target *targets =
        mem_new((view->endpoint_count + 1) * sizeof(*targets));
    struct nat_wanted wanted = {.networks = view->networks,
                                .network_count = view->network_count,
                                .targets = targets,
                                .forwarding = forwarding,
                                .forwarding_count = forwarding_count};

    if (view->network_count == 0) {
        nat_rules_none(ret);
        return;
    }
    size_t ports = 0;
    for (size_t i = 0; i < view->endpoint_count; i++) {
        const struct nat_endpoint *endpoint = &view->endpoints[i];
        size_t more = published_port_count(&endpoint->ports);
        if (parts && ports + more > NAT_SLICE) {
            nat_parts_add(parts, endpoint);
            continue;
        }
        ports += more;
        struct nat_target *target = &targets[wanted.target_count++];
        *target = endpoint->target;
        target->ports = &endpoint->ports;
    }
    nat_rules_table(&wanted, ret);
}
