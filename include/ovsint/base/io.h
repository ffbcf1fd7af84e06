/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few ways in which bytes enter a program: all bounded in size and time.
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"

/* Reads `fd` to its end into `ret`. -EFBIG when more than the cap of `ret`
 * arrives, -ETIMEDOUT at the deadline, else the errno of read(2). `what` names
 * the source in the message. */
int io_read_all(int fd, const char *what, struct deadline deadline,
                struct buf *ret, struct err *err) MUST_CHECK;

/* Reads a regular file of at most the cap of `ret`. -ENOENT when absent. */
int io_read_file(const char *path, struct buf *ret, struct err *err) MUST_CHECK;

/* A non-blocking, close-on-exec stream connected to a Unix socket. Returns
 * the descriptor. -ENAMETOOLONG, -ENOENT, -ECONNREFUSED, -ETIMEDOUT (a full
 * backlog) and so on. */
int io_connect_unix(const char *path, struct deadline deadline,
                    struct err *err) MUST_CHECK;
