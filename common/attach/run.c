/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One loop: the engine says what is next, run_step() does it and gives the
 * answer. Each wait has the engine's deadline. A failure is an answer, too: so
 * the call ends only in the engine.
 */
#include "ovsint/attach/run.h"
#include "ovsint/attach/lease_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/attach/orphan_flows.h"
#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/base/stop.h"
#include "ovsint/device/vnic.h"
#include "ovsint/openflow/client.h"
#include "ovsint/rows/port_name.h"

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

#define MACHINE_ID_PATH "/etc/machine-id" /* machine-id(5) */
#define MACHINE_ID_SIZE 64

/* Two hosts of one VLAN may each have a container `web`, and both must not get
 * the same MAC. Without a machine id the container's id alone counts. */
static void mac_scope(const char *id, struct buf *ret)
{
    auto_buf struct buf machine = BUF_INIT(MACHINE_ID_SIZE);
    struct err ignored = {0};

    if (io_read_file(MACHINE_ID_PATH, &machine, &ignored) >= 0)
        buf_addf(ret, "%.*s/", (int)strcspn(buf_text(&machine), "\n"),
                 buf_text(&machine));
    buf_add_text(ret, id);
}

/* The name of an internal port is used once: a port that is deleted and
 * inserted again under its name between two looks of ovs-vswitchd keeps its
 * device, which may be dying with an earlier namespace. */
int attach_run_name_ports(struct port_want *ports, size_t count, const char *id,
                          struct err *err)
{
    auto_buf struct buf scope =
        BUF_INIT(MACHINE_ID_SIZE + LIMIT_CONTAINER_ID_SIZE + 2);
    uint64_t nonce;

    mac_scope(id, &scope);
    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return err_sys(err, "get a random number");
    for (struct port_want *port = ports; port < ports + count; port++) {
        const struct attachment *spec = port->spec;
        port->mac = mac_is_zero(&spec->mac)
                        ? names_mac(buf_text(&scope), spec->ifname)
                        : spec->mac;
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
        if (vnic_needs_frames(spec) || spec->ip_dhcp)
            return NET_WITH_ANNOUNCE;
        if (spec->ip_auto && (spec->skip_dad || spec->ip_count))
            return NET_WITH_ANNOUNCE;
    }
    return NET_PLAIN;
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
    r = net_identify(run->place.inside, run->place.netns, run->netns_id, err);
    if (r < 0)
        return r;
    return client_open(ovsdb, deadline, &run->client, err);
}

void attach_run_close(struct attach_run *run)
{
    vswitch_view_done(&run->view);
    client_close(run->client);
    client_close(run->northbound_client);
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

int attach_run_look(struct client *client, const struct vswitch_scope *scope,
                    struct deadline deadline, struct vswitch_view *ret,
                    struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};

    vswitch_watch(&monitor, SESSION_MONITOR, scope);
    int r = client_show(client, &monitor, deadline, &event, err);
    if (r < 0)
        return r;
    vswitch_view_done(ret);
    vswitch_view_apply(ret, event.updates);
    return 0;
}

int attach_run_check_bridge(struct client *client, const char *bridge,
                            struct deadline deadline, struct err *err)
{
    const struct vswitch_scope scope = {
        .owners = {"none"}, .bridges = {bridge}, .bridge_count = 1};
    auto_vswitch_view struct vswitch_view view = {0};
    int r = attach_run_look(client, &scope, deadline, &view, err);

    if (r < 0 || vswitch_bridges_find(&view.bridges, bridge))
        return r;
    return err_set(err, ENODEV,
                   "there is no bridge %s: create it with 'ovs-vsctl add-br "
                   "%s'",
                   bridge, bridge);
}

static int begin_watch(struct attach_run *run, const struct attach_todo *todo,
                       struct err *err)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    auto_monitor struct monitor monitor = {0};

    int r =
        run->client ? 0 : client_open(run->ovsdb, deadline, &run->client, err);
    if (r < 0)
        return r;
    vswitch_watch(&monitor, SESSION_MONITOR, &todo->scope);
    return client_watch(run->client, &monitor, deadline, err);
}

static int begin_send(struct attach_run *run, const struct attach_todo *todo,
                      struct err *err)
{
    if (!run->client)
        return err_set(err, ENOTCONN, "there is no connection to OVSDB at %s",
                       run->ovsdb);
    return client_transact(run->client, todo->txn, &run->call, err);
}

/* Events come in the order in which the server sent them. An update comes
 * before the reply to the transaction that it is about, or that failed because
 * of it (ovsdb-server(7)): so in the view a missing row is a removed row. */
static void tell_machine(struct attach_run *run, struct attach *a,
                         const struct session_event *event)
{
    switch (event->type) {
    case SESSION_SYNCED:
        vswitch_view_done(&run->view);
        vswitch_view_apply(&run->view, event->updates);
        attach_rows(a);
        break;
    case SESSION_UPDATED:
        vswitch_view_apply(&run->view, event->updates);
        attach_rows(a);
        break;
    case SESSION_ENDED:
        attach_reply(a, &event->outcome);
        (void)attach_next(a, deadline_now_ms()); /* reads the outcome */
        break;
    case SESSION_DOWN:
        disconnect(run);
        attach_lost(a, &event->reason);
        break;
    case SESSION_LOCKED:
    case SESSION_UNLOCKED:
        break;
    }
}

/* Passes events on until one is of this type, or the connection goes. False at
 * the deadline, which the machine knows by itself; and if a signal is noted. */
static bool await(struct attach_run *run, struct attach *a,
                  enum session_event_type type, struct deadline deadline)
{
    bool passed = false;

    while (run->client && !passed) {
        auto_session_event struct session_event event = {0};
        passed = deadline_passed(deadline);
        if (!client_next(run->client, deadline, &event))
            return false;
        tell_machine(run, a, &event);
        if (event.type == type)
            return true;
    }
    return !passed;
}

/* A transaction was sent when a signal came: a server that lives answers at
 * once, and then the undo sees for certain what was done. */
#define SENT_PATIENCE_MS 1000

static struct deadline after_signal(struct deadline deadline)
{
    struct deadline patience = deadline_in(SENT_PATIENCE_MS);

    return patience.at_ms < deadline.at_ms ? patience : deadline;
}

static bool await_sent(struct attach_run *run, struct attach *a,
                       struct deadline deadline)
{
    if (await(run, a, SESSION_ENDED, deadline))
        return true;
    if (!stop_is_due())
        return false;
    stop_cuts_waits(false);
    bool ended = await(run, a, SESSION_ENDED, after_signal(deadline));
    stop_cuts_waits(true);
    return ended;
}

static void watch(struct attach_run *run, struct attach *a,
                  const struct attach_todo *todo)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    struct err err = {0};

    if (begin_watch(run, todo, &err) < 0) {
        disconnect(run);
        attach_lost(a, &err);
    } else if (!await(run, a, SESSION_SYNCED, deadline)) {
        disconnect(run);
    }
}

static void send_txn(struct attach_run *run, struct attach *a,
                     const struct attach_todo *todo)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    struct ovsdb_outcome outcome = {0};

    outcome.r = begin_send(run, todo, &outcome.err);
    if (outcome.r < 0)
        attach_reply(a, &outcome);
    else if (!await_sent(run, a, deadline) && run->client)
        client_forget(run->client, &run->call);
}

/* OVN's northbound database. */

/* Nobody has listened to it since its last reply: it may have gone. */
static void drop_dead_northbound(struct attach_run *run)
{
    bool is_down = false;

    while (run->northbound_client && !is_down) {
        auto_session_event struct session_event event = {0};
        if (!client_next(run->northbound_client, deadline_in(0), &event))
            return;
        is_down = event.type == SESSION_DOWN;
    }
    client_close(TAKE_PTR(run->northbound_client));
}

static int connect_northbound(struct attach_run *run, struct deadline deadline,
                              struct err *err)
{
    auto_session_event struct session_event event = {0};

    drop_dead_northbound(run);
    if (run->northbound_client)
        return 0;
    if (!run->northbound)
        return err_set(err, ENOTCONN, "no address of it is known");
    int r =
        client_open(run->northbound, deadline, &run->northbound_client, err);
    if (r >= 0)
        r = client_show(run->northbound_client, NULL, deadline, &event, err);
    if (r < 0)
        client_close(TAKE_PTR(run->northbound_client));
    return r;
}

/* What is wrong is told when the reply is waited for. */
static void begin_northbound(struct attach_run *run,
                             const struct attach_todo *todo,
                             struct ovsdb_outcome *ret)
{
    struct deadline deadline = {.at_ms = todo->until_ms};

    ret->r = connect_northbound(run, deadline, &ret->err);
    if (ret->r >= 0)
        ret->r = client_transact(run->northbound_client, todo->northbound,
                                 &run->northbound_call, &ret->err);
    if (ret->r >= 0)
        client_flush(run->northbound_client);
}

/* A relay that has lost its database may answer later. By then nobody waits. */
static void forget_northbound(struct attach_run *run)
{
    client_forget(run->northbound_client, &run->northbound_call);
    client_close(TAKE_PTR(run->northbound_client));
}

/* False at the deadline, and if a signal is noted. */
static bool pass_northbound(struct attach_run *run, struct attach *a,
                            struct deadline deadline)
{
    for (;;) {
        auto_session_event struct session_event event = {0};
        if (!client_next(run->northbound_client, deadline, &event))
            return false;
        if (event.type == SESSION_ENDED) {
            attach_northbound(a, &event.outcome);
            return true;
        }
    }
}

static void await_northbound(struct attach_run *run, struct attach *a,
                             struct deadline deadline,
                             const struct ovsdb_outcome *begun)
{
    if (begun->r < 0) {
        attach_northbound(a, begun);
        return;
    }
    bool ended = pass_northbound(run, a, deadline);
    if (!ended && stop_is_due()) {
        stop_cuts_waits(false);
        ended = pass_northbound(run, a, after_signal(deadline));
        stop_cuts_waits(true);
    }
    if (!ended)
        forget_northbound(run); /* the machine knows that its time is over */
}

/* Pitfall: with the first reply the machine may have gone on, and `todo` with
 * it. */
static void send_both(struct attach_run *run, struct attach *a,
                      const struct attach_todo *todo)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    bool sends_northbound = todo->northbound != NULL;
    struct ovsdb_outcome begun = {0};

    if (sends_northbound)
        begin_northbound(run, todo, &begun);
    if (todo->txn)
        send_txn(run, a, todo);
    if (sends_northbound)
        await_northbound(run, a, deadline, &begun);
}

static void wait_for_rows(struct attach_run *run, struct attach *a,
                          const struct attach_todo *todo)
{
    auto_session_event struct session_event event = {0};
    struct deadline deadline = {.at_ms = todo->until_ms};

    if (!run->client)
        (void)stop_poll(NULL, 0, deadline_left_ms(deadline));
    else if (client_next(run->client, deadline, &event))
        tell_machine(run, a, &event);
}

/* The bridge. */

static int change_flows(const struct attach_run *run,
                        const struct attach_todo *todo, struct err *err)
{
    char path[OPENFLOW_PATH_SIZE];
    int r = openflow_path(run->ovsdb, todo->bridge, path, err);

    struct deadline deadline = {.at_ms = todo->until_ms};

    if (r >= 0)
        r = openflow_run(path, &todo->change, deadline, err);
    return r >= 0 && todo->orphans ? orphan_flows_drop(path, deadline, err) : r;
}

/* The loop. */

static void run_step(struct attach_run *run, struct attach *a,
                     const struct attach_todo *todo)
{
    struct link_info info = {0};
    struct dhcp_lease lease;
    struct err err = {0};
    int r;

    switch (todo->step) {
    case ATTACH_STEP_WATCH:
        watch(run, a, todo);
        return;
    case ATTACH_STEP_SEND:
        send_both(run, a, todo);
        return;
    case ATTACH_STEP_WAIT:
        wait_for_rows(run, a, todo);
        return;
    case ATTACH_STEP_FLOWS:
        r = change_flows(run, todo, &err);
        attach_flows(a, r, &err);
        return;
    case ATTACH_STEP_LEASE:
        r = lease_run(run->place.inside, todo, &lease, &err);
        attach_leased(a, r, &lease, &err);
        return;
    default:
        r = todo->step == ATTACH_STEP_HAS_ENDED && run->lookout
                ? lookout_has_ended(run->lookout, todo, run->deadline)
                : attach_work(&run->place, a, todo, &info, &err);
        attach_device(a, r, info.name, &err);
    }
}

/* A signal has asked the program to end: what was begun is undone. A release
 * is never cut short, whatever it is for. */
static void stop_if_due(struct attach *a)
{
    struct err why = {0};

    if (!stop_is_due())
        return;
    stop_cuts_waits(false);
    err_set(&why, EINTR, "%s came before all was done",
            stop_name(stop_asked()));
    attach_cancel(a, &why);
}

int attach_run(struct attach_run *run, const struct attach_want *want,
               const struct port_want *ports, size_t count,
               struct attach_failure *ret)
{
    auto_attach struct attach *a = attach_new(want, ports, count, &run->view);
    enum attach_phase phase = ATTACH_DONE;

    run->northbound = want->northbound;
    run->deadline = (struct deadline){.at_ms = want->deadline_ms};
    for (;;) {
        stop_if_due(a);
        const struct attach_todo *todo = attach_next(a, deadline_now_ms());
        if (attach_phase(a) != phase) {
            phase = attach_phase(a);
            stop_cuts_waits(phase != ATTACH_RELEASE);
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

int attach_run_transact(struct attach_run *run, struct txn *txn,
                        struct deadline deadline, struct reply_fault *ret_fault,
                        struct err *err)
{
    if (!run->client)
        return err_set(err, ENOTCONN, "there is no connection to OVSDB at %s",
                       run->ovsdb);
    int r = client_transact(run->client, txn, &run->call, err);
    while (r >= 0) {
        auto_session_event struct session_event event = {0};
        if (!client_next(run->client, deadline, &event)) {
            client_forget(run->client, &run->call);
            return err_set(err, ETIMEDOUT,
                           "OVSDB did not answer within the deadline: is "
                           "ovsdb-server stuck?");
        }
        if (event.type == SESSION_UPDATED)
            vswitch_view_apply(&run->view, event.updates);
        if (event.type != SESSION_ENDED && event.type != SESSION_DOWN)
            continue;
        const struct ovsdb_outcome *outcome = &event.outcome;
        *ret_fault = outcome->fault;
        *err = event.type == SESSION_DOWN ? event.reason : outcome->err;
        return event.type == SESSION_DOWN ? -err->code : outcome->r;
    }
    return r;
}
