/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unplugging a container by its id alone.
 */
#pragma once

#include "hook/attach.h"

/* Removes every port that only this container lives on, and its membership of
 * those that it shares. Nothing there is success. It does not wait for the
 * switch: a deletion costs it about 17 ms and holds nobody up. */
int hook_detach(const struct hook_run *run, const char *container,
                struct err *err) MUST_CHECK;
