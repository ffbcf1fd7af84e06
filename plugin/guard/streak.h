/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures in a row: how long to wait before the next try, what is worth a line
 * in the log, and when to stop hoping. Pure.
 *
 * Pitfall: what ends a streak is not only a try that succeeds. A look that
 * finds nothing to do any more ends it, too, or the next failure, days later,
 * would wait long and be silent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STREAK_FIRST_MS 250
#define STREAK_LAST_MS 30000
/* One pass tries so often: 4 s pass until then. */
#define STREAK_HOPELESS 5

struct streak {
    unsigned failures;
};

/* One more. How long to wait before the next try: longer each time. */
uint64_t streak_fail(struct streak *streak);
/* The last failure was the first one: the log is to say it. */
bool streak_is_new(const struct streak *streak);
/* It goes well, or there is nothing to be done. True when it was a streak. */
bool streak_end(struct streak *streak);
/* The last try has failed, and the next one is worth waiting for. */
bool streak_has_hope(const struct streak *streak);
