/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a device listens to router advertisements from its first moment in a
 * namespace on. The kernel gives a device that comes in what the namespace's
 * net.ipv6.conf.default says (ipv6_add_dev() in net/ipv6/addrconf.c), and a
 * move may set it up in the same message: what was set on it afterwards would
 * come too late for an advertisement that comes between.
 *
 * So the default is another one while a device comes, and then as before. A
 * lock keeps others of ours from taking ours for the former one. Of a process
 * that is killed in between the default stays behind: devices that others make
 * in that namespace later do not listen either.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

/* Its descriptors are opened in a namespace and serve it from anywhere. */
struct newcomers;

/* NULL in *ret, with success, where the kernel has no IPv6. */
int newcomers_open(int netns_fd, struct newcomers **ret,
                   struct err *err) MUST_CHECK;
void newcomers_close(struct newcomers *newcomers);
DEFINE_AUTO(newcomers, struct newcomers *, newcomers_close)
#define auto_newcomers AUTO(newcomers)

/* Until newcomers_end(), which belongs to every call that succeeds, devices
 * that come do or do not listen: to addresses, routes and all else that an
 * advertisement says. `newcomers` may be NULL. */
int newcomers_begin(struct newcomers *newcomers, bool listen,
                    struct err *err) MUST_CHECK;
int newcomers_end(struct newcomers *newcomers, struct err *err) MUST_CHECK;

/* The same of a device that is there, by name, in the namespace. 1 when
 * something had to be changed. */
int newcomers_set(int netns_fd, const char *device, bool listen,
                  struct err *err) MUST_CHECK;
