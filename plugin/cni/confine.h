/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the CNI plugin gives up before it begins to work. See confine.c.
 */
#pragma once

#include "ovsint/base/err.h"

/* Gives up all but what is needed once everything is open. */
int cni_confine(struct err *err) MUST_CHECK;
