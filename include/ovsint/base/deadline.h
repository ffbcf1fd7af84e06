/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A moment of monotonic time after which nobody waits any more. It is a value
 * that is passed down. Only a program's main, a call of the plugin and an undo
 * make one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct deadline {
    int64_t at_ms; /* CLOCK_MONOTONIC */
};

/* The present in CLOCK_MONOTONIC milliseconds. */
int64_t deadline_now_ms(void);

struct deadline deadline_in(int64_t ms);

/* Milliseconds left, 0 when it has passed: what poll(2) takes. */
int deadline_left_ms(struct deadline deadline);

bool deadline_passed(struct deadline deadline);
