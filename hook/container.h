/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The container as the host sees it: its id, and its network namespace as a
 * descriptor. The state's pid is looked up once, here; everything later uses
 * the descriptor.
 */
#pragma once

#include <limits.h>

#include "ovsint/base/err.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/pidns.h"
#include "ovsint/oci/oci.h"
#include "ovsint/program/program.h"

struct container {
    const char *id;     /* owned by the state, as the bundle is */
    const char *bundle; /* NULL = not told */
    pid_t pid;          /* 0 = not told */
    int netns;          /* -1 until container_open() */
    char netns_path[PATH_MAX];
    char boot[BOOT_ID_SIZE]; /* /proc/sys/kernel/random/boot_id */
    /* pidns_id(): where its processes are seen; "" = not known */
    char pidns[PIDNS_ID_SIZE];
};

/* -EINVAL, with what to do instead, if the state shows that this process runs
 * inside the container. */
int container_refuse_inside(const struct oci_state *state,
                            struct err *err) MUST_CHECK;

/* Opens the namespace of the container in `state`: by the path in the bundle's
 * config.json, as it outlives the process; else by the pid. -EPERM, with what
 * to do instead, if the container shares the host's network, or if the runtime
 * is rootless. `ret` refers to `state`. */
int container_open(const struct oci_state *state, struct container *ret,
                   struct err *err) MUST_CHECK;
/* NULL if it is not known. */
const char *container_pidns(const struct container *container);

void container_close(struct container *container);
#define auto_container __attribute__((cleanup(container_close)))
