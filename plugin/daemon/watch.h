/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A descriptor in the event loop. libuv first makes it non-blocking, which the
 * kernel may refuse. Pitfall: a handle that was not initialised must be neither
 * started nor closed, as libuv would abort the program.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

/* Calls `ready` with poll->data = `data` whenever `fd` can be read. `what`
 * names the descriptor in the message. After a failure `poll` is not in the
 * loop. */
int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err) MUST_CHECK;
