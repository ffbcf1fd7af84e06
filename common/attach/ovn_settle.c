/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The northbound database has refused a transaction. Our rows in Open vSwitch
 * are there then. The guard that failed tells what to do:
 *
 *   - an address that we had chosen is held by another host: choose again,
 *     knowing all addresses of the switch;
 *   - an address that was asked for is held: if it is by a port of this host
 *     that has ended, its logical port is removed. Any other: -EADDRINUSE;
 *   - a name is held: the same, but that a port does without a name that
 *     nobody has asked for;
 *   - the switch or the port group is not as it was looked at: look again.
 *
 * Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/base/limits.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

enum {
    SETTLE_BEGIN = OVN_FIRST_STATE,
    SETTLE_LOOKED, /* the switches, once more */
    SETTLE_USED,   /* all addresses of the switch */
    SETTLE_HOLDER, /* who has the address that was asked for */
    SETTLE_PORT,   /* whether this host has the holder's port */
};

/* Addresses that are tried before all of the switch are asked for: the list of
 * 30000 ports is some megabytes, and in a range that is half full all
 * guesses are wrong for one attach of sixteen. */
#define GUESSES 3

/* How long after it was written a logical port may be without its port: as long
 * as the call that writes both may take. */
static int64_t grace_ms(const struct attach *a)
{
    return a->want.timeout_ms + UNDO_TIMEOUT_MS;
}

static enum go fail_as_refused(struct attach *a, const struct vnic *vnic)
{
    const struct ovsdb_outcome *outcome = &a->northbound_reply;
    bool is_unknown = outcome->r == -ETIMEDOUT || outcome->r == -ECONNRESET;

    ovn_set_failure(a);
    return fail_for(a, vnic,
                    is_unknown ? ATTACH_NO_ANSWER : ATTACH_FOR_OTHER_REASONS);
}

/* The vNIC whose operation has failed: the last one whose operations begin at
 * or before it. NULL = none. */
static struct vnic *faulty(struct attach *a)
{
    const struct reply_fault *fault = &a->northbound_reply.fault;

    for (size_t i = a->count; i-- > 0;) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->logical_sent && fault->op >= vnic->logical.first_op)
            return vnic;
    }
    return NULL;
}

/* An address that we had chosen. */

static void read_used(struct attach *a, bool is_northbound,
                      const struct json *result)
{
    auto_free struct ip *used = NULL;
    struct vnic *vnic = a->holder.vnic;

    if (!is_northbound)
        return;
    size_t count = northbound_used(result, 0, &used);
    if (address_choose(a, vnic, used, count, &a->northbound_err) >= 0)
        a->northbound_err.code = 0;
}

static enum go ask_used(struct attach *a)
{
    northbound_select_switch(begin_northbound(a), a->holder.vnic->is.spec.ovn);
    a->northbound_err.code = 0;
    return ask_send_both(a, false, true, read_used, SETTLE_USED);
}

static enum go used_shown(struct attach *a)
{
    if (!a->northbound_err.code)
        return GO_ON;
    a->failure.err = a->northbound_err;
    return fail_for(a, a->holder.vnic, ATTACH_FOR_OTHER_REASONS);
}

/* An address that was asked for. */

/* Of this host, and older than any call: then its port tells whether it is
 * alive. */
static void read_holder(struct attach *a, bool is_northbound,
                        const struct json *result)
{
    const struct json *row = reply_row(result, 0, 0);
    const char *name = row_string(row, "name");

    (void)is_northbound;
    a->holder.port.name[0] = '\0';
    a->holder.refusal.code = 0;
    if (!row)
        return;
    const struct holder_at *at = &a->holder;
    const struct attachment *spec = &at->vnic->is.spec;
    if (at->is_name)
        (void)northbound_refuse_named(row, spec->dns_name, spec->ovn,
                                      &a->holder.refusal);
    else
        (void)northbound_refuse_held(row, &spec->ip[at->address].ip, spec->ovn,
                                     &a->holder.refusal);
    name = name ? names_port_of_logical(name) : NULL;
    if (name && northbound_is_old(row, a->chassis.name, a->want.boot, a->now_ms,
                                  grace_ms(a)))
        snprintf(a->holder.port.name, sizeof(a->holder.port.name), "%.15s",
                 name);
}

static enum go ask_holder(struct attach *a)
{
    const struct holder_at *at = &a->holder;
    const struct attachment *spec = &at->vnic->is.spec;
    struct txn *txn = begin_northbound(a);

    if (at->is_name)
        northbound_select_named(txn, spec->dns_name, spec->ovn);
    else
        northbound_select_address(txn, &spec->ip[at->address].ip, spec->ovn);
    return ask_send_both(a, false, true, read_holder, SETTLE_HOLDER);
}

static enum go refuse(struct attach *a)
{
    struct holder_at *at = &a->holder;

    if (at->is_name &&
        (at->vnic->asked->offers_name || a->want.task == ATTACH_RESTORE)) {
        at->vnic->nameless = true;
        return GO_ON;
    }
    a->failure.err = at->refusal;
    a->failure.address = at->address;
    return fail_for(a, at->vnic,
                    at->is_name ? ATTACH_FOR_OTHER_REASONS
                                : ATTACH_ADDRESS_HELD);
}

static enum go holder_shown(struct attach *a)
{
    struct txn *txn;

    if (a->holder.refusal.code == 0)
        return GO_ON; /* it has gone meanwhile */
    if (!a->holder.port.name[0])
        return refuse(a);
    txn = begin_txn(a);
    txn_select(txn, "Interface", "_uuid", NULL);
    txn_where_string(txn, "name", a->holder.port.name);
    return ask_send(a, SETTLE_PORT);
}

static enum go port_shown(struct attach *a)
{
    size_t op = txn_count(&a->txn) - 1;

    if (a->answer.r < 0)
        return fail_as_answered(a, a->holder.vnic);
    if (reply_row_count(a->answer.outcome->result, op) > 0)
        return refuse(a);
    name_list_add(&a->logical_evicted, a->holder.port.name);
    return GO_ON;
}

/* The guard. */

static enum go settle_address(struct attach *a, struct vnic *vnic,
                              size_t address)
{
    holder_done(&a->holder);
    a->holder = (struct holder_at){.vnic = vnic, .address = address};
    if (address < vnic->asked->spec->ip_count)
        return ask_holder(a);
    a->taken = mem_resize(a->taken, (a->taken_count + 1) * sizeof(*a->taken));
    a->taken[a->taken_count++] = vnic->is.spec.ip[address].ip;
    if (a->taken_count > GUESSES)
        return ask_used(a);
    if (address_choose(a, vnic, NULL, 0, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    return GO_ON;
}

static enum go settle_name(struct attach *a, struct vnic *vnic)
{
    holder_done(&a->holder);
    a->holder = (struct holder_at){.vnic = vnic, .is_name = true};
    return ask_holder(a);
}

static enum go look_again(struct attach *a)
{
    return ovn_ask_switches(a, false, SETTLE_LOOKED);
}

static enum go settle(struct attach *a)
{
    const struct ovsdb_outcome *outcome = &a->northbound_reply;
    struct vnic *vnic = faulty(a);
    size_t address = 0;

    /* Another host has made the port group first. */
    if (outcome->fault.kind == REPLY_CONSTRAINT && !a->has_group)
        return look_again(a);
    if (!vnic || outcome->fault.kind == REPLY_OK)
        return fail_as_refused(a, vnic);
    switch (northbound_plug_fault(&vnic->logical, &outcome->fault, &address)) {
    case NORTHBOUND_FAULT_OTHER:
        break;
    case NORTHBOUND_SWITCH_GONE:
    case NORTHBOUND_GROUP_GONE:
        return look_again(a);
    case NORTHBOUND_ADDRESS_TAKEN:
        return settle_address(a, vnic, address);
    case NORTHBOUND_NAME_TAKEN:
        return settle_name(a, vnic);
    }
    return fail_as_refused(a, vnic);
}

static enum go looked_again(struct attach *a)
{
    if (!a->northbound_err.code)
        return GO_ON;
    a->failure.err = a->northbound_err;
    return fail_for(a, NULL, ATTACH_FOR_OTHER_REASONS);
}

enum go ovn_settle(struct attach *a)
{
    bool asked_northbound = a->at != SETTLE_BEGIN && a->at != SETTLE_PORT;

    if (asked_northbound && a->northbound_reply.r < 0)
        return fail_as_refused(a, a->holder.vnic);
    switch (a->at) {
    case SETTLE_BEGIN:
        return settle(a);
    case SETTLE_LOOKED:
        return looked_again(a);
    case SETTLE_USED:
        return used_shown(a);
    case SETTLE_HOLDER:
        return holder_shown(a);
    }
    return port_shown(a);
}
