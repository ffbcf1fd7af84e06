/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error value. It lives on the caller's stack, always initialised with
 * `= {0}`, and is filled exactly once by the leaf that failed; each phase
 * above may prefix it once with what it was for. A finished text is one
 * sentence: what was asked, for whom, what failed, what to check.
 *
 * Convention of the whole tree: 0 or a non-negative result on success, a
 * negative errno on failure, and `struct err *` is the last parameter.
 * Output parameters are untouched on failure.
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

/* Prefixes the text that is there with "<what>: ", keeping the code. An
 * overlong result loses its tail. Returns -err->code. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
