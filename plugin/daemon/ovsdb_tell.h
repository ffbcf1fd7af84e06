/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions that nobody waits for.
 */
#pragma once

#include "ovsint/base/log.h"
#include "ovsint/ovsdb/txn.h"
#include "plugin/daemon/ovsdb_uv.h"

/* Sends the transaction and forgets it. If it fails, now or later, `what` is
 * logged at `level` with the reason. `what` must stay valid for ever. */
void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what);
