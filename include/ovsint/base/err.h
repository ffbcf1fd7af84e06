/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The error value. It lives on the caller's stack and is initialised with `=
 * {0}`. The leaf that failed fills it once. Each phase above may prefix it once
 * with what it was doing. The whole text is one sentence: what was asked, for
 * whom, what failed, what to check.
 *
 * Convention of the whole tree: a function returns 0 or a non-negative result
 * on success and a negative errno on failure, and `struct err *` is its last
 * parameter. On failure output parameters keep what they had.
 */
#pragma once

#include "ovsint/base/cleanup.h"

#define ERR_TEXT_SIZE 512

struct err {
    int code; /* positive errno; 0 = no error */
    char text[ERR_TEXT_SIZE];
};

/* Fills `err` with `code` (positive errno) and the text. Returns -code. */
int err_set(struct err *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set() with ": " and strerror(code) appended. */
int err_code(struct err *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_code() with the current errno. */
int err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Prefixes the text with "<what>: " and keeps the code. A text that is too long
 * loses its tail. Returns -err->code. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
