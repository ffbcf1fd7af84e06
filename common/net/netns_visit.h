/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside common/net only: work for a thread that is in the namespace. It should
 * open something and do no more.
 */
#pragma once

#include "ovsint/base/err.h"

typedef int netns_work(void *data, struct err *err);

/* Returns what the work returns, unless the namespace cannot be entered. */
int netns_visit(int netns_fd, netns_work *work, void *data,
                struct err *err) MUST_CHECK;
