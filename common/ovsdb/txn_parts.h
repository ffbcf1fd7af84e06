/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the two halves of the transaction builder: txn.c, which puts
 * operations together, and txn_value.c, which fills their parts.
 */
#pragma once

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"

enum txn_part { TXN_PART_WHERE, TXN_PART_ROW, TXN_PART_MUTATIONS };

/* Does the operation that is being said have this part? */
bool txn_takes(const struct txn *txn, enum txn_part part);

/* A writer that goes on where the part stands. */
struct json_writer txn_more(struct buf *part);

/* Closes the map or set that is being said, if any. */
void txn_end_value(struct txn *txn);
