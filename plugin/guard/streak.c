/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How long to wait after a failure: the more failures came before it without a
 * success between them, the longer.
 */
#include "plugin/guard/streak.h"

uint64_t streak_fail(struct streak *streak)
{
    uint64_t wait = STREAK_FIRST_MS;

    for (unsigned i = 0; i < streak->failures && wait < STREAK_LAST_MS; i++)
        wait *= 2;
    if (streak->failures < UINT32_MAX)
        streak->failures++;
    return wait < STREAK_LAST_MS ? wait : STREAK_LAST_MS;
}

bool streak_is_new(const struct streak *streak)
{
    return streak->failures == 1;
}

bool streak_end(struct streak *streak)
{
    bool was = streak->failures > 0;

    streak->failures = 0;
    return was;
}

bool streak_has_hope(const struct streak *streak)
{
    return streak->failures > 0 && streak->failures < STREAK_HOPELESS;
}
