/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Readers of OVSDB values. A container has one of two shapes, ["set", [...]] or
 * ["map", [...]]. What is neither, and no atom, reads as nothing.
 */
#include "ovsint/ovsdb/row.h"

#include <string.h>

/* The second element of [tag, something], else NULL. */
static const struct json *tagged(const struct json *value, const char *tag)
{
    const char *head = json_string(json_at(value, 0));

    if (json_type(value) != JSON_ARRAY || json_count(value) != 2 || !head ||
        strcmp(head, tag) != 0)
        return NULL;
    return json_at(value, 1);
}

static const char *uuid_text(const struct json *atom)
{
    return json_string(tagged(atom, "uuid"));
}

static bool is_atom(const struct json *value)
{
    switch (json_type(value)) {
    case JSON_BOOL:
    case JSON_INT:
    case JSON_REAL:
    case JSON_STRING:
        return true;
    default:
        return uuid_text(value) != NULL;
    }
}

/* The elements of a column that is written as a set, else NULL. */
static const struct json *set_list(const struct json *row, const char *column)
{
    const struct json *list = tagged(json_get(row, column), "set");

    return json_type(list) == JSON_ARRAY ? list : NULL;
}

static const struct json *only_element(const struct json *row,
                                       const char *column)
{
    return row_set_count(row, column) == 1 ? row_set_at(row, column, 0) : NULL;
}

const char *row_string(const struct json *row, const char *column)
{
    return json_string(only_element(row, column));
}

bool row_int(const struct json *row, const char *column, int64_t *ret)
{
    return json_int(only_element(row, column), ret);
}

bool row_bool(const struct json *row, const char *column, bool *ret)
{
    return json_bool(only_element(row, column), ret);
}

const char *row_uuid(const struct json *row, const char *column)
{
    return uuid_text(only_element(row, column));
}

size_t row_set_count(const struct json *row, const char *column)
{
    const struct json *list = set_list(row, column);

    if (list)
        return json_count(list);
    return is_atom(json_get(row, column)) ? 1 : 0;
}

const struct json *row_set_at(const struct json *row, const char *column,
                              size_t index)
{
    const struct json *list = set_list(row, column);
    const struct json *element =
        list ? json_at(list, index) : json_get(row, column);

    if ((!list && index > 0) || !is_atom(element))
        return NULL;
    return element;
}

const char *row_set_string(const struct json *row, const char *column,
                           size_t index)
{
    return json_string(row_set_at(row, column, index));
}

const char *row_set_uuid(const struct json *row, const char *column,
                         size_t index)
{
    return uuid_text(row_set_at(row, column, index));
}

bool row_set_has_uuid(const struct json *row, const char *column,
                      const char *uuid)
{
    for (size_t i = 0; i < row_set_count(row, column); i++) {
        const char *element = row_set_uuid(row, column, i);
        if (element && strcmp(element, uuid) == 0)
            return true;
    }
    return false;
}

const struct json *row_map(const struct json *row, const char *column)
{
    const struct json *list = tagged(json_get(row, column), "map");

    return json_type(list) == JSON_ARRAY ? list : NULL;
}

const char *row_map_get(const struct json *row, const char *column,
                        const char *key)
{
    for (size_t i = 0; i < row_map_count(row, column); i++) {
        const char *have, *value;
        if (row_map_at(row, column, i, &have, &value) && strcmp(have, key) == 0)
            return value;
    }
    return NULL;
}

size_t row_map_count(const struct json *row, const char *column)
{
    return json_count(row_map(row, column));
}

bool row_pair(const struct json *pairs, size_t index, const char **ret_key,
              const char **ret_value)
{
    const struct json *pair = json_at(pairs, index);
    const char *key = json_string(json_at(pair, 0));
    const char *value = json_string(json_at(pair, 1));

    if (json_type(pair) != JSON_ARRAY || json_count(pair) != 2 || !key ||
        !value)
        return false;
    *ret_key = key;
    *ret_value = value;
    return true;
}

bool row_map_at(const struct json *row, const char *column, size_t index,
                const char **ret_key, const char **ret_value)
{
    return row_pair(row_map(row, column), index, ret_key, ret_value);
}
