/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The control socket of an Open vSwitch daemon (ovs-appctl(8)), which speaks
 * JSON-RPC, too (unixctl.c in lib/): one connection, one question at a time.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"

/* Connects to ovs-vswitchd. Its pidfile and its control socket lie beside the
 * database's socket (ovs-vswitchd(8)), whose address `remote` is as for
 * client_open(). Returns a non-blocking descriptor. -ENOENT if it does not run;
 * a socket whose process has died refuses: -ECONNREFUSED. */
int control_connect(const char *remote, struct deadline deadline,
                    struct err *err) MUST_CHECK;
/* The same for any of their programs, whose files lie beside `socket`. */
int control_connect_of(const char *socket, const char *program,
                       struct deadline deadline, struct err *err) MUST_CHECK;

/* Calls `method` with `count` texts; its answer is appended to `ret`, whose cap
 * is the most that is read. -EINVAL with the daemon's own words if it refuses;
 * -ETIMEDOUT, -ECONNRESET, -EFBIG, -EPROTO. After an error the connection is of
 * no use, but for -EINVAL. */
int control_call(int fd, const char *method, const char *const *words,
                 size_t count, struct deadline deadline, struct buf *ret,
                 struct err *err) MUST_CHECK;
