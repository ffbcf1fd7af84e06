/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the terminal can show. Standard output that is no terminal has no
 * colours and no width; NO_COLOR (no-color.org) and TERM=dumb take the colours
 * away, COLUMNS sets the width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"

enum colour {
    COLOUR_NONE,
    COLOUR_BOLD,
    COLOUR_GREEN,
    COLOUR_YELLOW,
    COLOUR_RED
};

struct terminal {
    bool colours;
    bool utf8;
    size_t width; /* 0 = no limit */
};

void terminal_look(struct terminal *ret);

/* How many columns a text takes, if each character takes one. Pure. */
size_t text_width(const char *text);

/* Adds the text in a colour, if there are any. What a terminal would obey
 * becomes a blank. */
void terminal_add(const struct terminal *terminal, enum colour colour,
                  const char *text, struct buf *ret);
