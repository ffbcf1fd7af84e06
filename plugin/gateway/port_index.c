/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each port is entered under its own key, and, if it is one of a single
 * address, under "somewhere of that family" for those who want all addresses.
 * Of that second kind two owners are enough for any question, so no more are
 * kept: each list of entries with one key stays short.
 */
#include "plugin/gateway/port_index.h"

#include <netinet/in.h>
#include <string.h>

/* What an entry's address is. */
enum where {
    EVERYWHERE,  /* family 0 */
    ALL_OF_IPV4, /* 0.0.0.0 */
    ALL_OF_IPV6, /* :: */
    AT_ONE,      /* this one */
    SOMEWHERE_IPV4,
    SOMEWHERE_IPV6,
};

struct port_entry {
    uint32_t owner;
    uint32_t next; /* as in `buckets` */
    uint16_t port;
    uint8_t protocol;
    uint8_t where;
    uint8_t host[sizeof(((struct ip *)NULL)->bytes)]; /* of AT_ONE */
    uint8_t family;
};

static uint64_t seed;

void port_index_seed(uint64_t number)
{
    seed = number;
}

void port_index_done(struct port_index *index)
{
    free(index->entries);
    free(index->buckets);
    *index = (struct port_index){0};
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static size_t bucket_of(const struct port_index *index,
                        const struct port_entry *entry)
{
    uint64_t halves[2];

    memcpy(halves, entry->host, sizeof(halves));
    uint64_t hash = mix(seed, (uint64_t)entry->port << 24 |
                                  (uint64_t)entry->protocol << 16 |
                                  (uint64_t)entry->where << 8 | entry->family);
    if (entry->where == AT_ONE)
        hash = mix(mix(hash ^ seed >> 7, halves[0]), halves[1] ^ seed);
    return (size_t)mix(hash, seed) & (index->bucket_count - 1);
}

static bool same_key(const struct port_entry *a, const struct port_entry *b)
{
    return a->port == b->port && a->protocol == b->protocol &&
           a->where == b->where && a->family == b->family &&
           memcmp(a->host, b->host, sizeof(a->host)) == 0;
}

static struct port_entry key_of(uint8_t protocol, const struct ip *host,
                                uint16_t port)
{
    struct port_entry key = {.port = port, .protocol = protocol};

    if (!host->family)
        return key;
    if (ip_is_any(host)) {
        key.where = host->family == AF_INET6 ? ALL_OF_IPV6 : ALL_OF_IPV4;
        return key;
    }
    key.where = AT_ONE;
    key.family = (uint8_t)host->family;
    memcpy(key.host, host->bytes, ip_bits(host) / 8);
    return key;
}

static void link_entry(struct port_index *index, size_t i)
{
    uint32_t *bucket = &index->buckets[bucket_of(index, &index->entries[i])];

    index->entries[i].next = *bucket;
    *bucket = (uint32_t)i + 1;
}

static void grow(struct port_index *index)
{
    if (index->count < index->bucket_count)
        return;
    index->bucket_count = index->bucket_count ? 2 * index->bucket_count : 16;
    free(index->buckets);
    index->buckets = mem_new(index->bucket_count * sizeof(*index->buckets));
    for (size_t i = 0; i < index->count; i++)
        link_entry(index, i);
}

static void add(struct port_index *index, const struct port_entry *entry)
{
    grow(index);
    index->entries = mem_grow(index->entries, index->count, &index->room,
                              sizeof(*index->entries));
    index->entries[index->count] = *entry;
    link_entry(index, index->count++);
}

static uint32_t find(const struct port_index *index,
                     const struct port_entry *key, uint32_t except)
{
    uint32_t at = index->count ? index->buckets[bucket_of(index, key)] : 0;

    for (; at; at = index->entries[at - 1].next) {
        const struct port_entry *entry = &index->entries[at - 1];
        if (entry->owner != except && same_key(entry, key))
            return entry->owner;
    }
    return PORT_INDEX_NONE;
}

void port_index_add(struct port_index *index, uint32_t owner, uint8_t protocol,
                    const struct ip *host, uint16_t port)
{
    struct port_entry entry = key_of(protocol, host, port);

    entry.owner = owner;
    add(index, &entry);
    if (entry.where != AT_ONE)
        return;
    struct port_entry somewhere = {
        .owner = owner,
        .port = port,
        .protocol = protocol,
        .where = host->family == AF_INET6 ? SOMEWHERE_IPV6 : SOMEWHERE_IPV4};
    uint32_t one = find(index, &somewhere, PORT_INDEX_NONE);
    if (one == PORT_INDEX_NONE ||
        (one != owner && find(index, &somewhere, one) == PORT_INDEX_NONE))
        add(index, &somewhere);
}

void port_index_cut(struct port_index *index, size_t count)
{
    while (index->count > count) {
        const struct port_entry *last = &index->entries[--index->count];
        index->buckets[bucket_of(index, last)] = last->next;
    }
}

uint32_t port_index_find(const struct port_index *index, uint8_t protocol,
                         const struct ip *host, uint16_t port, uint32_t except)
{
    /* What is in the way of a port that is wanted there; from 0 on, EVERYWHERE
     * is in the way of all. */
    static const enum where others[][4] = {
        [EVERYWHERE] = {ALL_OF_IPV4, ALL_OF_IPV6, SOMEWHERE_IPV4,
                        SOMEWHERE_IPV6},
        [ALL_OF_IPV4] = {ALL_OF_IPV4, SOMEWHERE_IPV4},
        [ALL_OF_IPV6] = {ALL_OF_IPV6, SOMEWHERE_IPV6},
    };
    struct port_entry key = key_of(protocol, host, port);
    enum where where = key.where;
    uint32_t owner = find(index, &key, except);

    if (where == AT_ONE)
        where = host->family == AF_INET6 ? ALL_OF_IPV6 : ALL_OF_IPV4;
    if (owner != PORT_INDEX_NONE || index->count == 0)
        return owner;
    key = (struct port_entry){.port = port, .protocol = protocol};
    owner = find(index, &key, except);
    for (size_t i = 0;
         owner == PORT_INDEX_NONE && i < ARRAY_LEN(others[where]) &&
         others[where][i] != EVERYWHERE;
         i++) {
        /* Other single addresses are not in the way of one. */
        if (!ip_is_any(host) && others[where][i] >= AT_ONE)
            continue;
        key.where = (uint8_t)others[where][i];
        owner = find(index, &key, except);
    }
    return owner;
}
