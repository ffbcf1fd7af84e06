/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A transcript of what the tested code has done: functions that a test defines
 * in the place of those that reach the kernel write to it, and so does the log:
 * "warning: message; key=value key=value", but for what is for debugging.
 * Include it in one file of a program.
 */
#pragma once

#include <stdarg.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/log.h"
#include "tests/lib/test.h"

static struct buf said = BUF_INIT(1 << 20);

#define SAY(...) buf_addf(&said, __VA_ARGS__)

/* Compares what has been said since the last time, one item a line. */
#define CHECK_SAID(wanted)                                   \
    do {                                                     \
        auto_free char *said_ =                              \
            mem_text(said.data ? said.data : "", said.size); \
        buf_done(&said);                                     \
        said = BUF_INIT(1 << 20);                            \
        CHECK_STR(said_, wanted);                            \
    } while (0)

void log_event(enum log_level level, const char *message, ...)
{
    static const char *const levels[] = {[LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_WARNING] = "warning",
                                         [LOG_LEVEL_INFO] = "info"};

    va_list pairs;
    const char *key, *mark = "; ";

    if (level == LOG_LEVEL_DEBUG)
        return;
    SAY("%s: %s", levels[level], message);
    va_start(pairs, message);
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        if (!value)
            continue;
        SAY("%s%s=%s", mark, key, value);
        mark = " ";
    }
    va_end(pairs);
    SAY("\n");
}
