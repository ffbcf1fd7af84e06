/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The answering side of ovsint/base/helper.h. It has CAP_SYS_ADMIN and the file
 * system, and hears nobody but ovsint-plugin: no container, no database, no
 * Docker. It keeps nothing from one question to the next.
 */
#pragma once

#include "ovsint/base/err.h"

/* The sockets that it connects to: these, and BRIDGE.mgmt beside the first. */
struct helper_reach {
    const char *ovsdb;
    const char *northbound; /* "" = none */
};

/* Answers until the other side has gone (0). Negative if the socket fails. */
int helper_serve(int fd, const struct helper_reach *reach,
                 struct err *err) MUST_CHECK;

/* Gives up for good what it does not need. */
int helper_confine(struct err *err) MUST_CHECK;

/* Connects to the socket of a helper. */
int helper_connect(const char *path, struct err *err) MUST_CHECK;

/* A helper for who has none: a process that answers until the caller has gone.
 * It is to be called while the program has one thread and no secrets. Returns
 * the caller's end of the socket. */
int helper_fork(const struct helper_reach *reach, struct err *err) MUST_CHECK;
