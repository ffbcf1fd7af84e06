/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass of the guardian, for cron or after a start of Open vSwitch.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "ovsint/config/settings.h"

/* Looks at every port once the switch has done all that it was asked for, does
 * what is to be done, and returns when nothing is left to do. Success also
 * when another guardian is at work, which does the same. -ETIMEDOUT when the
 * database or the switch did not answer within `timeout_ms`; -EIO when some
 * port could not be helped: the log says which. */
int once_run(uv_loop_t *loop, const struct settings *settings,
             const char *remote, unsigned timeout_ms,
             struct err *err) MUST_CHECK;
