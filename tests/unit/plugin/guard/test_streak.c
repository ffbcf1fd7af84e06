/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How failures in a row are counted. */
#include "plugin/guard/streak.h"

#include "ovsint/base/cleanup.h"
#include "tests/lib/test.h"

TEST(each_failure_waits_longer)
{
    static const uint64_t waits[] = {250,  500,   1000,  2000, 4000,
                                     8000, 16000, 30000, 30000};
    struct streak streak = {0};

    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        CHECK_EQ(streak_fail(&streak), waits[i]);
}

TEST(only_the_first_of_a_streak_is_told)
{
    struct streak streak = {0};

    for (int round = 0; round < 2; round++) {
        CHECK(!streak_end(&streak));
        CHECK(!streak_is_new(&streak));
        (void)streak_fail(&streak);
        CHECK(streak_is_new(&streak));
        (void)streak_fail(&streak);
        CHECK(!streak_is_new(&streak));
        CHECK(streak_end(&streak));
        CHECK_EQ(streak_fail(&streak), STREAK_FIRST_MS);
        CHECK(streak_is_new(&streak));
        CHECK(streak_end(&streak));
    }
}

TEST(hope_ends)
{
    struct streak streak = {0};

    CHECK(!streak_has_hope(&streak));
    for (int i = 1; i < STREAK_HOPELESS; i++) {
        (void)streak_fail(&streak);
        CHECK(streak_has_hope(&streak));
    }
    for (int i = 0; i < 3; i++) {
        (void)streak_fail(&streak);
        CHECK(!streak_has_hope(&streak));
    }
}

TEST_MAIN
