/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint mirror`: copies of what containers send and receive. In this order:
 * read the words, ask the policy, gather who is plugged where, read the
 * switch's rows, find both ends in them, and make or remove the mirror by one
 * transaction, so that nothing of it is left if the command is killed. The
 * guardian, or `ovsint gc`, removes it when either end has gone.
 */
#include <errno.h>

#include "cli/mirror/mirror.h"
#include "cli/ports/gather.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/control.h"
#include "ovsint/ovsdb/row.h"

#define ANSWER_SIZE 4096

void mirror_known_done(struct mirror_known *known)
{
    mirrors_done(&known->mirrors);
    session_event_done(&known->event);
    client_close(known->client);
    plugged_done(&known->plugged);
}

int mirror_know_rows(struct cli *cli, struct mirror_known *ret, struct err *err)
{
    auto_monitor struct monitor monitor = {0};

    int r = client_open(cli->ovsdb, cli->deadline, &ret->client, err);
    if (r < 0)
        return r;
    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    mirror_rows_watch(&monitor);
    r = client_show_soon(ret->client, &monitor, cli->deadline, &ret->event,
                         err);
    if (r < 0)
        return r;
    ret->rows = ret->event.updates;
    mirrors_apply(&ret->mirrors, ret->rows);
    return 0;
}

int mirror_know(struct cli *cli, struct mirror_known *ret, struct err *err)
{
    int r = gather(cli, GATHER_TO_REMOVE, &ret->plugged, err);

    if (r >= 0 && !ret->plugged.has_rows) {
        *err = ret->plugged.rows_why;
        return -err->code;
    }
    return r < 0 ? r : mirror_know_rows(cli, ret, err);
}

/* Waits for the switch to have done what the database says under this number,
 * or for the outcome of `call`, if there is one. */
static int await(const struct cli *cli, struct client *client,
                 struct session_call *call, struct session_event *ret,
                 struct err *err)
{
    if (!client_next(client, cli->deadline, ret)) {
        if (!call)
            return err_set(err, ETIMEDOUT,
                           "it is noted, but ovs-vswitchd did not do it within "
                           "the deadline: is it running?");
        client_forget(client, call);
        return err_set(err, ETIMEDOUT,
                       "OVSDB did not answer within the deadline: is "
                       "ovsdb-server stuck?");
    }
    if (ret->type == SESSION_DOWN) {
        *err = ret->reason;
        return -err->code;
    }
    return 0;
}

static int send_mirror(const struct cli *cli, struct client *client,
                       struct txn *txn, struct reply_fault *ret_fault,
                       int64_t *ret_wanted, int64_t *cfg, struct err *err)
{
    struct session_call call = {0};
    size_t op = txn_select(txn, "Open_vSwitch", "next_cfg", NULL);
    txn_where_any(txn);
    int r = client_transact(client, txn, &call, err);

    while (r >= 0) {
        auto_session_event struct session_event event = {0};
        r = await(cli, client, &call, &event, err);
        if (r >= 0 && event.type == SESSION_UPDATED)
            (void)mirror_switch_cfg(event.updates, cfg);
        if (r < 0 || event.type != SESSION_ENDED)
            continue;
        *ret_fault = event.outcome.fault;
        if (event.outcome.r < 0)
            *err = event.outcome.err;
        else
            (void)row_int(reply_row(event.outcome.result, op, 0), "next_cfg",
                          ret_wanted);
        return event.outcome.r;
    }
    return r;
}

/* Pitfall: the switch goes on doing with connections that it knows what it did
 * before, and copies them, or does not, for as long as they last
 * (findings/ovs-mirror-leaves-known-connections-alone.sh). So it is told to
 * forget them. */
static int forget_connections(const struct cli *cli, struct err *err)
{
    auto_buf struct buf answer = BUF_INIT(ANSWER_SIZE);
    auto_close int fd = control_connect(cli->ovsdb, cli->deadline, err);
    int r = fd;

    if (r >= 0)
        r = control_call(fd, "revalidator/purge", NULL, 0, cli->deadline,
                         &answer, err);
    return r < 0 ? err_wrap(err, "it is done, but connections that the switch "
                                 "knows already stay as they are until they "
                                 "pause for 10 s")
                 : 0;
}

/* Carries out a transaction, and waits until the switch has done it: only then
 * nothing is copied any more, or everything. */
static int commit(const struct cli *cli, struct client *client, struct txn *txn,
                  struct reply_fault *ret_fault, struct err *err)
{
    int64_t wanted = 0, cfg = 0;
    int r = send_mirror(cli, client, txn, ret_fault, &wanted, &cfg, err);

    while (r >= 0 && cfg < wanted) {
        auto_session_event struct session_event event = {0};
        r = await(cli, client, NULL, &event, err);
        if (r >= 0 && event.type == SESSION_UPDATED)
            (void)mirror_switch_cfg(event.updates, &cfg);
    }
    return r < 0 ? r : forget_connections(cli, err);
}

/* The switch may not be able to make the tunnel, as one of that remote and key
 * is there: then nothing would ever be copied, and the mirror goes again. */
static int check_tunnel(struct cli *cli, const char *name, struct err *err)
{
    auto_mirror_known struct mirror_known known = {0};
    struct mirror_facts facts;
    struct err ignored = {0};

    int r = mirror_know_rows(cli, &known, err);
    if (r < 0)
        return r;
    const struct mirror *mirror = mirrors_find(&known.mirrors, name);
    if (!mirror)
        return err_set(err, ENOENT, "mirror '%s' was removed meanwhile", name);
    mirror_facts_read(known.rows, mirror, &facts);
    if (!facts.error)
        return 0;
    r = err_set(err, EIO,
                "the switch could not make the tunnel (%.200s), and the mirror "
                "is gone again: does another tunnel have this remote and key? "
                "say key=NUMBER",
                facts.error);
    (void)!mirror_remove_one(cli, &known, mirror, &ignored);
    return r;
}

static int make(const struct cli *cli, const struct mirror_known *known,
                const struct mirror_draft *draft, struct err *err)
{
    struct reply_fault fault = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    mirror_make(draft, &txn);
    int r = commit(cli, known->client, &txn, &fault, err);
    if (r < 0 && fault.kind == REPLY_GUARD)
        return fault.op == 0
                   ? err_set(err, EEXIST,
                             "there is a mirror '%s' already: 'ovsint mirror "
                             "ls' lists them",
                             draft->name)
                   : err_set(err, ENOENT,
                             "a port of the mirror has just gone: 'ovsint ls' "
                             "lists those that are there");
    return r;
}

static int add(struct cli *cli, const struct mirror_request *request,
               struct err *err)
{
    auto_mirror_known struct mirror_known known = {0};
    struct mirror_ends ends = {0};
    bool is_remote = request->remote.family != 0;

    int r = policy_check_mirror(&cli->settings.policy,
                                is_remote ? &request->remote : NULL, err);
    if (r >= 0)
        r = mirror_know(cli, &known, err);
    if (r >= 0)
        r = mirror_find_ends(&known, request, &ends, err);
    if (r < 0)
        return r;
    const struct mirror_draft draft = {.name = request->name,
                                       .bridge = ends.bridge,
                                       .sources = ends.sources,
                                       .source_count = ends.source_count,
                                       .vlans = request->vlans,
                                       .direction = request->direction,
                                       .to = request->to ? &ends.to : NULL,
                                       .tunnel = request->tunnel,
                                       .remote = request->remote,
                                       .key = request->key,
                                       .snaplen = request->snaplen};
    r = make(cli, &known, &draft, err);
    return r < 0 || !is_remote ? r : check_tunnel(cli, draft.name, err);
}

int mirror_remove_one(const struct cli *cli, const struct mirror_known *known,
                      const struct mirror *mirror, struct err *err)
{
    struct reply_fault fault;
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    mirror_remove(mirror, &txn);
    return commit(cli, known->client, &txn, &fault, err);
}

static int rm(struct cli *cli, const struct mirror_request *request,
              struct err *err)
{
    auto_mirror_known struct mirror_known known = {0};

    int r = mirror_know(cli, &known, err);
    if (r < 0)
        return r;
    const struct mirror *mirror = mirrors_find(&known.mirrors, request->name);
    if (!mirror)
        return err_set(err, ENOENT,
                       "there is no mirror '%s': 'ovsint mirror ls' lists all",
                       request->name);
    return mirror_remove_one(cli, &known, mirror, err);
}

int mirror_command(struct cli *cli, struct err *err)
{
    struct mirror_request request;

    int r = mirror_request_parse(cli->options.words, cli->options.word_count,
                                 &request, err);
    if (r >= 0 && request.act == MIRROR_ADD)
        r = mirror_check_ends(&request, err);
    if (r < 0) {
        cli->status = CLI_BAD_INPUT;
        return r;
    }
    if (request.act == MIRROR_LS)
        return mirror_ls(cli, err);
    return request.act == MIRROR_ADD ? add(cli, &request, err)
                                     : rm(cli, &request, err);
}
