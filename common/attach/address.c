/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Chooses addresses if the network leaves that to us, and settles what to do if
 * the transaction finds one held. Only then are the rows of a segment read.
 * Ports of containers that have ended unnoticed are searched for only if they
 * are in the way, as each costs a walk through /proc. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/base/limits.h"
#include "ovsint/config/ipam.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

enum {
    HOLDER_ASK = ADDRESS_FIRST_STATE,
    HOLDER_SHOWN,     /* the holder's Port */
    HOLDER_INTERFACE, /* its Interface, which has its namespace */
    HOLDER_JUDGED,
    SEGMENT_SHOWN, /* all addresses of the segment */
    SUSPECTS_SHOWN,
    SUSPECT_JUDGED,
    SUSPECTS_REMOVED,
};

void holder_done(struct holder_at *holder)
{
    for (size_t i = 0; i < holder->suspect_count; i++) {
        free(holder->suspects[i].netns);
        free(holder->suspects[i].netns_id);
        free(holder->suspects[i].pidns);
    }
    free(holder->suspects);
    txn_done(&holder->removal);
    *holder = (struct holder_at){0};
}

/* Choosing an address. */

static void add_taken(struct attach *a, const struct ip *ip)
{
    a->taken = mem_resize(a->taken, (a->taken_count + 1) * sizeof(*a->taken));
    a->taken[a->taken_count++] = *ip;
}

static bool same_segment(const struct attachment *left,
                         const struct attachment *right)
{
    return left->vlan == right->vlan &&
           strcmp(left->bridge, right->bridge) == 0 &&
           strcmp(left->ovn, right->ovn) == 0;
}

/* All that may not be chosen: `used`, what was found taken before, and what the
 * holder's other vNICs have or ask for. */
static struct ip *all_taken(const struct attach *a, const struct vnic *vnic,
                            const struct ip *used, size_t used_count,
                            size_t *ret_count)
{
    size_t most = used_count + a->taken_count + a->count * LIMIT_ADDRESSES;
    struct ip *all = mem_new(most * sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < used_count; i++)
        all[count++] = used[i];
    for (size_t i = 0; i < a->taken_count; i++)
        all[count++] = a->taken[i];
    for (size_t i = 0; i < a->count; i++) {
        const struct attachment *other = &a->vnics[i].is.spec;
        if (&a->vnics[i] == vnic || !same_segment(other, vnic->asked->spec))
            continue;
        for (size_t j = 0; j < other->ip_count; j++)
            all[count++] = other->ip[j].ip;
    }
    qsort(all, count, sizeof(*all), ipam_compare);
    *ret_count = count;
    return all;
}

/* A container that comes back finds its old address. On a logical switch each
 * further guess begins elsewhere: beside an address that is held others are
 * held, too. */
static uint64_t search_begin(const struct attach *a,
                             const struct attachment *spec)
{
    uint64_t begin = names_hash(a->want.holder.id, spec->ifname);

    return spec->ovn[0] ? begin + a->taken_count * 0x9e3779b97f4a7c15 : begin;
}

int address_choose(struct attach *a, struct vnic *vnic, const struct ip *used,
                   size_t used_count, struct err *err)
{
    size_t count;

    if (!vnic->asked->spec || !vnic->asked->spec->ip_auto)
        return 0;
    struct attachment spec = *vnic->asked->spec;
    spec.mtu = vnic->is.spec.mtu; /* that of the tunnels, if none was given */
    auto_free struct ip *taken = all_taken(a, vnic, used, used_count, &count);
    int r = ipam_fill(&spec, vnic->asked->network, search_begin(a, &spec),
                      taken, count, err);
    if (r < 0)
        return r;
    /* With it the row tells which addresses were chosen and which were asked
     * for. */
    spec.ip_auto = true;
    vnic->is.spec = spec;
    return 0;
}

static void segment_of(const struct attach *a, struct buf *ret)
{
    attachment_segment(&a->holder.vnic->is.spec, ret);
}

/* Chooses again, now knowing all addresses of the segment. */
static enum go ask_segment(struct attach *a)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);

    segment_of(a, &segment);
    vswitch_select_segment(begin_txn(a), buf_text(&segment));
    return ask_send(a, SEGMENT_SHOWN);
}

/* The select is the last operation, as begin_txn() may have added one
 * before. */
static size_t select_op(const struct attach *a)
{
    return txn_count(&a->txn) - 1;
}

/* Asks who holds the address. */

static enum go ask_holder(struct attach *a)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    const struct holder_at *holder = &a->holder;

    segment_of(a, &segment);
    vswitch_select_address(begin_txn(a),
                           &holder->vnic->is.spec.ip[holder->address].ip,
                           buf_text(&segment));
    return ask_send(a, HOLDER_SHOWN);
}

static void refuse_held(struct attach *a, const struct json *row)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    const struct holder_at *at = &a->holder;
    const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);
    const char *port = row_string(row, "name");
    char text[IP_TEXT_SIZE];

    segment_of(a, &segment);
    ip_format(&at->vnic->is.spec.ip[at->address].ip, text);
    err_set(&a->holder.refusal, EADDRINUSE,
            "address %s of segment %s is held by container %s (port %s): "
            "choose another one, or remove that port if its container is gone",
            text, buf_text(&segment), holder ? holder : "unknown",
            port ? port : "unknown");
}

static enum go refuse(struct attach *a)
{
    a->failure.err = a->holder.refusal;
    if (a->holder.is_lease)
        return fail_for(a, a->holder.vnic, ATTACH_FOR_OTHER_REASONS);
    a->failure.address = a->holder.address;
    return fail_for(a, a->holder.vnic, ATTACH_ADDRESS_HELD);
}

static bool is_of_this_boot(const struct attach *a, const struct json *row)
{
    const char *owner = row_map_get(row, "external_ids", ID_OWNER);
    const char *boot = row_map_get(row, "external_ids", ID_BOOT);

    return owner && strcmp(owner, a->want.owner) == 0 && boot &&
           strcmp(boot, a->want.boot) == 0;
}

static enum go evict_holder(struct attach *a)
{
    const struct eviction *port = &a->holder.port;

    if (attach_evict(a, port->port_uuid, port->name, &a->failure.err) < 0)
        return fail_for(a, a->holder.vnic, ATTACH_FOR_OTHER_REASONS);
    return GO_ON;
}

/* Notes the port of that row. If its name is none that we give it is somebody
 * else's, whatever the row says. */
static void note_holder(struct attach *a, const struct json *row)
{
    const char *uuid = row_uuid(row, "_uuid");
    const char *name = row_string(row, "name");
    struct eviction *port = &a->holder.port;

    a->holder.is_ours = uuid && name && names_is_ours(name);
    if (!a->holder.is_ours)
        return;
    snprintf(port->port_uuid, sizeof(port->port_uuid), "%s", uuid);
    snprintf(port->name, sizeof(port->name), "%.15s", name);
}

/* Only the Interface has the namespace. */
static enum go ask_interface(struct attach *a)
{
    struct txn *txn = begin_txn(a);

    txn_select(txn, "Interface", "external_ids", NULL);
    txn_where_string(txn, "name", a->holder.port.name);
    return ask_send(a, HOLDER_INTERFACE);
}

static enum go holder_shown(struct attach *a)
{
    const struct holder_at *holder = &a->holder;
    const struct json *row =
        reply_row(a->answer.outcome->result, select_op(a), 0);
    bool is_asked_for = holder->is_lease ||
                        holder->address < holder->vnic->asked->spec->ip_count;

    if (!row)
        return GO_ON; /* it has gone meanwhile */
    note_holder(a, row);
    if (holder->is_ours &&
        vswitch_row_is_dead(row, a->want.owner, a->want.boot))
        return evict_holder(a);
    if (!is_asked_for) {
        add_taken(a, &holder->vnic->is.spec.ip[holder->address].ip);
        return ask_segment(a);
    }
    if (!holder->is_lease)
        refuse_held(a, row);
    return holder->is_ours && is_of_this_boot(a, row) ? ask_interface(a)
                                                      : refuse(a);
}

static enum go ask_whether_ended(struct attach *a,
                                 const struct suspect *suspect, int at)
{
    enum go go = ask_device(a, ATTACH_STEP_HAS_ENDED, a->i, NULL, at);

    a->todo.netns = suspect->netns;
    a->todo.netns_id = suspect->netns_id;
    a->todo.pidns = suspect->pidns;
    return go;
}

static char *copy_id(const struct json *row, const char *key)
{
    return mem_copy(row_map_get(row, "external_ids", key));
}

static struct suspect *add_suspect(struct attach *a, const struct json *row)
{
    struct holder_at *holder = &a->holder;

    holder->suspects =
        mem_resize(holder->suspects,
                   (holder->suspect_count + 1) * sizeof(*holder->suspects));
    struct suspect *suspect = &holder->suspects[holder->suspect_count++];
    *suspect = (struct suspect){.netns = copy_id(row, ID_NETNS),
                                .netns_id = copy_id(row, ID_NETNS_ID),
                                .pidns = copy_id(row, ID_PIDNS)};
    return suspect;
}

bool address_may_have_ended(const struct attach *a,
                            const struct json *interface)
{
    return is_of_this_boot(a, interface);
}

enum go address_ask_ended(struct attach *a, const struct json *interface,
                          int at)
{
    return ask_whether_ended(a, add_suspect(a, interface), at);
}

static enum go holder_interface(struct attach *a)
{
    const struct json *row =
        reply_row(a->answer.outcome->result, select_op(a), 0);

    if (!row || !is_of_this_boot(a, row))
        return refuse(a);
    return address_ask_ended(a, row, HOLDER_JUDGED);
}

/* The search for another address. */

/* Asks for the Ports of the segment, then for Interfaces of ours. */
static enum go ask_suspects(struct attach *a)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    struct txn *txn = begin_txn(a);

    segment_of(a, &segment);
    txn_select(txn, "Interface", "name", "external_ids", NULL);
    txn_where_pair(txn, "external_ids", ID_OWNER, a->want.owner);
    txn_select(txn, "Port", "_uuid", "name", "external_ids", NULL);
    txn_where_pair(txn, "external_ids", ID_SEGMENT, buf_text(&segment));
    return ask_send(a, SUSPECTS_SHOWN);
}

static enum go segment_shown(struct attach *a)
{
    struct holder_at *holder = &a->holder;
    auto_free struct ip *used = NULL;
    struct err err = {0};

    size_t count = vswitch_used(a->answer.outcome->result, select_op(a),
                                a->want.owner, a->want.boot, &used);
    int r = address_choose(a, holder->vnic, used, count, &err);
    if (r >= 0)
        return GO_ON;
    if (r == -ENOSPC && !holder->collected) {
        holder->full = err;
        return ask_suspects(a);
    }
    a->failure.err = err;
    return fail_for(a, holder->vnic, ATTACH_FOR_OTHER_REASONS);
}

static const struct json *row_named(const struct json *result, size_t op,
                                    const char *name)
{
    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const struct json *row = reply_row(result, op, i);
        const char *is = row_string(row, "name");
        if (is && strcmp(is, name) == 0)
            return row;
    }
    return NULL;
}

static void note_suspect(struct attach *a, const struct json *port,
                         const struct json *interface)
{
    const char *name = row_string(port, "name");
    const char *uuid = row_uuid(port, "_uuid");

    if (!interface || !uuid || !name || !names_is_ours(name) ||
        !is_of_this_boot(a, interface))
        return;
    struct eviction *eviction = &add_suspect(a, interface)->port;
    snprintf(eviction->port_uuid, sizeof(eviction->port_uuid), "%s", uuid);
    snprintf(eviction->name, sizeof(eviction->name), "%.15s", name);
}

static enum go refuse_full(struct attach *a)
{
    a->failure.err = a->holder.full;
    return fail_for(a, a->holder.vnic, ATTACH_FOR_OTHER_REASONS);
}

/* Asks about the next suspect. After the last one, those that have ended are
 * removed. */
static enum go next_suspect(struct attach *a)
{
    struct holder_at *holder = &a->holder;

    if (holder->suspect < holder->suspect_count &&
        holder->removed < LIMIT_COLLECTED && !attach_is_over(a))
        return ask_whether_ended(a, &holder->suspects[holder->suspect],
                                 SUSPECT_JUDGED);
    if (holder->removed == 0)
        return refuse_full(a);
    txn_done(&a->txn);
    a->txn = holder->removal;
    holder->removal = (struct txn){0};
    return ask_send(a, SUSPECTS_REMOVED);
}

static enum go suspects_shown(struct attach *a)
{
    const struct json *result = a->answer.outcome->result;
    size_t op = select_op(a);

    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const struct json *port = reply_row(result, op, i);
        const char *name = row_string(port, "name");
        if (name)
            note_suspect(a, port, row_named(result, op - 1, name));
    }
    init_txn(a, &a->holder.removal);
    return next_suspect(a);
}

static enum go suspect_judged(struct attach *a)
{
    struct holder_at *holder = &a->holder;
    const struct eviction *port = &holder->suspects[holder->suspect++].port;

    if (a->answer.r > 0) {
        vswitch_remove(&holder->removal, port->port_uuid, port->name);
        holder->removed++;
    }
    return next_suspect(a);
}

static enum go suspects_removed(struct attach *a)
{
    if (a->answer.r < 0)
        return refuse_full(a);
    /* Some of what was found taken may just have been removed. */
    a->taken_count = 0;
    a->holder.collected = a->collected = true;
    return ask_segment(a);
}

enum go address_settle(struct attach *a)
{
    bool asks_rows = a->at != HOLDER_JUDGED && a->at != SUSPECT_JUDGED;

    /* A container that cannot be judged counts as alive. */
    if (a->answer.r < 0 && a->at == SUSPECTS_SHOWN)
        return refuse_full(a);
    if (a->answer.r < 0 && asks_rows && a->at >= HOLDER_SHOWN &&
        a->at != SUSPECTS_REMOVED)
        return fail_as_answered(a, a->holder.vnic);
    switch (a->at) {
    case HOLDER_ASK:
        return ask_holder(a);
    case HOLDER_SHOWN:
        return holder_shown(a);
    case HOLDER_INTERFACE:
        return holder_interface(a);
    case HOLDER_JUDGED:
        return a->answer.r > 0 ? evict_holder(a) : refuse(a);
    case SEGMENT_SHOWN:
        return segment_shown(a);
    case SUSPECTS_SHOWN:
        return suspects_shown(a);
    case SUSPECT_JUDGED:
        return suspect_judged(a);
    }
    return suspects_removed(a);
}
