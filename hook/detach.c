/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One detach. At poststop there may be no pid and no namespace any more, and
 * the configuration may have changed: the rows say all. A runtime calls
 * poststop also for a container that was never plugged, while another one with
 * its id runs in another place: hence the claim.
 */
#include "hook/detach.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "hook/confine.h"
#include "ovsint/net/link.h"

/* Rows may change between look and change: by a member that comes or goes, by
 * a controller that writes external_ids. */
#define TRIES 8

#define RECONNECT_MS 50
/* A runtime may call poststop while the killed process is still on its way out.
 * One that lives on belongs to another run of the bundle. */
#define ENDING_MS 1000

static int look_up(struct client *ovsdb, const char *container, int try,
                   struct deadline deadline, struct vswitch_view *ret,
                   struct err *err)
{
    char name[16];
    struct vswitch_scope scope = {.container = container};
    auto_monitor struct monitor monitor = {0};
    auto_rpc_event struct rpc_event reply = {0};

    /* A monitor's first reply is a select over two tables in the form that
     * the view reads; the connection ends before any update matters. */
    snprintf(name, sizeof(name), "try%d", try);
    vswitch_watch(&monitor, name, &scope);
    int r = client_call(ovsdb, "monitor_cond", monitor_params(&monitor),
                        deadline, &reply, err);
    if (r < 0)
        return r;
    vswitch_view_apply(ret, reply.result);
    return 0;
}

/* The host end of a veth pair belongs to nobody once its port is gone. An
 * internal port's device goes with the port. */
static int delete_veth(const struct vswitch_port *port, struct net *host,
                       struct err *err)
{
    struct link_info info;
    int r = link_find(host, port->name, &info, err);

    if (r <= 0)
        return r;
    return strcmp(info.kind, "veth") == 0 ? link_delete(host, info.ifindex, err)
                                          : 0;
}

static bool is_last(const struct vswitch_port *port)
{
    return vswitch_port_member_count(port) <= 1;
}

static bool is_left(const struct vswitch_port *port,
                    const struct claimant *claimant,
                    const struct port_names *only)
{
    if (!hook_owns(port))
        return false;
    return only ? port_names_have(only, port->name)
                : hook_claim(port, claimant) == CLAIM_OURS;
}

/* 1 done, 0 something changed meanwhile. */
static int leave_all(struct client *ovsdb, const struct vswitch_view *view,
                     const struct claimant *claimant,
                     const struct port_names *only, struct deadline deadline,
                     struct err *err)
{
    struct reply_fault fault = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < view->count; i++) {
        const struct vswitch_port *port = view->ports[i];
        if (!is_left(port, claimant, only))
            continue;
        if (is_last(port))
            vswitch_unplug(&txn, port);
        else
            vswitch_leave(&txn, port, claimant->container);
    }
    if (txn_count(&txn) == 0)
        return 1;
    int r = client_transact(ovsdb, &txn, deadline, NULL, &fault, err);
    if (r >= 0)
        return 1;
    return fault.kind == REPLY_GUARD ? 0 : r;
}

static int leave_over(struct client *ovsdb, const struct claimant *claimant,
                      const struct port_names *only, struct deadline deadline,
                      struct vswitch_view *ret, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        auto_vswitch_view struct vswitch_view view = {0};
        int r = look_up(ovsdb, claimant->container, i, deadline, &view, err);
        if (r < 0)
            return r;
        r = leave_all(ovsdb, &view, claimant, only, deadline, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        *ret = view;
        view = (struct vswitch_view){0};
        return 0;
    }
    return err_wrap(err, "the rows changed at each of %d tries", TRIES);
}

static int leave(const char *ovsdb, const struct claimant *claimant,
                 const struct port_names *only, struct deadline deadline,
                 struct vswitch_view *ret, struct err *err)
{
    auto_client struct client *client = NULL;

    int r = client_open(ovsdb, deadline, &client, err);
    return r < 0 ? r : leave_over(client, claimant, only, deadline, ret, err);
}

/* A database that is away, or goes away in the middle, is often one that
 * restarts. Whether a transaction that got no answer was carried out, the next
 * look at the rows tells. */
static bool may_restart(int r)
{
    return r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET;
}

int detach_ports(const char *ovsdb, const struct claimant *claimant,
                 const struct port_names *only, struct deadline patience,
                 struct deadline deadline, struct vswitch_view *ret,
                 struct err *err)
{
    for (;;) {
        int r = leave(ovsdb, claimant, only, deadline, ret, err);
        if (!may_restart(r) || deadline_passed(patience))
            return r;
        poll(NULL, 0, RECONNECT_MS);
    }
}

static int delete_veths(const struct vswitch_view *view,
                        const struct claimant *claimant, struct net *host,
                        struct err *err)
{
    for (size_t i = 0; i < view->count; i++) {
        struct attachment spec;
        struct err ignored = {0};
        if (!is_left(view->ports[i], claimant, NULL) ||
            !is_last(view->ports[i]) ||
            vswitch_port_spec(view->ports[i], &spec, &ignored) < 0 ||
            spec.type != VNIC_VETH)
            continue;
        int r = delete_veth(view->ports[i], host, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int hook_detach(const struct hook_run *run, const struct oci_state *state,
                struct err *err)
{
    auto_net struct net *host = NULL;
    auto_vswitch_view struct vswitch_view view = {0};
    struct claimant claimant = {.container = state->id,
                                .bundle = state->bundle,
                                .pid = state->pid,
                                .ending = deadline_in(ENDING_MS)};
    char pidns[PIDNS_ID_SIZE];
    struct err ignored = {0};

    int r = net_open(&host, -1, NET_PLAIN, err);
    if (r < 0)
        return r;
    if (pidns_id(pidns, &ignored) >= 0)
        claimant.pidns = pidns;
    r = hook_confine(err);
    if (r < 0)
        return r;
    r = detach_ports(run->ovsdb, &claimant, NULL, deadline_in(RESTART_GRACE_MS),
                     run->deadline, &view, err);
    return r < 0 ? r : delete_veths(&view, &claimant, host, err);
}
