/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A fence: has the switch done all that it was asked for before this moment?
 * Setting one increments Open_vSwitch.next_cfg. It is passed when ovs-vswitchd
 * has made cur_cfg as large (ovs-vswitchd.conf.db(5)). Pure.
 *
 * Pitfall: the number means nothing to another database. If the database is
 * made anew, or is replaced by an earlier copy, next_cfg is smaller, and the
 * wait would never end. So a fence is dropped when the connection goes, and has
 * to be set again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"

/* Zeroed = not set. */
struct fence {
    int64_t cfg; /* cur_cfg must reach this; 0 = not known */
};

/* Adds the increment to a transaction. Must be its last operation. */
void fence_txn(struct txn *txn);
/* Sets the fence from the result of that transaction. If it failed `result` is
 * NULL: the fence is then dropped. Returns whether it is set. */
bool fence_set(struct fence *fence, const struct json *result);
void fence_drop(struct fence *fence);
bool fence_is_set(const struct fence *fence);
/* False if it is not set. */
bool fence_is_passed(const struct fence *fence, int64_t cur_cfg);
