/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin's self-confinement, before it serves its first call.
 */
#pragma once

#include "ovsint/base/err.h"

/* What has to be given up before the loop is made. Nothing else is. */
int plugin_confine_loop(struct err *err) MUST_CHECK;

/* Gives up everything that serving does not need: see the theory at the head
 * of confine.c. To be called when the socket and the loop are open. */
int plugin_confine(struct err *err) MUST_CHECK;
