/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The dry run. It reads what an attach would read, and changes nothing.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/config/settings.h"

/* Says in one line each what an attach would do for a runtime's state, or for a
 * bundle's config.json (the content tells which). 0 also if nothing is asked
 * for; fails as the hook itself would. */
int hook_check(const struct settings *settings, const char *path,
               struct buf *ret, struct err *err) MUST_CHECK;
