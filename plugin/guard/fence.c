/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A fence is an increment of next_cfg and the question which value it has led
 * to. Other clients increment next_cfg, too, so only the transaction itself can
 * tell.
 */
#include "plugin/guard/fence.h"

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/switch_look.h"

void fence_txn(struct txn *txn)
{
    switch_look(txn);
    txn_select(txn, "Open_vSwitch", "next_cfg", NULL);
    txn_where_any(txn);
}

bool fence_set(struct fence *fence, const struct json *result)
{
    const struct json *row =
        result ? reply_row(result, json_count(result) - 1, 0) : NULL;

    if (!row || !row_int(row, "next_cfg", &fence->cfg) || fence->cfg < 0)
        fence->cfg = 0;
    return fence->cfg != 0;
}

void fence_drop(struct fence *fence)
{
    fence->cfg = 0;
}

bool fence_is_set(const struct fence *fence)
{
    return fence->cfg != 0;
}

bool fence_is_passed(const struct fence *fence, int64_t cur_cfg)
{
    return fence->cfg != 0 && fence->cfg <= cur_cfg;
}
