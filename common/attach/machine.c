/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the stages of the attach engine ask of the driver, and small questions
 * about rows. Pure.
 */
#include "common/attach/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/rows/port_name.h"
#include "ovsint/rows/ready_port.h"

bool name_list_has(const struct name_list *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0)
            return true;
    }
    return false;
}

void name_list_add(struct name_list *names, const char *name)
{
    if (name_list_has(names, name))
        return;
    names->names =
        mem_resize(names->names, (names->count + 1) * sizeof(*names->names));
    snprintf(names->names[names->count++], IFNAME_SIZE, "%.15s", name);
}

void name_list_remove(struct name_list *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) != 0)
            continue;
        names->count--;
        memmove(names->names + i, names->names + i + 1,
                (names->count - i) * sizeof(*names->names));
        return;
    }
}

static enum go ask(struct attach *a, const struct attach_todo *todo, int at)
{
    a->todo = *todo;
    a->at = at;
    return GO_ASK;
}

enum go ask_find(struct attach *a, enum attach_side side, const char *name,
                 int at)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_FIND, .vnic = a->i, .side = side, .name = name};

    return ask(a, &todo, at);
}

enum go ask_device(struct attach *a, enum attach_step step, size_t vnic,
                   const char *name, int at)
{
    const struct attach_todo todo = {.step = step, .vnic = vnic, .name = name};

    return ask(a, &todo, at);
}

/* Copies what the row says of its namespace, as rows may change before the
 * answer. A text that is too long is none of ours, so it may be cut. */
enum go ask_process(struct attach *a, pid_t pid, const char *netns_id, int at)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_IS_ALIVE, .pid = pid, .netns_id = a->row.netns_id};

    snprintf(a->row.netns_id, sizeof(a->row.netns_id), "%s",
             netns_id ? netns_id : "");
    return ask(a, &todo, at);
}

enum go ask_wait(struct attach *a, int64_t until_ms, int at)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_WAIT,
        .until_ms = until_ms < a->deadline_ms ? until_ms : a->deadline_ms};

    return ask(a, &todo, at);
}

/* Only a call that makes ports needs the bridges. */
enum go ask_watch(struct attach *a, int at)
{
    struct attach_todo todo = {.step = ATTACH_STEP_WATCH,
                               .until_ms = a->deadline_ms};
    const struct port_holder *holder = &a->want.holder;

    if (holder->kind == HOLDER_CONTAINER)
        todo.scope.container = holder->id;
    if (holder->kind == HOLDER_CONTAINER && !a->releasing)
        todo.scope.netns_id = holder->container.netns_id;
    for (size_t i = 0; i < a->count && !a->releasing; i++) {
        if (a->ports[i].spec)
            todo.scope.bridges[todo.scope.bridge_count++] =
                a->ports[i].spec->bridge;
        if (a->vnics[i].fit[0])
            todo.scope.fits[todo.scope.fit_count++] = a->vnics[i].fit;
    }
    return ask(a, &todo, at);
}

void init_txn(const struct attach *a, struct txn *txn)
{
    txn_init(txn, OVSDB_NAME);
    if (a->want.lock)
        txn_assert(txn, a->want.lock);
}

struct txn *begin_txn(struct attach *a)
{
    txn_done(&a->txn);
    init_txn(a, &a->txn);
    return &a->txn;
}

enum go ask_send(struct attach *a, int at)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_SEND, .txn = &a->txn, .until_ms = a->deadline_ms};

    a->awaits_reply = true;
    a->awaits_northbound = false;
    a->reads = NULL;
    return ask(a, &todo, at);
}

struct txn *begin_northbound(struct attach *a)
{
    txn_done(&a->northbound);
    txn_init(&a->northbound, NORTHBOUND_NAME);
    return &a->northbound;
}

enum go ask_send_both(struct attach *a, bool sends, bool sends_northbound,
                      void (*reads)(struct attach *a, bool is_northbound,
                                    const struct json *result),
                      int at)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_SEND,
        .txn = sends ? &a->txn : NULL,
        .northbound = sends_northbound ? &a->northbound : NULL,
        .until_ms = a->deadline_ms};

    a->awaits_reply = sends;
    a->awaits_northbound = sends_northbound;
    a->reply = (struct ovsdb_outcome){0};
    a->northbound_reply = (struct ovsdb_outcome){0};
    a->reads = reads;
    return ask(a, &todo, at);
}

void not_of_database(struct err *err)
{
    if (err->code == ECONNRESET || err->code == ENOTCONN)
        err->code = EHOSTDOWN;
}

enum go fail_for(struct attach *a, const struct vnic *vnic,
                 enum attach_reason reason)
{
    a->failure.reason = reason;
    if (a->answer.kind == ANSWER_DEVICE)
        not_of_database(&a->failure.err); /* a bridge that went */
    if (!vnic)
        return GO_FAIL;
    a->failure.vnic = (size_t)(vnic - a->vnics);
    if (a->want.task == ATTACH_MAKE && a->want.holder.kind == HOLDER_CONTAINER)
        err_wrap(&a->failure.err, "plug %s into %s", vnic->is.spec.ifname,
                 vnic->is.spec.bridge);
    return GO_FAIL;
}

enum go fail_as_answered(struct attach *a, const struct vnic *vnic)
{
    bool is_unknown = a->answer.kind != ANSWER_DEVICE &&
                      (a->answer.r == -ETIMEDOUT || a->answer.r == -ECONNRESET);

    a->failure.err = a->answer.err;
    return fail_for(a, vnic,
                    is_unknown ? ATTACH_NO_ANSWER : ATTACH_FOR_OTHER_REASONS);
}

bool answer_is_guard(const struct attach *a)
{
    return a->answer.outcome && a->answer.outcome->r < 0 &&
           a->answer.outcome->fault.kind == REPLY_GUARD;
}

enum go try_again(struct attach *a, unsigned *tries, int at)
{
    if (++*tries < ATTACH_TRIES_WITHOUT_PAUSE) {
        a->at = at;
        return GO_STAY;
    }
    return ask_wait(a, a->now_ms + ATTACH_PAUSE_MS, at);
}

bool attach_is_over(const struct attach *a)
{
    return a->now_ms >= a->deadline_ms;
}

struct vswitch_identity attach_identity(const struct attach *a)
{
    return (struct vswitch_identity){
        .owner = a->want.owner, .boot = a->want.boot, .holder = a->want.holder};
}

bool attach_owns(const struct attach *a, const struct vswitch_port *port)
{
    return vswitch_port_is_ours(port) && names_is_ours(port->name) &&
           vswitch_port_id_is(port, ID_OWNER, a->want.owner);
}

bool attach_may_remove(const struct vswitch_port *port)
{
    return port->port_uuid[0] && names_is_ours(port->name);
}

static bool is_other(const char *is, const char *ours)
{
    return is && ours && strcmp(is, ours) != 0;
}

bool attach_concerns(const struct attach *a, const struct vswitch_port *port)
{
    const struct port_holder *holder = &a->want.holder;

    return !a->want.only ||
           (vswitch_port_id_is(port, ID_IFNAME, a->want.only) &&
            !is_other(vswitch_port_id(port, ID_CNI_NETWORK),
                      holder->container.cni_network));
}

int attach_evict(struct attach *a, const char *port_uuid, const char *name,
                 struct err *err)
{
    struct evictions *evictions = &a->evictions;

    for (size_t i = 0; i < evictions->count; i++) {
        if (strcmp(evictions->list[i].port_uuid, port_uuid) == 0)
            return 0;
    }
    if (evictions->count == LIMIT_EVICTIONS)
        return err_set(err, E2BIG,
                       "more than %d ports of dead containers are in the way: "
                       "remove them with 'ovs-vsctl del-port' (they have "
                       "external_ids:" ID_OWNER "=%s), or let "
                       "'ovsint-plugin --once' do it",
                       LIMIT_EVICTIONS, a->want.owner);
    evictions->list = mem_resize(evictions->list, (evictions->count + 1) *
                                                      sizeof(*evictions->list));
    struct eviction *eviction = &evictions->list[evictions->count++];
    snprintf(eviction->port_uuid, sizeof(eviction->port_uuid), "%s", port_uuid);
    snprintf(eviction->name, sizeof(eviction->name), "%.15s", name);
    return 0;
}

/* A name that is longer than a device's is no port of ours. Ready ports are
 * nobody's. */
const struct vswitch_port *attach_next_port(const struct attach *a,
                                            const char *after)
{
    const struct vswitch_port *next = NULL;

    for (size_t i = 0; i < a->view->count; i++) {
        const struct vswitch_port *port = a->view->ports[i];
        if (strlen(port->name) < IFNAME_SIZE && strcmp(port->name, after) > 0 &&
            (!next || strcmp(port->name, next->name) < 0) &&
            !ready_port_is(port))
            next = port;
    }
    return next;
}

const struct vswitch_port *attach_endpoint_port(const struct attach *a)
{
    return vswitch_view_first(a->view, VSWITCH_BY_ENDPOINT, a->want.holder.id);
}

bool attach_is_own(const struct vnic *vnic, const struct vswitch_port *port)
{
    return strcmp(port->name, vnic->asked->name) == 0 ||
           strcmp(port->name, vnic->ready) == 0;
}

bool attach_is_shared(const struct attach *a, const struct vswitch_port *port)
{
    size_t own = vswitch_port_has_member(port, a->want.holder.id) ? 1 : 0;

    return vswitch_port_member_count(port) > own;
}

void attach_read_spec(struct attach *a, const struct vswitch_port *port)
{
    struct err ignored = {0};

    if (a->row.spec_read)
        return;
    a->row.spec_read = true;
    a->row.has_spec = vswitch_port_spec(port, &a->row.spec, &ignored) >= 0;
}

/* The bundle tells two containers with one id from each other, and the process
 * tells two runs of one bundle. A bundle's path means something only where its
 * runtime runs, so it counts together with the PID namespace. Rows of earlier
 * versions do not have the bundle: they are ours. So is every row, if the call
 * does not know its own bundle. */
enum claim attach_claim(const struct attach *a, const struct vswitch_port *port)
{
    const struct port_holder *holder = &a->want.holder;
    const char *bundle = vswitch_port_bundle(port, holder->id);
    pid_t pid = vswitch_port_pid(port, holder->id);

    if (!bundle || !holder->container.bundle)
        return CLAIM_OURS;
    if (is_other(vswitch_port_id(port, ID_PIDNS), holder->container.pidns))
        return CLAIM_OTHER;
    if (is_other(bundle, holder->container.bundle))
        return pid == 0 ? CLAIM_OTHER : CLAIM_IF_ENDED;
    return pid == 0 || pid == holder->container.pid ? CLAIM_OURS : CLAIM_RUNS;
}
