/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bridges with what is plugged into them, as a drawing. One layout places
 * boxes, wires and texts on a raster of characters; pens draw it as text and as
 * SVG. dot(1) lays out by itself. Pure, and texts are taken as they are:
 * whoever adds them has removed what a terminal would obey.
 *
 * Containers stand above their bridge, what leads elsewhere beneath it:
 *
 *     +-----+   +-----+
 *     | web |   | db  |
 *     +--+--+   +--+--+
 *     VLAN 10   VLAN 20
 *     +--+---------+--+
 *     |      br0      |
 *     +-------+-------+
 *           port 1
 *         +---+---+
 *         | eth1  |
 *         +-------+
 *
 * What does not fit into one row stands in several, whose wires meet in a line
 * that leads along the left side to the bridge.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"

#define BOX_LINES 12
#define BOX_LABELS 2

/* What stands in a box, and what is written on its wire. */
struct box {
    char *lines[BOX_LINES]; /* the first one is its name */
    size_t line_count;
    char *labels[BOX_LABELS]; /* NULL = none */
    char *id;                 /* for dot(1); unique */
    int64_t vlan;             /* what it is coloured by; -1 = none */
    bool is_broken;
    bool is_below; /* it leads elsewhere */
};

struct drawn_bridge {
    char *name;
    struct box *boxes; /* in the order in which they are drawn */
    size_t count;
    size_t room;
};

struct drawing {
    struct drawn_bridge *bridges;
    size_t count;
    size_t room;
};

void drawing_done(struct drawing *drawing);
#define auto_drawing __attribute__((cleanup(drawing_done)))

struct drawn_bridge *drawing_add_bridge(struct drawing *drawing,
                                        const char *name);
struct box *drawing_add_box(struct drawn_bridge *bridge, const char *id);
/* NULL and "" are left out, and so is what does not fit any more. */
void box_add_line(struct box *box, const char *text);

/* Where things are, in columns and lines. A wire ends on the edges of boxes. */
struct pen {
    void (*box)(void *data, const struct box *box, int x, int y, int width,
                int height);
    void (*bridge)(void *data, const char *name, int x, int y, int width,
                   int height);
    void (*line)(void *data, int x1, int y1, int x2, int y2);
    /* Its middle is at x. */
    void (*label)(void *data, const char *text, int x, int y);
};

struct extent {
    int width;
    int height;
};

/* Draws one bridge whose upper left corner is at 0, 0. `width` is what is
 * there for it; a box alone may be wider. `data` may be NULL, and `pen` too, to
 * measure. */
struct extent drawing_layout(const struct drawn_bridge *bridge, int width,
                             const struct pen *pen, void *data);

/* The text of a line in a box of that width, cut if need be: *ret_size bytes
 * of it, and whether something was left out. */
bool box_fit(const char *text, int width, size_t *ret_size);

/* For a terminal of that width. */
void drawing_text(const struct drawing *drawing, int width, bool utf8,
                  struct buf *ret);
void drawing_svg(const struct drawing *drawing, struct buf *ret);
void drawing_dot(const struct drawing *drawing, struct buf *ret);
