/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event: to stderr, and to syslog for programs whose stderr may
 * be thrown away (crun drops a hook's). Text form `level message key=value`,
 * or one JSON object a line. Only programs log; common/ does at debug level.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/buf.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_options {
    const char *program;
    enum log_level level; /* the most talkative level that is shown */
    enum log_format format;
    bool to_syslog; /* besides stderr */
};

/* Opens the syslog connection at once when asked, so that it also works after
 * the program has confined itself. Never fails: logging must not stop work. */
void log_init(const struct log_options *options);

/* Writes one line. After `message` come pairs of strings, key and value, then
 * NULL; a pair whose value is NULL is left out. */
void log_event(enum log_level level, const char *message, ...)
    __attribute__((sentinel));

bool log_enabled(enum log_level level);

/* Adds a text as a line of the log shows it: what a terminal would obey, and
 * what is no UTF-8, becomes a blank or a mark. For what is shown elsewhere. */
void log_clean(const char *text, struct buf *ret);
