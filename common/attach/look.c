/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * LOOK, for a container: what exists already when a call begins. A runtime may
 * call twice for one container, once for each container of a pod with one
 * namespace, after a crash, and after a reboot. Container, namespace and boot
 * in a row tell these cases from one another. The device in the namespace tells
 * whether a row is still true. Rows are visited by name, as the view changes in
 * between. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/rows/port_name.h"

/* How long another container's call may take from a ready port to a placed
 * device; at most half of our own time. */
#define OTHER_RUN_MS 3000

/* States of looking at one row. */
enum {
    ROW_NEXT,
    ROW_FRESH,
    ROW_HOST_END, /* the pair's host end was searched for */
    ROW_DEVICE,   /* its device was searched for in the namespace */
    ROW_JOINED,
    ROW_PROCESS, /* the process of another run was asked about */
    ROW_EVICTED, /* its pair is gone as well */
    ROW_DONE,
};

/* For messages. Somebody may have removed the key. */
static const char *container_of_port(const struct vswitch_port *port)
{
    const char *container = vswitch_port_id(port, ID_CONTAINER);

    return container ? container : "(of unknown id)";
}

static bool is_of_this_namespace(const struct attach *a,
                                 const struct vswitch_port *port)
{
    return vswitch_port_id_is(port, ID_NETNS_ID,
                              a->want.holder.container.netns_id) &&
           vswitch_port_id_is(port, ID_BOOT, a->want.boot);
}

static struct vnic *vnic_of(struct attach *a, const struct vswitch_port *port)
{
    for (size_t i = 0; i < a->count; i++) {
        if (vswitch_port_id_is(port, ID_IFNAME, a->ports[i].spec->ifname))
            return &a->vnics[i];
    }
    return NULL;
}

static bool is_pair(const struct attach *a)
{
    return a->row.has_spec && a->row.spec.type == VNIC_VETH;
}

/* Do they ask for the same? Addresses that were chosen do not count, nor does
 * what the port has leased, nor a guard by default: an earlier version may have
 * had another one. */
static bool asks_the_same(const struct attachment *spec,
                          const struct attachment *asked,
                          const struct vswitch_port *port)
{
    struct dhcp_lease lease;

    auto_buf struct buf is = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf wanted = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer is_writer = JSON_WRITER(&is);
    struct json_writer wanted_writer = JSON_WRITER(&wanted);
    struct attachment copy = *spec;

    if (copy.ip_auto && copy.ip_count > asked->ip_count)
        copy.ip_count = asked->ip_count;
    if (copy.ip_dhcp && port && lease_of_port(port, &lease))
        lease_take_away(&copy, &lease);
    if (copy.ovn[0] && !asked->mtu)
        copy.mtu = 0; /* that of the tunnels */
    if (asked->guard_unsaid)
        copy.guard = asked->guard;
    attachment_write(&copy, &is_writer);
    attachment_write(asked, &wanted_writer);
    return strcmp(buf_text(&is), buf_text(&wanted)) == 0;
}

bool attach_is_as_asked(const struct vswitch_port *port,
                        const struct attachment *asked)
{
    struct attachment spec;
    struct err ignored = {0};

    return vswitch_port_spec(port, &spec, &ignored) >= 0 &&
           asks_the_same(&spec, asked, port);
}

/* One deadline for all vNICs, as one call places all of them. */
static bool other_run_is_dead(struct attach *a)
{
    int64_t half = a->want.timeout_ms / 2;

    if (a->other_run_ms == 0)
        a->other_run_ms =
            a->now_ms + (half < OTHER_RUN_MS ? half : OTHER_RUN_MS);
    return a->now_ms >= a->other_run_ms;
}

/* A row of ours in this namespace. */

/* Is the port's device in the namespace? An internal port keeps its OVS name
 * there. The inner end of a pair may have any name, so its host end is looked
 * for. */
static enum go find_device(struct attach *a)
{
    if (is_pair(a))
        return ask_find(a, ATTACH_HOST, a->row.name, ROW_HOST_END);
    return ask_find(a, ATTACH_INSIDE, a->row.name, ROW_DEVICE);
}

static enum go adopt(struct attach *a)
{
    struct vnic *vnic = a->row.vnic;

    vnic->is.spec = a->row.spec;
    vnic->is.claimed = true;
    vnic->is.present = true;
    memcpy(vnic->is.port, a->row.name, sizeof(vnic->is.port));
    a->at = ROW_DONE;
    return GO_STAY;
}

static enum go join(struct attach *a, const struct vswitch_port *port)
{
    if (vswitch_port_has_member(port, a->want.holder.id))
        return adopt(a);
    name_list_add(&a->armed, port->name);
    vswitch_join(begin_txn(a), port, &a->want.holder);
    return ask_send(a, ROW_JOINED);
}

/* The row has changed since the transaction to join it was prepared. */
static enum go join_again(struct attach *a)
{
    if (!attach_is_over(a))
        return try_again(a, &a->row.tries, ROW_FRESH);
    err_set(&a->failure.err, ETIMEDOUT,
            "the row of port %s changed at each try until the deadline",
            a->row.name);
    return fail_for(a, a->row.vnic, ATTACH_FOR_OTHER_REASONS);
}

static enum go joined(struct attach *a)
{
    if (a->answer.r >= 0)
        return adopt(a);
    if (answer_is_guard(a))
        return join_again(a);
    return fail_as_answered(a, a->row.vnic);
}

static enum go refuse_other_settings(struct attach *a,
                                     const struct vswitch_port *port)
{
    err_set(&a->failure.err, EBUSY,
            "%s of this namespace is plugged already by container %s with "
            "other settings",
            a->row.vnic->is.spec.ifname, container_of_port(port));
    return fail_for(a, a->row.vnic, ATTACH_OTHER_SETTINGS);
}

/* The switch deletes devices that it has made, and no others: so the pair is
 * ours to delete. */
static enum go evict(struct attach *a, const struct vswitch_port *port)
{
    if (attach_evict(a, port->port_uuid, port->name, &a->failure.err) < 0)
        return fail_for(a, a->row.vnic, ATTACH_FOR_OTHER_REASONS);
    if (is_pair(a))
        return ask_device(a, ATTACH_STEP_DROP_PAIR, a->i, a->row.name,
                          ROW_EVICTED);
    a->at = ROW_EVICTED;
    return GO_STAY;
}

/* An internal port whose rows go keeps its altname until the switch has deleted
 * its device. The new device needs that name now. */
static enum go evicted(struct attach *a)
{
    if (a->answer.r < 0)
        return fail_as_answered(a, a->row.vnic);
    if (a->row.frees_name)
        return ask_device(a, ATTACH_STEP_FREE_NAME,
                          (size_t)(a->row.vnic - a->vnics), a->row.name,
                          ROW_DONE);
    a->at = ROW_DONE;
    return GO_STAY;
}

/* Another call may be about to place the device. While the switch has not made
 * the port that call waits, as ours would. */
static bool may_still_come(struct attach *a, const struct vswitch_port *port)
{
    return attach_is_shared(a, port) &&
           (port->ofport == 0 || !other_run_is_dead(a));
}

static enum go wait_for_device(struct attach *a,
                               const struct vswitch_port *port)
{
    if (!attach_is_over(a))
        return ask_wait(a, a->now_ms + ATTACH_LOOK_EVERY_MS, ROW_FRESH);
    err_set(&a->failure.err, ETIMEDOUT,
            "container %s of this namespace waits for ovs-vswitchd to make "
            "port %s: is it running?",
            container_of_port(port), port->name);
    return fail_for(a, a->row.vnic, ATTACH_FOR_OTHER_REASONS);
}

/* There is a port for this vNIC in this namespace: it is adopted or evicted. */
static enum go settle_device(struct attach *a, const struct vswitch_port *port,
                             bool is_there)
{
    const struct attachment *asked = a->row.vnic->asked->spec;

    if (!is_there && may_still_come(a, port))
        return wait_for_device(a, port);
    if (is_there && a->row.has_spec && asks_the_same(&a->row.spec, asked, port))
        return join(a, port);
    if (is_there && (!a->want.replaces_present || attach_is_shared(a, port)))
        return refuse_other_settings(a, port);
    a->row.frees_name = true;
    return evict(a, port);
}

static enum go refuse_other_owner(struct attach *a,
                                  const struct vswitch_port *port)
{
    const char *owner = vswitch_port_id(port, ID_OWNER);

    err_set(&a->failure.err, EBUSY,
            "%s of this namespace is plugged already, and not by %s: port "
            "%s, " ID_OWNER " \"%s\"",
            a->row.vnic->is.spec.ifname, a->want.self, port->name,
            owner ? owner : "");
    return fail_for(a, a->row.vnic, ATTACH_FOR_OTHER_REASONS);
}

/* Two doors meet at one namespace where the runtime asks both. The one that
 * comes second yields, unless the row is of an earlier namespace whose number
 * this one has got: then the device is missing. */
static bool yields(const struct attach *a, const struct vswitch_port *port)
{
    const char *const *owner = a->want.yields_to;

    for (; owner && *owner; owner++) {
        if (vswitch_port_is_ours(port) &&
            vswitch_port_id_is(port, ID_OWNER, *owner))
            return true;
    }
    return false;
}

static enum go settle_theirs(struct attach *a, const struct vswitch_port *port,
                             bool is_there)
{
    if (!is_there)
        return refuse_other_owner(a, port);
    a->row.vnic->is.is_theirs = true;
    return adopt(a);
}

/* A row of this container that belongs to no vNIC of this call: from an earlier
 * boot, an earlier namespace, or an interface that is not asked for any more.
 * If others live on the port, only our membership is out of date. Another
 * container may have our id. */

/* The other container's MAC comes from the same id as ours would. */
static void avoid_mac(struct attach *a, const struct vswitch_port *port)
{
    const char *bundle = a->want.holder.container.bundle;
    struct mac mac;

    if (!vswitch_port_mac(port, &mac))
        return;
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (mac_is_zero(&vnic->asked->spec->mac) &&
            mac_equal(&vnic->is.mac, &mac))
            vnic->is.mac = names_mac(bundle, vnic->asked->spec->ifname);
    }
}

static enum go refuse_running(struct attach *a, const struct vswitch_port *port)
{
    err_set(&a->failure.err, EBUSY,
            "it runs already from this bundle, in another network namespace "
            "(process %d, port %s): stop that one, or give one of the two "
            "another id or bundle",
            (int)vswitch_port_pid(port, a->want.holder.id), port->name);
    return fail_for(a, NULL, ATTACH_FOR_OTHER_REASONS);
}

static enum go settle_claim(struct attach *a, const struct vswitch_port *port,
                            enum claim claim)
{
    bool is_others = claim == CLAIM_OTHER || claim == CLAIM_IF_ENDED;

    if (is_others)
        avoid_mac(a, port);
    if (is_others || attach_is_shared(a, port)) {
        a->at = ROW_DONE;
        return GO_STAY;
    }
    return claim == CLAIM_RUNS ? refuse_running(a, port) : evict(a, port);
}

static enum go clear_stale(struct attach *a, const struct vswitch_port *port)
{
    const char *id = a->want.holder.id;

    a->at = ROW_DONE;
    if (!attach_owns(a, port) || !vswitch_port_has_member(port, id) ||
        !attach_concerns(a, port))
        return GO_STAY;
    if (!vswitch_port_id_is(port, ID_BOOT, a->want.boot))
        return evict(a, port);
    enum claim claim = attach_claim(a, port);
    if (claim == CLAIM_IF_ENDED || claim == CLAIM_RUNS)
        return ask_process(a, vswitch_port_pid(port, id),
                           vswitch_port_id(port, ID_NETNS_ID), ROW_PROCESS);
    return settle_claim(a, port, claim);
}

static enum go settle_row(struct attach *a, const struct vswitch_port *port,
                          bool is_there)
{
    return attach_owns(a, port) ? settle_device(a, port, is_there)
                                : settle_theirs(a, port, is_there);
}

static enum go begin_row(struct attach *a, const struct vswitch_port *port)
{
    a->row.vnic = vnic_of(a, port);
    a->row.frees_name = false;
    if (a->row.vnic && attach_is_own(a->row.vnic, port)) {
        a->row.vnic->is.claimed = true;
        a->at = ROW_DONE;
        return GO_STAY;
    }
    if (!a->row.vnic || !is_of_this_namespace(a, port)) {
        a->row.vnic = NULL;
        return clear_stale(a, port);
    }
    return attach_owns(a, port) || yields(a, port)
               ? find_device(a)
               : refuse_other_owner(a, port);
}

static enum go go_on_with_row(struct attach *a, const struct vswitch_port *port)
{
    attach_read_spec(a, port);
    switch (a->at) {
    case ROW_FRESH:
        return begin_row(a, port);
    case ROW_HOST_END:
        if (a->answer.r < 0)
            return fail_as_answered(a, a->row.vnic);
        if (a->answer.r > 0)
            return ask_find(a, ATTACH_INSIDE, a->row.vnic->asked->spec->ifname,
                            ROW_DEVICE);
        return settle_row(a, port, false);
    case ROW_DEVICE:
        if (a->answer.r < 0)
            return fail_as_answered(a, a->row.vnic);
        return settle_row(a, port, a->answer.r > 0);
    case ROW_JOINED:
        return joined(a);
    case ROW_PROCESS:
        if (a->answer.r < 0)
            return fail_as_answered(a, NULL);
        return settle_claim(
            a, port, a->answer.r > 0 ? attach_claim(a, port) : CLAIM_OURS);
    case ROW_EVICTED:
        return evicted(a);
    }
    if (a->answer.r < 0)
        return fail_as_answered(a, a->row.vnic);
    a->at = ROW_NEXT;
    return GO_STAY;
}

/* Goes to the next row by name. */
static enum go next_row(struct attach *a)
{
    const struct vswitch_port *port = attach_next_port(a, a->row.name);

    if (!port)
        return GO_ON;
    a->row.tries = 0;
    a->row.spec_read = false;
    snprintf(a->row.name, sizeof(a->row.name), "%s", port->name);
    a->at = ROW_FRESH;
    return GO_STAY;
}

enum go look_at_rows(struct attach *a)
{
    const struct vswitch_port *port;

    if (a->row.name[0] == '\0')
        a->evictions.count = 0;
    if (a->at == ROW_NEXT)
        return next_row(a);
    port = vswitch_view_find(a->view, a->row.name);
    if (port)
        return go_on_with_row(a, port);
    /* It is gone; a guard may have found that first. */
    if (a->answer.r < 0 && !answer_is_guard(a))
        return fail_as_answered(a, a->row.vnic);
    return next_row(a);
}

/* If the bridge would not carry the port, refuses it before anything is
 * made. */
enum go look_refuse_uncarried(struct attach *a, struct vnic *vnic)
{
    const struct vswitch_bridge *bridge;

    if (vnic->is.claimed || a->want.task != ATTACH_MAKE)
        return GO_ON;
    bridge = vswitch_bridges_find(&a->view->bridges, vnic->is.spec.bridge);
    if (bridge &&
        vswitch_bridge_carries(bridge, &vnic->is.spec, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    return GO_ON;
}

/* The name of a pair depends on the namespace: so a call that follows a killed
 * one finds a pair that has no row yet. Two names alternate: a port that is
 * deleted and inserted again under its name between two looks of ovs-vswitchd
 * keeps its old device. */

enum { PAIR_BEGIN, PAIR_SECOND, PAIR_FIRST };

static enum go drop_pair_named(struct attach *a, const struct vnic *vnic,
                               uint64_t which, int at)
{
    const struct port_holder *holder = &a->want.holder;
    uint64_t nonce = names_hash(holder->container.netns_id, a->want.boot);

    names_veth_host(holder->id, vnic->asked->spec->ifname, nonce + which,
                    a->row.name);
    return ask_device(a, ATTACH_STEP_DROP_PAIR, a->i, a->row.name, at);
}

enum go look_name_pair(struct attach *a, struct vnic *vnic)
{
    if (vnic->is.claimed || vnic->pair_named || a->want.task != ATTACH_MAKE ||
        vnic->is.spec.type != VNIC_VETH || vnic->asked->name[0])
        return GO_ON;
    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    switch (a->at) {
    case PAIR_BEGIN:
        return drop_pair_named(a, vnic, 1, PAIR_SECOND);
    case PAIR_SECOND:
        memcpy(vnic->is.port, a->row.name, sizeof(vnic->is.port));
        return drop_pair_named(a, vnic, 0, PAIR_FIRST);
    }
    if (!vswitch_view_find(a->view, a->row.name))
        memcpy(vnic->is.port, a->row.name, sizeof(vnic->is.port));
    vnic->pair_named = true;
    return GO_ON;
}

/* If a device has the name already, another member of the pod may have attached
 * it since the first look. The row of an internal port comes before its device,
 * that of a pair after it. So all rows are read once more, and a pair is given
 * time. The device of a port whose rows went is there until the switch has
 * deleted it, and detach does not wait for that: it is given time as well. */

enum { NAME_FIND, NAME_FOUND, NAME_CAUGHT_UP, NAME_WAITED };

static enum go refuse_name(struct attach *a, struct vnic *vnic)
{
    err_set(&a->failure.err, EEXIST,
            "the container has an interface %s already (%s)",
            vnic->asked->spec->ifname, a->answer.name);
    return fail_for(a, vnic, ATTACH_NAME_TAKEN);
}

/* ovsdb-server sends what has changed before it reads the next request
 * (ovsdb_jsonrpc_session_run(), ovsdb/jsonrpc-server.c). */
static enum go catch_up(struct attach *a, int at)
{
    txn_comment(begin_txn(a), "ovsint: what has changed?");
    return ask_send(a, at);
}

static enum go name_found(struct attach *a, struct vnic *vnic)
{
    if (a->answer.r <= 0)
        return a->answer.r < 0 ? fail_as_answered(a, vnic) : GO_ON;
    if (!vnic->caught_up) {
        vnic->caught_up = true;
        return catch_up(a, NAME_CAUGHT_UP);
    }
    if ((vnic->asked->spec->type == VNIC_VETH ||
         names_is_ours(a->answer.name)) &&
        !other_run_is_dead(a) && !attach_is_over(a))
        return ask_wait(a, a->now_ms + ATTACH_LOOK_EVERY_MS, NAME_WAITED);
    return refuse_name(a, vnic);
}

enum go look_refuse_taken_name(struct attach *a, struct vnic *vnic)
{
    if (vnic->is.claimed || vnic->pair_made || a->want.task != ATTACH_MAKE ||
        a->want.mover != ATTACH_BY_US)
        return GO_ON;
    switch (a->at) {
    case NAME_FIND:
        return ask_find(a, ATTACH_INSIDE, vnic->asked->spec->ifname,
                        NAME_FOUND);
    case NAME_FOUND:
        return name_found(a, vnic);
    case NAME_CAUGHT_UP:
        if (a->answer.r < 0)
            return fail_as_answered(a, vnic);
        break;
    }
    return GO_LOOK;
}
