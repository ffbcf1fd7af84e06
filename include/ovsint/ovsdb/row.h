/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Readers of OVSDB values (RFC 7047, section 5.1) out of a row, which is a JSON
 * object of columns. All are pure. A row that is NULL, and a column that is
 * absent or of another type, read as "nothing".
 *
 * Pitfall: one element may stand bare or as a set of one, and an empty optional
 * column is the empty set. All readers here take either form. Texts and nodes
 * belong to the document that contains the row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/json/json.h"

/* The only element of the column, else NULL (false). */
const char *row_string(const struct json *row, const char *column);
bool row_int(const struct json *row, const char *column, int64_t *ret);
bool row_bool(const struct json *row, const char *column, bool *ret);
/* The text of ["uuid", text]. "_uuid" is a column as well. */
const char *row_uuid(const struct json *row, const char *column);

/* A column as a set: how many elements, each element, and the text of an
 * element that is a string or uuid (else NULL). */
size_t row_set_count(const struct json *row, const char *column);
const struct json *row_set_at(const struct json *row, const char *column,
                              size_t index);
const char *row_set_string(const struct json *row, const char *column,
                           size_t index);
const char *row_set_uuid(const struct json *row, const char *column,
                         size_t index);
bool row_set_has_uuid(const struct json *row, const char *column,
                      const char *uuid);

/* A column as a map of strings: the value of `key`, else NULL; the number of
 * pairs; the pair at `index` (false if it is not two strings). */
const char *row_map_get(const struct json *row, const char *column,
                        const char *key);
size_t row_map_count(const struct json *row, const char *column);
bool row_map_at(const struct json *row, const char *column, size_t index,
                const char **ret_key, const char **ret_value);
/* The same for whoever goes through a large map, without looking for the column
 * each time: the pairs, of which there are json_count(); NULL = none. */
const struct json *row_map(const struct json *row, const char *column);
bool row_pair(const struct json *pairs, size_t index, const char **ret_key,
              const char **ret_value);
