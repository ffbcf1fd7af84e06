/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The hook confines itself when all that it needs is open.
 */
#pragma once

#include "ovsint/base/err.h"

/* Gives up all that the run does not need: see the theory at the head of
 * confine.c. */
int hook_confine(struct err *err) MUST_CHECK;
