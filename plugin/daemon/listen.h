/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the plugin's socket comes from: inherited from the service manager
 * (LISTEN_FDS, sd_listen_fds(3)), or made here. A socket file that somebody
 * still serves is never taken away from him.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "ovsint/base/err.h"

struct listening {
    int fd; /* -1 once it was taken */
    /* Of the socket file that is ours to remove; "" = it is not. */
    char path[108];
    dev_t dev;
    ino_t ino;
};

/* Inherits the socket, or else makes one at `path`: mode 0600, with the
 * directories that are missing, in place of a file that nobody serves any
 * more. It appears under its name only when it can be connected to.
 * -EADDRINUSE when somebody serves it, -EINVAL for an inherited descriptor
 * that is no listening Unix socket, -EEXIST when something else than a socket
 * is there. */
int listen_open(const char *path, struct listening *ret,
                struct err *err) MUST_CHECK;

/* Removes the socket file, provided that it is still the one made here. */
void listen_remove(struct listening *listening);
