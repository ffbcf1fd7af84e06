/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A client that watches no rows, and waits for the end of each transaction.
 */
#pragma once

#include "ovsint/ovsdb/client.h"
#include "tests/lib/test.h"

#define PATIENCE deadline_in(20000) /* nobody ever waits as long */

static inline struct client *quiet_client(const char *remote)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor;
    struct client *client = NULL;
    struct err err = {0};

    CHECK_OK(client_open(remote, PATIENCE, &client, &err), err);
    monitor_init(&monitor, "Open_vSwitch", SESSION_MONITOR);
    CHECK_OK(client_show(client, &monitor, PATIENCE, &event, &err), err);
    return client;
}

/* The outcome stays in *ret, which the caller owns. */
static inline const struct ovsdb_outcome *
await_outcome(struct client *client, struct txn *txn, struct session_event *ret)
{
    struct session_call call = {0};
    struct err err = {0};

    CHECK_OK(client_transact(client, txn, &call, &err), err);
    for (;;) {
        CHECK(client_next(client, PATIENCE, ret));
        if (ret->type == SESSION_ENDED)
            return &ret->outcome;
        CHECK(ret->type != SESSION_DOWN);
        session_event_done(ret);
    }
}

/* The result for reply.h stays in *ret, which the caller owns. */
static inline const struct json *commit_and_show(struct client *client,
                                                 struct txn *txn,
                                                 struct session_event *ret)
{
    const struct ovsdb_outcome *outcome = await_outcome(client, txn, ret);

    CHECK_OK(outcome->r, outcome->err);
    return outcome->result;
}

static inline void commit(struct client *client, struct txn *txn)
{
    auto_session_event struct session_event event = {0};

    commit_and_show(client, txn, &event);
}
