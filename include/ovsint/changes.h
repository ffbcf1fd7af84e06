/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to addresses and to the settings of forwarding in this network
 * namespace (rtnetlink(7)). Which device it was is all that is told: whoever
 * wants to know looks.
 */
#pragma once

#include "ovsint/cleanup.h"
#include "ovsint/err.h"

#define CHANGES_ALL 0 /* not of a single device */

struct changes;

/* Begins to listen. The descriptor does not block. */
int changes_open(struct changes **ret, struct err *err) MUST_CHECK;
void changes_close(struct changes *changes);
DEFINE_AUTO(changes, struct changes *, changes_close)
#define auto_changes AUTO(changes)

/* To be waited for until it is readable. */
int changes_fd(const struct changes *changes);

/* Shows what has come. 0 when there is no more for now; -ENOBUFS when the
 * kernel had to drop some. */
typedef void change_visit(void *data, int ifindex);
int changes_read(struct changes *changes, change_visit *visit, void *data,
                 struct err *err) MUST_CHECK;
