/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An index that is linked through its members, so that what has a certain key
 * is found without looking at all there is. Whatever is in one embeds a struct
 * index_link, and container_of() of list.h leads back to it. The index owns
 * nothing but its buckets, and knows no key: the caller hashes it (hash.h), and
 * compares it with each link that INDEX_EACH() finds. Many links may have the
 * same key.
 *
 * A struct index and a link that are all zeroes are ready.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_link {
    struct index_link *next;
    struct index_link **from; /* what points to it; NULL = in no index */
    uint64_t hash;
};

struct index {
    struct index_link **buckets;
    size_t room; /* number of buckets; a power of two, or 0 */
    size_t count;
};

/* Visits each link with this hash, in no order. The body may remove `link` and
 * free what contains it, but must leave the other links alone and add none. */
#define INDEX_EACH(link, index, wanted)                       \
    for (struct index_link *link = index_find(index, wanted), \
                           *index_next_ = index_after(link);  \
         link; link = index_next_, index_next_ = index_after(link))

/* The link must be in no index. */
void index_add(struct index *index, struct index_link *link, uint64_t hash);
/* Does nothing if the link is in no index. */
void index_remove(struct index *index, struct index_link *link);
/* Links that are still in it must not be used any more. */
void index_done(struct index *index);

static inline bool index_has(const struct index_link *link)
{
    return link->from != NULL;
}

/* A link with this hash, or NULL. */
struct index_link *index_find(const struct index *index, uint64_t hash);
/* The next link with the hash of `link`, or NULL. `link` may be NULL. */
struct index_link *index_after(const struct index_link *link);
