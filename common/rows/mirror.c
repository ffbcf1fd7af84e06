/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A host has few mirrors, so they are found by scanning. A monitor reports of a
 * set that has changed the elements to toggle.
 */
#include "ovsint/rows/mirror.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/switch_look.h"
#include "ovsint/rows/vswitch_plug.h"

static const char *const directions[] = {
    [MIRROR_BOTH] = "both", [MIRROR_IN] = "in", [MIRROR_OUT] = "out"};

const char *mirror_direction_name(enum mirror_direction direction)
{
    return directions[direction];
}

int mirror_direction_parse(const char *text, enum mirror_direction *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(directions); i++) {
        if (strcmp(text, directions[i]) != 0)
            continue;
        *ret = (enum mirror_direction)i;
        return 0;
    }
    return -EINVAL;
}

bool mirror_name_valid(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= MIRROR_NAME_SIZE)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c >= 0x80 || (!isalnum(c) && !strchr("_-.", c)))
            return false;
    }
    return true;
}

void mirrors_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Mirror", "external_ids", "output_port",
                  "select_src_port", "select_dst_port", NULL);
}

static void mirror_done(struct mirror *mirror)
{
    free(mirror->name);
    free(mirror->from);
    free(mirror->to);
    free(mirror->tunnel);
    free(mirror->sent.uuids);
    free(mirror->received.uuids);
}

void mirrors_done(struct mirrors *mirrors)
{
    for (size_t i = 0; i < mirrors->count; i++)
        mirror_done(&mirrors->rows[i]);
    free(mirrors->rows);
    *mirrors = (struct mirrors){0};
}

static bool refs_have(const struct mirror_refs *refs, const char *uuid)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (strcmp(refs->uuids[i], uuid) == 0)
            return true;
    }
    return false;
}

static void refs_toggle(struct mirror_refs *refs, const char *uuid)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (strcmp(refs->uuids[i], uuid) != 0)
            continue;
        refs->count--;
        memmove(refs->uuids[i], refs->uuids[refs->count], OVSDB_UUID_SIZE);
        return;
    }
    refs->uuids = mem_resize(refs->uuids, (refs->count + 1) * OVSDB_UUID_SIZE);
    snprintf(refs->uuids[refs->count++], OVSDB_UUID_SIZE, "%s", uuid);
}

static void read_refs(struct mirror_refs *refs, const struct json *row,
                      const char *column)
{
    for (size_t i = 0; i < row_set_count(row, column); i++) {
        const char *uuid = row_set_uuid(row, column, i);
        if (uuid)
            refs_toggle(refs, uuid);
    }
}

static void apply_columns(struct mirror *mirror, const struct json *row)
{
    const char *output = row_uuid(row, "output_port");

    /* Of a column with at most one element the new value is shown. */
    if (json_get(row, "output_port"))
        snprintf(mirror->output, sizeof(mirror->output), "%s",
                 output ? output : "");
    read_refs(&mirror->sent, row, "select_src_port");
    read_refs(&mirror->received, row, "select_dst_port");
}

static struct mirror *find_row(const struct mirrors *mirrors, const char *uuid)
{
    for (size_t i = 0; i < mirrors->count; i++) {
        if (strcmp(mirrors->rows[i].uuid, uuid) == 0)
            return &mirrors->rows[i];
    }
    return NULL;
}

/* Our keys never change: a mirror is made as it is to be. */
static struct mirror *add_row(struct mirrors *mirrors,
                              const struct row_update *update)
{
    const char *name = row_map_get(update->row, "external_ids", ID_MIRROR);
    const char *from = row_map_get(update->row, "external_ids", ID_MIRROR_FROM);
    const char *to = row_map_get(update->row, "external_ids", ID_MIRROR_TO);
    const char *way =
        row_map_get(update->row, "external_ids", ID_MIRROR_DIRECTION);

    if (!name || !mirror_name_valid(name))
        return NULL;
    mirrors->rows = mem_resize(mirrors->rows,
                               (mirrors->count + 1) * sizeof(*mirrors->rows));
    struct mirror *mirror = &mirrors->rows[mirrors->count++];
    *mirror =
        (struct mirror){.name = mem_copy(name),
                        .from = mem_copy(from ? from : ""),
                        .to = mem_copy(to ? to : ""),
                        .tunnel = mem_copy(row_map_get(
                            update->row, "external_ids", ID_MIRROR_TUNNEL))};
    if (!way || mirror_direction_parse(way, &mirror->direction) < 0)
        mirror->direction = MIRROR_BOTH;
    snprintf(mirror->uuid, sizeof(mirror->uuid), "%s", update->uuid);
    return mirror;
}

static bool apply_row(struct mirrors *mirrors, const struct row_update *update)
{
    struct mirror *mirror = find_row(mirrors, update->uuid);

    if (update->change == ROW_DELETE) {
        if (!mirror)
            return false;
        struct mirror gone = *mirror;
        struct mirror *last = &mirrors->rows[--mirrors->count];
        *mirror = *last;
        *last = (struct mirror){.name = NULL};
        mirror_done(&gone);
        return true;
    }
    if (!mirror && update->change != ROW_MODIFY)
        mirror = add_row(mirrors, update);
    if (!mirror)
        return false; /* somebody else's */
    apply_columns(mirror, update->row);
    return true;
}

bool mirrors_apply(struct mirrors *mirrors, const struct json *updates)
{
    struct row_update update;
    bool changed = false;

    for (size_t i = 0; monitor_update_at(updates, "Mirror", i, &update); i++)
        changed |= apply_row(mirrors, &update);
    return changed;
}

const struct mirror *mirrors_find(const struct mirrors *mirrors,
                                  const char *name)
{
    for (size_t i = 0; i < mirrors->count; i++) {
        if (strcmp(mirrors->rows[i].name, name) == 0)
            return &mirrors->rows[i];
    }
    return NULL;
}

/* Whatever somebody has written: a name that is too long is none of a port of
 * ours. */
bool mirror_next_source(const char **at, char ret[IFNAME_SIZE])
{
    size_t len = strcspn(*at, ",");

    if (**at == '\0')
        return false;
    snprintf(ret, IFNAME_SIZE, "%.*s", (int)(len < IFNAME_SIZE ? len : 0), *at);
    *at += len + ((*at)[len] == ',');
    return true;
}

/* Judging. */

static bool is_known(const struct vswitch_port *port)
{
    return port && port->port_uuid[0] && port->iface_uuid[0];
}

/* What it lacks of a port that is there. */
static bool lacks(const struct mirror *mirror, const struct vswitch_port *port,
                  enum mirror_direction way)
{
    const struct mirror_refs *refs =
        way == MIRROR_OUT ? &mirror->sent : &mirror->received;

    return (mirror->direction == MIRROR_BOTH || mirror->direction == way) &&
           !refs_have(refs, port->port_uuid);
}

struct sources {
    size_t known;     /* their rows are there */
    size_t returning; /* ... may come back */
    bool lacking;     /* the mirror does not refer to one of them */
};

static struct sources count_sources(const struct mirror *mirror,
                                    const struct vswitch_view *ports,
                                    mirror_may_return *may_return,
                                    const void *data)
{
    struct sources sources = {0};
    const char *at = mirror->from;
    char name[IFNAME_SIZE];

    while (mirror_next_source(&at, name)) {
        const struct vswitch_port *port = vswitch_view_find(ports, name);
        if (is_known(port)) {
            sources.known++;
            sources.lacking |= lacks(mirror, port, MIRROR_OUT) ||
                               lacks(mirror, port, MIRROR_IN);
        } else if (may_return && may_return(data, name)) {
            sources.returning++;
        }
    }
    return sources;
}

/* Ports of others are not in the view: a reference tells that one is there. */
static bool copies_something(const struct mirror *mirror,
                             const struct sources *sources)
{
    return mirror->from[0] == '\0' || sources->known || mirror->sent.count ||
           mirror->received.count;
}

enum mirror_verdict mirror_judge(const struct mirror *mirror,
                                 const struct vswitch_view *ports,
                                 mirror_may_return *may_return,
                                 const void *data)
{
    const struct vswitch_port *to = vswitch_view_find(ports, mirror->to);
    struct sources sources = count_sources(mirror, ports, may_return, data);
    bool to_lacks = is_known(to) && strcmp(to->port_uuid, mirror->output) != 0;

    if (!is_known(to) && (mirror->to[0] || !mirror->output[0])) {
        if (!may_return || !mirror->to[0] || !may_return(data, mirror->to))
            return MIRROR_NO_OUTPUT;
        return MIRROR_WAITS;
    }
    if (!copies_something(mirror, &sources))
        return sources.returning ? MIRROR_WAITS : MIRROR_NO_SOURCES;
    return to_lacks || sources.lacking ? MIRROR_REFERS : MIRROR_FINE;
}

const char *mirror_verdict_name(enum mirror_verdict verdict)
{
    switch (verdict) {
    case MIRROR_FINE:
        return "copying";
    case MIRROR_WAITS:
    case MIRROR_REFERS:
        return "waiting for the guardian";
    case MIRROR_NO_SOURCES:
        return "its sources are gone";
    case MIRROR_NO_OUTPUT:
        return "its output is gone";
    }
    return "unknown";
}

/* Transactions. */

void mirror_refer(const struct mirror *mirror, const struct vswitch_view *ports,
                  struct txn *txn)
{
    const struct vswitch_port *to = vswitch_view_find(ports, mirror->to);
    const char *at = mirror->from;
    char name[IFNAME_SIZE];

    while (mirror_next_source(&at, name)) {
        const struct vswitch_port *port = vswitch_view_find(ports, name);
        if (!is_known(port))
            continue;
        txn_mutate(txn, "Mirror");
        txn_where_uuid(txn, mirror->uuid);
        if (mirror->direction != MIRROR_IN)
            txn_add_uuid(txn, "select_src_port", port->port_uuid);
        if (mirror->direction != MIRROR_OUT)
            txn_add_uuid(txn, "select_dst_port", port->port_uuid);
    }
    if (is_known(to)) {
        txn_update(txn, "Mirror");
        txn_where_uuid(txn, mirror->uuid);
        txn_set_uuid(txn, "output_port", to->port_uuid);
    }
    switch_look(txn);
}

void mirror_remove(const struct mirror *mirror, struct txn *txn)
{
    char name[IFNAME_SIZE];

    txn_mutate(txn, "Bridge");
    txn_where_ref(txn, "mirrors", mirror->uuid);
    txn_remove_uuid(txn, "mirrors", mirror->uuid);
    switch_look(txn);
    if (!mirror->tunnel || !mirror->output[0])
        return;
    mirror_tunnel_name(mirror->name, name);
    vswitch_remove(txn, mirror->output, name);
}

void mirror_tunnel_name(const char *mirror, char ret[IFNAME_SIZE])
{
    names_port(mirror, "mirror", 0, ret);
    ret[1] = 'm';
}

static void guard_ports(const struct mirror_draft *draft, struct txn *txn)
{
    for (size_t i = 0; i < draft->source_count; i++) {
        txn_wait_present(txn, "Port");
        txn_where_uuid(txn, draft->sources[i].uuid);
    }
    if (!draft->to)
        return;
    txn_wait_present(txn, "Port");
    txn_where_uuid(txn, draft->to->uuid);
}

static void make_tunnel(const struct mirror_draft *draft, struct txn *txn)
{
    char name[IFNAME_SIZE], remote[IP_TEXT_SIZE], key[24];

    mirror_tunnel_name(draft->name, name);
    ip_format(&draft->remote, remote);
    snprintf(key, sizeof(key), "%lld", (long long)draft->key);
    txn_insert(txn, "Interface", "tunnel_interface");
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", draft->tunnel);
    txn_set_map(txn, "options");
    txn_pair(txn, "remote_ip", remote);
    txn_pair(txn, "key", draft->key < 0 ? NULL : key);
    txn_pair(txn, "erspan_ver",
             strcmp(draft->tunnel, "erspan") == 0 ? "1" : NULL);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_MIRROR, draft->name);
    txn_insert(txn, "Port", "tunnel_port");
    txn_set_string(txn, "name", name);
    txn_set_named(txn, "interfaces", "tunnel_interface");
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_MIRROR, draft->name);
}

static void set_sources(const struct mirror_draft *draft, const char *column,
                        struct txn *txn)
{
    txn_set_set(txn, column);
    for (size_t i = 0; i < draft->source_count; i++)
        txn_item_uuid(txn, draft->sources[i].uuid);
}

static void describe(const struct mirror_draft *draft, struct txn *txn)
{
    auto_buf struct buf from = BUF_INIT(MIRROR_FROM_SIZE);
    auto_buf struct buf tunnel = BUF_INIT(128);
    char remote[IP_TEXT_SIZE];

    for (size_t i = 0; i < draft->source_count; i++)
        buf_addf(&from, "%s%s", i ? "," : "", draft->sources[i].name);
    if (!draft->to) {
        ip_format(&draft->remote, remote);
        buf_addf(&tunnel, "%s %s", draft->tunnel, remote);
    }
    if (!draft->to && draft->key >= 0)
        buf_addf(&tunnel, " key %lld", (long long)draft->key);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_MIRROR, draft->name);
    txn_pair(txn, ID_MIRROR_FROM, buf_text(&from));
    txn_pair(txn, ID_MIRROR_TO, draft->to ? draft->to->name : NULL);
    txn_pair(txn, ID_MIRROR_TUNNEL, draft->to ? NULL : buf_text(&tunnel));
    txn_pair(txn, ID_MIRROR_DIRECTION, mirror_direction_name(draft->direction));
}

static void make_row(const struct mirror_draft *draft, struct txn *txn)
{
    txn_insert(txn, "Mirror", "mirror");
    txn_set_string(txn, "name", draft->name);
    if (draft->source_count == 0)
        txn_set_bool(txn, "select_all", true);
    if (draft->source_count && draft->direction != MIRROR_IN)
        set_sources(draft, "select_src_port", txn);
    if (draft->source_count && draft->direction != MIRROR_OUT)
        set_sources(draft, "select_dst_port", txn);
    if (!vlan_set_empty(&draft->vlans)) {
        txn_set_set(txn, "select_vlan");
        for (unsigned vlan = 0; vlan < VLAN_COUNT; vlan++) {
            if (vlan_set_has(&draft->vlans, vlan))
                txn_item_int(txn, vlan);
        }
    }
    if (draft->snaplen)
        txn_set_int(txn, "snaplen", draft->snaplen);
    if (draft->to)
        txn_set_uuid(txn, "output_port", draft->to->uuid);
    else
        txn_set_named(txn, "output_port", "tunnel_port");
    describe(draft, txn);
}

void mirror_make(const struct mirror_draft *draft, struct txn *txn)
{
    txn_wait_absent(txn, "Mirror");
    txn_where_pair(txn, "external_ids", ID_MIRROR, draft->name);
    guard_ports(draft, txn);
    if (!draft->to)
        make_tunnel(draft, txn);
    make_row(draft, txn);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", draft->bridge);
    if (!draft->to)
        txn_add_named(txn, "ports", "tunnel_port");
    txn_add_named(txn, "mirrors", "mirror");
    switch_look(txn);
}
