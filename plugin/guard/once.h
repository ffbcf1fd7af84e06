/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One pass of the guardian, for cron or for the time after a start of Open
 * vSwitch.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

struct guardian;

/* `r` is 0 if nothing is left to do, or if another guardian is at work;
 * -ETIMEDOUT if the database or the switch did not answer in time; -EIO if some
 * port could not be repaired: the log says which. */
typedef void once_ended(void *data, int r, const struct err *why);

/* Embedded in whoever waits for the pass. */
struct once {
    struct guardian *guardian;
    uv_timer_t timer;
    uint64_t deadline_ms;
    once_ended *on_ended;
    void *data;
};

/* Makes a guardian that was just opened look at every port once a first fence
 * is passed. `on_ended` is called once, and may close the guardian. */
void once_begin(struct once *once, uv_loop_t *loop, struct guardian *guardian,
                unsigned timeout_ms, once_ended *on_ended, void *data);
