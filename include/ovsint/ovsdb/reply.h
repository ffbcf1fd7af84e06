/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The result of a transaction as one clear outcome (RFC 7047, sections 4.1.3
 * and 5.2). Pure readers of a parsed reply.
 *
 * Pitfall: a failed transaction has a *successful* reply. The failure is an
 * element of the result. It stands in the place of the operation that failed,
 * with null after it. If the commit failed it is one element more than there
 * were operations, and these all look fine. And a mutate that matched no row
 * has not failed: ask reply_count().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

enum reply_kind {
    REPLY_OK,
    REPLY_GUARD,      /* "timed out": a wait did not hold; -ESTALE */
    REPLY_CONSTRAINT, /* "constraint violation": a name in use, ...; -EEXIST */
    REPLY_NOT_OWNER,  /* "not owner": a txn_assert() did not hold; -EPERM */
    /* -ENOSPC, -EIO, -ENOENT... if the RFC's word has an errno; -EPROTO for a
     * malformed reply */
    REPLY_OTHER,
};

struct reply_fault {
    enum reply_kind kind;
    size_t op; /* index of the operation; == ops if the commit failed */
};

/* Did all `ops` operations of a transaction succeed? If not, the negative errno
 * of the kind, with the server's words in `err`. On failure `ret_fault` (may be
 * NULL) is filled for callers that know a better sentence: "bridge "br0" does
 * not exist" instead of "operation 0 timed out". */
int reply_check(const struct json *result, size_t ops,
                struct reply_fault *ret_fault, struct err *err) MUST_CHECK;

/* Turns the `error` of a reply (an object, or a bare string) into an error
 * value: -EPROTO, or as above. Never returns 0. */
int reply_refused(const struct json *error, struct err *err);

/* Rows of the select at `op`: their number, and each one (for row.h). */
size_t reply_row_count(const struct json *result, size_t op);
const struct json *reply_row(const struct json *result, size_t op,
                             size_t index);
/* How many rows the update, mutate or delete at `op` matched; 0 if it is
 * something else. */
int64_t reply_count(const struct json *result, size_t op);
/* The uuid of the row that the insert at `op` made, else NULL. */
const char *reply_uuid(const struct json *result, size_t op);
