/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * job_run() runs one machine until it waits for something. All else is what
 * continues it: a reply, rows, the end of a connection, the timer. Nothing can
 * fail here: a failure is an answer to the machine.
 *
 * Pitfall: `done` may end, begin or free other jobs while all jobs are visited.
 * So the jobs that are to continue are first put into `ready`, and taken from
 * there one by one.
 */
#include "plugin/daemon/attach_uv.h"
#include "plugin/daemon/timer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct attach_uv {
    struct host *host;
    struct host_subscriber subscriber;
    struct flow_keeper *keeper;
    struct flow_listener listener;
    struct northbound *northbound; /* NULL = there is none */
    uv_timer_t timer;
    struct list waiting;
    struct list ready; /* jobs that are to continue */
};

static void on_reply(struct ovsdb_call *call,
                     const struct ovsdb_outcome *outcome);
static void on_attach_timer(uv_timer_t *timer);

int64_t attach_uv_now_ms(const struct attach_uv *uv)
{
    return (int64_t)uv_now(uv->timer.loop);
}

static struct attach_job *job_at(struct list *link)
{
    return container_of(link, struct attach_job, link);
}

static void schedule(struct attach_uv *uv)
{
    int64_t next = INT64_MAX;

    LIST_EACH (link, &uv->waiting) {
        if (job_at(link)->until_ms < next)
            next = job_at(link)->until_ms;
    }
    if (next == INT64_MAX)
        uv_timer_stop(&uv->timer);
    else
        timer_at(&uv->timer, on_attach_timer, (uint64_t)next);
}

static void rest(struct attach_job *job)
{
    ovsdb_forget(&job->call);
    northbound_forget(&job->northbound);
    list_remove(&job->link);
    job->attach = NULL;
}

/* Ends the job. */
static void job_finish(struct attach_job *job, bool failed)
{
    auto_attach struct attach *attach = job->attach;

    rest(job);
    job->events->done(job, attach, failed ? attach_failure(attach) : NULL);
}

/* Without a connection the rows are not shown; on_attach_rows() tells when they
 * are. True if they are. */
static bool job_watch(struct attach_job *job)
{
    if (!ovsdb_is_up(job->uv->host->ovsdb))
        return false;
    attach_rows(job->attach);
    return true;
}

/* Tells the view which ports we are removing, or that the server has refused
 * it. */
static void expect_removals(struct attach_job *job, bool is_refused)
{
    struct vswitch_view *view = &job->uv->host->ports;
    const char *name;

    for (size_t i = 0; (name = attach_removes(job->attach, i)) != NULL; i++) {
        if (is_refused)
            vswitch_view_expect_nothing(view, name);
        else
            vswitch_view_expect_removal(view, name);
    }
}

/* True if the answer is there already, as it cannot be sent. */
static bool send_txn(struct attach_job *job, const struct attach_todo *todo)
{
    struct ovsdb_outcome outcome = {0};

    outcome.r = ovsdb_transact(job->uv->host->ovsdb, todo->txn, &job->call,
                               on_reply, &outcome.err);
    if (outcome.r >= 0) {
        expect_removals(job, false);
        if (job->events->sent)
            job->events->sent(job, job->attach);
        return false;
    }
    attach_reply(job->attach, &outcome);
    (void)attach_next(job->attach, attach_uv_now_ms(job->uv));
    return true;
}

static void on_northbound(struct northbound_call *call,
                          const struct ovsdb_outcome *outcome);

/* True if the answer is there already. */
static bool send_northbound(struct attach_job *job,
                            const struct attach_todo *todo)
{
    struct ovsdb_outcome outcome = {0};

    if (job->northbound.northbound)
        return false;
    if (job->uv->northbound)
        outcome.r =
            northbound_send(job->uv->northbound, todo->northbound,
                            &job->northbound, on_northbound, &outcome.err);
    else
        outcome.r =
            err_set(&outcome.err, ENOTCONN, "the daemon does not know it");
    if (outcome.r >= 0)
        return false;
    attach_northbound(job->attach, &outcome);
    return true;
}

/* Both at once. True if an answer is there already. */
static bool send_both(struct attach_job *job, const struct attach_todo *todo)
{
    bool answered = false;

    if (attach_awaits(job->attach, true))
        answered = send_northbound(job, todo);
    if (attach_awaits(job->attach, false) && !job->call.ovsdb)
        answered |= send_txn(job, todo);
    return answered;
}

static void work(struct attach_job *job, const struct attach_todo *todo)
{
    struct link_info found = {0};
    struct err err = {0};
    int r = job->events->work(job, job->attach, todo, &found, &err);

    uv_update_time(job->uv->timer.loop);
    attach_device(job->attach, r, found.name, &err);
}

/* The keeper has the flows from the row, and drops those of ports that have
 * gone. Frames are sent, and nobody waits for them. False while the answer has
 * to be waited for. */
static bool await_flows(struct attach_job *job, const struct attach_todo *todo)
{
    const struct vswitch_port *port =
        vswitch_view_find(&job->uv->host->ports, todo->name);
    struct err err = {0};
    int r = 1;

    if (todo->change.packet_count)
        flow_keeper_send(job->uv->keeper, todo->bridge, todo->change.packets,
                         todo->change.packet_count);
    if (port)
        r = flow_keeper_state(job->uv->keeper, port, &err);
    else if (todo->name[0])
        r = err_set(&err, ENOENT, "its rows were removed by somebody");
    if (r == 0)
        return false;
    attach_flows(job->attach, r < 0 ? r : 0, &err);
    return true;
}

/* Does one step. False if its answer has to be waited for. */
static bool step(struct attach_job *job, const struct attach_todo *todo)
{
    job->step = todo->step;
    job->until_ms = todo->until_ms;
    switch (todo->step) {
    case ATTACH_STEP_WATCH:
        return job_watch(job);
    case ATTACH_STEP_SEND:
        return send_both(job, todo);
    case ATTACH_STEP_WAIT:
        return false;
    case ATTACH_STEP_FLOWS:
        return await_flows(job, todo);
    default:
        work(job, todo);
        return true;
    }
}

/* Runs a job until it waits for something, or ends. */
static void job_run(struct attach_job *job)
{
    struct attach_uv *uv = job->uv;
    int64_t now = attach_uv_now_ms(uv);

    /* The answer has not come in time. */
    if (job->call.ovsdb && job->until_ms <= now)
        ovsdb_forget(&job->call);
    if (job->northbound.northbound && job->until_ms <= now)
        northbound_forget(&job->northbound);
    for (;;) {
        const struct attach_todo *todo = attach_next(job->attach, now);
        if (todo->step == ATTACH_STEP_DONE || todo->step == ATTACH_STEP_FAIL) {
            job_finish(job, todo->step == ATTACH_STEP_FAIL);
            return;
        }
        if (!step(job, todo))
            return;
        now = attach_uv_now_ms(uv);
    }
}

static void make_ready(struct attach_job *job)
{
    list_remove(&job->link);
    list_append(&job->uv->ready, &job->link);
}

static void run_ready(struct attach_uv *uv)
{
    while (!list_is_empty(&uv->ready)) {
        struct attach_job *job = job_at(list_first(&uv->ready));
        list_remove(&job->link);
        list_append(&uv->waiting, &job->link);
        job_run(job);
    }
    schedule(uv);
}

/* The outcome is valid until this returns; the engine has read it by then. */
static void on_reply(struct ovsdb_call *call,
                     const struct ovsdb_outcome *outcome)
{
    struct attach_job *job = container_of(call, struct attach_job, call);
    struct attach_uv *uv = job->uv;

    if (outcome->r < 0 && outcome->r != -ECONNRESET)
        expect_removals(job, true);
    attach_reply(job->attach, outcome);
    job_run(job);
    schedule(uv);
}

static void on_northbound(struct northbound_call *call,
                          const struct ovsdb_outcome *outcome)
{
    struct attach_job *job = container_of(call, struct attach_job, northbound);
    struct attach_uv *uv = job->uv;

    attach_northbound(job->attach, outcome);
    job_run(job);
    schedule(uv);
}

static void on_attach_timer(uv_timer_t *timer)
{
    struct attach_uv *uv = timer->data;
    int64_t now = attach_uv_now_ms(uv);

    LIST_EACH (link, &uv->waiting) {
        if (job_at(link)->until_ms <= now)
            make_ready(job_at(link));
    }
    run_ready(uv);
}

static bool is_port_of(const struct attach *attach, const char *name)
{
    for (size_t i = 0; i < attach_count(attach); i++) {
        if (strcmp(attach_vnic(attach, i)->port, name) == 0)
            return true;
    }
    return false;
}

/* Does the update concern this machine? The switch reports each port, and many
 * calls may wait: each looks only if its own ports have changed. */
static bool concerns(const struct vswitch_view *view,
                     const struct attach *attach)
{
    if (attach_phase(attach) != ATTACH_READY)
        return true;
    for (size_t i = 0; i < view->change_count; i++) {
        if (is_port_of(attach, view->changes[i].name))
            return true;
    }
    return false;
}

static void on_attach_rows(void *data, const struct json *updates, bool anew)
{
    struct attach_uv *uv = data;

    (void)updates;
    LIST_EACH (link, &uv->waiting) {
        struct attach_job *job = job_at(link);
        if (!anew && !concerns(&uv->host->ports, job->attach))
            continue;
        attach_rows(job->attach);
        if (job->step != ATTACH_STEP_SEND)
            make_ready(job);
    }
    run_ready(uv);
}

/* What was in flight has ended before. A machine that waits for rows is told;
 * one that has asked for them goes on waiting. */
static void on_attach_down(void *data, const struct err *why)
{
    struct attach_uv *uv = data;
    struct err lost = *why;

    lost.code = ECONNRESET;
    LIST_EACH (link, &uv->waiting) {
        struct attach_job *job = job_at(link);
        if (job->step != ATTACH_STEP_WAIT)
            continue;
        attach_lost(job->attach, &lost);
        make_ready(job);
    }
    run_ready(uv);
}

static void on_flows_changed(void *data)
{
    struct attach_uv *uv = data;

    LIST_EACH (link, &uv->waiting) {
        if (job_at(link)->step == ATTACH_STEP_FLOWS)
            make_ready(job_at(link));
    }
    run_ready(uv);
}

static const struct host_events host_events = {.on_rows = on_attach_rows,
                                               .on_down = on_attach_down};

void attach_job_begin(struct attach_uv *uv, struct attach_job *job,
                      const struct attach_job_events *events,
                      const struct attach_want *want,
                      const struct port_want *ports, size_t count)
{
    assert(!job->attach);
    job->uv = uv;
    job->events = events;
    job->attach = attach_new(want, ports, count, &uv->host->ports);
    list_append(&uv->waiting, &job->link);
    job_run(job);
    schedule(uv);
}

/* The undo goes as far as it needs no database. */
void attach_job_cancel(struct attach_job *job)
{
    static const struct err why = {.code = ECANCELED};
    auto_attach struct attach *attach = job->attach;

    if (!attach)
        return;
    attach_cancel(attach, &why);
    for (;;) {
        const struct attach_todo *todo =
            attach_next(attach, attach_uv_now_ms(job->uv));
        if (todo->step != ATTACH_STEP_DROP_PAIR)
            break;
        work(job, todo);
    }
    rest(job);
}

bool attach_job_is_at_work(const struct attach_job *job)
{
    return job->attach != NULL;
}

struct attach_uv *attach_uv_open(uv_loop_t *loop, struct host *host,
                                 struct flow_keeper *keeper)
{
    struct attach_uv *uv = mem_new(sizeof(*uv));

    uv->host = host;
    list_init(&uv->waiting);
    list_init(&uv->ready);
    uv_timer_init(loop, &uv->timer);
    uv->timer.data = uv;
    uv->subscriber =
        (struct host_subscriber){.events = &host_events, .data = uv};
    host_subscribe(host, &uv->subscriber);
    uv->keeper = keeper;
    uv->listener =
        (struct flow_listener){.changed = on_flows_changed, .data = uv};
    flow_keeper_listen(keeper, &uv->listener);
    return uv;
}

void attach_uv_use(struct attach_uv *uv, struct northbound *northbound)
{
    uv->northbound = northbound;
}

static void on_attach_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void attach_uv_close(struct attach_uv *uv)
{
    if (!uv)
        return;
    assert(list_is_empty(&uv->waiting) && list_is_empty(&uv->ready));
    host_unsubscribe(&uv->subscriber);
    flow_keeper_leave(&uv->listener);
    uv_close((uv_handle_t *)&uv->timer, on_attach_closed);
}
