/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In which order cards move to a bridge, and what follows whichever step fails.
 */
#include "ovsint/uplink/plan.h"

#include <errno.h>

#include "ovsint/base/buf.h"
#include "tests/lib/test.h"

static const char *const names[UPLINK_STEP_COUNT] = {
    [UPLINK_STEP_CLAIM] = "claim",    [UPLINK_STEP_PORT] = "port",
    [UPLINK_STEP_SET_UP] = "set",     [UPLINK_STEP_JOIN] = "join",
    [UPLINK_STEP_CARRY] = "carry",    [UPLINK_STEP_ASK] = "ask",
    [UPLINK_STEP_OFFER] = "offer",    [UPLINK_STEP_CONFIRM] = "confirm",
    [UPLINK_STEP_DONE] = "done",      [UPLINK_STEP_RECALL] = "recall",
    [UPLINK_STEP_GIVE_BACK] = "give", [UPLINK_STEP_LEAVE] = "leave",
    [UPLINK_STEP_UNDONE] = "undone",
};

struct fault {
    enum uplink_step step;
    int r;
};

/* The steps, if those of `faults` fail. */
static struct uplink_plan go(struct uplink_plan plan,
                             const struct fault *faults, size_t count,
                             struct buf *ret)
{
    while (plan.step != UPLINK_STEP_DONE && plan.step != UPLINK_STEP_UNDONE) {
        struct err err = {0};
        int r = 0;
        buf_addf(ret, "%s ", names[plan.step]);
        for (size_t i = 0; i < count; i++) {
            if (faults[i].step == plan.step)
                r = err_set(&err, -faults[i].r, "%s failed", names[plan.step]);
        }
        uplink_plan_took(&plan, r, &err);
    }
    buf_add_text(ret, names[plan.step]);
    return plan;
}

#define CHECK_STEPS(plan_, want, ...)                                       \
    ({                                                                      \
        const struct fault faults_[] = {__VA_ARGS__};                       \
        auto_buf struct buf text_ = BUF_INIT(4096);                         \
        struct uplink_plan ended_ =                                         \
            go(plan_, faults_, sizeof(faults_) / sizeof(*faults_), &text_); \
        CHECK_STR(buf_text(&text_), want);                                  \
        ended_;                                                             \
    })

#define NOTHING                 \
    {                           \
        UPLINK_STEP_COUNT, -EIO \
    }

TEST(all_goes_well)
{
    CHECK_STEPS(uplink_plan_move(),
                "claim port set join carry ask offer confirm done", NOTHING);
    CHECK_STEPS(uplink_plan_undo(), "recall give leave undone", NOTHING);
}

TEST(whatever_fails_is_undone_in_reverse)
{
    struct uplink_plan plan;

    CHECK_STEPS(uplink_plan_move(), "claim leave undone",
                {UPLINK_STEP_CLAIM, -ETIMEDOUT});
    CHECK_STEPS(uplink_plan_move(), "claim port leave undone",
                {UPLINK_STEP_PORT, -EIO});
    CHECK_STEPS(uplink_plan_move(), "claim port set recall give leave undone",
                {UPLINK_STEP_SET_UP, -EIO});
    CHECK_STEPS(uplink_plan_move(),
                "claim port set join recall give leave undone",
                {UPLINK_STEP_JOIN, -EIO});
    CHECK_STEPS(uplink_plan_move(),
                "claim port set join carry recall give leave undone",
                {UPLINK_STEP_CARRY, -EIO});
    plan = CHECK_STEPS(uplink_plan_move(),
                       "claim port set join carry ask recall give leave undone",
                       {UPLINK_STEP_ASK, -ETIMEDOUT});
    CHECK_STR(plan.why.text, "ask failed");
    CHECK_EQ(plan.undo.code, 0);
    CHECK_STEPS(uplink_plan_move(),
                "claim port set join carry ask offer confirm recall give "
                "leave undone",
                {UPLINK_STEP_CONFIRM, -ETIMEDOUT});
}

/* The reason of the move's failure stays. A card that has its addresses on the
 * bridge is cut off: while nothing can take it off there, nothing is given
 * back.
 */
TEST(an_undo_that_fails)
{
    struct uplink_plan plan;

    plan =
        CHECK_STEPS(uplink_plan_move(), "claim port set join recall undone",
                    {UPLINK_STEP_JOIN, -EIO}, {UPLINK_STEP_RECALL, -ENOTCONN});
    CHECK_STR(plan.why.text, "join failed");
    CHECK_STR(plan.undo.text, "recall failed");
    uplink_plan_again(&plan);
    CHECK_EQ(plan.undo.code, 0);
    plan = CHECK_STEPS(plan, "recall give leave undone",
                       {UPLINK_STEP_LEAVE, -ETIMEDOUT});
    CHECK_STR(plan.why.text, "join failed");
    CHECK_STR(plan.undo.text, "leave failed");
    /* What was not begun is not undone. */
    plan = CHECK_STEPS(uplink_plan_move(), "claim leave undone",
                       {UPLINK_STEP_CLAIM, -ETIMEDOUT},
                       {UPLINK_STEP_LEAVE, -ENOTCONN});
    uplink_plan_again(&plan);
    CHECK_STEPS(plan, "leave undone", NOTHING);
    /* The rows hold the note, by which somebody may try again. */
    plan = CHECK_STEPS(uplink_plan_undo(), "recall give undone",
                       {UPLINK_STEP_GIVE_BACK, -EPERM});
    CHECK_STR(plan.undo.text, "give failed");
}

TEST(confirmed_at_the_last_moment)
{
    struct uplink_plan plan = CHECK_STEPS(
        uplink_plan_move(),
        "claim port set join carry ask offer confirm recall done",
        {UPLINK_STEP_CONFIRM, -ETIMEDOUT}, {UPLINK_STEP_RECALL, -ESTALE});

    CHECK(plan.is_kept);
    CHECK_EQ(plan.undo.code, 0);
}

TEST(each_step_has_words)
{
    for (int i = 0; i < UPLINK_STEP_COUNT; i++)
        CHECK(uplink_step_words((enum uplink_step)i)[0]);
}

TEST_MAIN
