/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugin confines itself before it serves its first call.
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/err.h"

/* Gives up what has to be given up before the loop is made, and nothing
 * else. */
int plugin_confine_loop(struct err *err) MUST_CHECK;

/* Gives up all that serving does not need: see the theory at the head of
 * confine.c. Call it when the sockets and the loop are open. `sockets` are
 * paths that the plugin removes as it ends ("" = none). */
int plugin_confine(const char *const *sockets, size_t count,
                   struct err *err) MUST_CHECK;
