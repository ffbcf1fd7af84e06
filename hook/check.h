/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dry run. It reads what a plug would read and touches nothing.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/config/settings.h"

/* Says what a plug would do for a runtime's state or for a bundle's
 * config.json (the content tells which), one line each, without doing it.
 * 0 also when nothing is asked; negative as the hook itself would fail. */
int hook_check(const struct settings *settings, const char *path,
               struct buf *ret, struct err *err) MUST_CHECK;
