/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pending removals: those that could not be carried out when they were asked
 * for, or whose need came up without anybody waiting. And marks that Leave
 * could not set. They are done as soon as the database can be reached, and
 * again until the rows show it.
 *
 * They are in memory alone. What a plugin that dies takes with it is found by
 * the collection of dead ports, which knows them by their namespace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/list.h"

struct docker;

enum removal_kind {
    REMOVE_ENDPOINT,
    REMOVE_NETWORK,
    REMOVE_PORTS,
    /* The port whose Interface row has this uuid has left its container. The
     * row and not the endpoint: a port that follows it in a later Join has
     * not. */
    MARK_LEFT,
};

struct removals {
    struct docker *docker;
    struct list pending;
    size_t count;
};

void removals_init(struct removals *removals, struct docker *docker);

/* Notes the removal, once however often it is asked for, and tries. */
void removals_add(struct removals *removals, enum removal_kind kind,
                  const char *id);

/* Tries all of them: the rows are there, or have changed. */
void removals_try(struct removals *removals);

/* Forgets them all. */
void removals_done(struct removals *removals);
