/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The driver's answers to what the machine has asked for, and what counts as
 * one if none comes in time. Of two transactions that are sent at once the
 * answer is there when both replies are. Pure.
 */
#include <errno.h>
#include <stdio.h>

#include "common/attach/machine.h"

/* The text of an error means nothing without a code, and most answers have
 * none: so it is not copied. */
static void set_answer(struct attach *a, enum answer_kind kind, int r,
                       const struct err *err)
{
    struct answer *answer = &a->answer;

    answer->kind = kind;
    answer->r = r;
    answer->name[0] = '\0';
    answer->outcome = NULL;
    answer->err.code = 0;
    if (r >= 0)
        return;
    if (err && err->code)
        answer->err = *err;
    else
        err_code(&answer->err, -r, "one step of the attach");
}

void no_answer(struct attach *a)
{
    set_answer(a, ANSWER_NONE, 0, NULL);
}

static void no_reply_in_time(struct ovsdb_outcome *outcome, const char *whose)
{
    *outcome = (struct ovsdb_outcome){0};
    outcome->r = err_set(&outcome->err, ETIMEDOUT,
                         "%s did not answer within the deadline: is its "
                         "ovsdb-server stuck?",
                         whose);
}

/* Both replies are there, or the only one that was awaited. */
static void take_replies(struct attach *a)
{
    const struct ovsdb_outcome *outcome =
        a->todo.txn ? &a->reply : &a->northbound_reply;

    a->asked = false;
    set_answer(a, ANSWER_REPLY, outcome->r, &outcome->err);
    a->answer.outcome = outcome;
}

static void expire_both(struct attach *a)
{
    if (a->awaits_reply)
        no_reply_in_time(&a->reply, "OVSDB");
    if (a->awaits_northbound)
        no_reply_in_time(&a->northbound_reply, "OVN's northbound database");
    a->awaits_reply = false;
    a->awaits_northbound = false;
    take_replies(a);
}

/* An answer that does not come in time is an answer, too. */
void answer_expire(struct attach *a)
{
    struct answer *answer = &a->answer;

    a->asked = false;
    if (a->todo.step == ATTACH_STEP_WAIT)
        return;
    answer->kind = ANSWER_LOST;
    if (a->todo.step == ATTACH_STEP_LEASE) {
        answer->kind = ANSWER_DEVICE;
        answer->r = err_set(&answer->err, ETIMEDOUT,
                            "it was not taken within the deadline");
        return;
    }
    if (a->todo.step == ATTACH_STEP_FLOWS) {
        answer->kind = ANSWER_DEVICE;
        answer->r = err_set(&answer->err, ETIMEDOUT,
                            "bridge %s did not answer within the deadline: is "
                            "ovs-vswitchd stuck?",
                            a->todo.bridge);
        return;
    }
    if (a->todo.step == ATTACH_STEP_SEND && a->todo.northbound) {
        expire_both(a);
        return;
    }
    answer->r =
        err_set(&answer->err, ETIMEDOUT,
                "OVSDB did not answer within the deadline: is ovsdb-server "
                "stuck?");
}

bool answer_has_time(enum attach_step step)
{
    return step == ATTACH_STEP_WAIT || step == ATTACH_STEP_SEND ||
           step == ATTACH_STEP_WATCH || step == ATTACH_STEP_FLOWS ||
           step == ATTACH_STEP_LEASE;
}

/* The driver's answers. One that comes too late is dropped. */

void attach_rows(struct attach *a)
{
    a->row.spec_read = false;
    if (!a->asked ||
        (a->todo.step != ATTACH_STEP_WAIT && a->todo.step != ATTACH_STEP_WATCH))
        return;
    a->asked = false;
    set_answer(a, ANSWER_ROWS, 0, NULL);
}

void attach_lost(struct attach *a, const struct err *reason)
{
    struct ovsdb_outcome lost = {0};

    if (!a->asked || !answer_has_time(a->todo.step) ||
        a->todo.step == ATTACH_STEP_FLOWS || a->todo.step == ATTACH_STEP_LEASE)
        return;
    if (a->todo.step == ATTACH_STEP_SEND && a->todo.northbound) {
        lost.r = -(reason->code ? reason->code : EIO);
        lost.err = *reason;
        attach_reply(a, &lost);
        return;
    }
    a->asked = false;
    set_answer(a, ANSWER_LOST, -(reason->code ? reason->code : EIO), reason);
}

/* Of two replies each may be the first, and its result goes before the other
 * one comes. */
static void keep_reply(struct attach *a, const struct ovsdb_outcome *outcome,
                       bool is_northbound)
{
    struct ovsdb_outcome *kept =
        is_northbound ? &a->northbound_reply : &a->reply;

    if (outcome->r >= 0 && a->reads)
        a->reads(a, is_northbound, outcome->result);
    *kept = *outcome;
    kept->result = NULL;
    if (!a->awaits_reply && !a->awaits_northbound)
        take_replies(a);
}

void attach_reply(struct attach *a, const struct ovsdb_outcome *outcome)
{
    if (!a->asked || a->todo.step != ATTACH_STEP_SEND || !a->awaits_reply)
        return;
    a->awaits_reply = false;
    if (a->todo.northbound) {
        keep_reply(a, outcome, false);
        return;
    }
    a->asked = false;
    set_answer(a, ANSWER_REPLY, outcome->r, &outcome->err);
    a->answer.outcome = outcome;
}

void attach_northbound(struct attach *a, const struct ovsdb_outcome *outcome)
{
    if (!a->asked || a->todo.step != ATTACH_STEP_SEND || !a->awaits_northbound)
        return;
    a->awaits_northbound = false;
    keep_reply(a, outcome, true);
}

bool attach_awaits(const struct attach *a, bool northbound)
{
    return a->asked && a->todo.step == ATTACH_STEP_SEND &&
           (northbound ? a->awaits_northbound : a->awaits_reply);
}

void attach_flows(struct attach *a, int r, const struct err *err)
{
    if (!a->asked || a->todo.step != ATTACH_STEP_FLOWS)
        return;
    a->asked = false;
    set_answer(a, ANSWER_DEVICE, r, err);
}

void attach_leased(struct attach *a, int r, const struct dhcp_lease *lease,
                   const struct err *err)
{
    if (!a->asked || a->todo.step != ATTACH_STEP_LEASE)
        return;
    a->asked = false;
    set_answer(a, ANSWER_DEVICE, r, err);
    if (r >= 0)
        a->lease = *lease;
}

void attach_device(struct attach *a, int r, const char *name,
                   const struct err *err)
{
    if (!a->asked || answer_has_time(a->todo.step) ||
        a->todo.step == ATTACH_STEP_DONE || a->todo.step == ATTACH_STEP_FAIL)
        return;
    a->asked = false;
    set_answer(a, ANSWER_DEVICE, r, err);
    snprintf(a->answer.name, sizeof(a->answer.name), "%s", name ? name : "");
}
