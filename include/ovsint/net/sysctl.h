/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc/sys/net says of the devices in the calling thread's namespace.
 *
 * A reader would get wrong how long it lasts: a setting is the device's and
 * goes with it, whoever makes the next one of that name.
 */
#pragma once

#include "ovsint/base/err.h"

#define SYSCTL_ALL "all" /* instead of a device: of the whole namespace */

enum sysctl_family { SYSCTL_IPV4, SYSCTL_IPV6 };

/* net.<family>.conf.<device>.<name>. -ENOENT when there is no such device or
 * the kernel has no such setting. */
int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err) MUST_CHECK;
/* 1 when it had to be changed, 0 when it was so. */
int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err) MUST_CHECK;
/* The same in another namespace. */
int sysctl_set_in(int netns_fd, enum sysctl_family family, const char *device,
                  const char *name, int value, struct err *err) MUST_CHECK;
