/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Timers of the loop. All of the plugin's are set by these.
 *
 * Pitfall: libuv before 1.45 calls a timer of 0 that was set by a timer's
 * callback in the same turn, before it reads anything (uv__run_timers() in
 * src/timer.c). If that one sets itself again, nobody else gets a turn until
 * it stops. So no timer fires before the loop's clock has gone on: within a
 * millisecond.
 */
#pragma once

#include <uv.h>

/* Calls once, after so many milliseconds. */
static inline void timer_in(uv_timer_t *timer, uv_timer_cb on_time, uint64_t ms)
{
    uv_timer_start(timer, on_time, ms > 0 ? ms : 1, 0);
}

/* Calls once, at that time of uv_now(), or now. */
static inline void timer_at(uv_timer_t *timer, uv_timer_cb on_time,
                            uint64_t at_ms)
{
    uint64_t now = uv_now(timer->loop);

    timer_in(timer, on_time, at_ms > now ? at_ms - now : 0);
}

/* Calls after the first time, and then as often, until it is stopped. */
static inline void timer_every(uv_timer_t *timer, uv_timer_cb on_time,
                               uint64_t first_ms, uint64_t ms)
{
    uv_timer_start(timer, on_time, first_ms > 0 ? first_ms : 1, ms);
}

/* The earlier one of two times, of which 0 is never. */
static inline uint64_t timer_earlier(uint64_t left, uint64_t right)
{
    return left == 0 || (right && right < left) ? right : left;
}
