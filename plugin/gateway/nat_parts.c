/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A part has a copy of what it is about, as the endpoint may be gone when its
 * turn is. The commands are written slice by slice: those of an endpoint with
 * 40,000 ports take 10 ms.
 */
#include "plugin/gateway/nat_parts.h"

#include <string.h>

struct nat_part {
    struct list link;
    char port[IFNAME_SIZE];
    enum nat_verb verb;
    struct nat_target target; /* its `ports` are those below */
    struct published_list ports;
    struct nat_cursor cursor;
    bool waits;      /* for all that came before */
    unsigned number; /* they count up */
};

static struct nat_part *part_at(struct list *link)
{
    return container_of(link, struct nat_part, link);
}

void nat_parts_init(struct nat_parts *parts)
{
    *parts = (struct nat_parts){0};
    list_init(&parts->parts);
}

void nat_part_free(struct nat_parts *parts, struct nat_part *part)
{
    list_remove(&part->link);
    published_done(&part->ports);
    nat_cursor_done(&part->cursor);
    free(part);
    if (list_is_empty(&parts->parts))
        free(TAKE_PTR(parts->ports));
}

void nat_parts_done(struct nat_parts *parts)
{
    LIST_EACH (link, &parts->parts)
        nat_part_free(parts, part_at(link));
}

void nat_parts_move(struct nat_parts *from, struct nat_parts *to)
{
    LIST_EACH (link, &from->parts) {
        list_remove(link);
        list_append(&to->parts, link);
    }
    to->ports = TAKE_PTR(from->ports);
    to->turn = 0;
}

static bool same_address(const struct ip *a, const struct ip *b)
{
    return a->family && ip_equal(a, b);
}

static bool leads_to(const struct nat_part *part,
                     const struct nat_target *target)
{
    return same_address(&part->target.ip4, &target->ip4) ||
           same_address(&part->target.ip6, &target->ip6);
}

static bool is_of(const struct nat_part *part,
                  const struct nat_endpoint *endpoint)
{
    return strcmp(part->port, endpoint->port) == 0 ||
           leads_to(part, &endpoint->target);
}

static bool has_ports_of(const struct port_map *map,
                         const struct published_list *list)
{
    struct published_cursor cursor = {0};
    struct published one;

    while (published_next(list, &cursor, &one)) {
        if (port_map_has(map, one.protocol, one.host_port))
            return true;
    }
    return false;
}

static bool must_wait(const struct nat_parts *parts,
                      const struct nat_endpoint *endpoint)
{
    if (list_is_empty(&parts->parts))
        return false;
    LIST_EACH (link, &parts->parts) {
        if (is_of(part_at(link), endpoint))
            return true;
    }
    return has_ports_of(parts->ports, &endpoint->ports);
}

static bool is_large(const struct published_list *list)
{
    return published_port_count(list) > NAT_SLICE;
}

static void add_part(struct nat_parts *parts, enum nat_verb verb,
                     const struct nat_endpoint *endpoint, bool waits)
{
    struct nat_part *part = mem_new(sizeof(*part));

    memcpy(part->port, endpoint->port, sizeof(part->port));
    part->verb = verb;
    part->target = endpoint->target;
    part->target.ports = &part->ports;
    part->waits = waits;
    part->number = list_is_empty(&parts->parts)
                       ? 1
                       : part_at(parts->parts.previous)->number + 1;
    for (size_t i = 0; i < endpoint->ports.count; i++)
        published_add(&part->ports, &endpoint->ports.items[i]);
    if (!parts->ports)
        parts->ports = mem_new(sizeof(*parts->ports));
    port_map_add(parts->ports, &part->ports);
    list_append(&parts->parts, &part->link);
}

bool nat_parts_take(struct nat_parts *parts, enum nat_verb verb,
                    const struct nat_endpoint *endpoint)
{
    bool waits = must_wait(parts, endpoint);

    if (!waits && !is_large(&endpoint->ports))
        return false;
    add_part(parts, verb, endpoint, waits);
    return true;
}

void nat_parts_add(struct nat_parts *parts, const struct nat_endpoint *endpoint)
{
    add_part(parts, NAT_ADD, endpoint, false);
}

struct nat_part *nat_parts_next(struct nat_parts *parts)
{
    struct list *head = list_first(&parts->parts);
    struct nat_part *next = head ? part_at(head) : NULL;

    LIST_EACH (link, &parts->parts) {
        struct nat_part *part = part_at(link);
        if (part->number <= parts->turn || (part->waits && link != head))
            continue;
        next = part;
        break;
    }
    if (next)
        parts->turn = next->number;
    return next;
}

void nat_part_cut(struct nat_part *part, struct buf *ret)
{
    nat_rules_slice(part->verb, &part->target, &part->cursor, ret);
}

bool nat_part_is_done(const struct nat_part *part)
{
    return nat_cursor_is_done(&part->cursor, &part->ports);
}

void nat_part_ports(const struct nat_part *part, struct port_map *ret)
{
    port_map_add(ret, &part->ports);
}

bool nat_parts_have(const struct nat_parts *parts, enum nat_verb verb,
                    const char *port)
{
    LIST_EACH (link, &parts->parts) {
        const struct nat_part *part = part_at(link);
        if (part->verb == verb && strcmp(part->port, port) == 0)
            return true;
    }
    return false;
}

bool nat_parts_lead_to(const struct nat_parts *parts,
                       const struct nat_target *target)
{
    LIST_EACH (link, &parts->parts) {
        const struct nat_part *part = part_at(link);
        if (part->verb == NAT_DELETE && leads_to(part, target))
            return true;
    }
    return false;
}

void nat_parts_hold_back(const struct nat_parts *parts, struct port_map *map)
{
    uint8_t *bits = &map->bits[0][0];
    const uint8_t *held = parts->ports ? &parts->ports->bits[0][0] : NULL;

    for (size_t i = 0; held && i < sizeof(map->bits); i++)
        bits[i] &= (uint8_t)~held[i];
}
