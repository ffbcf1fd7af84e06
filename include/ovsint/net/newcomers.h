/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whether a device listens to router advertisements from its first moment in a
 * namespace. A device that arrives gets the settings of the namespace's
 * net.ipv6.conf.default (ipv6_add_dev() in net/ipv6/addrconf.c), and a move may
 * set it up in the same message. What is set on it afterwards comes too late
 * for an advertisement in between.
 *
 * So while a device arrives the default is changed, and then put back. A lock
 * keeps two of our programs from taking each other's value for the original
 * one. Pitfall: a process that is killed in between leaves the changed default:
 * devices that others make in that namespace later do not listen either.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

/* Its descriptors are opened in a namespace, and serve it from anywhere. */
struct newcomers;

/* If the kernel has no IPv6: success, with NULL in *ret. */
int newcomers_open(int netns_fd, struct newcomers **ret,
                   struct err *err) MUST_CHECK;
void newcomers_close(struct newcomers *newcomers);
DEFINE_AUTO(newcomers, struct newcomers *, newcomers_close)
#define auto_newcomers AUTO(newcomers)

/* From now on devices that arrive listen, or do not: to addresses, routes and
 * all else that an advertisement says. Each call that succeeds needs
 * newcomers_end(). `newcomers` may be NULL. */
int newcomers_begin(struct newcomers *newcomers, bool listen,
                    struct err *err) MUST_CHECK;
int newcomers_end(struct newcomers *newcomers, struct err *err) MUST_CHECK;

/* The same for one device that is already there, by name. 1 if something had to
 * be changed. */
int newcomers_set(int netns_fd, const char *device, bool listen,
                  struct err *err) MUST_CHECK;
