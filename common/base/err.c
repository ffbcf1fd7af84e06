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

int err_set(struct err *err, int code, const char *fmt, ...)
{
    va_list args;

    err->code = code > 0 ? code : EIO;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return -err->code;
}

static int PRINTF_LIKE(3, 0)
    set_with_reason(struct err *err, int code, const char *fmt, va_list args)
{
    err->code = code > 0 ? code : EIO;
    int len = vsnprintf(err->text, sizeof(err->text), fmt, args);
    if (len >= 0 && (size_t)len < sizeof(err->text))
        snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s",
                 strerror(err->code));
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
    int len = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    /* What has no room is cut off. */
    if (len >= 0 && (size_t)len < sizeof(err->text) &&
        snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s",
                 inner) < 0)
        err->text[len] = '\0';
    if (err->code == 0)
        err->code = EIO;
    return -err->code;
}
