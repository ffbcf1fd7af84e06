/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Failures in a row: how long to wait before the next try, which of them is
 * logged, and when to give up hope. Pure.
 *
 * Pitfall: a series does not only end by a try that succeeds. A look that finds
 * nothing to do ends it, too. Otherwise the next failure, days later, would
 * wait long and would not be logged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STREAK_FIRST_MS 250
#define STREAK_LAST_MS 30000
/* One pass tries so often, which takes 4 s. */
#define STREAK_HOPELESS 5

struct streak {
    unsigned failures;
};

/* Counts a failure. Returns how long to wait before the next try: longer each
 * time. */
uint64_t streak_fail(struct streak *streak);
/* Was the last failure the first of a series? Then log it. */
bool streak_is_new(const struct streak *streak);
/* It has succeeded, or there is nothing to do. True if that ends a series. */
bool streak_end(struct streak *streak);
/* Has the last try failed, and is the next one worth waiting for? */
bool streak_has_hope(const struct streak *streak);
