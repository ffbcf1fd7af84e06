/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Builds a transaction. What is said about an operation may come in any order:
 * so its parts (conditions, column names, row or mutations) are gathered in
 * separate buffers, and joined when the next operation begins. A part is JSON
 * without its outer brackets: it needs a comma if it is neither empty nor just
 * opened.
 */
#include "common/ovsdb/txn_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

#include "ovsint/base/limits.h"

/* How an operation ends: which parts it has, and what surrounds them. */
static const struct shape {
    bool where;       /* conditions required */
    bool row;         /* takes txn_set_*() */
    bool mutations;   /* takes txn_add_*() and the like */
    bool columns;     /* its column names are sent */
    const char *open; /* before and after the body */
    const char *close;
} shapes[] = {
    [TXN_WAIT_PRESENT] = {.where = true,
                          .open = ",\"columns\":[\"_uuid\"],\"until\":\"!=\","
                                  "\"timeout\":0,\"rows\":[",
                          .close = "]"},
    [TXN_WAIT_ABSENT] = {.where = true,
                         .open = ",\"columns\":[\"_uuid\"],\"until\":\"==\","
                                 "\"timeout\":0,\"rows\":[",
                         .close = "]"},
    [TXN_WAIT_ROW] = {.where = true,
                      .row = true,
                      .columns = true,
                      .open = ",\"until\":\"==\",\"timeout\":0,\"rows\":[{",
                      .close = "}]"},
    [TXN_INSERT] = {.row = true, .open = ",\"row\":{", .close = "}"},
    [TXN_UPDATE] = {.where = true,
                    .row = true,
                    .open = ",\"row\":{",
                    .close = "}"},
    [TXN_MUTATE] = {.where = true,
                    .mutations = true,
                    .open = ",\"mutations\":[",
                    .close = "]"},
    [TXN_SELECT] = {.where = true, .columns = true, .open = "", .close = ""},
    [TXN_DELETE] = {.where = true, .open = "", .close = ""},
};

bool txn_takes(const struct txn *txn, enum txn_part part)
{
    const struct shape *shape = &shapes[txn->op];

    switch (part) {
    case TXN_PART_WHERE:
        return shape->where;
    case TXN_PART_ROW:
        return shape->row;
    case TXN_PART_MUTATIONS:
        return shape->mutations;
    }
    return false;
}

struct json_writer txn_more(struct buf *part)
{
    struct json_writer w = JSON_WRITER(part);

    w.needs_comma = part->size > 0 && part->data[part->size - 1] != '[';
    return w;
}

static void add_buf(struct buf *to, const struct buf *from)
{
    buf_add(to, buf_text(from), from->size);
    to->overflow |= from->overflow;
}

void txn_init(struct txn *txn, const char *db)
{
    *txn = (struct txn){.params = BUF_INIT(LIMIT_TXN_SIZE),
                        .where = BUF_INIT(LIMIT_TXN_SIZE),
                        .columns = BUF_INIT(LIMIT_TXN_SIZE),
                        .body = BUF_INIT(LIMIT_TXN_SIZE)};
    struct json_writer w = JSON_WRITER(&txn->params);
    json_write_array(&w);
    json_write_string(&w, db);
}

void txn_done(struct txn *txn)
{
    buf_done(&txn->params);
    buf_done(&txn->where);
    buf_done(&txn->columns);
    buf_done(&txn->body);
}

size_t txn_count(const struct txn *txn)
{
    return txn->count;
}

bool txn_is_large(const struct txn *txn)
{
    return txn->params.size > LIMIT_TXN_SIZE / 2;
}

void txn_end_value(struct txn *txn)
{
    if (txn->close)
        buf_add_text(&txn->body, txn->close);
    txn->close = NULL;
}

static void end_op(struct txn *txn)
{
    const struct shape *shape = &shapes[txn->op];

    txn_end_value(txn);
    if (txn->op == TXN_NONE)
        return;
    if (shape->where) {
        assert(txn->where.size > 0 || txn->any_row);
        buf_add_text(&txn->params, ",\"where\":[");
        add_buf(&txn->params, &txn->where);
        buf_add_text(&txn->params, "]");
    }
    if (shape->columns) {
        buf_add_text(&txn->params, ",\"columns\":[");
        add_buf(&txn->params, &txn->columns);
        buf_add_text(&txn->params, "]");
    }
    buf_add_text(&txn->params, shape->open);
    add_buf(&txn->params, &txn->body);
    buf_add_text(&txn->params, shape->close);
    buf_add_text(&txn->params, "}");
    buf_clear(&txn->where);
    buf_clear(&txn->columns);
    buf_clear(&txn->body);
    txn->op = TXN_NONE;
    txn->any_row = false;
}

int txn_params(struct txn *txn, const struct buf **ret, struct err *err)
{
    if (!txn->finished) {
        end_op(txn);
        buf_add_text(&txn->params, "]");
        txn->finished = true;
    }
    if (txn->params.overflow)
        return err_set(err, EMSGSIZE,
                       "the transaction is larger than %zu bytes",
                       txn->params.cap);
    *ret = &txn->params;
    return 0;
}

/* Writes the beginning of an operation and leaves its object open. */
static size_t begin(struct txn *txn, enum txn_op op, const char *name,
                    const char *key, const char *value)
{
    assert(!txn->finished);
    end_op(txn);
    struct json_writer w = txn_more(&txn->params);
    json_write_object(&w);
    json_write_member(&w, "op", name);
    json_write_member(&w, key, value);
    txn->op = op;
    return txn->count++;
}

size_t txn_wait_present(struct txn *txn, const char *table)
{
    return begin(txn, TXN_WAIT_PRESENT, "wait", "table", table);
}

size_t txn_wait_absent(struct txn *txn, const char *table)
{
    return begin(txn, TXN_WAIT_ABSENT, "wait", "table", table);
}

size_t txn_wait_row(struct txn *txn, const char *table)
{
    return begin(txn, TXN_WAIT_ROW, "wait", "table", table);
}

size_t txn_insert(struct txn *txn, const char *table, const char *name)
{
    size_t op = begin(txn, TXN_INSERT, "insert", "table", table);

    if (name) {
        struct json_writer w = txn_more(&txn->params);
        json_write_member(&w, "uuid-name", name);
    }
    return op;
}

size_t txn_insert_as(struct txn *txn, const char *table, const char *uuid)
{
    size_t op = begin(txn, TXN_INSERT, "insert", "table", table);
    struct json_writer w = txn_more(&txn->params);

    json_write_member(&w, "uuid", uuid);
    return op;
}

size_t txn_update(struct txn *txn, const char *table)
{
    return begin(txn, TXN_UPDATE, "update", "table", table);
}

size_t txn_mutate(struct txn *txn, const char *table)
{
    return begin(txn, TXN_MUTATE, "mutate", "table", table);
}

size_t txn_delete(struct txn *txn, const char *table)
{
    return begin(txn, TXN_DELETE, "delete", "table", table);
}

size_t txn_select(struct txn *txn, const char *table, ...)
{
    size_t op = begin(txn, TXN_SELECT, "select", "table", table);
    va_list columns;

    va_start(columns, table);
    for (;;) {
        const char *column = va_arg(columns, const char *);
        if (!column)
            break;
        struct json_writer w = txn_more(&txn->columns);
        json_write_string(&w, column);
    }
    va_end(columns);
    return op;
}

size_t txn_comment(struct txn *txn, const char *text)
{
    size_t op = begin(txn, TXN_NONE, "comment", "comment", text);

    buf_add_text(&txn->params, "}");
    return op;
}

size_t txn_assert(struct txn *txn, const char *lock)
{
    size_t op = begin(txn, TXN_NONE, "assert", "lock", lock);

    buf_add_text(&txn->params, "}");
    return op;
}
