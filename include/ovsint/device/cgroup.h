/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does a process belong to a container, by the names of its control groups?
 * Pure.
 */
#pragma once

#include <stdbool.h>

/* Is the process with this /proc/PID/cgroup (cgroups(7)) in a control group of
 * the container? Runtimes name the group after the container's id, alone or
 * after a word of their own, and as a scope of systemd: ID, docker-ID.scope,
 * libpod-ID. The whole name has to match, as an id may be part of many
 * names. */
bool cgroup_is_of(const char *text, const char *container);
