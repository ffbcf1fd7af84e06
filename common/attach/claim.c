/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * CLAIM: pairs, addresses, and the one transaction that writes the rows. Its
 * guards settle every race: which call gets an address, and which one attaches
 * a shared namespace. If a guard fails nothing was written, and the guard tells
 * what to look at again. Pure.
 */
#include <errno.h>

#include "common/attach/machine.h"

/* States of making a pair. */

enum { PAIR_ASK, PAIR_MADE };

static enum go pair_made(struct attach *a, struct vnic *vnic)
{
    if (a->answer.r >= 0) {
        vnic->pair_made = true;
        vnic->pair_missing = false;
        return GO_ON;
    }
    /* Another call has made it in the meantime. Its port may be adopted now, so
     * the name is not to be undone as ours. */
    if (a->answer.r == -EEXIST && !vnic->pair_tried &&
        a->want.mover == ATTACH_BY_US) {
        vnic->pair_tried = true;
        vnic->pair_armed = false;
        return GO_LOOK;
    }
    return fail_as_answered(a, vnic);
}

enum go claim_make_pair(struct attach *a, struct vnic *vnic)
{
    bool is_there =
        vnic->pair_made || (vnic->is.claimed && !vnic->pair_missing);

    if (a->want.task != ATTACH_MAKE || vnic->is.spec.type != VNIC_VETH ||
        is_there)
        return GO_ON;
    if (a->at == PAIR_MADE)
        return pair_made(a, vnic);
    vnic->pair_armed = true;
    return ask_device(a, ATTACH_STEP_MAKE_PAIR, a->i, vnic->is.port, PAIR_MADE);
}

/* Chooses addresses: first without knowing which are taken, as most choices are
 * free. */
enum go claim_choose(struct attach *a, struct vnic *vnic)
{
    if (a->want.task != ATTACH_MAKE || vnic->is.claimed ||
        vnic->addresses_chosen)
        return GO_ON;
    if (address_choose(a, vnic, NULL, 0, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    vnic->addresses_chosen = true;
    return GO_ON;
}

/* States of writing the rows. Those of address_settle() begin with
 * ADDRESS_FIRST_STATE. */

enum { ROWS_WRITE, ROWS_WRITTEN, ROWS_LOOK };

/* The next try, from `at`. */
static enum go retry(struct attach *a, int at)
{
    if (!attach_is_over(a))
        return try_again(a, &a->tries, at);
    err_set(&a->failure.err, ETIMEDOUT,
            "write the ports: addresses or names were taken by others each "
            "time until the deadline");
    return fail_for(a, NULL, ATTACH_FOR_OTHER_REASONS);
}

static enum go settle_address(struct attach *a)
{
    enum go go = address_settle(a);

    return go == GO_ON ? retry(a, ROWS_WRITE) : go;
}

static enum go settle_northbound(struct attach *a)
{
    if (a->at < OVN_FIRST_STATE)
        a->at = OVN_FIRST_STATE;
    enum go go = ovn_settle(a);

    return go == GO_ON ? retry(a, ROWS_WRITE) : go;
}

static enum go refuse_held(struct attach *a, const struct vnic *vnic,
                           size_t address)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    char text[IP_TEXT_SIZE];

    attachment_segment(&vnic->is.spec, &segment);
    ip_format(&vnic->is.spec.ip[address].ip, text);
    err_set(&a->failure.err, EADDRINUSE,
            "address %s of segment %s is held by another port: see 'ovs-vsctl "
            "find Port external_ids:%s%s=%s'",
            text, buf_text(&segment), ID_IP_PREFIX, text, buf_text(&segment));
    a->failure.address = address;
    return fail_for(a, vnic, ATTACH_ADDRESS_HELD);
}

static enum go settle_taken(struct attach *a, struct vnic *vnic, size_t address)
{
    if (a->want.holder.kind == HOLDER_ENDPOINT)
        return refuse_held(a, vnic, address); /* Docker has chosen it */
    holder_done(&a->holder);
    a->holder = (struct holder_at){.vnic = vnic, .address = address};
    a->at = ADDRESS_FIRST_STATE;
    return settle_address(a);
}

/* Another call is at work for the same namespace, or the same endpoint. */
static enum go settle_busy(struct attach *a, struct vnic *vnic)
{
    if (a->want.holder.kind == HOLDER_CONTAINER)
        return retry(a, ROWS_LOOK);
    err_set(&a->failure.err, EEXIST, "the endpoint exists already");
    return fail_for(a, vnic, ATTACH_ROW_EXISTS);
}

/* The guards of vswitch_change_addresses(): of each new address, of the port.
 */
static enum go settle_changed(struct attach *a, struct vnic *vnic,
                              const struct vswitch_plug *plug)
{
    const struct attachment *spec = &vnic->is.spec;
    size_t op = a->answer.outcome->fault.op - plug->first_op;

    for (size_t i = 0; i < spec->ip_count; i++) {
        if (ovn_had(vnic, &spec->ip[i].ip))
            continue;
        if (op-- == 0)
            return settle_taken(a, vnic, i);
    }
    err_set(&a->failure.err, ENOENT,
            "port %s was removed by somebody while its addresses were chosen",
            vnic->is.port);
    return fail_for(a, vnic, ATTACH_ROW_GONE);
}

static enum go settle_guard(struct attach *a, struct vnic *vnic,
                            const struct vswitch_plug *plug)
{
    const char *bridge = vnic->is.spec.bridge;
    size_t address = 0;

    if (vnic->rows_written)
        return settle_changed(a, vnic, plug);
    switch (vswitch_plug_fault(plug, &a->answer.outcome->fault, &address)) {
    case VSWITCH_FAULT_OTHER:
        break;
    case VSWITCH_NO_BRIDGE:
        if (ovn_is_logical(vnic))
            return ovn_fail_no_bridge(a, vnic);
        err_set(&a->failure.err, ENODEV,
                "there is no bridge %s: create it with 'ovs-vsctl add-br %s' "
                "or correct the name",
                bridge, bridge);
        return fail_for(a, vnic, ATTACH_NO_BRIDGE);
    case VSWITCH_IFNAME_BUSY:
        return settle_busy(a, vnic);
    case VSWITCH_ADDRESS_TAKEN:
        return settle_taken(a, vnic, address);
    case VSWITCH_READY_TAKEN:
        ready_lose(a, vnic);
        return retry(a, ROWS_WRITE);
    }
    return fail_as_answered(a, vnic);
}

/* Finds the vNIC whose operation has failed: the last one whose operations
 * begin at or before it. */
static enum go settle_fault(struct attach *a)
{
    const struct reply_fault *fault = &a->answer.outcome->fault;

    if (number_is_fault(a, fault))
        return retry(a, ROWS_LOOK); /* and who has it is told */
    for (size_t i = a->count; i-- > 0;) {
        struct vnic *vnic = &a->vnics[i];
        if (!vnic->is.claimed && fault->op >= a->plugs[i].first_op)
            return settle_guard(a, vnic, &a->plugs[i]);
    }
    a->failure.err = a->answer.err;
    err_wrap(&a->failure.err, "write the ports");
    return fail_for(a, NULL, ATTACH_FOR_OTHER_REASONS);
}

/* Writes the rows that have gone as they were, under the same name. */
static int txn_restore(struct attach *a)
{
    return vswitch_plug_again(begin_txn(a), a->want.former,
                              &a->vnics[0].is.spec, &a->failure.err);
}

/* The rows of a vNIC. A port whose rows a try of before has written gets other
 * addresses, if they were refused since. */
static void txn_vnic(struct attach *a, size_t i,
                     const struct vswitch_identity *identity)
{
    struct vnic *vnic = &a->vnics[i];

    const struct vswitch_port *ready =
        vnic->rows_written ? NULL : ready_choose(a, vnic);

    a->plugs[i] = (struct vswitch_plug){.attachment = &vnic->is.spec,
                                        .port = vnic->is.port,
                                        .mac = vnic->is.mac,
                                        .ready = ready};
    if (!vnic->rows_written) {
        vswitch_plug(&a->txn, identity, &a->plugs[i], i);
        name_list_add(&a->armed, vnic->is.port);
        return;
    }
    a->plugs[i].first_op = txn_count(&a->txn);
    if (ovn_has_changed(vnic))
        vswitch_change_addresses(&a->txn, vnic->is.port, vnic->had,
                                 vnic->had_count, &vnic->is.spec);
}

/* Sends what there is to be written. GO_ON = nothing. */
static enum go send_rows(struct attach *a)
{
    struct vswitch_identity identity = attach_identity(a);
    struct txn *txn = begin_txn(a);
    size_t begin = txn_count(txn);

    flows_forget_gone(a);
    if (a->collected)
        flows_note_orphans(a);
    ovn_write(a);
    for (size_t i = 0; i < a->evictions.count; i++) {
        const struct eviction *port = &a->evictions.list[i];
        flows_note_evicted(a, port->name);
        vswitch_remove(txn, port->port_uuid, port->name);
    }
    number_guard(a);
    for (size_t i = 0; i < a->count; i++) {
        if (!a->vnics[i].is.claimed)
            txn_vnic(a, i, &identity);
    }
    bool sends = txn_count(txn) > begin;
    if (txn_count(&a->northbound) > 0)
        return ask_send_both(a, sends, true, NULL, ROWS_WRITTEN);
    return sends ? ask_send(a, ROWS_WRITTEN) : GO_ON;
}

static enum go write_rows(struct attach *a)
{
    if (a->want.task == ATTACH_REPAIR)
        return GO_ON; /* they exist */
    if (a->want.task == ATTACH_RESTORE)
        return txn_restore(a) < 0 ? fail_for(a, NULL, ATTACH_ROW_UNUSABLE)
                                  : ask_send(a, ROWS_WRITTEN);
    return send_rows(a);
}

/* If we are not the mover nobody undoes the rows: so their pairs stay, too. */
static enum go rows_are_there(struct attach *a)
{
    a->evictions.count = 0;
    for (size_t i = 0; i < a->count && a->want.mover == ATTACH_BY_THEM; i++)
        a->vnics[i].pair_armed = false;
    return GO_ON;
}

/* What has only gone to the northbound database. */
static enum go logical_written(struct attach *a)
{
    return a->northbound_reply.r < 0 ? settle_northbound(a) : rows_are_there(a);
}

static enum go rows_written(struct attach *a)
{
    if (a->todo.northbound)
        ovn_note_written(a);
    if (a->todo.northbound && (!a->todo.txn || a->answer.r >= 0))
        return logical_written(a);
    if (a->answer.r >= 0)
        return rows_are_there(a);
    if (!a->answer.outcome || a->answer.outcome->fault.kind == REPLY_OK ||
        a->want.task == ATTACH_RESTORE)
        return fail_as_answered(a, NULL);
    return settle_fault(a);
}

enum go claim_rows(struct attach *a)
{
    switch (a->at) {
    case ROWS_WRITE:
        return write_rows(a);
    case ROWS_WRITTEN:
        return rows_written(a);
    case ROWS_LOOK:
        return GO_LOOK;
    }
    return a->at >= OVN_FIRST_STATE ? settle_northbound(a) : settle_address(a);
}
