/* SPDX-License-Identifier: Apache-2.0 */
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

/* Is it a character of three bytes that reverses the text after it, or begins a
 * line (Unicode UAX #9, section 2)? These are U+200E, U+200F, U+2028 to U+202E,
 * U+2066 to U+2069. */
static bool turns_text(const unsigned char *c)
{
    if (c[0] != 0xe2)
        return false;
    return (c[1] == 0x80 &&
            (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/* How many bytes the character at `text` has. 0 if it is not UTF-8 (RFC 3629,
 * section 4), or if a terminal would obey it: a control character from U+0080
 * to U+009F, or one that reverses text. As texts are cut at a number of bytes,
 * the last character may be incomplete. */
static size_t character_size(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    size = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] == 0xc2 || c[0] == 0xe0)
        low = 0xa0;
    if (c[0] == 0xf0)
        low = 0x90;
    if (c[0] == 0xed)
        high = 0x9f;
    if (c[0] == 0xf4)
        high = 0x8f;
    if (c[1] < low || c[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (c[i] < 0x80 || c[i] > 0xbf)
            return 0;
    }
    /* U+061C reverses text, too. */
    if ((size == 2 && c[0] == 0xd8 && c[1] == 0x9c) ||
        (size == 3 && turns_text(c)))
        return 0;
    return size;
}

/* Adds the character at `text`, or "?" if it may not be shown. Returns how many
 * bytes of `text` that was. */
static size_t add_character(struct buf *line, const char *text)
{
    size_t size = character_size(text);

    if (size == 0)
        buf_add(line, "?", 1);
    else
        buf_add(line, text, size);
    return size ? size : 1;
}

static void add_quoted(struct buf *line, const char *value)
{
    buf_add(line, "\"", 1);
    while (*value) {
        unsigned char c = (unsigned char)*value;
        if (c != '"' && c != '\\' && c >= ' ' && c != 0x7f) {
            value += add_character(line, value);
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
        text += add_character(ret, is_control ? " " : text);
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
