/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the switch done all that it was asked for until some moment? Whoever
 * wants to know increments Open_vSwitch.next_cfg, and waits until ovs-vswitchd
 * has made cur_cfg as large (ovs-vswitchd.conf.db(5)). Pure.
 *
 * Pitfall: the number means nothing to another database. In one that was made
 * anew, or is an earlier copy, next_cfg is smaller, and a wait would not end.
 * So a fence falls with the connection, and has to be asked for again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"

/* Zeroed = not asked for. */
struct fence {
    int64_t cfg; /* what cur_cfg has to reach; 0 = not known */
};

/* Asks for it; must be the last of a transaction. */
void fence_say(struct txn *txn);
/* `result` is what that transaction has led to, NULL when it failed: then the
 * fence is down, and false. */
bool fence_set(struct fence *fence, const struct json *result);
void fence_drop(struct fence *fence);
bool fence_is_set(const struct fence *fence);
/* False for one that is down. */
bool fence_is_passed(const struct fence *fence, int64_t cur_cfg);
