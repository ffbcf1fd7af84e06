/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Words from outside in a command that somebody is to run. Pure.
 */
#pragma once

#include "ovsint/base/buf.h"

/* Appends it as a shell takes it for one word (sh(1posix), section 2.2): in
 * single quotes, unless all of its characters mean themselves. */
void quoted_add(const char *word, struct buf *ret);
