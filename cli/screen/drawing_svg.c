/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A drawing as SVG 1.1, and as the language of dot(1). Of SVG only what every
 * browser, wiki and converter draws alike: rectangles, lines, texts with their
 * attributes in place, no style sheet and no script. Pure.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/screen/drawing.h"

#define COLUMN 8 /* pixels */
#define LINE 18
#define MARGIN 16
#define WIDTH 130 /* columns: a page in landscape */
#define FONT_SIZE 13
#define TEXT_SIZE (64u << 10)

/* Fills by VLAN: light, so that black text stands on them. */
static const char *const fills[] = {"#dbeafe", "#dcfce7", "#fef9c3", "#fae8ff",
                                    "#ffedd5", "#cffafe", "#e0e7ff", "#fce7f3"};
#define FILL_NONE "#f3f4f6"
#define FILL_BRIDGE "#1f2937"
#define FILL_BROKEN "#fee2e2"
#define EDGE "#374151"
#define EDGE_BROKEN "#b91c1c"

struct svg {
    struct buf *buf;
    int top; /* lines above this bridge */
};

static int pixels_x(int column)
{
    return MARGIN + column * COLUMN + COLUMN / 2;
}

static int pixels_y(const struct svg *svg, int line)
{
    return MARGIN + (svg->top + line) * LINE + LINE / 2;
}

static void add_escaped(const char *text, size_t size, struct buf *ret)
{
    for (size_t i = 0; i < size; i++) {
        switch (text[i]) {
        case '<':
            buf_add_text(ret, "&lt;");
            break;
        case '>':
            buf_add_text(ret, "&gt;");
            break;
        case '&':
            buf_add_text(ret, "&amp;");
            break;
        case '"':
            buf_add_text(ret, "&quot;");
            break;
        default:
            buf_add(ret, &text[i], 1);
        }
    }
}

static void add_rectangle(struct svg *svg, int x, int y, int width, int height,
                          const char *fill, const char *edge)
{
    buf_addf(svg->buf,
             "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
             "fill=\"%s\" stroke=\"%s\"/>\n",
             pixels_x(x), pixels_y(svg, y), (width - 1) * COLUMN,
             (height - 1) * LINE, fill, edge);
}

/* Centred in `width` columns, on the base line of that line. */
static void add_text(struct svg *svg, const char *text, int middle, int y,
                     int width, const char *attributes)
{
    size_t size;
    bool is_cut = box_fit(text, width, &size);

    buf_addf(svg->buf, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\"%s>",
             middle, y, attributes);
    add_escaped(text, size, svg->buf);
    buf_addf(svg->buf, "%s</text>\n", is_cut ? "…" : "");
}

static int middle_of(int x, int width)
{
    return pixels_x(x) + (width - 1) * COLUMN / 2;
}

static void draw_box(void *data, const struct box *box, int x, int y, int width,
                     int height)
{
    struct svg *svg = data;
    const char *fill = box->vlan < 0
                           ? FILL_NONE
                           : fills[(uint64_t)box->vlan % ARRAY_LEN(fills)];

    add_rectangle(svg, x, y, width, height, box->is_broken ? FILL_BROKEN : fill,
                  box->is_broken ? EDGE_BROKEN : EDGE);
    for (size_t i = 0; i < box->line_count; i++)
        add_text(svg, box->lines[i], middle_of(x, width),
                 pixels_y(svg, y + 1 + (int)i) + FONT_SIZE / 3, width - 2,
                 i ? "" : " font-weight=\"bold\"");
}

static void draw_bridge(void *data, const char *name, int x, int y, int width,
                        int height)
{
    struct svg *svg = data;

    add_rectangle(svg, x, y, width, height, FILL_BRIDGE, FILL_BRIDGE);
    add_text(svg, name, middle_of(x, width),
             pixels_y(svg, y + 1) + FONT_SIZE / 3, width - 2,
             " font-weight=\"bold\" fill=\"#ffffff\"");
}

static void draw_line(void *data, int x1, int y1, int x2, int y2)
{
    struct svg *svg = data;

    buf_addf(svg->buf,
             "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
             "stroke=\"" EDGE "\"/>\n",
             pixels_x(x1), pixels_y(svg, y1), pixels_x(x2), pixels_y(svg, y2));
}

/* The wire is behind it: a white ground keeps it readable. */
static void draw_label(void *data, const char *text, int x, int y)
{
    struct svg *svg = data;
    int width = 0;

    for (const char *at = text; *at; at++)
        width += ((unsigned char)*at & 0xc0) != 0x80;
    buf_addf(svg->buf,
             "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
             "fill=\"#ffffff\"/>\n",
             pixels_x(x) - (width + 1) * COLUMN / 2,
             pixels_y(svg, y) - LINE / 2, (width + 1) * COLUMN, LINE);
    add_text(svg, text, pixels_x(x), pixels_y(svg, y) + FONT_SIZE / 3, 64,
             " fill=\"#4b5563\"");
}

void drawing_svg(const struct drawing *drawing, struct buf *ret)
{
    static const struct pen pen = {draw_box, draw_bridge, draw_line,
                                   draw_label};
    struct extent all = {0};

    for (size_t i = 0; i < drawing->count; i++) {
        struct extent one =
            drawing_layout(&drawing->bridges[i], WIDTH, NULL, NULL);
        all.width = one.width > all.width ? one.width : all.width;
        all.height += one.height + 1;
    }
    buf_addf(ret,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
             "height=\"%d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, "
             "monospace\" font-size=\"%d\">\n"
             "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
             2 * MARGIN + all.width * COLUMN, 2 * MARGIN + all.height * LINE,
             FONT_SIZE);
    struct svg svg = {.buf = ret};
    for (size_t i = 0; i < drawing->count; i++)
        svg.top +=
            drawing_layout(&drawing->bridges[i], WIDTH, &pen, &svg).height + 1;
    buf_add_text(ret, "</svg>\n");
}

/* dot(1). */

/* A string in quotes; a backslash would begin an escape of a label. */
static void add_quoted(const char *text, struct buf *ret)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_add_text(ret, "\\");
        buf_add(ret, text, 1);
    }
}

static void add_node(const struct box *box, struct buf *ret)
{
    buf_add_text(ret, "  \"port ");
    add_quoted(box->id, ret);
    buf_add_text(ret, "\" [label=\"");
    for (size_t i = 0; i < box->line_count; i++) {
        buf_add_text(ret, i ? "\\n" : "");
        add_quoted(box->lines[i], ret);
    }
    buf_addf(ret, "\", fillcolor=\"%s\"%s];\n",
             box->is_broken  ? FILL_BROKEN
             : box->vlan < 0 ? FILL_NONE
                             : fills[(uint64_t)box->vlan % ARRAY_LEN(fills)],
             box->is_broken ? ", color=\"" EDGE_BROKEN "\"" : "");
}

static void add_edge(const struct drawn_bridge *bridge, const struct box *box,
                     struct buf *ret)
{
    buf_addf(ret, "  \"%s ", box->is_below ? "bridge" : "port");
    add_quoted(box->is_below ? bridge->name : box->id, ret);
    buf_addf(ret, "\" -- \"%s ", box->is_below ? "port" : "bridge");
    add_quoted(box->is_below ? box->id : bridge->name, ret);
    buf_add_text(ret, "\" [label=\"");
    for (size_t i = 0; i < BOX_LABELS; i++) {
        if (!box->labels[i])
            continue;
        buf_add_text(ret, i ? "\\n" : "");
        add_quoted(box->labels[i], ret);
    }
    buf_add_text(ret, "\"];\n");
}

void drawing_dot(const struct drawing *drawing, struct buf *ret)
{
    buf_add_text(ret, "graph ovsint {\n"
                      "  node [shape=box, style=filled, "
                      "fontname=\"monospace\"];\n"
                      "  edge [fontname=\"monospace\"];\n");
    for (size_t i = 0; i < drawing->count; i++) {
        const struct drawn_bridge *bridge = &drawing->bridges[i];
        buf_add_text(ret, "  \"bridge ");
        add_quoted(bridge->name, ret);
        buf_add_text(ret, "\" [label=\"");
        add_quoted(bridge->name, ret);
        buf_add_text(ret, "\", fillcolor=\"" FILL_BRIDGE
                          "\", fontcolor=\"#ffffff\"];\n");
        for (size_t b = 0; b < bridge->count; b++) {
            add_node(&bridge->boxes[b], ret);
            add_edge(bridge, &bridge->boxes[b], ret);
        }
    }
    buf_add_text(ret, "}\n");
}
