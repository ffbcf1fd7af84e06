/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The parts of an operation: conditions, columns of a row, mutations, in the
 * notation of RFC 7047, section 5.1. txn.c puts them in their place.
 */
#include "common/ovsdb/txn_parts.h"

#include <assert.h>

static void write_tagged(struct json_writer *w, const char *tag,
                         const char *text)
{
    json_write_array(w);
    json_write_string(w, tag);
    json_write_string(w, text);
    json_write_array_end(w);
}

/* ["map",[[key,value]]] */
static void write_pair_map(struct json_writer *w, const char *key,
                           const char *value)
{
    json_write_array(w);
    json_write_string(w, "map");
    json_write_array(w);
    write_tagged(w, key, value);
    json_write_array_end(w);
    json_write_array_end(w);
}

/* Begins [column, function, ... and leaves the value and the end to the
 * caller. */
static struct json_writer condition(struct txn *txn, const char *column,
                                    const char *function)
{
    assert(txn_takes(txn, TXN_PART_WHERE));
    struct json_writer w = txn_more(&txn->where);
    json_write_array(&w);
    json_write_string(&w, column);
    json_write_string(&w, function);
    return w;
}

void txn_where_string(struct txn *txn, const char *column, const char *value)
{
    struct json_writer w = condition(txn, column, "==");

    json_write_string(&w, value);
    json_write_array_end(&w);
}

void txn_where_int(struct txn *txn, const char *column, int64_t value)
{
    struct json_writer w = condition(txn, column, "==");

    json_write_int(&w, value);
    json_write_array_end(&w);
}

void txn_where_uuid(struct txn *txn, const char *uuid)
{
    struct json_writer w = condition(txn, "_uuid", "==");

    write_tagged(&w, "uuid", uuid);
    json_write_array_end(&w);
}

void txn_where_not_uuid(struct txn *txn, const char *uuid)
{
    struct json_writer w = condition(txn, "_uuid", "!=");

    write_tagged(&w, "uuid", uuid);
    json_write_array_end(&w);
}

void txn_where_pair(struct txn *txn, const char *column, const char *key,
                    const char *value)
{
    struct json_writer w = condition(txn, column, "includes");

    write_pair_map(&w, key, value);
    json_write_array_end(&w);
}

void txn_where_not_pair(struct txn *txn, const char *column, const char *key,
                        const char *value)
{
    struct json_writer w = condition(txn, column, "excludes");

    write_pair_map(&w, key, value);
    json_write_array_end(&w);
}

void txn_where_ref(struct txn *txn, const char *column, const char *uuid)
{
    struct json_writer w = condition(txn, column, "includes");

    write_tagged(&w, "uuid", uuid);
    json_write_array_end(&w);
}

void txn_where_any(struct txn *txn)
{
    assert(txn_takes(txn, TXN_PART_WHERE));
    txn->any_row = true;
}

/* Begins a column of the row and leaves the value to the caller. */
static struct json_writer column_of(struct txn *txn, const char *column)
{
    assert(txn_takes(txn, TXN_PART_ROW));
    txn_end_value(txn);
    struct json_writer names = txn_more(&txn->columns);
    json_write_string(&names, column);
    struct json_writer w = txn_more(&txn->body);
    json_write_key(&w, column);
    return w;
}

void txn_set_string(struct txn *txn, const char *column, const char *value)
{
    struct json_writer w = column_of(txn, column);

    json_write_string(&w, value);
}

void txn_set_int(struct txn *txn, const char *column, int64_t value)
{
    struct json_writer w = column_of(txn, column);

    json_write_int(&w, value);
}

void txn_set_bool(struct txn *txn, const char *column, bool value)
{
    struct json_writer w = column_of(txn, column);

    json_write_bool(&w, value);
}

void txn_set_uuid(struct txn *txn, const char *column, const char *uuid)
{
    struct json_writer w = column_of(txn, column);

    write_tagged(&w, "uuid", uuid);
}

void txn_set_named(struct txn *txn, const char *column, const char *name)
{
    struct json_writer w = column_of(txn, column);

    write_tagged(&w, "named-uuid", name);
}

void txn_set_empty(struct txn *txn, const char *column)
{
    txn_set_set(txn, column);
}

static void open_value(struct txn *txn, const char *column, const char *tag)
{
    struct json_writer w = column_of(txn, column);

    json_write_array(&w);
    json_write_string(&w, tag);
    json_write_array(&w);
    txn->close = "]]";
}

void txn_set_map(struct txn *txn, const char *column)
{
    open_value(txn, column, "map");
}

static struct json_writer element(struct txn *txn)
{
    assert(txn->close);
    return txn_more(&txn->body);
}

void txn_pair(struct txn *txn, const char *key, const char *value)
{
    if (!value)
        return;
    struct json_writer w = element(txn);
    write_tagged(&w, key, value);
}

void txn_set_set(struct txn *txn, const char *column)
{
    open_value(txn, column, "set");
}

void txn_item_string(struct txn *txn, const char *value)
{
    struct json_writer w = element(txn);

    json_write_string(&w, value);
}

void txn_item_int(struct txn *txn, int64_t value)
{
    struct json_writer w = element(txn);

    json_write_int(&w, value);
}

void txn_item_uuid(struct txn *txn, const char *uuid)
{
    struct json_writer w = element(txn);

    write_tagged(&w, "uuid", uuid);
}

void txn_item_named(struct txn *txn, const char *name)
{
    struct json_writer w = element(txn);

    write_tagged(&w, "named-uuid", name);
}

/* Begins [column, mutator, ... and leaves the value and the end to the
 * caller. */
static struct json_writer mutation(struct txn *txn, const char *column,
                                   const char *mutator)
{
    assert(txn_takes(txn, TXN_PART_MUTATIONS));
    struct json_writer w = txn_more(&txn->body);
    json_write_array(&w);
    json_write_string(&w, column);
    json_write_string(&w, mutator);
    return w;
}

void txn_add_named(struct txn *txn, const char *column, const char *name)
{
    struct json_writer w = mutation(txn, column, "insert");

    write_tagged(&w, "named-uuid", name);
    json_write_array_end(&w);
}

void txn_add_uuid(struct txn *txn, const char *column, const char *uuid)
{
    struct json_writer w = mutation(txn, column, "insert");

    write_tagged(&w, "uuid", uuid);
    json_write_array_end(&w);
}

void txn_remove_uuid(struct txn *txn, const char *column, const char *uuid)
{
    struct json_writer w = mutation(txn, column, "delete");

    write_tagged(&w, "uuid", uuid);
    json_write_array_end(&w);
}

void txn_put_pair(struct txn *txn, const char *column, const char *key,
                  const char *value)
{
    txn_remove_key(txn, column, key);
    txn_add_pair(txn, column, key, value);
}

/* "insert" keeps the value of a key that is there: RFC 7047 section 5.1. */
void txn_add_pair(struct txn *txn, const char *column, const char *key,
                  const char *value)
{
    struct json_writer w = mutation(txn, column, "insert");

    write_pair_map(&w, key, value);
    json_write_array_end(&w);
}

void txn_remove_key(struct txn *txn, const char *column, const char *key)
{
    struct json_writer w = mutation(txn, column, "delete");

    json_write_array(&w);
    json_write_string(&w, "set");
    json_write_array(&w);
    json_write_string(&w, key);
    json_write_array_end(&w);
    json_write_array_end(&w);
    json_write_array_end(&w);
}

void txn_increment(struct txn *txn, const char *column, int64_t by)
{
    struct json_writer w = mutation(txn, column, "+=");

    json_write_int(&w, by);
    json_write_array_end(&w);
}
