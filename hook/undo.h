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

#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

struct port_names {
    char names[LIMIT_ATTACHMENTS][IFNAME_SIZE];
    size_t count;
};

/* A name that is there already is a second try of the same effect. */
void port_names_add(struct port_names *names, const char *name);
bool port_names_have(const struct port_names *names, const char *name);

/* Ports that were asked of the database, or that the container became a member
 * of: it leaves them, and who is last removes the port, since others may have
 * come or gone in the meantime. Over a connection of the undo's own, as the
 * run's may be broken. */
struct undo_ports {
    const char *ovsdb; /* address */
    const char *container;
    struct port_names ports;  /* none = disarmed */
    struct port_names shared; /* after the run: those that others live on */
};

void undo_ports_run(struct undo_ports *undo);

/* veth pairs, removed by the name of their host end. */
struct undo_links {
    struct net *host;
    struct port_names links; /* none = disarmed */
};

/* Leaves those in `keep` alone. */
void undo_links_run(struct undo_links *undo, const struct port_names *keep);
