/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attach, top to bottom. hook_attach() is the story; each line is one
 * phase, and the guards armed on the way reverse everything when a later phase
 * fails. All vNICs of a container go through a phase together, as ovs-vswitchd
 * takes one change event for many ports at the price of one.
 */
#include "hook/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "hook/confine.h"
#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "ovsint/rows/port_name.h"

#define VIEW_NAME "ovsint"

static void attach_done(struct attach *a)
{
    /* The guards need the sockets, so they run first. */
    undo_ports_run(&a->undo_ports);
    undo_links_run(&a->undo_links, &a->undo_ports.shared);
    vswitch_view_done(&a->view);
    free(a->taken);
    free(a->evictions);
    client_close(a->ovsdb);
    newcomers_close(a->newcomers);
    net_close(a->inside);
    net_close(a->host);
    lookout_close(&a->lookout);
    container_close(&a->container);
    free(a);
}
DEFINE_AUTO(attach, struct attach *, attach_done)

static struct attach *attach_new(const struct hook_run *run,
                                 const struct attachment *attachments,
                                 size_t count)
{
    struct attach *a = mem_new(sizeof(*a));

    a->run = run;
    a->container.netns = -1;
    a->lookout = LOOKOUT_NONE;
    a->count = count;
    a->undo_ports.ovsdb = run->ovsdb;
    for (size_t i = 0; i < count; i++) {
        a->vnics[i].asked = attachments[i];
        a->vnics[i].want = attachments[i];
        a->vnics[i].network =
            settings_network(run->settings, attachments[i].network);
    }
    return a;
}

struct vswitch_identity attach_identity(const struct attach *a)
{
    return (struct vswitch_identity){
        .owner = HOOK_OWNER,
        .boot = a->container.boot,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = a->container.id,
                   .netns = a->container.netns_path,
                   .container = {.netns_id = a->container.netns_id,
                                 .pidns = container_pidns(&a->container),
                                 .bundle = a->container.bundle,
                                 .pid = a->container.pid}}};
}

int attach_wrap(const struct vnic *vnic, struct err *err)
{
    return err_wrap(err, "plug %s into %s", vnic->asked.ifname,
                    vnic->asked.bridge);
}

/* Names and MACs are settled before anything is asked for, so that the undo
 * knows what to look for and the row can tell the MAC.
 *
 * The name of an internal port is used once: a port that is deleted and
 * inserted again under its name within one look of ovs-vswitchd keeps its
 * device, which may be dying with an earlier namespace. Pairs get their names
 * in attach_name_pairs(). */
static int name_vnics(struct attach *a, struct err *err)
{
    const char *id = a->container.id;

    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        uint64_t nonce;
        if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
            return err_sys(err, "get a random number");
        if (vnic->asked.type != VNIC_VETH)
            names_port(id, vnic->asked.ifname, nonce, vnic->port);
        vnic->mac = mac_is_zero(&vnic->asked.mac)
                        ? names_mac(id, vnic->asked.ifname)
                        : vnic->asked.mac;
    }
    return 0;
}

/* Frames of our own are needed where the kernel's probe does not serve. The
 * socket for them is not opened in vain: its close waits for a grace period.
 * Addresses that are yet to be allocated are one per subnet, which an address
 * that was asked for may share. */
static enum net_flags announce_flags(const struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct attachment *asked = &a->vnics[i].asked;
        if (vnic_needs_frames(asked))
            return NET_WITH_ANNOUNCE;
        if (asked->ip_auto && (asked->skip_dad || asked->ip_count))
            return NET_WITH_ANNOUNCE;
    }
    return NET_PLAIN;
}

/* Without addresses nobody can be in the way. */
static bool has_addresses(const struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->vnics[i].asked.ip_auto || a->vnics[i].asked.ip_count)
            return true;
    }
    return false;
}

static int open_all(struct attach *a, const struct oci_state *state,
                    struct err *err)
{
    struct err why = {0};

    /* Without it who holds an address is believed to live. */
    if (has_addresses(a) && lookout_open(&a->lookout, &why) < 0)
        log_event(LOG_LEVEL_DEBUG, "there is no lookout", "reason", why.text,
                  NULL);
    int r = container_open(state, &a->container, err);
    if (r < 0)
        return r;
    r = net_open(&a->host, -1, NET_PLAIN, err);
    if (r < 0)
        return r;
    r = net_open(&a->inside, a->container.netns, announce_flags(a), err);
    if (r < 0)
        return r;
    r = newcomers_open(a->container.netns, &a->newcomers, err);
    if (r < 0)
        return r;
    r = container_identify(&a->container, a->inside, err);
    if (r < 0)
        return r;
    a->undo_links.host = a->host;
    a->undo_ports.container = a->container.id;
    return client_open(a->run->ovsdb, a->run->deadline, &a->ovsdb, err);
}

static int look_up(struct attach *a, struct err *err)
{
    struct vswitch_scope scope = {.container = a->container.id,
                                  .netns_id = a->container.netns_id};
    auto_monitor struct monitor monitor = {0};
    auto_rpc_event struct rpc_event reply = {0};

    for (size_t i = 0; i < a->count; i++)
        scope.bridges[scope.bridge_count++] = a->vnics[i].asked.bridge;
    vswitch_watch(&monitor, VIEW_NAME, &scope);
    int r = client_call(a->ovsdb, "monitor_cond", monitor_params(&monitor),
                        a->run->deadline, &reply, err);
    if (r < 0)
        return r;
    vswitch_view_apply(&a->view, reply.result);
    return 0;
}

int attach_sync(struct attach *a, struct deadline deadline, struct err *err)
{
    auto_rpc_event struct rpc_event event = {0};

    int r = client_notification(a->ovsdb, deadline, &event, err);
    if (r <= 0)
        return r;
    vswitch_view_apply(&a->view,
                       monitor_updates(event.method, event.params, VIEW_NAME));
    return 1;
}

/* Takes in everything that the database has said so far. Updates come before
 * the reply to the transaction that they are about, or that failed for what
 * they tell (ovsdb-server(7)): once they are taken in, a missing row is a
 * removed one. */
int attach_take_in(struct attach *a, struct err *err)
{
    int r;

    do
        r = attach_sync(a, deadline_in(0), err);
    while (r > 0);
    return r;
}

/* ovsdb-server sends what has changed before it reads the next request
 * (ovsdb_jsonrpc_session_run(), ovsdb/jsonrpc-server.c). */
int attach_catch_up(struct attach *a, struct err *err)
{
    struct reply_fault fault = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    txn_comment(&txn, "ovsint-hook: what has changed?");
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, NULL, &fault, err);
    return r < 0 ? r : attach_take_in(a, err);
}

static int move_and_dress(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        int r = 0;
        if (!vnic->present)
            r = attach_move(a, vnic, err);
        if (r >= 0)
            r = attach_dress(a, vnic, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}

static void commit(struct attach *a)
{
    a->undo_ports.ports.count = 0;
    a->undo_links.links.count = 0;
}

int hook_attach(const struct hook_run *run, const struct oci_state *state,
                const struct attachment *attachments, size_t count,
                struct err *err)
{
    if (count == 0)
        return 0;

    __attribute__((cleanup(cleanup_attach))) struct attach *a =
        attach_new(run, attachments, count);
    int r = open_all(a, state, err);
    if (r < 0)
        return r;
    log_event(LOG_LEVEL_DEBUG, "opened", "netns", a->container.netns_path,
              NULL);
    r = hook_confine(err);
    if (r < 0)
        return r;
    r = name_vnics(a, err);
    if (r < 0)
        return r;
    r = look_up(a, err);
    if (r < 0)
        return r;
    r = attach_find_existing(a, err);
    if (r < 0)
        return r;
    r = attach_refuse_uncarried(a, err);
    if (r < 0)
        return r;
    r = attach_name_pairs(a, err);
    if (r < 0)
        return r;
    r = attach_refuse_taken_names(a, err);
    if (r < 0)
        return r;
    r = attach_create_veths(a, err);
    if (r < 0)
        return r;
    r = attach_plug(a, err);
    if (r < 0)
        return r;
    log_event(LOG_LEVEL_DEBUG, "rows written", NULL);
    r = attach_wait(a, err);
    if (r < 0)
        return r;
    log_event(LOG_LEVEL_DEBUG, "switch ready", NULL);
    r = move_and_dress(a, err);
    if (r < 0)
        return r;
    commit(a);
    log_event(LOG_LEVEL_DEBUG, "plugged", NULL);
    return 0;
}
