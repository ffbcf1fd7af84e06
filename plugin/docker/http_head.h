/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a reply. Pure. */
#pragma once

#include "ovsint/base/buf.h"

/* Appends status line and headers of a reply whose body has `size` bytes.
 * `connection` is the value of that header, NULL = none. */
void http_write_head(struct buf *ret, unsigned status, size_t size,
                     const char *connection);
