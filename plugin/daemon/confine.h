/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugin confines itself before it serves its first call.
 */
#pragma once

#include "ovsint/base/err.h"

/* Gives up what has to be given up before the loop is made, and nothing
 * else. */
int plugin_confine_loop(struct err *err) MUST_CHECK;

/* Gives up all that serving does not need: see the theory at the head of
 * confine.c. Call it when the socket and the loop are open. */
int plugin_confine(struct err *err) MUST_CHECK;
