/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The table of steps is the order of a move, and that of an undo.
 */
#include "ovsint/uplink/plan.h"

#include <errno.h>

static const struct {
    const char *words;
    enum uplink_step next;
} steps[UPLINK_STEP_COUNT] = {
    [UPLINK_STEP_CLAIM] = {"make the access port", UPLINK_STEP_PORT},
    [UPLINK_STEP_PORT] = {"wait for the access port", UPLINK_STEP_SET_UP},
    [UPLINK_STEP_SET_UP] = {"give it settings and addresses", UPLINK_STEP_JOIN},
    [UPLINK_STEP_JOIN] = {"put the cards on the bridge", UPLINK_STEP_CARRY},
    [UPLINK_STEP_CARRY] = {"move the routes and tell the neighbours",
                           UPLINK_STEP_ASK},
    [UPLINK_STEP_ASK] = {"ask the gateways", UPLINK_STEP_OFFER},
    [UPLINK_STEP_OFFER] = {"note the outcome", UPLINK_STEP_CONFIRM},
    [UPLINK_STEP_CONFIRM] = {"wait for 'ovsint uplink confirm'",
                             UPLINK_STEP_DONE},
    [UPLINK_STEP_DONE] = {"done", UPLINK_STEP_DONE},
    [UPLINK_STEP_RECALL] = {"note that it is undone", UPLINK_STEP_GIVE_BACK},
    [UPLINK_STEP_GIVE_BACK] = {"give the cards their addresses back",
                               UPLINK_STEP_LEAVE},
    [UPLINK_STEP_LEAVE] = {"take the cards off the bridge", UPLINK_STEP_UNDONE},
    [UPLINK_STEP_UNDONE] = {"undone", UPLINK_STEP_UNDONE},
};

const char *uplink_step_words(enum uplink_step step)
{
    return steps[step].words;
}

struct uplink_plan uplink_plan_move(void)
{
    return (struct uplink_plan){.step = UPLINK_STEP_CLAIM, .has_rows = true};
}

struct uplink_plan uplink_plan_undo(void)
{
    return (struct uplink_plan){
        .step = UPLINK_STEP_RECALL, .has_rows = true, .has_addresses = true};
}

static bool is_way_back(enum uplink_step step)
{
    return step >= UPLINK_STEP_RECALL;
}

static enum uplink_step undo_step(const struct uplink_plan *plan)
{
    if (plan->has_addresses)
        return UPLINK_STEP_RECALL;
    return plan->has_rows ? UPLINK_STEP_LEAVE : UPLINK_STEP_UNDONE;
}

static void took_back(struct uplink_plan *plan, int r, const struct err *err)
{
    if (r < 0)
        plan->undo = *err;
    if (plan->step == UPLINK_STEP_RECALL && r == -ESTALE) {
        plan->undo = (struct err){0};
        plan->is_kept = true;
        plan->step = UPLINK_STEP_DONE;
        return;
    }
    plan->step = r < 0 ? UPLINK_STEP_UNDONE : steps[plan->step].next;
}

void uplink_plan_again(struct uplink_plan *plan)
{
    plan->undo = (struct err){0};
    plan->step = undo_step(plan);
}

void uplink_plan_took(struct uplink_plan *plan, int r, const struct err *err)
{
    if (is_way_back(plan->step)) {
        took_back(plan, r, err);
        return;
    }
    if (r < 0) {
        plan->why = *err;
        plan->step = undo_step(plan);
        return;
    }
    plan->step = steps[plan->step].next;
    plan->has_addresses |= plan->step == UPLINK_STEP_SET_UP;
}
