/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Interfaces that another door of ours has made in the container's namespace
 * before the hook came: under Kubernetes the CNI plugin plugs the pod, and then
 * the hook is started for each container of it, with the pod's annotations.
 */
#pragma once

#include "hook/plug.h"

/* Their owners, up to NULL. */
extern const char *const theirs_owners[];

struct theirs {
    struct container container;
    struct attach_run run; /* its view shows the namespace's ports */
};

#define THEIRS_CLOSED \
    ((struct theirs){.container.netns = -1, .run = ATTACH_RUN_CLOSED})

/* Looks for them: 1 = there are some, 0 = none. */
int theirs_open(struct theirs *ret, const struct hook_run *run,
                const struct oci_state *state, struct err *err) MUST_CHECK;
/* Is `ifname` one of them? For attachments_from_annotations_but(). */
bool theirs_has(void *theirs, const char *ifname);
void theirs_close(struct theirs *theirs);
#define auto_theirs __attribute__((cleanup(theirs_close)))
