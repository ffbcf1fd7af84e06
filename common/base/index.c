/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One chain of links for each bucket. There are at least as many buckets as
 * links, so a chain is short unless many links have one key.
 */
#include "ovsint/base/index.h"

#include <stdlib.h>

#include "ovsint/base/buf.h"

#define FIRST_ROOM 8

static struct index_link **bucket_of(const struct index *index, uint64_t hash)
{
    /* The lower bits of FNV-1a depend only on the lower bits of the text. */
    return &index->buckets[(hash ^ hash >> 32) & (index->room - 1)];
}

static void put(struct index *index, struct index_link *link)
{
    struct index_link **bucket = bucket_of(index, link->hash);

    link->next = *bucket;
    link->from = bucket;
    if (link->next)
        link->next->from = &link->next;
    *bucket = link;
}

static void grow(struct index *index)
{
    struct index old = *index;

    index->room = old.room ? old.room * 2 : FIRST_ROOM;
    index->buckets = mem_new(index->room * sizeof(struct index_link *));
    for (size_t i = 0; i < old.room; i++) {
        struct index_link *next;
        for (struct index_link *link = old.buckets[i]; link; link = next) {
            next = link->next;
            put(index, link);
        }
    }
    free(old.buckets);
}

void index_add(struct index *index, struct index_link *link, uint64_t hash)
{
    if (index->count == index->room)
        grow(index);
    link->hash = hash;
    put(index, link);
    index->count++;
}

void index_remove(struct index *index, struct index_link *link)
{
    if (!index_has(link))
        return;
    *link->from = link->next;
    if (link->next)
        link->next->from = link->from;
    *link = (struct index_link){0};
    index->count--;
}

void index_done(struct index *index)
{
    free(index->buckets);
    *index = (struct index){0};
}

/* From `link` on, along the chain. */
static struct index_link *seek(struct index_link *link, uint64_t hash)
{
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

struct index_link *index_find(const struct index *index, uint64_t hash)
{
    return index->room ? seek(*bucket_of(index, hash), hash) : NULL;
}

struct index_link *index_after(const struct index_link *link)
{
    return link ? seek(link->next, link->hash) : NULL;
}
