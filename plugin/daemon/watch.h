/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor in the event loop. libuv sets it nonblocking first, which the
 * kernel may refuse; a handle that was not made must be neither started nor
 * closed, or the program ends in the middle of its work.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

/* Calls `ready` with poll->data = `data` whenever `fd` can be read; `what` is
 * for the error. After a failure `poll` is not in the loop. */
int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err) MUST_CHECK;
