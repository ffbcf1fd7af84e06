/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is drawn, and the layout. Boxes of one bridge are as wide as the widest
 * needs, within bounds, and those of one row as high as the highest. Pure.
 */
#include "cli/screen/drawing.h"

#include <string.h>

#define INNER_LEAST 19 /* an IPv4 address with its length, centred */
#define INNER_MOST 43  /* an IPv6 address with its length */
#define BETWEEN 3      /* columns from box to box */
#define RAIL 2         /* columns that the line along the side takes */
#define BRIDGE_LINES 3
#define INNER_SMALL 5 /* on the narrowest of terminals */

void drawing_done(struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->count; i++) {
        struct drawn_bridge *bridge = &drawing->bridges[i];
        for (size_t b = 0; b < bridge->count; b++) {
            struct box *box = &bridge->boxes[b];
            for (size_t l = 0; l < box->line_count; l++)
                free(box->lines[l]);
            for (size_t l = 0; l < BOX_LABELS; l++)
                free(box->labels[l]);
            free(box->id);
        }
        free(bridge->boxes);
        free(bridge->name);
    }
    free(drawing->bridges);
    *drawing = (struct drawing){0};
}

struct drawn_bridge *drawing_add_bridge(struct drawing *drawing,
                                        const char *name)
{
    drawing->bridges = mem_grow(drawing->bridges, drawing->count,
                                &drawing->room, sizeof(*drawing->bridges));
    struct drawn_bridge *bridge = &drawing->bridges[drawing->count++];
    *bridge = (struct drawn_bridge){.name = mem_text(name, strlen(name))};
    return bridge;
}

struct box *drawing_add_box(struct drawn_bridge *bridge, const char *id)
{
    bridge->boxes = mem_grow(bridge->boxes, bridge->count, &bridge->room,
                             sizeof(*bridge->boxes));
    struct box *box = &bridge->boxes[bridge->count++];
    *box = (struct box){.vlan = -1, .id = mem_text(id, strlen(id))};
    return box;
}

void box_add_line(struct box *box, const char *text)
{
    if (text && text[0] && box->line_count < BOX_LINES)
        box->lines[box->line_count++] = mem_text(text, strlen(text));
}

/* Each character takes a column; its later bytes begin with 10. */
static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static int columns(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += begins_character(*text);
    return count;
}

bool box_fit(const char *text, int width, size_t *ret_size)
{
    size_t size = 0;

    *ret_size = strlen(text);
    if (columns(text) <= width)
        return false;
    /* The last column is for what says that it was cut. */
    for (int seen = 0; text[size]; size++) {
        seen += begins_character(text[size]);
        if (seen == width)
            break;
    }
    *ret_size = size;
    return true;
}

/* One bridge while it is laid out. */
struct layout {
    const struct drawn_bridge *bridge;
    const struct pen *pen;
    void *data;
    int inner;   /* width within a box */
    int in_row;  /* how many boxes a row has */
    int top;     /* the line that comes next */
    int wide;    /* the widest row */
    bool railed; /* some side has several rows */
};

static int widest_line(const struct drawn_bridge *bridge)
{
    int widest = INNER_LEAST;

    for (size_t i = 0; i < bridge->count; i++) {
        for (size_t l = 0; l < bridge->boxes[i].line_count; l++) {
            int width = columns(bridge->boxes[i].lines[l]);
            widest = width > widest ? width : widest;
        }
    }
    return widest;
}

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

static int at_least(int value, int least)
{
    return value > least ? value : least;
}

/* An odd width has a middle. */
static void choose_widths(struct layout *layout, int width)
{
    int most = at_least(width - RAIL - 2, INNER_SMALL);

    layout->inner = at_most(widest_line(layout->bridge), INNER_MOST) | 1;
    if (layout->inner > most)
        layout->inner = (most - 1) | 1;
    layout->in_row =
        at_least((width - RAIL + BETWEEN) / (layout->inner + 2 + BETWEEN), 1);
}

static int count_side(const struct drawn_bridge *bridge, bool below)
{
    int count = 0;

    for (size_t i = 0; i < bridge->count; i++)
        count += bridge->boxes[i].is_below == below;
    return count;
}

/* Up to one row of boxes, from *at on. */
static int take_row(const struct layout *layout, bool below, size_t *at,
                    const struct box **ret)
{
    int count = 0;

    for (; *at < layout->bridge->count && count < layout->in_row; (*at)++) {
        const struct box *box = &layout->bridge->boxes[*at];
        if (box->is_below == below)
            ret[count++] = box;
    }
    return count;
}

static int left_of(const struct layout *layout, int place)
{
    return (layout->railed ? RAIL : 0) + place * (layout->inner + 2 + BETWEEN);
}

static int middle_of(const struct layout *layout, int place)
{
    return left_of(layout, place) + 1 + layout->inner / 2;
}

static int row_height(const struct box *const *row, int count)
{
    size_t lines = 1;

    for (int i = 0; i < count; i++)
        lines = row[i]->line_count > lines ? row[i]->line_count : lines;
    return (int)lines + 2;
}

static void draw_wire(const struct layout *layout, const struct box *box, int x,
                      int from, int to, int labels)
{
    if (!layout->pen)
        return;
    layout->pen->line(layout->data, x, from, x, to);
    for (int i = 0; i < BOX_LABELS; i++) {
        if (box->labels[i])
            layout->pen->label(layout->data, box->labels[i], x, labels + i);
    }
}

/* The boxes of a row, and their wires to the line `to`. */
static void draw_row(const struct layout *layout, const struct box *const *row,
                     int count, int top, int height, int to)
{
    for (int i = 0; layout->pen && i < count; i++) {
        int x = middle_of(layout, i);
        bool below = row[i]->is_below;
        int edge = below ? top : top + height - 1;
        layout->pen->box(layout->data, row[i], left_of(layout, i), top,
                         layout->inner + 2, height);
        draw_wire(layout, row[i], x, at_most(edge, to), at_least(edge, to),
                  below ? to + 1 : edge + 1);
    }
}

static void draw_line(const struct layout *layout, int x1, int y1, int x2,
                      int y2)
{
    if (layout->pen)
        layout->pen->line(layout->data, x1, y1, x2, y2);
}

static void note_width(struct layout *layout, int count)
{
    int right = left_of(layout, count - 1) + layout->inner + 2;

    layout->wide = at_least(layout->wide, right);
}

/* Rows above the bridge, whose upper edge is then at layout->top. */
static void draw_above(struct layout *layout, const struct box **row)
{
    int left = count_side(layout->bridge, false), rail = -1;
    size_t at = 0;

    while (left > 0) {
        int count = take_row(layout, false, &at, row);
        int height = row_height(row, count);
        int line = layout->top + height + BOX_LABELS;
        draw_row(layout, row, count, layout->top, height, line);
        note_width(layout, count);
        left -= count;
        layout->top = left ? line + 1 : line;
        if (left)
            draw_line(layout, 0, line, middle_of(layout, count - 1), line);
        if (left && rail < 0)
            rail = line;
    }
    if (rail >= 0)
        draw_line(layout, 0, rail, 0, layout->top);
}

/* Rows beneath it, whose lower edge is at layout->top. */
static void draw_below(struct layout *layout, const struct box **row)
{
    int left = count_side(layout->bridge, true), first = layout->top;
    size_t at = 0;

    if (!left)
        layout->top++;
    while (left > 0) {
        int count = take_row(layout, true, &at, row);
        int height = row_height(row, count);
        if (layout->top != first) {
            draw_line(layout, 0, layout->top, middle_of(layout, count - 1),
                      layout->top);
            draw_line(layout, 0, first, 0, layout->top);
        }
        draw_row(layout, row, count, layout->top + 1 + BOX_LABELS, height,
                 layout->top);
        layout->top += 1 + BOX_LABELS + height;
        left -= count;
    }
}

struct extent drawing_layout(const struct drawn_bridge *bridge, int width,
                             const struct pen *pen, void *data)
{
    struct layout layout = {.bridge = bridge, .pen = pen, .data = data};
    int above = count_side(bridge, false), below = count_side(bridge, true);

    choose_widths(&layout, width);
    layout.railed = above > layout.in_row || below > layout.in_row;
    auto_free const struct box **row =
        mem_new((size_t)layout.in_row * sizeof(*row));
    layout.wide = at_least(layout.inner + 2, columns(bridge->name) + 4);
    draw_above(&layout, row);
    if (below)
        note_width(&layout, at_most(below, layout.in_row));
    if (pen)
        pen->bridge(data, bridge->name, 0, layout.top, layout.wide,
                    BRIDGE_LINES);
    layout.top += BRIDGE_LINES - 1;
    draw_below(&layout, row);
    return (struct extent){layout.wide, layout.top};
}
