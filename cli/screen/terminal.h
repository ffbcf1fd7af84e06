/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the terminal can show. Standard output that is no terminal has no
 * colours and no width; NO_COLOR (no-color.org) and TERM=dumb take the colours
 * away, COLUMNS sets the width.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/deadline.h"

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
    size_t width;  /* 0 = no limit */
    size_t height; /* 0 = it is no terminal */
};

void terminal_look(struct terminal *ret);

/* Asks for width and height again. */
void terminal_resize(struct terminal *terminal);

/* Takes the terminal for a display that is drawn in place: keys come at once,
 * and are not shown. False if standard input or output is none. SIGINT,
 * SIGTERM, SIGHUP and SIGQUIT then end the display, and no longer the program.
 * terminal_leave() gives it back. */
bool terminal_take(void);
void terminal_leave(void);
/* Waits for a key until the deadline: its character; 0 at the deadline, or if
 * the window has another size; -1 if the display has to end. */
int terminal_key(struct deadline deadline);
/* Puts what is drawn in the place of what was there, cut to the height. */
void terminal_draw(const struct terminal *terminal, const char *text,
                   struct buf *ret);

/* How many columns a text takes, if each character takes one. Pure. */
size_t text_width(const char *text);

/* Adds the text in a colour, if there are any. What a terminal would obey
 * becomes a blank. */
void terminal_add(const struct terminal *terminal, enum colour colour,
                  const char *text, struct buf *ret);
