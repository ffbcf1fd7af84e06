/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Changes of addresses, and of the settings of forwarding, in this network
 * namespace (rtnetlink(7)). An event only says which device it was: look what
 * has changed.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

#define SETTING_WATCH_ALL 0 /* not a single device */

struct setting_watch;

/* Starts to listen. The descriptor is non-blocking. */
int setting_watch_open(struct setting_watch **ret, struct err *err) MUST_CHECK;
void setting_watch_close(struct setting_watch *watch);
DEFINE_AUTO(setting_watch, struct setting_watch *, setting_watch_close)
#define auto_setting_watch AUTO(setting_watch)

/* Poll it for reading. */
int setting_watch_fd(const struct setting_watch *watch);

/* Visits the events that have come. 0 if there are no more for now; -ENOBUFS if
 * the kernel had to drop some. */
typedef void setting_watch_visit(void *data, int ifindex);
int setting_watch_read(struct setting_watch *watch, setting_watch_visit *visit,
                       void *data, struct err *err) MUST_CHECK;
