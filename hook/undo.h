/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undo guards: values whose cleanup reverses an effect on the outside world.
 * A guard is armed before its effect is requested, as an effect of unknown
 * outcome must be undone too, and disarmed in one line by success. An undo has
 * a deadline of its own, since the run's may be what ran out, and a failing
 * undo is logged and never hides the first error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/limits.h"
#include "ovsint/net.h"
#include "ovsint/parse.h"

/* Ports that were asked of the database; removed by name over a connection of
 * the undo's own, as the run's may be broken. */
struct undo_ports {
    const char *ovsdb; /* address */
    char names[LIMIT_ATTACHMENTS][IFNAME_SIZE];
    size_t count; /* 0 = disarmed */
};

void undo_ports_add(struct undo_ports *undo, const char *name);
void undo_ports_run(struct undo_ports *undo);

/* Ports of others that the container became a member of. */
struct undo_joins {
    const char *ovsdb; /* address */
    const char *container;
    char names[LIMIT_ATTACHMENTS][IFNAME_SIZE];
    size_t count; /* 0 = disarmed */
};

void undo_joins_add(struct undo_joins *undo, const char *name);
void undo_joins_run(struct undo_joins *undo);

/* veth pairs, removed by the name of their host end. */
struct undo_links {
    struct net *host;
    char names[LIMIT_ATTACHMENTS][IFNAME_SIZE];
    size_t count; /* 0 = disarmed */
};

void undo_links_add(struct undo_links *undo, const char *name);
void undo_links_run(struct undo_links *undo);
