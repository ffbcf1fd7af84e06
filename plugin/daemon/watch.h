/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A descriptor in the event loop. libuv first makes it non-blocking, which the
 * kernel may refuse. Pitfall: a handle that was not initialised must be neither
 * started nor closed, as libuv would abort the program. Another one: a socket
 * may have an error that passes, as that of netlink which has lost messages,
 * and libuv stops a handle whose descriptor has one (uv__poll_io()).
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

/* Calls `ready` with poll->data = `data` whenever `fd` can be read. `what`
 * names the descriptor in the message. After a failure `poll` is not in the
 * loop. */
int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err) MUST_CHECK;

/* To be called first in `ready`, with its own name, where the descriptor is a
 * socket whose errors pass: it goes on being watched. */
void watch_again(uv_poll_t *poll, int status, uv_poll_cb ready);
