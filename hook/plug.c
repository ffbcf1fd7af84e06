/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transaction that makes the ports, and the wait for the switch. Guards in
 * the transaction settle every race: who gets an address, who plugs a shared
 * namespace. A guard that fails says what to look at again; nothing was
 * written then.
 *
 * A reader would get the wait wrong: a device that appears is not a port that
 * is ready. ovs-vswitchd still works on it, and moving it away at that moment
 * destroys it on the userspace datapath (iface_do_create() in
 * vswitchd/bridge.c). Only Interface.ofport tells.
 */
#include <errno.h>
#include <string.h>

#include "hook/attach.h"
#include "ovsint/net/link.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define TRIES_WITHOUT_PAUSE 16
#define PAUSE_MS 20

int attach_delete_pair(struct attach *a, const char *name, struct err *err)
{
    struct link_info info;
    int r = link_find(a->host, name, &info, err);

    if (r <= 0 || strcmp(info.kind, "veth") != 0)
        return r < 0 ? r : 0;
    r = link_delete(a->host, info.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

/* The name depends on the namespace, so that a run that follows a killed one
 * finds the pair that has no row yet. There are two, as a port that is deleted
 * and inserted again under its name within one look of ovs-vswitchd stays bound
 * to the former device. */
static int name_pair(struct attach *a, struct vnic *vnic, struct err *err)
{
    uint64_t nonce = names_hash(a->container.netns_id, a->container.boot);
    char name[IFNAME_SIZE];

    for (unsigned i = 2; i-- > 0;) {
        names_veth_host(a->container.id, vnic->asked.ifname, nonce + i, name);
        int r = attach_delete_pair(a, name, err);
        if (r < 0)
            return r;
        if (i == 1 || !vswitch_view_find(&a->view, name))
            memcpy(vnic->port, name, sizeof(name));
    }
    return 0;
}

static int make_pair(struct attach *a, const struct vnic *vnic,
                     const struct link_veth *veth, struct err *err)
{
    struct err ignored = {0};
    int r = newcomers_begin(a->newcomers, vnic->asked.accepts_ra, err);

    if (r < 0)
        return r;
    r = link_create_veth(a->host, veth, a->container.netns, err);
    int ended = newcomers_end(a->newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

static int create_veth(struct attach *a, const struct vnic *vnic,
                       struct err *err)
{
    struct link_veth veth = {.name = vnic->port,
                             .peer_name = vnic->asked.ifname,
                             .peer_mac = &vnic->mac,
                             .mtu = vnic->asked.mtu,
                             .up = true};

    port_names_add(&a->undo_links.links, vnic->port);
    int r = make_pair(a, vnic, &veth, err);
    if (r != -EEXIST)
        return r;
    /* Somebody was faster. */
    r = attach_refuse_taken_name(a, vnic, err);
    if (r < 0 || vnic->present)
        return r;
    return make_pair(a, vnic, &veth, err);
}

int attach_name_pairs(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->present || vnic->asked.type != VNIC_VETH)
            continue;
        int r = name_pair(a, vnic, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}

int attach_create_veths(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->present || vnic->asked.type != VNIC_VETH)
            continue;
        int r = create_veth(a, vnic, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}

/* What a failed guard of one vNIC means: 0 = look again, or the error. */
static int settle_guard(struct attach *a, struct vnic *vnic,
                        enum vswitch_fault guard, size_t address,
                        struct err *err)
{
    int r;

    switch (guard) {
    case VSWITCH_FAULT_OTHER:
        return -err->code;
    case VSWITCH_NO_BRIDGE:
        return err_set(err, ENODEV,
                       "there is no bridge %s: create it with 'ovs-vsctl "
                       "add-br %s' or correct the name",
                       vnic->want.bridge, vnic->want.bridge);
    case VSWITCH_IFNAME_BUSY:
        r = attach_take_in(a, err);
        return r < 0 ? r : attach_find_existing(a, err);
    case VSWITCH_ADDRESS_TAKEN:
        return attach_settle_address(a, vnic, address, err);
    }
    return -err->code;
}

/* Finds the vNIC whose operations failed; those of the last one that begins
 * at or before the failed operation. */
static int settle_fault(struct attach *a, const struct vswitch_plug *plugs,
                        const struct reply_fault *fault, struct err *err)
{
    for (size_t i = a->count; i-- > 0;) {
        struct vnic *vnic = &a->vnics[i];
        size_t address = 0;
        if (vnic->present || fault->op < plugs[i].first_op)
            continue;
        /* A statement of its own: C does not say which argument of a call is
         * computed first. */
        enum vswitch_fault guard =
            vswitch_plug_fault(&plugs[i], fault, &address);
        int r = settle_guard(a, vnic, guard, address, err);
        return r < 0 ? attach_wrap(vnic, err) : 0;
    }
    return err_wrap(err, "write the ports");
}

/* One try: 1 done, 0 look again, negative on failure. */
static int try_plug(struct attach *a, struct err *err)
{
    struct vswitch_identity identity = attach_identity(a);
    struct vswitch_plug plugs[LIMIT_ATTACHMENTS];
    struct reply_fault fault = {0};
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < a->eviction_count; i++)
        vswitch_remove(&txn, a->evictions[i].port_uuid, a->evictions[i].name);
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        plugs[i] = (struct vswitch_plug){
            .attachment = &vnic->want, .port = vnic->port, .mac = vnic->mac};
        if (!vnic->present)
            vswitch_plug(&txn, &identity, &plugs[i], i);
    }
    if (txn_count(&txn) == 0)
        return 1;
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, NULL, &fault, err);
    if (r >= 0)
        return 1;
    return fault.kind == REPLY_OK ? r : settle_fault(a, plugs, &fault, err);
}

static int allocate_all(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->present)
            continue;
        if (attach_allocate(a, vnic, err) < 0)
            return attach_wrap(vnic, err);
        port_names_add(&a->undo_ports.ports, vnic->port);
    }
    return 0;
}

int attach_plug(struct attach *a, struct err *err)
{
    int r = allocate_all(a, err);

    if (r < 0)
        return r;
    for (int tries = 1;; tries++) {
        r = try_plug(a, err);
        if (r != 0)
            return r < 0 ? r : 0;
        if (deadline_passed(a->run->deadline))
            return err_set(err, ETIMEDOUT,
                           "write the ports: addresses or names were taken by "
                           "others each time until the deadline");
        /* One that keeps failing must not keep the server busy. */
        if (tries < TRIES_WITHOUT_PAUSE)
            continue;
        r = attach_sync(a, deadline_in(PAUSE_MS), err);
        if (r < 0)
            return r;
    }
}

/* 1 ready, 0 not yet, negative when the switch failed or the row is gone. */
static int port_state(const struct attach *a, const struct vnic *vnic,
                      struct err *err)
{
    const struct vswitch_port *port = vswitch_view_find(&a->view, vnic->port);

    if (!port)
        return err_set(err, ENOENT,
                       "port %s was removed by somebody before the switch "
                       "had made it",
                       vnic->port);
    if (port->ofport > 0)
        return 1;
    if (port->error || port->ofport < 0)
        return err_set(err, EIO,
                       "the switch could not make port %s: %s (see the log of "
                       "ovs-vswitchd)",
                       vnic->port,
                       port->error ? port->error
                                   : "no reason "
                                     "given");
    return 0;
}

static int wait_for_port(struct attach *a, const struct vnic *vnic,
                         struct err *err)
{
    for (;;) {
        int r = port_state(a, vnic, err);
        if (r != 0)
            return r;
        r = attach_sync(a, a->run->deadline, err);
        if (r < 0)
            return r;
        if (r == 0)
            return err_set(err, ETIMEDOUT,
                           "ovs-vswitchd did not make port %s within %u ms: "
                           "is it running, and does 'ovs-vsctl show' report "
                           "an error for bridge %s?",
                           vnic->port, a->run->settings->timeout_ms,
                           vnic->want.bridge);
    }
}

int attach_wait(struct attach *a, struct err *err)
{
    int r = attach_take_in(a, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->present)
            continue;
        r = wait_for_port(a, vnic, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}
