/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A table as text. If it is wider than the terminal, columns are left out, the
 * least important first; texts are not cut.
 */
#pragma once

#include "cli/screen/terminal.h"

#define TABLE_COLUMNS 16

struct table_column {
    const char *title;
    bool right;          /* numbers */
    unsigned importance; /* 0 = is never left out; 1 goes last, 9 first */
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    char **cells; /* row by row */
    enum colour *colours;
    size_t count; /* cells */
    size_t room;
    size_t colour_room;
};

/* Adds the next cell; NULL is an empty one. */
void table_add(struct table *table, enum colour colour, const char *text);
void table_write(const struct table *table, const struct terminal *terminal,
                 struct buf *ret);
void table_done(struct table *table);
#define auto_table __attribute__((cleanup(table_done)))
