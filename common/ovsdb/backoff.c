/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When to try a connection again: arithmetic without a timer, so that a test
 * can live through an hour of outage in no time.
 */
#include "ovsint/ovsdb/backoff.h"

static int64_t delay_ms(unsigned failures, uint32_t chance)
{
    int64_t delay = BACKOFF_FIRST_MS;

    if (failures > 1) {
        delay = 1000;
        for (unsigned i = 2; i < failures && delay < BACKOFF_MAX_MS; i++)
            delay *= 2;
    }
    if (delay > BACKOFF_MAX_MS)
        delay = BACKOFF_MAX_MS;
    return delay - (int64_t)(chance % ((uint32_t)delay / 4 + 1));
}

void backoff_up(struct backoff *backoff, int64_t now_ms)
{
    if (!backoff->up)
        backoff->up_since_ms = now_ms;
    backoff->up = true;
}

void backoff_down(struct backoff *backoff, int64_t now_ms, uint32_t chance)
{
    if (backoff->up && now_ms - backoff->up_since_ms >= BACKOFF_STABLE_MS)
        backoff->failures = 0;
    backoff->up = false;
    if (backoff->failures < UINT32_MAX)
        backoff->failures++;
    backoff->down_since_ms = now_ms;
    backoff->next_ms = now_ms + delay_ms(backoff->failures, chance);
}

void backoff_hurry(struct backoff *backoff)
{
    int64_t soon = backoff->down_since_ms + BACKOFF_FIRST_MS;

    if (backoff->next_ms > soon)
        backoff->next_ms = soon;
}

int64_t backoff_wait_ms(const struct backoff *backoff, int64_t now_ms)
{
    if (backoff->failures == 0 || now_ms >= backoff->next_ms)
        return 0;
    return backoff->next_ms - now_ms;
}
