/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Metrics over HTTP, at the address that the configuration says (`metrics` of
 * ovsint.json(5)); off by default. A room of its own: it knows how scrapers
 * ask, and nothing of what is measured.
 *
 * Pitfall: whoever is on the host may connect to a loopback port. So a
 * connection gets one answer, few are served at once, and one that does not ask
 * or does not read gives its place to the next.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

struct scrape;

struct scrape_events {
    /* Writes all metrics. */
    void (*write)(const void *data, struct buf *ret);
    /* After scrape_stop(): nothing of it is left in the loop. */
    void (*stopped)(void *data);
};

/* Serves the listening socket `fd`, and takes it over. */
int scrape_open(uv_loop_t *loop, int fd, const struct scrape_events *events,
                void *data, struct scrape **ret, struct err *err) MUST_CHECK;

/* Ends all connections. NULL is fine: then `stopped` is not called. */
void scrape_stop(struct scrape *scrape);

/* Call it after `stopped`, when the loop has ended. NULL is fine. */
void scrape_free(struct scrape *scrape);
