/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One transaction at a time. Events that come while one is awaited are dropped:
 * whoever waits asks the database again first.
 */
#include "cli/uplink/rows.h"

#include <errno.h>
#include <string.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/vswitch_view.h"

/* For a question that the server answers at once: the deadline of what it is
 * asked about may have passed. */
#define ANSWER_MS 2000

void uplink_rows_close(struct uplink_rows *rows)
{
    client_close(TAKE_PTR(rows->client));
}

int uplink_rows_look(struct uplink_rows *rows, struct deadline deadline,
                     struct uplink_notes *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};

    uplink_rows_close(rows);
    int r = client_open(rows->ovsdb, deadline, &rows->client, err);
    if (r < 0)
        return r;
    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    monitor_table(&monitor, "Open_vSwitch", "cur_cfg", NULL);
    uplink_watch(&monitor);
    r = client_show(rows->client, &monitor, deadline, &event, err);
    if (r < 0) {
        uplink_rows_close(rows);
        return r;
    }
    uplink_notes_read(ret, event.updates);
    return 0;
}

void uplink_rows_wait(struct uplink_rows *rows, struct deadline deadline)
{
    auto_session_event struct session_event event = {0};

    if (rows->client && client_next(rows->client, deadline, &event) &&
        event.type == SESSION_DOWN)
        uplink_rows_close(rows);
}

/* Sends it and waits for its end, which is in *ret. */
static int transact(struct uplink_rows *rows, struct txn *txn,
                    struct deadline deadline, struct session_event *ret,
                    struct err *err)
{
    struct session_call call = {0};

    if (!rows->client)
        return err_set(err, ENOTCONN, "there is no connection to OVSDB at %s",
                       rows->ovsdb);
    int r = client_transact(rows->client, txn, &call, err);
    if (r < 0)
        return r;
    while (client_next(rows->client, deadline, ret)) {
        if (ret->type == SESSION_ENDED && ret->call == &call) {
            if (ret->outcome.r < 0)
                *err = ret->outcome.err;
            return ret->outcome.r;
        }
        if (ret->type == SESSION_DOWN) {
            *err = ret->reason;
            client_forget(rows->client, &call);
            uplink_rows_close(rows);
            return -err->code;
        }
        session_event_done(ret);
    }
    client_forget(rows->client, &call);
    return err_set(err, ETIMEDOUT,
                   "OVSDB at %s did not answer within the deadline: is "
                   "ovsdb-server stuck?",
                   rows->ovsdb);
}

int uplink_rows_do(struct uplink_rows *rows, struct txn *txn,
                   struct deadline deadline, struct reply_fault *ret_fault,
                   struct err *err)
{
    auto_session_event struct session_event event = {0};

    int r = transact(rows, txn, deadline, &event, err);
    if (r < 0 && ret_fault)
        *ret_fault = event.outcome.fault;
    return r;
}

static int read_number(struct uplink_rows *rows, const char *column,
                       struct deadline deadline, int64_t *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    size_t op = txn_select(&txn, "Open_vSwitch", column, NULL);
    txn_where_any(&txn);
    int r = transact(rows, &txn, deadline, &event, err);
    if (r >= 0 && !row_int(reply_row(event.outcome.result, op, 0), column, ret))
        return err_set(err, EPROTO, "the database has no row Open_vSwitch");
    return r;
}

int uplink_rows_write(struct uplink_rows *rows, struct txn *txn,
                      struct deadline deadline, struct reply_fault *ret_fault,
                      int64_t *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};

    size_t op = uplink_fence(txn);
    int r = transact(rows, txn, deadline, &event, err);
    if (r < 0 && ret_fault)
        *ret_fault = event.outcome.fault;
    if (r >= 0)
        *ret = uplink_fence_number(event.outcome.result, op);
    return r;
}

int uplink_rows_await(struct uplink_rows *rows, int64_t number,
                      struct deadline deadline, struct err *err)
{
    int64_t done;
    int r;

    while ((r = read_number(rows, "cur_cfg", deadline_in(ANSWER_MS), &done,
                            err)) >= 0 &&
           done < number) {
        if (deadline_passed(deadline))
            return err_set(err, ETIMEDOUT,
                           "the switch has not done what the database asks "
                           "for: does ovs-vswitchd run?");
        uplink_rows_wait(rows, deadline);
    }
    return r;
}

int uplink_rows_do_all(struct uplink_rows *rows, struct txn *txn,
                       struct deadline deadline, struct reply_fault *ret_fault,
                       struct err *err)
{
    int64_t number = 0;
    int r = uplink_rows_write(rows, txn, deadline, ret_fault, &number, err);

    return r < 0 ? r : uplink_rows_await(rows, number, deadline, err);
}

int uplink_rows_made(struct uplink_rows *rows, const char *name,
                     struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};
    int64_t ofport = 0;

    txn_init(&txn, OVSDB_NAME);
    size_t op = txn_select(&txn, "Interface", "ofport", "error", NULL);
    txn_where_string(&txn, "name", name);
    int r = transact(rows, &txn, deadline, &event, err);
    if (r < 0)
        return r;
    const struct json *row = reply_row(event.outcome.result, op, 0);
    const char *error = row_string(row, "error");
    if (!row)
        return err_set(err, ENOENT,
                       "the rows of %s were removed meanwhile, by somebody "
                       "else",
                       name);
    if (row_int(row, "ofport", &ofport) && ofport > 0)
        return 0;
    return err_set(err, EIO, "Open vSwitch has not made port %s: %s", name,
                   error ? error : "it does not say why");
}

int uplink_rows_is_free(struct uplink_rows *rows, const struct link_info *card,
                        struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    size_t named = txn_select(&txn, "Interface", "name", NULL);
    txn_where_string(&txn, "name", card->name);
    size_t numbered = txn_select(&txn, "Interface", "name", NULL);
    txn_where_int(&txn, "ifindex", card->ifindex);
    int r = transact(rows, &txn, deadline, &event, err);
    if (r < 0)
        return r;
    if (reply_row_count(event.outcome.result, named) > 0)
        return err_set(err, EBUSY,
                       "%s is a port of Open vSwitch already: 'ovs-vsctl "
                       "port-to-br %s' says on which bridge",
                       card->name, card->name);
    const char *other =
        row_string(reply_row(event.outcome.result, numbered, 0), "name");
    if (!other)
        return 0;
    return err_set(err, EBUSY,
                   "%s is a port of Open vSwitch already, by its other name "
                   "%.80s: 'ovs-vsctl port-to-br %.80s' says on which bridge",
                   card->name, other, other);
}

int uplink_rows_bridge(struct uplink_rows *rows, const char *bridge,
                       struct deadline deadline, bool *ret_userspace,
                       struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    size_t op = txn_select(&txn, "Bridge", "datapath_type", NULL);
    txn_where_string(&txn, "name", bridge);
    int r = transact(rows, &txn, deadline, &event, err);
    if (r < 0)
        return r;
    if (reply_row_count(event.outcome.result, op) == 0)
        return err_set(err, ENODEV,
                       "there is no bridge %s: create it with 'ovs-vsctl "
                       "add-br %s'",
                       bridge, bridge);
    const char *type =
        row_string(reply_row(event.outcome.result, op, 0), "datapath_type");
    *ret_userspace = type && strcmp(type, "netdev") == 0;
    return 0;
}
