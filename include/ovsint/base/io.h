/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How bytes enter a program: each way is limited in size and time.
 */
#pragma once

#include <dirent.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/cleanup.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"
#include "ovsint/base/helper.h"

/* Reads `fd` to its end into `ret`. Returns -EFBIG if more arrives than the cap
 * of `ret`, -ETIMEDOUT at the deadline, else the errno of read(2). `what` names
 * the source in the message. */
int io_read_all(int fd, const char *what, struct deadline deadline,
                struct buf *ret, struct err *err) MUST_CHECK;

/* Opens a file to be read. */
int io_open(const char *path, struct err *err) MUST_CHECK;

/* Reads a regular file of at most the cap of `ret`. Returns -ENOENT if there is
 * none. */
int io_read_file(const char *path, struct buf *ret, struct err *err) MUST_CHECK;

/* The same of a file of a process, which the helper opens if there is one. */
int io_read_process(pid_t pid, enum helper_file file, struct buf *ret,
                    struct err *err) MUST_CHECK;

/* Waits until `fd` can be read from; if it is negative, for the deadline alone.
 * 1, 0 at the deadline; -EINTR after a signal. */
int io_wait(int fd, struct deadline deadline) MUST_CHECK;

/* Takes the exclusive lock of flock(2) on `fd`. `what` names it in messages.
 * -ETIMEDOUT if somebody else has it for `patience_ms`. */
int io_lock(int fd, const char *what, int patience_ms,
            struct err *err) MUST_CHECK;

/* Connects to a Unix socket. Returns a descriptor that is non-blocking and
 * close-on-exec, or -ENAMETOOLONG, -ENOENT, -ECONNREFUSED, -ETIMEDOUT (the
 * listener's backlog stays full) and so on. */
int io_connect_unix(const char *path, struct deadline deadline,
                    struct err *err) MUST_CHECK;

static inline void io_close_dir(DIR *dir)
{
    if (dir)
        closedir(dir);
}
DEFINE_AUTO(dir, DIR *, io_close_dir)
#define auto_dir AUTO(dir)
