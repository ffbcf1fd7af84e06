/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to addresses and to the settings of forwarding in this network
 * namespace (rtnetlink(7)). Which device it was is all that is told: whoever
 * wants to know looks.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

#define CHANGES_ALL 0 /* not of a single device */

struct setting_watch;

/* Begins to listen. The descriptor does not block. */
int setting_watch_open(struct setting_watch **ret, struct err *err) MUST_CHECK;
void setting_watch_close(struct setting_watch *changes);
DEFINE_AUTO(changes, struct setting_watch *, setting_watch_close)
#define auto_changes AUTO(changes)

/* To be waited for until it is readable. */
int setting_watch_fd(const struct setting_watch *changes);

/* Shows what has come. 0 when there is no more for now; -ENOBUFS when the
 * kernel had to drop some. */
typedef void setting_watch_visit(void *data, int ifindex);
int setting_watch_read(struct setting_watch *changes,
                       setting_watch_visit *visit, void *data,
                       struct err *err) MUST_CHECK;
