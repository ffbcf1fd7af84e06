/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event. Values with blanks, quotes or control characters are
 * quoted and escaped, so a line can neither be forged nor broken by a name
 * that came from outside. The state here is the program's logging set-up,
 * written once at start.
 */
#include "ovsint/log.h"

#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "ovsint/buf.h"

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
        openlog(setup.program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

bool log_enabled(enum log_level level)
{
    return level <= setup.level;
}

static void add_quoted(struct buf *line, const char *value)
{
    buf_add(line, "\"", 1);
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\')
            buf_addf(line, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            buf_addf(line, "\\u%04x", c);
        else
            buf_add(line, &c, 1);
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

/* A message is ours, but its operands may not be: control characters become
 * blanks in the text form. */
static void add_message(struct buf *line, enum log_level level,
                        const char *message)
{
    if (setup.format == LOG_FORMAT_JSON) {
        buf_addf(line, "{\"level\":\"%s\",\"message\":", levels[level].name);
        add_quoted(line, message);
        return;
    }
    for (; *message; message++) {
        unsigned char c = (unsigned char)*message;
        buf_add(line, c < ' ' || c == 0x7f ? " " : message, 1);
    }
}

/* syslog names the program by itself; here the line does. One write, so that
 * lines of several processes do not mix. */
static void write_to_stderr(const struct buf *line)
{
    auto_buf struct buf whole = BUF_INIT(LOG_LINE_SIZE + 128);

    if (setup.format == LOG_FORMAT_TEXT)
        buf_addf(&whole, "%s: ", setup.program);
    buf_add(&whole, buf_text(line), line->size);
    buf_add_text(&whole, "\n");
    if (write(STDERR_FILENO, buf_text(&whole), whole.size) < 0)
        return; /* nobody to tell */
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
        syslog(levels[level].priority, "%s", buf_text(&line));
    write_to_stderr(&line);
}
