/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * CLAIM: an OpenFlow number that is asked for must be free on its bridge. The
 * switch would take it from its holder, and flows, meters and mirrors that
 * match on it with it. Interfaces do not tell their bridge, so all Ports are
 * read; but only for who asks for a number. Who asks for it in the same moment
 * fails by a guard of the rows, and is told here at the next look. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

enum { NUMBER_ASK, NUMBER_SHOWN, NUMBER_JUDGED };

/* The selects, which are the last operations. */
enum { OP_BRIDGE, OP_PORTS, OP_HAS, OP_WANTS, OP_COUNT };

static enum go ask(struct attach *a, const struct attachment *spec)
{
    struct txn *txn = begin_txn(a);

    txn_select(txn, "Bridge", "ports", NULL);
    txn_where_string(txn, "name", spec->bridge);
    txn_select(txn, "Port", "_uuid", "name", "interfaces", NULL);
    txn_where_any(txn);
    txn_select(txn, "Interface", "_uuid", "name", "external_ids", NULL);
    txn_where_int(txn, "ofport", spec->ofport_request);
    txn_select(txn, "Interface", "_uuid", "name", "external_ids", NULL);
    txn_where_int(txn, "ofport_request", spec->ofport_request);
    return ask_send(a, NUMBER_SHOWN);
}

static size_t op_of(const struct attach *a, size_t op)
{
    return txn_count(&a->txn) - OP_COUNT + op;
}

/* The Port of the interface, if the bridge has it. */
static const struct json *port_on_bridge(const struct attach *a,
                                         const struct json *interface)
{
    const struct json *result = a->answer.outcome->result;
    const struct json *bridge = reply_row(result, op_of(a, OP_BRIDGE), 0);
    const char *uuid = row_uuid(interface, "_uuid");
    size_t ports = op_of(a, OP_PORTS);

    for (size_t i = 0; uuid && i < reply_row_count(result, ports); i++) {
        const struct json *port = reply_row(result, ports, i);
        const char *port_uuid = row_uuid(port, "_uuid");
        if (row_set_has_uuid(port, "interfaces", uuid))
            return bridge && port_uuid &&
                           row_set_has_uuid(bridge, "ports", port_uuid)
                       ? port
                       : NULL;
    }
    return NULL;
}

static bool is_evicted(const struct attach *a, const struct json *port)
{
    const char *uuid = row_uuid(port, "_uuid");

    for (size_t i = 0; i < a->evictions.count; i++) {
        if (strcmp(a->evictions.list[i].port_uuid, uuid) == 0)
            return true;
    }
    return false;
}

static void note_refusal(struct attach *a, const struct attachment *spec,
                         const struct json *interface, const struct json *port)
{
    const char *container =
        row_map_get(interface, "external_ids", ID_CONTAINER);
    const char *name = row_string(port, "name");

    err_set(&a->holder.refusal, EADDRINUSE,
            "OpenFlow number %u of bridge %s belongs to port %s%s%s: ask for "
            "another one by ofport, or remove that port",
            spec->ofport_request, spec->bridge, name ? name : "(unknown)",
            container ? " of container " : "", container ? container : "");
}

static enum go refuse(struct attach *a, const struct vnic *vnic)
{
    a->failure.err = a->holder.refusal;
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

static enum go evict(struct attach *a, const struct vnic *vnic)
{
    const struct eviction *port = &a->holder.port;

    return attach_evict(a, port->port_uuid, port->name, &a->failure.err) < 0
               ? fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS)
               : GO_ON;
}

/* GO_ON = its rows may be removed along with our ones. */
static enum go settle(struct attach *a, struct vnic *vnic,
                      const struct json *interface, const struct json *port)
{
    const char *name = row_string(interface, "name");

    holder_done(&a->holder);
    a->holder.vnic = vnic;
    note_refusal(a, &vnic->is.spec, interface, port);
    if (!name || !names_is_ours(name))
        return refuse(a, vnic);
    snprintf(a->holder.port.port_uuid, sizeof(a->holder.port.port_uuid), "%s",
             row_uuid(port, "_uuid"));
    snprintf(a->holder.port.name, sizeof(a->holder.port.name), "%.15s", name);
    if (vswitch_row_is_dead(interface, a->want.owner, a->want.boot))
        return evict(a, vnic);
    return a->want.holder.kind == HOLDER_CONTAINER &&
                   address_may_have_ended(a, interface)
               ? address_ask_ended(a, interface, NUMBER_JUDGED)
               : refuse(a, vnic);
}

/* Of another bridge; one that is evicted goes with the same transaction. */
static void note_other(struct vnic *vnic, const struct json *interface)
{
    const char *uuid = row_uuid(interface, "_uuid");

    if (!uuid)
        return;
    vnic->others.uuids =
        mem_grow(vnic->others.uuids, vnic->others.count, &vnic->others.room,
                 sizeof(*vnic->others.uuids));
    snprintf(vnic->others.uuids[vnic->others.count++],
             sizeof(*vnic->others.uuids), "%s", uuid);
}

static enum go shown(struct attach *a, struct vnic *vnic)
{
    const struct json *result = a->answer.outcome->result;

    vnic->others.count = 0;
    for (size_t op = op_of(a, OP_HAS); op <= op_of(a, OP_WANTS); op++) {
        for (size_t i = 0; i < reply_row_count(result, op); i++) {
            const struct json *interface = reply_row(result, op, i);
            const struct json *port = port_on_bridge(a, interface);
            if (!port && op == op_of(a, OP_WANTS))
                note_other(vnic, interface);
            if (!port || is_evicted(a, port))
                continue;
            enum go go = settle(a, vnic, interface, port);
            if (go != GO_ON)
                return go;
        }
    }
    return GO_ON;
}

/* A port that is made again must not throw out who has its number by now: the
 * switch would delete that one's device, in whatever namespace it is. */
static enum go yield_number(struct attach *a, struct vnic *vnic)
{
    const struct json *result = a->answer.outcome->result;

    for (size_t op = op_of(a, OP_HAS); op <= op_of(a, OP_WANTS); op++) {
        for (size_t i = 0; i < reply_row_count(result, op); i++) {
            if (port_on_bridge(a, reply_row(result, op, i)))
                vnic->is.spec.ofport_request = 0;
        }
    }
    return GO_ON;
}

/* An earlier vNIC of this call that asks for the same. */
static const struct vnic *find_twin(const struct attach *a,
                                    const struct vnic *vnic)
{
    const struct attachment *spec = &vnic->is.spec;

    for (const struct vnic *other = a->vnics; other < vnic; other++) {
        if (other->is.spec.ofport_request == spec->ofport_request &&
            strcmp(other->is.spec.bridge, spec->bridge) == 0)
            return other;
    }
    return NULL;
}

static enum go refuse_twins(struct attach *a, const struct vnic *vnic,
                            const struct vnic *twin)
{
    const struct attachment *spec = &vnic->is.spec;

    err_set(&a->failure.err, EADDRINUSE,
            "OpenFlow number %u of bridge %s is asked for twice, by %s and by "
            "%s: give one of them another ofport",
            spec->ofport_request, spec->bridge, twin->is.spec.ifname,
            spec->ifname);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

static bool gets_number(const struct attach *a, const struct vnic *vnic)
{
    bool makes = a->want.task == ATTACH_MAKE || a->want.task == ATTACH_RESTORE;

    return makes && !vnic->is.claimed && !vnic->rows_written &&
           vnic->is.spec.ofport_request;
}

/* All before the first row: those of this call may be on several bridges. */
void number_guard(struct attach *a)
{
    a->number_op = txn_count(&a->txn);
    for (size_t i = 0; i < a->count; i++) {
        const struct vnic *vnic = &a->vnics[i];
        if (!gets_number(a, vnic))
            continue;
        txn_wait_absent(&a->txn, "Interface");
        txn_where_int(&a->txn, "ofport_request", vnic->is.spec.ofport_request);
        for (size_t j = 0; j < vnic->others.count; j++)
            txn_where_not_uuid(&a->txn, vnic->others.uuids[j]);
    }
    a->number_op_count = txn_count(&a->txn) - a->number_op;
}

bool number_is_fault(const struct attach *a, const struct reply_fault *fault)
{
    return fault->kind == REPLY_GUARD && fault->op >= a->number_op &&
           fault->op - a->number_op < a->number_op_count;
}

enum go claim_number(struct attach *a, struct vnic *vnic)
{
    const struct attachment *spec = &vnic->is.spec;
    const struct vnic *twin = find_twin(a, vnic);

    if (!gets_number(a, vnic))
        return GO_ON;
    if (twin)
        return refuse_twins(a, vnic, twin);
    switch (a->at) {
    case NUMBER_ASK:
        return ask(a, spec);
    case NUMBER_SHOWN:
        return a->answer.r < 0                  ? fail_as_answered(a, vnic)
               : a->want.task == ATTACH_RESTORE ? yield_number(a, vnic)
                                                : shown(a, vnic);
    }
    if (a->answer.r <= 0)
        return refuse(a, vnic);
    a->at = NUMBER_ASK; /* others may be in the way */
    return evict(a, vnic) == GO_ON ? GO_STAY : GO_FAIL;
}
