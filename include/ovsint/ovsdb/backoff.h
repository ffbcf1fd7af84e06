/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When to try a connection again. Time and chance are arguments, so this is
 * pure: neither a clock nor a timer. `= {0}` may try at once.
 *
 * The first retry comes after 100 ms, as a restarted server is back by then.
 * The next ones come after 1, 2, 4, 8, 8... seconds. Each wait is shortened by
 * up to a quarter, so that many clients do not return together. If somebody
 * waits for the connection it need not be told of an outage seconds late, nor
 * fail as the server is back: then a try comes as soon as the first retry.
 *
 * Pitfall: a connection that comes up does not end the count of failures at
 * once. If a server dies on every connect, it would else be hammered ten times
 * a second. The connection must have lived for BACKOFF_STABLE_MS.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 8000
#define BACKOFF_STABLE_MS 8000

struct backoff {
    unsigned failures; /* in a row */
    bool up;
    int64_t up_since_ms;
    int64_t down_since_ms; /* the last failure */
    int64_t next_ms;       /* earliest next try */
};

/* The connection is up and the server has answered on it. */
void backoff_up(struct backoff *backoff, int64_t now_ms);

/* A try has failed, or the connection went. `chance` is any random number. */
void backoff_down(struct backoff *backoff, int64_t now_ms, uint32_t chance);

/* Somebody waits for the next try. It comes BACKOFF_FIRST_MS after the last
 * failure at the latest. */
void backoff_hurry(struct backoff *backoff);

/* Milliseconds until the next try; 0 = now. */
int64_t backoff_wait_ms(const struct backoff *backoff, int64_t now_ms);
