/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The switch is asked to report when it has done all so far. */
#include "plugin/guard/fence.h"

#include "ovsint/rows/vswitch_view.h"
#include "tests/lib/model.h"

static bool set(struct fence *fence, const char *text)
{
    auto_json struct json *result = NULL;
    struct err err = {0};
    auto_free char *quoted = model_quotes(text);

    CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &result, &err),
             err);
    return fence_set(fence, result);
}

TEST(the_transaction_tells_its_number)
{
    auto_txn struct txn txn = {0};
    const struct buf *params = NULL;
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, "lock");
    fence_txn(&txn);
    CHECK_EQ(txn_count(&txn), 3);
    CHECK_OK(txn_params(&txn, &params, &err), err);
    CHECK_HAS(buf_text(params), "[\"next_cfg\",\"+=\",1]");
}

TEST(it_is_passed_when_the_switch_has_come_so_far)
{
    struct fence fence = {0};

    CHECK(!fence_is_set(&fence));
    CHECK(!fence_is_passed(&fence, 0));
    CHECK(!fence_is_passed(&fence, INT64_MAX));
    CHECK(set(&fence, "[{},{'count':1},{'rows':[{'next_cfg':7}]}]"));
    CHECK(fence_is_set(&fence));
    CHECK(!fence_is_passed(&fence, 0));
    CHECK(!fence_is_passed(&fence, 6));
    CHECK(fence_is_passed(&fence, 7));
    CHECK(fence_is_passed(&fence, 8));
    fence_drop(&fence);
    CHECK(!fence_is_set(&fence));
    CHECK(!fence_is_passed(&fence, 8));
}

/* Whoever failed to set a fence does not wait for an earlier one. */
TEST(a_failure_takes_it_down)
{
    static const char *const table[] = {
        "[]",
        "[{}]",
        "[{},{'rows':[]}]",
        "[{'rows':[{'next_cfg':'7'}]}]",
        "[{'rows':[{'next_cfg':-7}]}]",
        "{}",
        "7",
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct fence fence = {.cfg = 3};
        CHECK(!set(&fence, table[i]));
        CHECK(!fence_is_set(&fence));
    }
    struct fence fence = {.cfg = 3};
    CHECK(!fence_set(&fence, NULL));
    CHECK(!fence_is_set(&fence));
}

TEST_MAIN
