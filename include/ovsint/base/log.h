/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One line per event, to stderr. Also to syslog, for programs whose stderr may
 * be thrown away (crun drops a hook's). A line is `level message key=value`, or
 * one JSON object. Only programs log above debug level; common/ does not.
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
    enum log_level level; /* the lowest severity that is shown */
    enum log_format format;
    bool to_syslog; /* besides stderr */
    /* Errors go to syslog alone: whoever started the program is told them
     * another way, and would show stderr to people as well. */
    bool tells_errors;
};

/* If asked for syslog, opens its socket now, as a confined program no longer
 * can. Never fails: a lack of logging stops no work. */
void log_init(const struct log_options *options);

/* Writes one line. `message` is followed by pairs of strings, key and value,
 * and by NULL. A pair whose value is NULL is left out. */
void log_event(enum log_level level, const char *message, ...)
    __attribute__((sentinel));

bool log_enabled(enum log_level level);

/* Adds `text` to `ret` as the log would show it. Bytes that a terminal would
 * obey become blanks; what is not UTF-8 becomes "?". For texts that are shown
 * elsewhere than in the log. */
void log_clean(const char *text, struct buf *ret);
