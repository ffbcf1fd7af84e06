/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * For clang-tidy only, included ahead of each file. Its analyzer sees one file
 * at a time, and could not know that these functions never return success; nor
 * does it see that list_remove() changes which link is the first.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/list.h"

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_code(...) (err_code(__VA_ARGS__), -1)
#define err_sys(...) (err_sys(__VA_ARGS__), -1)
#define err_wrap(...) (err_wrap(__VA_ARGS__), -1)

struct list *analyzer_list_first(const struct list *head);
#define list_first(head) analyzer_list_first(head)
