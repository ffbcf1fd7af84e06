/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For clang-tidy only, included ahead of each file. Its analyzer sees one file
 * at a time, and could not know that these functions never return success.
 */
#pragma once

#include "ovsint/base/err.h"

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_code(...) (err_code(__VA_ARGS__), -1)
#define err_sys(...) (err_sys(__VA_ARGS__), -1)
#define err_wrap(...) (err_wrap(__VA_ARGS__), -1)
