/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hook's self-confinement, after everything that it needs is open.
 */
#pragma once

#include "ovsint/base/err.h"

/* Gives up everything that the rest of the run does not need: see the theory
 * at the head of confine.c. */
int hook_confine(struct err *err) MUST_CHECK;
