/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A drawing as text. Lines are drawn first, each cell noting to which sides it
 * goes on; so wires and edges join by themselves. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "cli/screen/drawing.h"

#define INDENT 2
#define CHARACTER_SIZE 5 /* of UTF-8, with NUL */

enum side { SIDE_UP = 1, SIDE_DOWN = 2, SIDE_LEFT = 4, SIDE_RIGHT = 8 };

struct cell {
    char text[CHARACTER_SIZE]; /* "" = lines alone */
    unsigned char sides;
};

struct canvas {
    struct cell *cells;
    struct extent extent;
    bool utf8;
};

static struct cell *cell_at(struct canvas *canvas, int x, int y)
{
    static struct cell outside;

    if (x < 0 || y < 0 || x >= canvas->extent.width ||
        y >= canvas->extent.height)
        return &outside;
    return &canvas->cells[y * canvas->extent.width + x];
}

static void draw_line(void *data, int x1, int y1, int x2, int y2)
{
    for (int x = x1; x < x2; x++) {
        cell_at(data, x, y1)->sides |= SIDE_RIGHT;
        cell_at(data, x + 1, y1)->sides |= SIDE_LEFT;
    }
    for (int y = y1; y < y2; y++) {
        cell_at(data, x1, y)->sides |= SIDE_DOWN;
        cell_at(data, x1, y + 1)->sides |= SIDE_UP;
    }
}

/* Returns the column after it. */
static int write_text(struct canvas *canvas, const char *text, size_t size,
                      int x, int y)
{
    for (size_t i = 0; i < size; x++) {
        struct cell *cell = cell_at(canvas, x, y);
        size_t bytes = 1;
        while (i + bytes < size && bytes < CHARACTER_SIZE - 1 &&
               ((unsigned char)text[i + bytes] & 0xc0) == 0x80)
            bytes++;
        memcpy(cell->text, text + i, bytes);
        cell->text[bytes] = '\0';
        i += bytes;
    }
    return x;
}

static int width_of(const char *text, size_t size)
{
    int width = 0;

    for (size_t i = 0; i < size; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

/* In the middle of `width` columns; a text that is too long is cut. */
static void write_centred(struct canvas *canvas, const char *text, int x, int y,
                          int width)
{
    size_t size;
    bool is_cut = box_fit(text, width, &size);
    int left = x + (width - width_of(text, size) - is_cut) / 2;
    int end = write_text(canvas, text, size, left, y);

    if (is_cut)
        write_text(canvas, canvas->utf8 ? "…" : "~",
                   strlen(canvas->utf8 ? "…" : "~"), end, y);
}

static void draw_edges(struct canvas *canvas, int x, int y, int width,
                       int height)
{
    draw_line(canvas, x, y, x + width - 1, y);
    draw_line(canvas, x, y + height - 1, x + width - 1, y + height - 1);
    draw_line(canvas, x, y, x, y + height - 1);
    draw_line(canvas, x + width - 1, y, x + width - 1, y + height - 1);
}

static void draw_box(void *data, const struct box *box, int x, int y, int width,
                     int height)
{
    draw_edges(data, x, y, width, height);
    for (size_t i = 0; i < box->line_count; i++)
        write_centred(data, box->lines[i], x + 1, y + 1 + (int)i, width - 2);
}

static void draw_bridge(void *data, const char *name, int x, int y, int width,
                        int height)
{
    draw_edges(data, x, y, width, height);
    write_centred(data, name, x + 1, y + 1, width - 2);
}

/* As wide as a box and the gap beside it. */
#define LABEL_WIDTH 23

static void draw_label(void *data, const char *text, int x, int y)
{
    write_centred(data, text, x - LABEL_WIDTH / 2, y, LABEL_WIDTH);
}

static const char *line_text(const struct canvas *canvas, unsigned sides)
{
    static const char *const lines[] = {" ", "│", "│", "│", "─", "┘", "┐", "┤",
                                        "─", "└", "┌", "├", "─", "┴", "┬", "┼"};

    if (canvas->utf8)
        return lines[sides];
    if (!(sides & (SIDE_UP | SIDE_DOWN)))
        return sides ? "-" : " ";
    return sides & (SIDE_LEFT | SIDE_RIGHT) ? "+" : "|";
}

static bool is_empty(const struct cell *cell)
{
    return !cell->sides && (!cell->text[0] || strcmp(cell->text, " ") == 0);
}

static void write_canvas(struct canvas *canvas, struct buf *ret)
{
    for (int y = 0; y < canvas->extent.height; y++) {
        int end = canvas->extent.width;
        while (end > 0 && is_empty(cell_at(canvas, end - 1, y)))
            end--;
        buf_addf(ret, "%*s", INDENT, "");
        for (int x = 0; x < end; x++) {
            const struct cell *cell = cell_at(canvas, x, y);
            buf_add_text(ret, cell->text[0] ? cell->text
                                            : line_text(canvas, cell->sides));
        }
        buf_add_text(ret, "\n");
    }
}

static void draw(const struct drawn_bridge *bridge, int width, bool utf8,
                 struct buf *ret)
{
    static const struct pen pen = {draw_box, draw_bridge, draw_line,
                                   draw_label};
    struct canvas canvas = {.utf8 = utf8};

    canvas.extent = drawing_layout(bridge, width - INDENT, NULL, NULL);
    auto_free struct cell *cells =
        mem_new((size_t)canvas.extent.width * (size_t)canvas.extent.height *
                sizeof(*cells));
    canvas.cells = cells;
    (void)drawing_layout(bridge, width - INDENT, &pen, &canvas);
    write_canvas(&canvas, ret);
}

void drawing_text(const struct drawing *drawing, int width, bool utf8,
                  struct buf *ret)
{
    for (size_t i = 0; i < drawing->count; i++) {
        if (i)
            buf_add_text(ret, "\n");
        draw(&drawing->bridges[i], width, utf8, ret);
    }
}
