/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The index that is linked through its members, against an array. */
#include "ovsint/base/index.h"

#include "ovsint/base/buf.h"
#include "ovsint/base/list.h"
#include "tests/lib/test.h"

#define ITEMS 500
#define STEPS 20000

struct item {
    uint64_t key;
    bool visited;
    struct index_link link;
};

static struct item *item_of(struct index_link *link)
{
    return container_of(link, struct item, link);
}

static size_t count_found(const struct index *index, uint64_t key)
{
    size_t count = 0;

    INDEX_EACH (link, index, key) {
        CHECK(item_of(link)->key == key);
        count++;
    }
    return count;
}

TEST(an_empty_one_has_nothing)
{
    struct index index = {0};
    struct index_link link = {0};

    CHECK(!index_find(&index, 0));
    CHECK(!index_has(&link));
    index_remove(&index, &link);
    CHECK(index.count == 0);
    index_done(&index);
}

TEST(many_links_may_have_one_key)
{
    struct item items[] = {{.key = 1}, {.key = 9}, {.key = 1}, {.key = 1}};
    struct index index = {0};

    for (size_t i = 0; i < 4; i++)
        index_add(&index, &items[i].link, items[i].key);
    CHECK(count_found(&index, 1) == 3);
    CHECK(count_found(&index, 9) == 1);
    CHECK(count_found(&index, 17) == 0);
    index_done(&index);
}

TEST(the_body_may_remove_the_link_it_is_at)
{
    struct item items[4] = {0};
    struct index index = {0};

    for (size_t i = 0; i < 4; i++)
        index_add(&index, &items[i].link, 7);
    INDEX_EACH (link, &index, 7) {
        item_of(link)->visited = true;
        index_remove(&index, link);
    }
    for (size_t i = 0; i < 4; i++)
        CHECK(items[i].visited && !index_has(&items[i].link));
    CHECK(index.count == 0);
    index_done(&index);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1;
    return *seed >> 33;
}

/* Keys are few, some differ in their upper half alone. */
static uint64_t some_key(uint64_t *seed)
{
    uint64_t random = next_random(seed);

    return random % 97 + ((random >> 8) % 3 << 32);
}

static void check_key(const struct index *index, const struct item *items,
                      uint64_t key)
{
    size_t count = 0;

    for (size_t i = 0; i < ITEMS; i++)
        count += index_has(&items[i].link) && items[i].key == key;
    CHECK(count_found(index, key) == count);
}

TEST(finds_what_an_array_has_after_each_of_many_random_changes)
{
    auto_free struct item *items = mem_new(ITEMS * sizeof(*items));
    struct index index = {0};
    uint64_t seed = 14;
    size_t count = 0;

    for (size_t step = 0; step < STEPS; step++) {
        struct item *item = &items[next_random(&seed) % ITEMS];
        if (index_has(&item->link)) {
            index_remove(&index, &item->link);
            count--;
        } else {
            item->key = some_key(&seed);
            index_add(&index, &item->link, item->key);
            count++;
        }
        CHECK(index.count == count);
        check_key(&index, items, item->key);
        check_key(&index, items, some_key(&seed));
    }
    index_done(&index);
}

TEST_MAIN
