/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What /proc/sys/net says of the devices in the calling thread's namespace.
 *
 * Pitfall: a setting belongs to the device and goes with it, whoever makes the
 * next device of that name.
 */
#pragma once

#include "ovsint/base/err.h"

#define SYSCTL_ALL "all" /* instead of a device: for the whole namespace */

enum sysctl_family { SYSCTL_IPV4, SYSCTL_IPV6 };

/* net.<family>.conf.<device>.<name>. -ENOENT if there is no such device, or if
 * the kernel has no such setting. */
int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err) MUST_CHECK;
/* 1 if it had to be changed, else 0. */
int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err) MUST_CHECK;
/* The same in another namespace. */
int sysctl_set_in(int netns_fd, enum sysctl_family family, const char *device,
                  const char *name, int value, struct err *err) MUST_CHECK;
/* Its file, to read and to write; -1 = in the thread's own namespace. */
int sysctl_open_in(int netns_fd, enum sysctl_family family, const char *device,
                   const char *name, struct err *err) MUST_CHECK;
