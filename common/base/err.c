/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The error value. Its text has a fixed size, so no path has to release an
 * error.
 */
#include "ovsint/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* By way of a copy: what is said again may be the error's own text. Returns its
 * length, also of what has no room, which is cut off. */
static int PRINTF_LIKE(2, 0)
    set_text(struct err *err, const char *fmt, va_list args)
{
    char text[ERR_TEXT_SIZE] = "";
    int len = vsnprintf(text, sizeof(text), fmt, args);

    memcpy(err->text, text, sizeof(text));
    return len;
}

static void add_text(struct err *err, int len, const char *text)
{
    if (len >= 0 && (size_t)len < sizeof(err->text) &&
        snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s",
                 text) < 0)
        err->text[len] = '\0';
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)set_text(err, fmt, args);
    va_end(args);
    err->code = code > 0 ? code : EIO;
    return -err->code;
}

static int PRINTF_LIKE(3, 0)
    set_with_reason(struct err *err, int code, const char *fmt, va_list args)
{
    int len = set_text(err, fmt, args);

    err->code = code > 0 ? code : EIO;
    add_text(err, len, strerror(err->code));
    return -err->code;
}

int err_code(struct err *err, int code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int r = set_with_reason(err, code, fmt, args);
    va_end(args);
    return r;
}

int err_sys(struct err *err, const char *fmt, ...)
{
    int code = errno;
    va_list args;

    va_start(args, fmt);
    int r = set_with_reason(err, code, fmt, args);
    va_end(args);
    return r;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    char inner[ERR_TEXT_SIZE];
    va_list args;

    memcpy(inner, err->text, sizeof(inner));
    va_start(args, fmt);
    int len = set_text(err, fmt, args);
    va_end(args);
    add_text(err, len, inner);
    if (err->code == 0)
        err->code = EIO;
    return -err->code;
}
