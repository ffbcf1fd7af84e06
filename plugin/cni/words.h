/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Words of other plugins, of ovs-cni and of CNI's bridge above all. Those that
 * mean what a word of ours says are taken, so that a configuration works as it
 * is: docs/from-ovs-cni.md. The others are answered with a word of ours. Pure.
 */
#pragma once

#include "plugin/cni/conf.h"

/* 1 = taken, 0 = it is none of theirs, -EINVAL with the answer. */
int words_take(struct cni_request *request, const char *key,
               const struct json *value, struct err *err) MUST_CHECK;
