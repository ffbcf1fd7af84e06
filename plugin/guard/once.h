/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of the guardian, for cron or after a start of Open vSwitch.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

struct guardian;

/* `r` is 0 when nothing is left to do, or when another guardian is at work,
 * which does the same; -ETIMEDOUT when the database or the switch did not
 * answer in time; -EIO when some port could not be helped: the log says which.
 */
typedef void once_ended(void *data, int r, const struct err *why);

/* Embedded in whoever waits for the pass. */
struct once {
    struct guardian *guardian;
    uv_timer_t timer;
    uint64_t deadline_ms;
    once_ended *on_ended;
    void *data;
};

/* Lets a guardian that was just opened look at every port, once the switch has
 * done all that it was asked for. `on_ended` is called once, and may close the
 * guardian. */
void once_begin(struct once *once, uv_loop_t *loop, struct guardian *guardian,
                unsigned timeout_ms, once_ended *on_ended, void *data);
