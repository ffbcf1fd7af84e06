/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One line per event. Values with blanks, quotes or control characters are
 * quoted and escaped, so that a name from outside can neither forge nor break a
 * line. The state is set once, at the start of the program.
 */
#include "ovsint/base/log.h"

#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "common/base/syslog.h"
#include "ovsint/base/buf.h"
#include "ovsint/base/shown.h"

#define LOG_LINE_SIZE 4096

static const struct {
    const char *name;
    int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", LOG_ERR},
    [LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LOG_LEVEL_INFO] = {"info", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

static struct log_options setup = {.program = "ovsint",
                                   .level = LOG_LEVEL_WARNING};

void log_init(const struct log_options *options)
{
    setup = *options;
    if (setup.to_syslog)
        syslog_open();
}

bool log_enabled(enum log_level level)
{
    return level <= setup.level;
}

static void add_quoted(struct buf *line, const char *value)
{
    buf_add(line, "\"", 1);
    while (*value) {
        unsigned char c = (unsigned char)*value;
        if (c != '"' && c != '\\' && c >= ' ' && c != 0x7f) {
            value += shown_add(line, value);
            continue;
        }
        if (c == '"' || c == '\\')
            buf_addf(line, "\\%c", c);
        else
            buf_addf(line, "\\u%04x", c);
        value++;
    }
    buf_add(line, "\"", 1);
}

static bool needs_quotes(const char *value)
{
    if (!*value)
        return true;
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c >= 0x7f)
            return true;
    }
    return false;
}

static void add_pair(struct buf *line, const char *key, const char *value)
{
    if (setup.format == LOG_FORMAT_JSON) {
        buf_add_text(line, ",");
        add_quoted(line, key);
        buf_add_text(line, ":");
        add_quoted(line, value);
        return;
    }
    buf_addf(line, " %s=", key);
    if (needs_quotes(value))
        add_quoted(line, value);
    else
        buf_add_text(line, value);
}

void log_clean(const char *text, struct buf *ret)
{
    while (*text) {
        unsigned char c = (unsigned char)*text;
        bool is_control = c < ' ' || c == 0x7f;
        text += shown_add(ret, is_control ? " " : text);
    }
}

/* The message is our own text, but names from outside may stand in it: in the
 * text form their control characters become blanks. */
static void add_message(struct buf *line, enum log_level level,
                        const char *message)
{
    if (setup.format == LOG_FORMAT_JSON) {
        buf_addf(line, "{\"level\":\"%s\",\"message\":", levels[level].name);
        add_quoted(line, message);
        return;
    }
    log_clean(message, line);
}

/* Unlike syslog, stderr does not name the program, so the line does. It is one
 * write(2), so that the lines of several processes do not mix. */
static void write_to_stderr(const struct buf *line)
{
    auto_buf struct buf whole = BUF_INIT(LOG_LINE_SIZE + 128);

    if (setup.format == LOG_FORMAT_TEXT)
        buf_addf(&whole, "%s: ", setup.program);
    buf_add(&whole, buf_text(line), line->size);
    buf_add_text(&whole, "\n");
    if (write(STDERR_FILENO, buf_text(&whole), whole.size) < 0)
        return; /* there is nobody to report to */
}

void log_event(enum log_level level, const char *message, ...)
{
    if (!log_enabled(level))
        return;

    auto_buf struct buf line = BUF_INIT(LOG_LINE_SIZE);
    va_list args;

    add_message(&line, level, message);
    va_start(args, message);
    for (;;) {
        const char *key = va_arg(args, const char *);
        if (!key)
            break;
        const char *value = va_arg(args, const char *);
        if (value)
            add_pair(&line, key, value);
    }
    va_end(args);
    if (setup.format == LOG_FORMAT_JSON)
        buf_add_text(&line, "}");
    if (setup.to_syslog)
        syslog_send(levels[level].priority, setup.program, buf_text(&line));
    if (level != LOG_LEVEL_ERROR || !setup.tells_errors)
        write_to_stderr(&line);
}
