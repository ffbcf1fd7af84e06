/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a membership of a port this container's, or that of another one with the
 * same id? Ids are unique in one state directory of one runtime only
 * (runc --root, crun beside runc).
 */
#pragma once

#include "ovsint/base/deadline.h"
#include "ovsint/rows/vswitch_view.h"

/* What this call knows of the container; what it does not know is NULL or 0. */
struct claimant {
    const char *container; /* id */
    const char *bundle;
    const char *pidns; /* pidns_id() */
    pid_t pid;
    /* Until then a process may be about to end: zero = it is not waited for. */
    struct deadline ending;
};

enum claim {
    CLAIM_OURS,  /* or of a container with this id that has ended */
    CLAIM_OTHER, /* of a container with this id in another place */
    CLAIM_RUNS,  /* of the same bundle, and its process lives */
};

/* Whose the membership of claimant->container in the port is. A row of earlier
 * versions says nothing of the bundle: it is ours, as is every row to a call
 * that does not know its own. */
enum claim hook_claim(const struct vswitch_port *port,
                      const struct claimant *claimant);
