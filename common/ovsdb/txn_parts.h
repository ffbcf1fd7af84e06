/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Shared by the two halves of the builder: txn.c puts operations together,
 * txn_value.c fills their parts.
 */
#pragma once

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"

enum txn_part { TXN_PART_WHERE, TXN_PART_ROW, TXN_PART_MUTATIONS };

/* Does the current operation have this part? */
bool txn_takes(const struct txn *txn, enum txn_part part);

/* A writer that continues the part. */
struct json_writer txn_more(struct buf *part);

/* Closes the map or set that is open, if any. */
void txn_end_value(struct txn *txn);
