/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ports on logical switches of OVN. In this order:
 *
 *   1. LOOK: one question to each database tells what this host is to OVN,
 *      which switches there are, and whether the port group is there. The MTU
 *      is what the tunnels carry.
 *   2. CLAIM: the logical ports are written beside the rows: ovn_write().
 *   3. PLACE: ovn-controller says that it has installed the port's flows.
 *   4. RELEASE: logical ports go after their ports. If the northbound database
 *      is away they stay, and harm nobody: nothing binds them. The daemon of
 *      this host collects them.
 *
 * Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/base/limits.h"
#include "ovsint/rows/port_name.h"

/* The rows have gone, and nobody waits for the rest. */
#define RELEASE_MS 1000

bool ovn_is_logical(const struct vnic *vnic)
{
    return vnic->is.spec.ovn[0] && !vnic->is.claimed;
}

static bool any_is_logical(const struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (ovn_is_logical(&a->vnics[i]))
            return true;
    }
    return false;
}

/* 1. LOOK. */

/* The selects, in this order: of the group, of physical networks, then one of
 * each vNIC on a logical switch. */
static void read_switches(struct attach *a, const struct json *result)
{
    size_t op = 2;

    a->northbound_err.code = 0;
    a->has_group = reply_row_count(result, 0) > 0;
    northbound_read_localnets(result, 1, &a->localnets);
    for (size_t i = 0; i < a->count && a->northbound_err.code == 0; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (!ovn_is_logical(vnic))
            continue;
        if (northbound_read_look(result, op, vnic->is.spec.ovn, &vnic->on,
                                 &a->northbound_err) < 0)
            a->failure.vnic = i;
        op++;
    }
}

static void read_looks(struct attach *a, bool is_northbound,
                       const struct json *result)
{
    if (is_northbound)
        read_switches(a, result);
    else
        chassis_read(result, txn_count(&a->txn) - 1, &a->chassis);
}

enum go ovn_ask_switches(struct attach *a, bool asks_chassis, int at)
{
    struct txn *txn = begin_northbound(a);

    northbound_look_group(txn);
    northbound_look_localnets(txn);
    for (size_t i = 0; i < a->count; i++) {
        if (ovn_is_logical(&a->vnics[i]))
            northbound_look(txn, a->vnics[i].is.spec.ovn);
    }
    if (asks_chassis)
        chassis_select(begin_txn(a));
    return ask_send_both(a, asks_chassis, true, read_looks, at);
}

enum { LOOK_BEGIN, LOOK_SHOWN, LOOK_PHYSICAL, LOOK_UNDERLAY };

enum go ovn_fail_no_bridge(struct attach *a, const struct vnic *vnic)
{
    err_set(&a->failure.err, ENODEV,
            "there is no bridge %s, which ovn-controller makes when it has "
            "begun: has it run on this host?",
            vnic->is.spec.bridge);
    return fail_for(a, vnic, ATTACH_NO_BRIDGE);
}

void ovn_set_failure(struct attach *a)
{
    struct err *err = &a->failure.err;

    *err = a->northbound_reply.err;
    err_wrap(err, "OVN's northbound database");
    not_of_database(err);
}

static enum go look_unanswered(struct attach *a)
{
    ovn_set_failure(a);
    return fail_for(a, &a->vnics[a->failure.vnic], ATTACH_FOR_OTHER_REASONS);
}

static enum go look_failed(struct attach *a, const struct err *err)
{
    a->failure.err = *err;
    return fail_for(a, &a->vnics[a->failure.vnic], ATTACH_FOR_OTHER_REASONS);
}

static struct vnic *first_logical(struct attach *a)
{
    size_t i = 0;

    while (!ovn_is_logical(&a->vnics[i]))
        i++;
    a->failure.vnic = i;
    return &a->vnics[i];
}

static bool any_needs_tunnel(const struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (ovn_is_logical(&a->vnics[i]) && !a->vnics[i].on.is_physical)
            return true;
    }
    return false;
}

static enum go ask_underlay(struct attach *a)
{
    if (!any_needs_tunnel(a))
        return GO_ON;
    return ask_device(a, ATTACH_STEP_UNDERLAY, a->i, a->chassis.encap_ips,
                      LOOK_UNDERLAY);
}

static void read_physical(struct attach *a, bool is_northbound,
                          const struct json *result)
{
    size_t op = 0;

    (void)is_northbound;
    for (size_t i = 0; i < a->count; i++) {
        if (!ovn_is_logical(&a->vnics[i]))
            continue;
        northbound_read_physical(result, op, &a->localnets, &a->vnics[i].on);
        op += a->localnets.count;
    }
}

static enum go ask_physical(struct attach *a)
{
    struct txn *txn = begin_northbound(a);

    for (size_t i = 0; i < a->count; i++) {
        if (ovn_is_logical(&a->vnics[i]))
            northbound_look_physical(txn, &a->vnics[i].on, &a->localnets);
    }
    return ask_send_both(a, false, true, read_physical, LOOK_PHYSICAL);
}

static enum go looked(struct attach *a)
{
    size_t failed = a->failure.vnic;
    struct vnic *vnic = first_logical(a);

    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    if (a->northbound_reply.r < 0)
        return look_unanswered(a);
    if (chassis_check(&a->chassis, vnic->is.spec.bridge, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    if (a->northbound_err.code) {
        a->failure.vnic = failed;
        return look_failed(a, &a->northbound_err);
    }
    if (!vswitch_bridges_find(&a->view->bridges, vnic->is.spec.bridge) &&
        a->view->bridges.count)
        return ovn_fail_no_bridge(a, vnic);
    return a->localnets.count ? ask_physical(a) : ask_underlay(a);
}

static enum go physical_shown(struct attach *a)
{
    return a->northbound_reply.r < 0 ? look_unanswered(a) : ask_underlay(a);
}

/* Too large a packet is dropped at the tunnel without a word: no "fragmentation
 * needed" is sent, as Geneve's outer packet may not be fragmented. */
static enum go limit_mtu(struct attach *a, struct vnic *vnic, unsigned underlay)
{
    unsigned most = underlay - a->chassis.overhead;
    struct attachment *spec = &vnic->is.spec;

    if (vnic->on.is_physical)
        return GO_ON;
    if (!spec->mtu)
        spec->mtu = most;
    if (spec->mtu <= most)
        return GO_ON;
    err_set(&a->failure.err, EMSGSIZE,
            "mtu %u: OVN's tunnels carry %u, as the device with address %s has "
            "an MTU of %u and their headers take %u: ask for mtu=%u or less, "
            "or leave it out",
            spec->mtu, most, a->chassis.encap_ips, underlay,
            a->chassis.overhead, most);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

static enum go underlay_shown(struct attach *a)
{
    struct vnic *vnic = first_logical(a);

    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    if (chassis_mtu(&a->chassis, (unsigned)a->answer.r, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    for (size_t i = 0; i < a->count; i++) {
        if (ovn_is_logical(&a->vnics[i]) &&
            limit_mtu(a, &a->vnics[i], (unsigned)a->answer.r) == GO_FAIL)
            return GO_FAIL;
    }
    return GO_ON;
}

enum go ovn_look(struct attach *a)
{
    if (a->want.task != ATTACH_MAKE || !any_is_logical(a))
        return GO_ON;
    switch (a->at) {
    case LOOK_BEGIN:
        return ovn_ask_switches(a, true, LOOK_SHOWN);
    case LOOK_SHOWN:
        return looked(a);
    case LOOK_PHYSICAL:
        return physical_shown(a);
    }
    return underlay_shown(a);
}

/* 2. CLAIM. */

bool ovn_had(const struct vnic *vnic, const struct ip *ip)
{
    for (size_t i = 0; i < vnic->had_count; i++) {
        if (ip_equal(&vnic->had[i].ip, ip))
            return true;
    }
    return false;
}

bool ovn_has_changed(const struct vnic *vnic)
{
    const struct attachment *spec = &vnic->is.spec;

    if (spec->ip_count != vnic->had_count)
        return true;
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (!ovn_had(vnic, &spec->ip[i].ip))
            return true;
    }
    return false;
}

/* If another call's port is joined instead of ours, the logical port of ours
 * has no port. */
static void evict_unused(struct attach *a, struct vnic *vnic)
{
    if (!vnic->logical_written || strcmp(vnic->is.port, vnic->asked->name) == 0)
        return;
    name_list_add(&a->logical_evicted, vnic->asked->name);
    vnic->logical_written = false;
}

/* Of two interfaces of one container on a switch, the first one has the
 * name. */
static const char *name_of(const struct attach *a, const struct vnic *vnic)
{
    const struct attachment *spec = &vnic->is.spec;

    if (!spec->dns_name[0] || vnic->nameless)
        return NULL;
    for (const struct vnic *other = a->vnics; other < vnic; other++) {
        if (ovn_is_logical(other) &&
            strcmp(other->is.spec.ovn, spec->ovn) == 0 &&
            strcmp(other->is.spec.dns_name, spec->dns_name) == 0)
            return NULL;
    }
    return spec->dns_name;
}

static void write_logical(struct attach *a, struct vnic *vnic,
                          const struct vswitch_identity *identity)
{
    vnic->logical_sent = false;
    if (!ovn_is_logical(vnic) || (vnic->logical_written && vnic->rows_written))
        return;
    vnic->logical = (struct northbound_plug){
        .identity = identity,
        .host = a->chassis.name,
        .now_ms = a->now_ms,
        .on = &vnic->on,
        .attachment = &vnic->is.spec,
        .port = vnic->is.port,
        .mac = vnic->is.mac,
        .name = name_of(a, vnic),
        .is_there = vnic->logical_written,
    };
    northbound_plug(&a->northbound, &vnic->logical);
    vnic->logical_sent = true;
    name_list_add(&a->logical_armed, vnic->is.port);
}

void ovn_write(struct attach *a)
{
    struct vswitch_identity identity = attach_identity(a);
    struct txn *txn = begin_northbound(a);
    bool is_logical = any_is_logical(a);

    for (size_t i = 0; i < a->count; i++)
        evict_unused(a, &a->vnics[i]);
    for (size_t i = 0; is_logical && i < a->evictions.count; i++)
        name_list_add(&a->logical_evicted, a->evictions.list[i].name);
    for (size_t i = 0; i < a->logical_evicted.count; i++)
        northbound_unplug(txn, a->logical_evicted.names[i]);
    if (is_logical && !a->has_group)
        northbound_add_group(txn);
    else if (is_logical)
        northbound_renew_group(txn);
    for (size_t i = 0; i < a->count; i++)
        write_logical(a, &a->vnics[i], &identity);
}

static void note_rows(struct attach *a)
{
    a->evictions.count = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (vnic->is.claimed)
            continue;
        vnic->rows_written = true;
        memcpy(vnic->had, vnic->is.spec.ip, sizeof(vnic->had));
        vnic->had_count = vnic->is.spec.ip_count;
    }
}

static void note_logical(struct attach *a)
{
    a->has_group = true;
    a->logical_evicted.count = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (a->vnics[i].logical_sent)
            a->vnics[i].logical_written = true;
    }
}

void ovn_note_written(struct attach *a)
{
    if (a->todo.txn && a->reply.r >= 0)
        note_rows(a);
    if (a->northbound_reply.r >= 0)
        note_logical(a);
}

/* 3. PLACE. */

/* The key is true for a port that was just inserted. Of one that was there it
 * may be out of date: it is not waited for. */
bool ovn_awaits_installed(const struct attach *a, const struct vnic *vnic)
{
    if (a->want.task != ATTACH_MAKE || !vnic->is.spec.ovn[0] ||
        vnic->is.is_theirs || a->want.until < ATTACH_READY)
        return false;
    return a->want.mover == ATTACH_BY_THEM || !vnic->is.present;
}

enum { INSTALLED_LOOK, INSTALLED_ANNOUNCED };

/* The logical switch drops all of a port without flows. An announcement that is
 * dropped does harm as well: the switch remembers what became of it, and for a
 * moment does the same with the next one. */
static enum go announce_installed(struct attach *a, const struct vnic *vnic)
{
    if (a->want.mover != ATTACH_BY_US || a->want.until < ATTACH_PLACE)
        return GO_ON;
    return ask_device(a, ATTACH_STEP_ANNOUNCE, a->i, vnic->is.port,
                      INSTALLED_ANNOUNCED);
}

enum go ovn_await_installed(struct attach *a, struct vnic *vnic)
{
    if (!ovn_awaits_installed(a, vnic))
        return GO_ON;
    if (a->at == INSTALLED_ANNOUNCED)
        return a->answer.r < 0 ? fail_as_answered(a, vnic) : GO_ON;
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);
    if (!port) {
        err_set(&a->failure.err, ENOENT,
                "port %s was removed by somebody before OVN had installed it",
                vnic->is.port);
        return fail_for(a, vnic, ATTACH_ROW_GONE);
    }
    if (vswitch_port_id_is(port, ID_OVN_INSTALLED, "true"))
        return announce_installed(a, vnic);
    if (!attach_is_over(a))
        return ask_wait(a, a->deadline_ms, INSTALLED_LOOK);
    err_set(&a->failure.err, ETIMEDOUT,
            "ovn-controller did not install the flows of port %s within %u ms: "
            "does it run, does it reach the southbound database, and does "
            "ovn-northd run?",
            vnic->is.port, a->want.timeout_ms);
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

/* 4. RELEASE. */

/* Of what this call has asked for, the logical ports without a port. */
static void note_armed(struct attach *a)
{
    for (size_t i = 0; i < a->logical_armed.count; i++) {
        const char *name = a->logical_armed.names[i];
        if (!vswitch_view_find(a->view, name))
            name_list_add(&a->logical_leaving, name);
    }
}

enum { RELEASE_LOGICAL, RELEASED_LOGICAL };

enum go ovn_release(struct attach *a)
{
    if (a->at == RELEASED_LOGICAL)
        return GO_ON; /* what stays is collected later */
    if (a->failed)
        note_armed(a);
    if (a->logical_leaving.count == 0)
        return GO_ON;
    struct txn *txn = begin_northbound(a);
    for (size_t i = 0; i < a->logical_leaving.count; i++)
        northbound_unplug(txn, a->logical_leaving.names[i]);
    enum go go = ask_send_both(a, false, true, NULL, RELEASED_LOGICAL);
    if (a->now_ms + RELEASE_MS < a->todo.until_ms)
        a->todo.until_ms = a->now_ms + RELEASE_MS;
    return go;
}
