/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Pending removals: what could not be removed when Docker asked for it, or has
 * to go without anybody waiting. And marks that Leave could not set. They are
 * retried until the rows show that they are done.
 *
 * They are in memory only. If the plugin dies, the guardian finds those ports
 * later, by their namespace, as ports of ended containers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "ovsint/base/list.h"

struct docker;

enum removal_kind {
    REMOVE_ENDPOINT,
    REMOVE_NETWORK,
    REMOVE_PORTS,
    /* The port whose Interface row has this uuid has left its container. It is
     * the row and not the endpoint: a port that a later Join makes has not
     * left. */
    MARK_LEFT,
};

struct removals {
    struct docker *docker;
    struct list pending;
    size_t count;
    uv_timer_t *timer; /* for those that the database has refused */
};

void removals_init(struct removals *removals, uv_loop_t *loop,
                   struct docker *docker);

/* Notes the removal, and tries it. Noting it again changes nothing. */
void removals_add(struct removals *removals, enum removal_kind kind,
                  const char *id);

/* It is not wanted any more. True if it was noted: it may have been sent, and
 * comes before whatever is sent from now on. */
bool removals_cancel(struct removals *removals, enum removal_kind kind,
                     const char *id);

/* The rows are there, or have changed: tries all of them. */
void removals_try(struct removals *removals);

/* Forgets them all. */
void removals_done(struct removals *removals);
