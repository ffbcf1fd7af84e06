/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop: the engine says what is next, run_step() does it and gives the
 * answer. Each wait has the engine's deadline; what fails is an answer too, so
 * nothing ends here but in the engine.
 */
#include "ovsint/attach/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ovsint/base/log.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/link.h"

#define VIEW_NAME "ovsint"
#define PROC_PATH_SIZE 48

/* Opening. */

/* Frames of our own are needed where the kernel's probe does not serve. The
 * socket for them is opened only then, as its close waits for a grace period.
 * Addresses that are yet to be chosen are one per subnet, which an address that
 * was asked for may share. */
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

    int r = netns_id(run->netns, &id, err);
    if (r < 0)
        return r;
    r = net_cookie(run->inside, &id.cookie, err);
    if (r < 0)
        return r;
    netns_id_format(&id, run->netns_id);
    return 0;
}

int attach_run_open(struct attach_run *run, const char *ovsdb, int netns,
                    const struct port_want *ports, size_t count,
                    struct deadline deadline, struct err *err)
{
    *run = (struct attach_run){.ovsdb = ovsdb, .netns = netns};
    int r = net_open(&run->host, -1, NET_PLAIN, err);
    if (r < 0 || netns < 0)
        return r;
    r = net_open(&run->inside, netns, announce_flags(ports, count), err);
    if (r < 0)
        return r;
    r = newcomers_open(netns, &run->newcomers, err);
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
    newcomers_close(run->newcomers);
    net_close(run->inside);
    net_close(run->host);
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

static int watch(struct attach_run *run, const struct attach_todo *todo,
                 struct err *err)
{
    struct deadline deadline = {.at_ms = todo->until_ms};
    auto_monitor struct monitor monitor = {0};
    auto_rpc_event struct rpc_event reply = {0};

    int r = connect_anew(run, deadline, err);
    if (r < 0)
        return r;
    run->is_new = false;
    vswitch_watch(&monitor, VIEW_NAME, &todo->scope);
    r = client_call(run->client, "monitor_cond", monitor_params(&monitor),
                    deadline, &reply, err);
    if (r < 0)
        return r;
    vswitch_view_done(&run->view);
    vswitch_view_apply(&run->view, reply.result);
    return 0;
}

/* Takes in what the database says until `deadline`: 1, or 0 when it says
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
 * failed for what they tell (ovsdb-server(7)): once they are taken in, a
 * missing row is a removed one. A connection that breaks by then is told by the
 * next request. */
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

/* Devices. */

static int make_pair(struct attach_run *run, const struct attach_vnic *vnic,
                     struct err *err)
{
    const struct link_veth veth = {.name = vnic->port,
                                   .peer_name = vnic->spec.ifname,
                                   .peer_mac = &vnic->mac,
                                   .mtu = vnic->spec.mtu,
                                   .up = true};
    struct err ignored = {0};
    int r = newcomers_begin(run->newcomers, vnic->spec.accepts_ra, err);

    if (r < 0)
        return r;
    r = link_create_veth(run->host, &veth, run->netns, err);
    int ended = newcomers_end(run->newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

static int drop_pair(struct attach_run *run, const char *name, struct err *err)
{
    struct link_info info;
    int r = link_find(run->host, name, &info, err);

    if (r <= 0 || strcmp(info.kind, "veth") != 0)
        return r < 0 ? r : 0;
    r = link_delete(run->host, info.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

static int free_name(struct attach_run *run, const struct attach_vnic *vnic,
                     const char *device, struct err *err)
{
    const char *altname = vnic->spec.ifname;
    struct link_info info;
    int r = link_find(run->inside, altname, &info, err);

    if (r <= 0 || strcmp(info.name, device) != 0)
        return r < 0 ? r : 0;
    r = link_del_altname(run->inside, info.ifindex, altname, err);
    return r == -ENOENT ? 0 : r;
}

/* All in one message: each further change of the device would cost the switch
 * one more reconfiguration. */
static int move(struct attach_run *run, const struct attach_vnic *vnic,
                struct err *err)
{
    const struct link_move how = {
        .mac = &vnic->mac, .mtu = vnic->spec.mtu, .up = true};
    struct err ignored = {0};
    struct link_info info;
    int r = link_find(run->host, vnic->port, &info, err);

    if (r <= 0)
        return r;
    r = newcomers_begin(run->newcomers, vnic->spec.accepts_ra, err);
    if (r < 0)
        return r;
    r = link_move_in(run->host, info.ifindex, run->netns, &how, err);
    int ended = newcomers_end(run->newcomers, r < 0 ? &ignored : err);
    if (r >= 0)
        r = ended;
    return r < 0 ? r : 1;
}

static int set_up(struct attach_run *run, const struct attach_vnic *vnic,
                  struct err *err)
{
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&run->view.bridges, vnic->spec.bridge);
    bool is_pair = vnic->spec.type == VNIC_VETH;
    const struct vnic_set_up how = {
        .device = is_pair ? vnic->spec.ifname : vnic->port,
        .want = &vnic->spec,
        .mac = vnic->present ? NULL : &vnic->mac,
        .altname = is_pair ? NULL : vnic->spec.ifname, /* its name already */
        .finishes_checksums =
            vswitch_bridge_needs_checksums(bridge, vnic->spec.type),
    };

    return vnic_set_up(run->inside, &how, err);
}

/* Questions about others. */

/* A process of that number in that namespace is the one that was noted. It is
 * looked at by stat(2), which a confined program can do. */
static bool is_alive(const struct attach_todo *todo)
{
    char path[PROC_PATH_SIZE];
    struct netns_id id;
    struct stat st;

    if (netns_id_parse(todo->netns_id, &id) < 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)todo->pid);
    return stat(path, &st) == 0 && st.st_dev == id.dev && st.st_ino == id.ino;
}

static void add_pair(struct vswitch_map *map, char *key, const char *value)
{
    if (value)
        map->pairs[map->count++] = (struct vswitch_pair){
            .key = key, .value = mem_text(value, strlen(value))};
}

/* As a row of a container's would stand in the view, which owns its texts: so
 * they are not const there. */
bool attach_has_ended(const struct attach_todo *todo)
{
    static char keys[][sizeof(ID_NETNS_ID)] = {ID_OWNER, ID_NETNS, ID_NETNS_ID,
                                               ID_PIDNS};
    struct vswitch_pair pairs[ARRAY_LEN(keys)];
    struct vswitch_port port = {.ids = {.pairs = pairs}};
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct err ignored = {0};

    add_pair(&port.ids, keys[0], HOOK_OWNER);
    add_pair(&port.ids, keys[1], todo->netns);
    add_pair(&port.ids, keys[2], todo->netns_id);
    add_pair(&port.ids, keys[3], todo->pidns);
    int r = sandbox_open(&port, NET_PLAIN, &sandbox, &ignored);
    for (size_t i = 0; i < port.ids.count; i++)
        free(pairs[i].value);
    return r == SANDBOX_ENDED;
}

static bool has_ended(const struct attach_run *run,
                      const struct attach_todo *todo)
{
    return run->has_ended ? run->has_ended(run->data, todo)
                          : attach_has_ended(todo);
}

/* The loop. */

static int vnic_work(struct attach_run *run, const struct attach_vnic *vnic,
                     const struct attach_todo *todo, struct err *err)
{
    switch (todo->step) {
    case ATTACH_STEP_MAKE_PAIR:
        return make_pair(run, vnic, err);
    case ATTACH_STEP_FREE_NAME:
        return free_name(run, vnic, todo->name, err);
    case ATTACH_STEP_MOVE:
        return move(run, vnic, err);
    default:
        return set_up(run, vnic, err);
    }
}

static int device_work(struct attach_run *run, const struct attach *a,
                       const struct attach_todo *todo, struct link_info *ret,
                       struct err *err)
{
    switch (todo->step) {
    case ATTACH_STEP_FIND:
        return link_find(todo->side == ATTACH_HOST ? run->host : run->inside,
                         todo->name, ret, err);
    case ATTACH_STEP_DROP_PAIR:
        return drop_pair(run, todo->name, err);
    case ATTACH_STEP_IS_ALIVE:
        return is_alive(todo);
    case ATTACH_STEP_HAS_ENDED:
        return has_ended(run, todo);
    default:
        return vnic_work(run, attach_vnic(a, todo->vnic), todo, err);
    }
}

static void run_step(struct attach_run *run, struct attach *a,
                     const struct attach_todo *todo)
{
    struct link_info info = {0};
    struct err err = {0};
    int r;

    switch (todo->step) {
    case ATTACH_STEP_WATCH:
        r = watch(run, todo, &err);
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
        r = device_work(run, a, todo, &info, &err);
        attach_device(a, r, info.name, &err);
    }
}

int attach_run(struct attach_run *run, const struct attach_want *want,
               const struct port_want *ports, size_t count,
               struct attach_failure *ret)
{
    auto_attach struct attach *a = attach_new(want, ports, count, &run->view);
    enum attach_phase phase = ATTACH_DONE;

    for (;;) {
        const struct attach_todo *todo = attach_next(a, deadline_now_ms());
        if (attach_phase(a) != phase) {
            phase = attach_phase(a);
            log_event(LOG_LEVEL_DEBUG, "attach", "phase",
                      attach_phase_name(phase), NULL);
        }
        if (todo->step == ATTACH_STEP_DONE)
            return 0;
        if (todo->step == ATTACH_STEP_FAIL) {
            *ret = *attach_failure(a);
            return -ret->err.code;
        }
        run_step(run, a, todo);
    }
}
