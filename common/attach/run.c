/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop: the engine says what is next, run_step() does it and gives the
 * answer. Each wait has the engine's deadline. A failure is an answer, too: so
 * the call ends only in the engine.
 */
#include "ovsint/attach/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "ovsint/rows/port_name.h"

#define VIEW_NAME "ovsint"

/* Before opening. */

int attach_run_refuse_rootless(const char *advice, struct err *err)
{
    int r = netns_process_is_confined(err);

    if (r <= 0)
        return r;
    return err_set(err, EPERM,
                   "the runtime is rootless: its user namespace has no right "
                   "to the host's Open vSwitch; %s",
                   advice);
}

/* The name of an internal port is used once: a port that is deleted and
 * inserted again under its name between two looks of ovs-vswitchd keeps its
 * device, which may be dying with an earlier namespace. */
int attach_run_name_ports(struct port_want *ports, size_t count, const char *id,
                          struct err *err)
{
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return err_sys(err, "get a random number");
    for (struct port_want *port = ports; port < ports + count; port++) {
        const struct attachment *spec = port->spec;
        port->mac =
            mac_is_zero(&spec->mac) ? names_mac(id, spec->ifname) : spec->mac;
        if (spec->type == VNIC_INTERNAL)
            names_port(id, spec->ifname, nonce, port->name);
    }
    return 0;
}

/* Opening. */

/* If the kernel's probe cannot announce an address we need a packet socket. It
 * is opened only then, as its close waits for a grace period. An address that
 * is yet to be chosen may share its subnet with one that was asked for, and
 * then needs it. */
static enum net_flags announce_flags(const struct port_want *ports,
                                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct attachment *spec = ports[i].spec;
        if (vnic_needs_frames(spec))
            return NET_WITH_ANNOUNCE;
        if (spec->ip_auto && (spec->skip_dad || spec->ip_count))
            return NET_WITH_ANNOUNCE;
    }
    return NET_PLAIN;
}

static int identify(struct attach_run *run, struct err *err)
{
    struct netns_id id;

    int r = netns_id(run->place.netns, &id, err);
    if (r < 0)
        return r;
    r = net_cookie(run->place.inside, &id.cookie, err);
    if (r < 0)
        return r;
    netns_id_format(&id, run->netns_id);
    return 0;
}

int attach_run_open(struct attach_run *run, const char *ovsdb, int netns,
                    const struct port_want *ports, size_t count,
                    struct deadline deadline, struct err *err)
{
    *run = (struct attach_run){
        .ovsdb = ovsdb,
        .place = {.netns = netns, .bridges = &run->view.bridges}};
    int r = net_open(&run->place.host, -1, NET_PLAIN, err);
    if (r < 0 || netns < 0)
        return r;
    r = net_open(&run->place.inside, netns, announce_flags(ports, count), err);
    if (r < 0)
        return r;
    r = newcomers_open(netns, &run->place.newcomers, err);
    if (r < 0)
        return r;
    r = identify(run, err);
    if (r < 0)
        return r;
    run->is_new = true;
    return client_open(ovsdb, deadline, &run->client, err);
}

void attach_run_close(struct attach_run *run)
{
    rpc_event_done(&run->reply);
    vswitch_view_done(&run->view);
    client_close(run->client);
    newcomers_close(run->place.newcomers);
    net_close(run->place.inside);
    net_close(run->place.host);
    *run = ATTACH_RUN_CLOSED;
}

/* The database. */

static void disconnect(struct attach_run *run)
{
    client_close(TAKE_PTR(run->client));
}

static int connect_anew(struct attach_run *run, struct deadline deadline,
                        struct err *err)
{
    if (run->client && run->is_new)
        return 0;
    disconnect(run);
    return client_open(run->ovsdb, deadline, &run->client, err);
}

int attach_run_look(struct client *client, const struct vswitch_scope *scope,
                    struct deadline deadline, struct vswitch_view *ret,
                    struct err *err)
{
    auto_monitor struct monitor monitor = {0};
    auto_rpc_event struct rpc_event reply = {0};

    vswitch_watch(&monitor, VIEW_NAME, scope);
    int r = client_call(client, "monitor_cond", monitor_params(&monitor),
                        deadline, &reply, err);
    if (r < 0)
        return r;
    vswitch_view_done(ret);
    vswitch_view_apply(ret, reply.result);
    return 0;
}

static int run_watch(struct attach_run *run, const struct attach_todo *todo,
                     struct err *err)
{
    struct deadline deadline = {.at_ms = todo->until_ms};

    int r = connect_anew(run, deadline, err);
    if (r < 0)
        return r;
    run->is_new = false;
    return attach_run_look(run->client, &todo->scope, deadline, &run->view,
                           err);
}

/* Reads what the database sends until `deadline`: 1, or 0 if it sends
 * nothing. */
static int take_in(struct attach_run *run, struct attach *a,
                   struct deadline deadline, struct err *err)
{
    auto_rpc_event struct rpc_event event = {0};

    int r = client_notification(run->client, deadline, &event, err);
    if (r <= 0)
        return r;
    vswitch_view_apply(&run->view,
                       monitor_updates(event.method, event.params, VIEW_NAME));
    attach_rows(a);
    return 1;
}

/* Updates come before the reply to the transaction that they are about, or that
 * failed because of them (ovsdb-server(7)). Once they are read, a missing row
 * is a removed row. If the connection breaks here, the next request reports
 * it. */
static void catch_up(struct attach_run *run, struct attach *a)
{
    struct err ignored = {0};

    while (take_in(run, a, (struct deadline){0}, &ignored) > 0)
        continue;
}

static void send_txn(struct attach_run *run, struct attach *a,
                     const struct attach_todo *todo)
{
    struct ovsdb_outcome outcome = {0};

    rpc_event_done(&run->reply);
    if (run->client)
        outcome.r = client_transact(run->client, todo->txn,
                                    (struct deadline){.at_ms = todo->until_ms},
                                    &run->reply, &outcome.fault, &outcome.err);
    else
        outcome.r =
            err_set(&outcome.err, ECONNRESET,
                    "the connection to OVSDB at %s was lost", run->ovsdb);
    outcome.result = outcome.r >= 0 ? run->reply.result : NULL;
    if (run->client)
        catch_up(run, a);
    attach_reply(a, &outcome);
    (void)attach_next(a, deadline_now_ms()); /* reads the outcome */
}

static void wait_for_rows(struct attach_run *run, struct attach *a,
                          const struct attach_todo *todo)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    struct err err = {0};

    if (!run->client) {
        poll(NULL, 0, deadline_left_ms(deadline));
        return;
    }
    if (take_in(run, a, deadline, &err) < 0) {
        disconnect(run);
        attach_lost(a, &err);
    }
}

/* The loop. */

static void run_step(struct attach_run *run, struct attach *a,
                     const struct attach_todo *todo)
{
    struct link_info info = {0};
    struct err err = {0};
    int r;

    switch (todo->step) {
    case ATTACH_STEP_WATCH:
        r = run_watch(run, todo, &err);
        if (r >= 0) {
            attach_rows(a);
            return;
        }
        disconnect(run);
        attach_lost(a, &err);
        return;
    case ATTACH_STEP_SEND:
        send_txn(run, a, todo);
        return;
    case ATTACH_STEP_WAIT:
        wait_for_rows(run, a, todo);
        return;
    default:
        r = todo->step == ATTACH_STEP_HAS_ENDED && run->lookout
                ? lookout_has_ended(run->lookout, todo, run->deadline)
                : attach_work(&run->place, a, todo, &info, &err);
        attach_device(a, r, info.name, &err);
    }
}

int attach_run(struct attach_run *run, const struct attach_want *want,
               const struct port_want *ports, size_t count,
               struct attach_failure *ret)
{
    auto_attach struct attach *a = attach_new(want, ports, count, &run->view);
    enum attach_phase phase = ATTACH_DONE;

    run->deadline = (struct deadline){.at_ms = want->deadline_ms};
    for (;;) {
        const struct attach_todo *todo = attach_next(a, deadline_now_ms());
        if (attach_phase(a) != phase) {
            phase = attach_phase(a);
            log_event(LOG_LEVEL_DEBUG, "attach", "phase",
                      attach_phase_name(phase), NULL);
        }
        if (todo->step == ATTACH_STEP_DONE) {
            for (size_t i = 0; run->made && i < count; i++)
                run->made[i] = *attach_vnic(a, i);
            return 0;
        }
        if (todo->step == ATTACH_STEP_FAIL) {
            *ret = *attach_failure(a);
            return -ret->err.code;
        }
        run_step(run, a, todo);
    }
}
