/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * LEASE: what the LAN gives. The device is up inside and has its MAC, and the
 * container's program has not begun. With ip=dhcp:
 *
 *   1. The driver takes a lease. There may be no server (-ETIMEDOUT).
 *   2. One transaction writes it, with a guard on its address: another port of
 *      the segment may have that (-EADDRINUSE). If its container has ended
 *      unnoticed, the port is removed.
 *   3. The source guard learns the address, and it alone.
 *   4. The device is set up again, now with all that the lease says.
 *
 * What the server has given and nobody can use, or write, goes back with the
 * port.
 *
 * With ip=slaac: waits until a router has given the device an address. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/rows/lease.h"

#define ADDRESS_LOOK_EVERY_MS 20

static bool is_to_be_done(const struct attach *a, const struct vnic *vnic)
{
    return a->want.until >= ATTACH_PLACE && a->want.task == ATTACH_MAKE &&
           a->want.mover == ATTACH_BY_US && !vnic->is.is_theirs;
}

static enum go fail_gone(struct attach *a, const struct vnic *vnic)
{
    err_set(&a->failure.err, ENOENT,
            "port %s was removed by somebody before it had a lease",
            vnic->is.port);
    return fail_for(a, vnic, ATTACH_ROW_GONE);
}

static const char *device_of(const struct vnic *vnic)
{
    return vnic->is.spec.type == VNIC_VETH ? vnic->is.spec.ifname
                                           : vnic->is.port;
}

/* 1. */
static enum go ask_lease(struct attach *a, struct vnic *vnic, int at)
{
    const struct port_holder *holder = &a->want.holder;
    const char *pod =
        holder->kind == HOLDER_CONTAINER ? holder->container.pod_name : NULL;

    a->todo = (struct attach_todo){.step = ATTACH_STEP_LEASE,
                                   .vnic = a->i,
                                   .name = device_of(vnic),
                                   .until_ms = a->deadline_ms};
    lease_client(&vnic->is.spec, &vnic->is.mac, pod ? pod : holder->id,
                 &a->todo.client);
    a->at = at;
    return GO_ASK;
}

static enum go fail_without(struct attach *a, const struct vnic *vnic)
{
    auto_buf struct buf segment = BUF_INIT(BRIDGE_NAME_SIZE + 16);

    attachment_segment(&vnic->is.spec, &segment);
    a->failure.err = a->answer.err;
    err_wrap(&a->failure.err, "ip=dhcp: no lease for %s on segment %s",
             vnic->is.spec.ifname, buf_text(&segment));
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

/* 2. */

/* The server takes both for one client: to give the lease of the former one
 * back would be to give ours back. */
static void remove_ended(struct attach *a, struct txn *txn)
{
    for (size_t i = 0; i < a->evictions.count; i++) {
        const struct eviction *port = &a->evictions.list[i];
        size_t before = a->gone.count;
        flows_note_evicted(a, port->name);
        for (size_t j = before; j < a->gone.count; j++)
            free(TAKE_PTR(a->gone.list[j].release));
        vswitch_remove(txn, port->port_uuid, port->name);
    }
}

static enum go write_rows(struct attach *a, struct vnic *vnic, int at)
{
    struct attachment spec = vnic->is.spec;

    snprintf(a->lease_port, sizeof(a->lease_port), "%s", vnic->is.port);
    if (lease_apply(&spec, &a->lease, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    struct txn *txn = begin_txn(a);
    remove_ended(a, txn);
    a->lease_op = txn_count(txn);
    lease_write(txn, vnic->is.port, &spec, &a->lease, NULL);
    vnic->is.spec = spec;
    return ask_send(a, at);
}

/* Another call for the same container may have written the same lease: to a
 * server both are one client. */
static bool is_written(struct attach *a, struct vnic *vnic)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);
    struct dhcp_lease held;
    struct err ignored = {0};

    return port && lease_of_port(port, &held) &&
           ip_equal(&held.address.ip, &a->lease.address.ip) &&
           vswitch_port_spec(port, &vnic->is.spec, &ignored) >= 0;
}

static void note_held(struct attach *a, const struct vnic *vnic)
{
    auto_buf struct buf segment = BUF_INIT(BRIDGE_NAME_SIZE + 16);
    char text[IP_TEXT_SIZE], server[IP_TEXT_SIZE];

    attachment_segment(&vnic->is.spec, &segment);
    ip_format(&a->lease.address.ip, text);
    ip_format(&a->lease.server, server);
    err_set(&a->holder.refusal, EADDRINUSE,
            "the DHCP server %s gave %s, which another port of the bridge has: "
            "see 'ovs-vsctl find Port external_ids:" ID_IP_PREFIX "%s=%s'",
            server, text, text, buf_text(&segment));
}

/* Once: whoever comes after the one that was removed lives. */
static enum go ask_who_has(struct attach *a, struct vnic *vnic)
{
    bool was_asked = a->holder.is_lease && a->holder.vnic == vnic;

    /* To the server both may be one client. */
    a->lease_port[0] = '\0';
    holder_done(&a->holder);
    a->holder.vnic = vnic;
    a->holder.address = vnic->is.spec.ip_count - 1;
    a->holder.is_lease = true;
    note_held(a, vnic);
    if (was_asked) {
        a->failure.err = a->holder.refusal;
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    }
    a->at = ADDRESS_FIRST_STATE;
    return address_settle(a);
}

static enum go settle_holder(struct attach *a, struct vnic *vnic, int at)
{
    enum go go = address_settle(a);

    if (go != GO_ON)
        return go;
    lease_take_away(&vnic->is.spec, &a->lease);
    return write_rows(a, vnic, at);
}

static enum go settle_write(struct attach *a, struct vnic *vnic, int at)
{
    bool is_there = a->answer.r >= 0 || is_written(a, vnic);

    a->evictions.count = 0;
    if (is_there) {
        a->lease_port[0] = '\0';
        vnic->is.dns = a->lease.dns;
        a->at = at;
        return flows_drop_gone(a);
    }
    flows_forget_gone(a);
    if (!answer_is_guard(a))
        return fail_as_answered(a, vnic);
    return a->answer.outcome->fault.op == a->lease_op ? ask_who_has(a, vnic)
                                                      : fail_gone(a, vnic);
}

enum {
    LEASE_ASK,
    LEASE_TAKEN,
    LEASE_WRITTEN,
    LEASE_DROPPED, /* the flows of who had the address */
    LEASE_GUARDED,
    LEASE_SET_UP,
    LEASE_LATER, /* the device is to come again */
    LEASE_MOVED
};

static enum go begin_lease(struct attach *a, struct vnic *vnic)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);
    struct dhcp_lease held;

    if (!port)
        return fail_gone(a, vnic);
    if (!lease_of_port(port, &held))
        return ask_lease(a, vnic, LEASE_TAKEN);
    vnic->is.dns = held.dns;
    return GO_ON;
}

/* What had the address was in the way of our port, too: see attach.c. */
static enum go move_again(struct attach *a, struct vnic *vnic)
{
    if (a->at != LEASE_LATER && !attach_is_over(a))
        return ask_wait(a, a->now_ms + ATTACH_LOOK_EVERY_MS, LEASE_LATER);
    if (a->at == LEASE_LATER)
        return ask_device(a, ATTACH_STEP_MOVE, a->i, vnic->is.port,
                          LEASE_MOVED);
    err_set(&a->failure.err, ENODEV,
            "the switch has deleted the device of port %s, and has not made it "
            "again: see the log of ovs-vswitchd",
            vnic->is.port);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

enum go lan_take_lease(struct attach *a, struct vnic *vnic)
{
    enum go go;

    if (!is_to_be_done(a, vnic) || !vnic->is.spec.ip_dhcp)
        return GO_ON;
    switch (a->at) {
    case LEASE_ASK:
        return begin_lease(a, vnic);
    case LEASE_TAKEN:
        if (a->answer.r < 0)
            return fail_without(a, vnic);
        return write_rows(a, vnic, LEASE_WRITTEN);
    case LEASE_WRITTEN:
        go = settle_write(a, vnic, LEASE_DROPPED);
        if (go != GO_ON)
            return go;
        __attribute__((fallthrough));
    case LEASE_DROPPED:
        if (vnic->is.spec.guard == SOURCE_GUARD_FULL)
            return flows_ask_for(a, vnic, LEASE_GUARDED);
        break;
    case LEASE_GUARDED:
        if (a->answer.r < 0)
            return flows_refused(a, vnic);
        break;
    case LEASE_LATER:
        return move_again(a, vnic);
    case LEASE_MOVED:
        if (a->answer.r < 0)
            return fail_as_answered(a, vnic);
        if (a->answer.r == 0)
            return move_again(a, vnic);
        break;
    case LEASE_SET_UP:
        if (device_was_taken(a, vnic))
            return move_again(a, vnic);
        return a->answer.r < 0 ? fail_as_answered(a, vnic) : GO_ON;
    default:
        return settle_holder(a, vnic, LEASE_WRITTEN);
    }
    return ask_device(a, ATTACH_STEP_SET_UP, a->i, vnic->is.port, LEASE_SET_UP);
}

/* ip=slaac */

enum { SLAAC_LOOK, SLAAC_SEEN };

enum go lan_await_router(struct attach *a, struct vnic *vnic)
{
    if (!is_to_be_done(a, vnic) || !vnic->is.spec.ip_slaac)
        return GO_ON;
    if (a->at == SLAAC_LOOK)
        return ask_device(a, ATTACH_STEP_HAS_ADDRESS, a->i, device_of(vnic),
                          SLAAC_SEEN);
    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    if (a->answer.r > 0)
        return GO_ON;
    if (!attach_is_over(a))
        return ask_wait(a, a->now_ms + ADDRESS_LOOK_EVERY_MS, SLAAC_LOOK);
    err_set(&a->failure.err, ETIMEDOUT,
            "ip=slaac: no router has given %s an address within %u ms: does "
            "one announce a prefix for autoconfiguration there?",
            vnic->is.spec.ifname, a->want.timeout_ms);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}
