/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside common/net only: what has to be done by a thread that is in the
 * namespace. It should open something and no more.
 */
#pragma once

#include "ovsint/base/err.h"

typedef int netns_work(void *data, struct err *err);

/* The work's own outcome, unless the namespace cannot be entered. */
int netns_visit(int netns_fd, netns_work *work, void *data,
                struct err *err) MUST_CHECK;
