/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Builds one OVSDB transaction (RFC 7047, section 5.2). txn_insert() and its
 * kind begin an operation. The calls after it say what it is about, until the
 * next one begins:
 *
 *   txn_wait_present(&txn, "Bridge");
 *   txn_where_string(&txn, "name", "br0");
 *   txn_insert(&txn, "Port", "port");
 *   txn_set_string(&txn, "name", "oi3k9x");
 *   txn_mutate(&txn, "Bridge");
 *   txn_where_string(&txn, "name", "br0");
 *   txn_add_named(&txn, "ports", "port");
 *
 * Pure; knows no table of Open vSwitch. Errors are kept until txn_params()
 * returns them. A call that makes no sense (a column in a select) trips an
 * assertion.
 *
 * Pitfall: nothing waits here. The waits have timeout 0 and are guards: if one
 * does not hold, the whole transaction fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

enum txn_op {
    TXN_NONE, /* also a comment or assert, which are complete at once */
    TXN_WAIT_PRESENT,
    TXN_WAIT_ABSENT,
    TXN_WAIT_ROW,
    TXN_INSERT,
    TXN_MUTATE,
    TXN_UPDATE,
    TXN_SELECT,
    TXN_DELETE,
};

struct txn {
    struct buf params;  /* "[db", then the finished operations */
    struct buf where;   /* conditions of the current operation */
    struct buf columns; /* names of its columns */
    struct buf body;    /* members of its row, or its mutations */
    enum txn_op op;
    const char *close; /* what ends the map or set that is open, else NULL */
    bool any_row;      /* txn_where_any() was called */
    bool finished;
    size_t count;
};

/* `db` is "Open_vSwitch", "OVN_Northbound" and so on. */
void txn_init(struct txn *txn, const char *db);
void txn_done(struct txn *txn);
#define auto_txn __attribute__((cleanup(txn_done)))

/* Number of operations, for reply_check(). */
size_t txn_count(const struct txn *txn);
/* Is it half as large as one may be? Whoever writes something for many ports
 * puts the rest into another one: a trunk names all its VLANs. */
bool txn_is_large(const struct txn *txn);

/* The finished parameters of "transact". The transaction owns them and takes no
 * more operations. -EMSGSIZE if it is larger than LIMIT_TXN_SIZE. */
int txn_params(struct txn *txn, const struct buf **ret,
               struct err *err) MUST_CHECK;

/* Operations. Each returns its index, by which reply.h finds its result or its
 * failure. */

/* Guards that at least one row matches; that no row matches; that exactly one
 * row matches and its columns are as the txn_set_*() say that follow. */
size_t txn_wait_present(struct txn *txn, const char *table);
size_t txn_wait_absent(struct txn *txn, const char *table);
size_t txn_wait_row(struct txn *txn, const char *table);

/* By `name` other operations refer to the row. It is an identifier (letters,
 * digits, underscores), unique in the transaction; NULL = none refers to it. */
size_t txn_insert(struct txn *txn, const char *table, const char *name);
/* The same with a uuid that the caller has chosen (ovsdb-server(7), section
 * 4.1.2): a second insert is a "duplicate uuid", and a removal need not read
 * it. */
size_t txn_insert_as(struct txn *txn, const char *table, const char *uuid);
size_t txn_update(struct txn *txn, const char *table);
size_t txn_mutate(struct txn *txn, const char *table);
size_t txn_delete(struct txn *txn, const char *table);
/* Columns as strings, ended by NULL; "_uuid" is one. */
size_t txn_select(struct txn *txn, const char *table, ...)
    __attribute__((sentinel));
/* A line for the server's log and for `ovsdb-tool show-log`. */
size_t txn_comment(struct txn *txn, const char *text);
/* Guards that this connection owns `lock` (an identifier). */
size_t txn_assert(struct txn *txn, const char *lock);

/* Conditions of all operations but insert, comment and assert. All of them must
 * hold. txn_where_any() means every row. */
void txn_where_string(struct txn *txn, const char *column, const char *value);
void txn_where_int(struct txn *txn, const char *column, int64_t value);
/* _uuid == uuid */
void txn_where_uuid(struct txn *txn, const char *uuid);
/* _uuid != uuid */
void txn_where_not_uuid(struct txn *txn, const char *uuid);
/* The map has this pair. */
void txn_where_pair(struct txn *txn, const char *column, const char *key,
                    const char *value);
/* The map has not. */
void txn_where_not_pair(struct txn *txn, const char *column, const char *key,
                        const char *value);
/* The set of references has this one. */
void txn_where_ref(struct txn *txn, const char *column, const char *uuid);
void txn_where_any(struct txn *txn);

/*
 * Columns of insert, update and txn_wait_row().
 */
void txn_set_string(struct txn *txn, const char *column, const char *value);
void txn_set_int(struct txn *txn, const char *column, int64_t value);
void txn_set_bool(struct txn *txn, const char *column, bool value);
void txn_set_uuid(struct txn *txn, const char *column, const char *uuid);
void txn_set_named(struct txn *txn, const char *column, const char *name);
void txn_set_empty(struct txn *txn, const char *column);
/* A map; the txn_pair() that follow fill it. A pair whose value is NULL is left
 * out. A key must not come twice. */
void txn_set_map(struct txn *txn, const char *column);
void txn_pair(struct txn *txn, const char *key, const char *value);
/* A set; the txn_item_*() that follow fill it. */
void txn_set_set(struct txn *txn, const char *column);
void txn_item_string(struct txn *txn, const char *value);
void txn_item_int(struct txn *txn, int64_t value);
void txn_item_uuid(struct txn *txn, const char *uuid);
void txn_item_named(struct txn *txn, const char *name);

/* Mutations of txn_mutate(), done in this order. */
void txn_add_named(struct txn *txn, const char *column, const char *name);
void txn_add_uuid(struct txn *txn, const char *column, const char *uuid);
void txn_remove_uuid(struct txn *txn, const char *column, const char *uuid);
/* Writes the pair whether or not the key is there. */
void txn_put_pair(struct txn *txn, const char *column, const char *key,
                  const char *value);
/* Only if the key is not there. */
void txn_add_pair(struct txn *txn, const char *column, const char *key,
                  const char *value);
void txn_remove_key(struct txn *txn, const char *column, const char *key);
void txn_increment(struct txn *txn, const char *column, int64_t by);
