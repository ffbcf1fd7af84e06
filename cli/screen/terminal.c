/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Looks at standard output and the environment once. */
#include "cli/screen/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ovsint/base/log.h"
#include "ovsint/base/parse.h"

#define WIDTH_MIN 20
#define WIDTH_MAX 4096
#define HEIGHT_DEFAULT 24 /* of a terminal that does not say */

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && value[0];
}

static void look_at_size(bool is_terminal, struct terminal *ret)
{
    struct winsize size = {0};
    uint64_t columns;

    ret->width = ret->height = 0;
    if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        ret->width = size.ws_col >= WIDTH_MIN ? size.ws_col : 0;
        ret->height = size.ws_row ? size.ws_row : HEIGHT_DEFAULT;
    }
    if (is_set("COLUMNS") &&
        parse_number(getenv("COLUMNS"), WIDTH_MIN, WIDTH_MAX, &columns) >= 0)
        ret->width = columns;
}

void terminal_resize(struct terminal *terminal)
{
    look_at_size(true, terminal);
}

static bool speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (!value || !value[0])
            continue;
        const char *charset = strchr(value, '.');
        return charset && (strncasecmp(charset, ".utf8", 5) == 0 ||
                           strncasecmp(charset, ".utf-8", 6) == 0);
    }
    return false;
}

void terminal_look(struct terminal *ret)
{
    const char *term = getenv("TERM");
    bool is_terminal = isatty(STDOUT_FILENO);

    ret->colours =
        is_terminal && !is_set("NO_COLOR") && term && strcmp(term, "dumb") != 0;
    ret->utf8 = speaks_utf8();
    look_at_size(is_terminal, ret);
}

size_t text_width(const char *text)
{
    size_t width = 0;

    /* The later bytes of a character begin with 10. */
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void terminal_add(const struct terminal *terminal, enum colour colour,
                  const char *text, struct buf *ret)
{
    static const char *const codes[] = {"", "\033[1m", "\033[32m", "\033[33m",
                                        "\033[31m"};

    if (!terminal->colours || colour == COLOUR_NONE) {
        log_clean(text, ret);
        return;
    }
    buf_add_text(ret, codes[colour]);
    log_clean(text, ret);
    buf_add_text(ret, "\033[0m");
}
