/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Measures each column, leaves out what does not fit, writes line by line. A
 * column whose cells are all empty is left out as well.
 */
#include "cli/screen/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/base/log.h"

#define GAP 2

void table_add(struct table *table, enum colour colour, const char *text)
{
    auto_buf struct buf clean = BUF_INIT(1u << 16);

    if (text)
        log_clean(text, &clean);
    table->colours = mem_grow(table->colours, table->count, &table->colour_room,
                              sizeof(*table->colours));
    table->cells = mem_grow(table->cells, table->count, &table->room,
                            sizeof(*table->cells));
    table->colours[table->count] = colour;
    table->cells[table->count++] = mem_text(buf_text(&clean), clean.size);
}

void table_done(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->colours);
    *table = (struct table){0};
}

/* 0 = an empty column. */
static size_t measure(const struct table *table, size_t column)
{
    size_t widest = 0;

    for (size_t i = column; i < table->count; i += table->column_count) {
        size_t width = text_width(table->cells[i]);
        widest = width > widest ? width : widest;
    }
    size_t title = text_width(table->columns[column].title);
    return widest && widest < title ? title : widest;
}

static size_t total(const struct table *table, const size_t *widths)
{
    size_t sum = 0;

    for (size_t i = 0; i < table->column_count; i++)
        sum += widths[i] ? widths[i] + GAP : 0;
    return sum ? sum - GAP : 0;
}

static void leave_out(const struct table *table, size_t width, size_t *widths)
{
    for (unsigned least = 9; width && least > 0; least--) {
        for (size_t i = table->column_count; i > 0; i--) {
            if (total(table, widths) <= width)
                return;
            if (table->columns[i - 1].importance == least)
                widths[i - 1] = 0;
        }
    }
}

static void pad(size_t count, struct buf *ret)
{
    buf_addf(ret, "%*s", (int)count, "");
}

static void add_cell(const struct terminal *terminal, bool right, bool last,
                     size_t width, enum colour colour, const char *text,
                     struct buf *ret)
{
    size_t blanks = width - text_width(text);

    if (right)
        pad(blanks, ret);
    terminal_add(terminal, colour, text, ret);
    if (!last)
        pad((right ? 0 : blanks) + GAP, ret);
}

static void add_line(const struct table *table, const struct terminal *terminal,
                     const size_t *widths, size_t first, struct buf *ret)
{
    size_t last = 0;

    for (size_t i = 0; i < table->column_count; i++)
        last = widths[i] ? i : last;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        bool is_title = first == SIZE_MAX;
        if (widths[i])
            add_cell(terminal, column->right, i == last, widths[i],
                     is_title ? COLOUR_BOLD : table->colours[first + i],
                     is_title ? column->title : table->cells[first + i], ret);
    }
    buf_add_text(ret, "\n");
}

void table_write(const struct table *table, const struct terminal *terminal,
                 struct buf *ret)
{
    size_t widths[TABLE_COLUMNS] = {0};

    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = measure(table, i);
    leave_out(table, terminal->width, widths);
    add_line(table, terminal, widths, SIZE_MAX, ret);
    for (size_t i = 0; i < table->count; i += table->column_count)
        add_line(table, terminal, widths, i, ret);
}
