/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* When to connect again, with a time and a chance that the test sets. */
#include "ovsint/ovsdb/backoff.h"

#include "ovsint/base/cleanup.h"
#include "tests/lib/test.h"

TEST(first_try_is_at_once)
{
    struct backoff backoff = {0};

    CHECK_EQ(backoff_wait_ms(&backoff, 0), 0);
    CHECK_EQ(backoff_wait_ms(&backoff, 1000000), 0);
    CHECK_EQ(backoff_wait_ms(&backoff, -5), 0);
}

TEST(delays_grow_to_a_limit)
{
    static const int64_t want[] = {100, 1000, 2000, 4000, 8000, 8000, 8000};
    struct backoff backoff = {0};
    int64_t now = 5000;

    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        backoff_down(&backoff, now, 0);
        CHECK_EQ(backoff_wait_ms(&backoff, now), want[i]);
        CHECK_EQ(backoff_wait_ms(&backoff, now + want[i] - 1), 1);
        now += want[i];
        CHECK_EQ(backoff_wait_ms(&backoff, now), 0);
        CHECK_EQ(backoff_wait_ms(&backoff, now + 100000), 0);
    }
    for (int i = 0; i < 100000; i++) {
        backoff_down(&backoff, now, 0);
        CHECK_EQ(backoff_wait_ms(&backoff, now), 8000);
    }
}

TEST(chance_shortens_by_up_to_a_quarter)
{
    static const uint32_t chances[] = {0, 1, 24, 25, 26, 7777, UINT32_MAX};

    for (size_t i = 0; i < ARRAY_LEN(chances); i++) {
        struct backoff backoff = {0};
        backoff_down(&backoff, 0, chances[i]);
        int64_t first = backoff_wait_ms(&backoff, 0);
        CHECK(first >= 75 && first <= 100);
        backoff_down(&backoff, 0, chances[i]);
        int64_t second = backoff_wait_ms(&backoff, 0);
        CHECK(second >= 750 && second <= 1000);
    }
    struct backoff shortest = {0};
    backoff_down(&shortest, 0, 25);
    CHECK_EQ(backoff_wait_ms(&shortest, 0), 75);
}

TEST(a_connection_that_lived_clears_the_record)
{
    struct backoff backoff = {0};

    backoff_down(&backoff, 0, 0);
    backoff_down(&backoff, 100, 0);
    backoff_down(&backoff, 1100, 0);
    backoff_up(&backoff, 3100);
    backoff_down(&backoff, 3100 + BACKOFF_STABLE_MS, 0);
    CHECK_EQ(backoff_wait_ms(&backoff, 3100 + BACKOFF_STABLE_MS), 100);
}

TEST(a_connection_that_dies_at_once_does_not)
{
    struct backoff backoff = {0};
    int64_t now = 0;

    for (int i = 0; i < 10; i++) {
        backoff_up(&backoff, now);
        backoff_down(&backoff, now + 5, 0);
        now += 5 + backoff_wait_ms(&backoff, now + 5);
    }
    CHECK_EQ(backoff_wait_ms(&backoff, now), 0);
    CHECK(now > 40000);
    backoff_up(&backoff, now);
    /* the same connection still */
    backoff_up(&backoff, now + BACKOFF_STABLE_MS - 1);
    backoff_down(&backoff, now + BACKOFF_STABLE_MS - 1, 0);
    CHECK_EQ(backoff_wait_ms(&backoff, now + BACKOFF_STABLE_MS - 1), 8000);
}

TEST(down_twice_counts_twice)
{
    struct backoff backoff = {0};

    backoff_up(&backoff, 0);
    backoff_down(&backoff, 100000, 0);
    CHECK_EQ(backoff_wait_ms(&backoff, 100000), 100);
    backoff_down(&backoff, 200000, 0);
    CHECK_EQ(backoff_wait_ms(&backoff, 200000), 1000);
}

TEST(whoever_waits_shortens_one_wait)
{
    struct backoff backoff = {0};
    int64_t now = 0;

    backoff_hurry(&backoff);
    CHECK_EQ(backoff_wait_ms(&backoff, now), 0);
    for (int i = 0; i < 10; i++)
        backoff_down(&backoff, now, 0);
    backoff_hurry(&backoff);
    backoff_hurry(&backoff);
    CHECK_EQ(backoff_wait_ms(&backoff, now), 100);
    CHECK_EQ(backoff_wait_ms(&backoff, now + 5000), 0);
    now += 100;
    backoff_down(&backoff, now, 0);
    CHECK_EQ(backoff_wait_ms(&backoff, now), 8000);
    /* A shorter one stays as it is. */
    struct backoff first = {0};
    backoff_down(&first, now, 25);
    backoff_hurry(&first);
    CHECK_EQ(backoff_wait_ms(&first, now), 75);
}

TEST_MAIN
