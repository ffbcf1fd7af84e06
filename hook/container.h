/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container as the host sees it: its id and its network namespace, held
 * by a descriptor. The pid of the state is looked at once, here; everything
 * later works through the descriptor.
 */
#pragma once

#include <limits.h>

#include "ovsint/base/err.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/pidns.h"
#include "ovsint/oci/oci.h"
#include "ovsint/program/program.h"

struct container {
    const char *id;     /* belongs to the state, as the bundle does */
    const char *bundle; /* NULL = not told */
    pid_t pid;          /* 0 = not told */
    int netns;          /* -1 until container_open() */
    char netns_path[PATH_MAX];
    char boot[BOOT_ID_SIZE];   /* /proc/sys/kernel/random/boot_id */
    char pidns[PIDNS_ID_SIZE]; /* where its processes are seen; "" = not known
                                */
};

/* -EINVAL, with what to do instead, when the state tells that this process runs
 * inside the container. */
int container_refuse_inside(const struct oci_state *state,
                            struct err *err) MUST_CHECK;

/* Opens the namespace of the container in `state`: by the path that the
 * bundle's config.json gives, as it outlives the process, else by the pid.
 * -EPERM, with what to do instead, for a container that shares the host's
 * network and for a rootless runtime. `ret` refers to `state`. */
int container_open(const struct oci_state *state, struct container *ret,
                   struct err *err) MUST_CHECK;
/* NULL where it is not known. */
const char *container_pidns(const struct container *container);

void container_close(struct container *container);
#define auto_container __attribute__((cleanup(container_close)))
