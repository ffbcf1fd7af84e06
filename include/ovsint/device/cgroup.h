/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a process belongs to a container, by the names of its control groups.
 * Pure.
 */
#pragma once

#include <stdbool.h>

/* Is the process with this /proc/PID/cgroup (cgroups(7)) in a control group of
 * the container? Runtimes call it by the container's id, alone or after a word
 * of their own, and as a scope of systemd: ID, docker-ID.scope, libpod-ID. A
 * whole name has to fit: an id may be a part of many. */
bool cgroup_is_of(const char *text, const char *container);
