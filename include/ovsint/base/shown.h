/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Names from outside as people and other programs are shown them. Pure. */
#pragma once

#include "ovsint/base/buf.h"

/* Adds the character at `text`, or "?" if it is not UTF-8, or if a terminal
 * would obey it. Control characters below U+0020 are the caller's. Returns how
 * many bytes of `text` that was. */
size_t shown_add(struct buf *ret, const char *text);
