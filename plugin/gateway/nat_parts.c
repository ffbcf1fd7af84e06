/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The commands of a part are written when it comes, as the endpoint may be gone
 * when its turn is. Each line is one command of NAT_SLICE elements at most, and
 * one transaction.
 */
#include "plugin/gateway/nat_parts.h"

#include <string.h>

struct nat_part {
    struct list link;
    char port[IFNAME_SIZE];
    enum nat_verb verb;
    struct ip ip4;
    struct ip ip6;
    struct published_list ports;
    struct buf text;
    size_t at;       /* in `text` */
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
    buf_done(&part->text);
    free(part);
    if (list_is_empty(&parts->parts))
        free(TAKE_PTR(parts->ports));
}

void nat_parts_done(struct nat_parts *parts)
{
    LIST_EACH (link, &parts->parts)
        nat_part_free(parts, part_at(link));
}

static bool same_address(const struct ip *a, const struct ip *b)
{
    return a->family && ip_equal(a, b);
}

static bool is_of(const struct nat_part *part,
                  const struct nat_endpoint *endpoint)
{
    return strcmp(part->port, endpoint->port) == 0 ||
           same_address(&part->ip4, &endpoint->target.ip4) ||
           same_address(&part->ip6, &endpoint->target.ip6);
}

static bool has_ports_of(const struct port_map *map,
                         const struct published_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct published *item = &list->items[i];
        for (uint32_t p = 0; p < item->count; p++) {
            if (port_map_has(map, item->protocol,
                             (uint16_t)(item->host_port + p)))
                return true;
        }
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
    size_t count = 0;

    for (size_t i = 0; i < list->count && count <= NAT_SLICE; i++)
        count += list->items[i].count;
    return count > NAT_SLICE;
}

bool nat_parts_take(struct nat_parts *parts, enum nat_verb verb,
                    const struct nat_endpoint *endpoint)
{
    bool waits = must_wait(parts, endpoint);
    struct nat_target target = endpoint->target;

    if (!waits && !is_large(&endpoint->ports))
        return false;
    struct nat_part *part = mem_new(sizeof(*part));
    memcpy(part->port, endpoint->port, sizeof(part->port));
    part->verb = verb;
    part->ip4 = target.ip4;
    part->ip6 = target.ip6;
    part->text = BUF_INIT(NAT_RULES_SIZE);
    part->waits = waits;
    part->number = list_is_empty(&parts->parts)
                       ? 1
                       : part_at(parts->parts.previous)->number + 1;
    for (size_t i = 0; i < endpoint->ports.count; i++)
        published_add(&part->ports, &endpoint->ports.items[i]);
    target.ports = &endpoint->ports;
    nat_rules_target(verb, &target, &part->text);
    if (!parts->ports)
        parts->ports = mem_new(sizeof(*parts->ports));
    port_map_add(parts->ports, &part->ports);
    list_append(&parts->parts, &part->link);
    return true;
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
    const char *text = buf_text(&part->text) + part->at;
    size_t size = strcspn(text, "\n");

    size += text[size] == '\n';
    buf_add(ret, text, size);
    ret->overflow |= part->text.overflow;
    part->at += size;
}

bool nat_part_is_done(const struct nat_part *part)
{
    return part->at == part->text.size;
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

void nat_parts_hold_back(const struct nat_parts *parts, struct port_map *map)
{
    uint8_t *bits = &map->bits[0][0];
    const uint8_t *held = parts->ports ? &parts->ports->bits[0][0] : NULL;

    for (size_t i = 0; held && i < sizeof(map->bits); i++)
        bits[i] &= (uint8_t)~held[i];
}
