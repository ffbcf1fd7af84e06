/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Where the plugin's socket comes from: inherited from the service manager
 * (LISTEN_FDS, sd_listen_fds(3)), or made here. A socket file that another
 * process still serves is left to that process.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "ovsint/base/err.h"

struct listening {
    int fd; /* -1 once it has been taken */
    /* The socket file that we remove at the end; "" = none. */
    char path[108];
    dev_t dev;
    ino_t ino;
};

/* Inherits the socket, or else makes one at `path`: with mode 0600, with the
 * directories that are missing, in place of a file that nobody serves any more.
 * The file appears when it can be connected to. -EADDRINUSE if somebody serves
 * it, -EINVAL for an inherited descriptor that is no listening Unix socket,
 * -EEXIST if the file is no socket. */
int listen_open(const char *path, struct listening *ret,
                struct err *err) MUST_CHECK;

/* Makes the socket for metrics at `address`, as settings_parse() has taken it:
 * a path, as above, or an address of the loopback device with a port. */
int listen_metrics(const char *address, struct listening *ret,
                   struct err *err) MUST_CHECK;

/* Removes the socket file if it still is the one that was made here. */
void listen_remove(struct listening *listening);
