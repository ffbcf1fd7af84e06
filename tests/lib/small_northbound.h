/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OVN's northbound database for unit tests of what is in the daemon's loop:
 * what is sent waits there for the answer that the test gives, as JSON with
 * single quotes. Included by small_daemon.h.
 */
#pragma once

#include "plugin/daemon/northbound.h"
#include "tests/lib/rows.h"

static struct small_northbound {
    struct northbound_call *call; /* the one that waits */
    char *sent;                   /* rows_txn() */
} small_northbound;

int northbound_send(struct northbound *northbound, struct txn *txn,
                    struct northbound_call *call, northbound_done *done,
                    struct err *err)
{
    (void)err;
    CHECK(!small_northbound.call);
    *call = (struct northbound_call){
        .northbound = northbound, .txn = txn, .done = done};
    small_northbound.call = call;
    free(small_northbound.sent);
    small_northbound.sent = rows_txn(txn);
    return 0;
}

void northbound_forget(struct northbound_call *call)
{
    if (small_northbound.call == call)
        small_northbound.call = NULL;
    *call = (struct northbound_call){0};
}

/* NULL = it fails with this error. */
static inline void small_northbound_answers(const char *result, int code)
{
    struct northbound_call *call = small_northbound.call;
    struct ovsdb_outcome outcome = {0};
    auto_json struct json *json = result ? rows_json(result) : NULL;

    CHECK(call);
    small_northbound.call = NULL;
    outcome.result = json;
    if (!result)
        outcome.r = err_set(&outcome.err, code, "refused");
    call->northbound = NULL;
    call->done(call, &outcome);
}
