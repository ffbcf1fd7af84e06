/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Network cards that `ovsint uplink` has moved, and whose mover has ended
 * before the move was confirmed: they get all back that they had. See
 * uplink/note.h. It has a connection to the database of its own, as its rows
 * are no containers'.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"

struct moves;

/* `remote` and `boot` are kept by the caller. Fails without netlink. */
int moves_open(uv_loop_t *loop, const char *remote, const char *boot,
               struct moves **ret, struct err *err) MUST_CHECK;
/* The memory is freed when the loop has closed it. NULL is fine. */
void moves_close(struct moves *moves);
