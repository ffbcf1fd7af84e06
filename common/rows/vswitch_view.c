/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The view of our ports. Rows of a port arrive and leave in any order; the port
 * is dropped when both are gone.
 */
#include "ovsint/rows/vswitch_view.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/list.h"
#include "ovsint/ovsdb/row.h"

void vswitch_member_key(const char *container, char ret[ID_KEY_SIZE])
{
    snprintf(ret, ID_KEY_SIZE, ID_MEMBER_PREFIX "%s", container);
}

void vswitch_address_key(const struct ip *ip, char ret[ID_KEY_SIZE])
{
    char text[IP_TEXT_SIZE];

    ip_format(ip, text);
    snprintf(ret, ID_KEY_SIZE, ID_IP_PREFIX "%s", text);
}

static void watch_scope(struct monitor *monitor,
                        const struct vswitch_scope *scope)
{
    if (scope->container) {
        char key[ID_KEY_SIZE];
        vswitch_member_key(scope->container, key);
        monitor_where_pair(monitor, "external_ids", key, "");
    }
    if (scope->netns_id)
        monitor_where_pair(monitor, "external_ids", ID_NETNS_ID,
                           scope->netns_id);
    for (size_t i = 0; i < scope->fit_count; i++)
        monitor_where_pair(monitor, "external_ids", ID_POOL, scope->fits[i]);
    for (size_t i = 0; i < ARRAY_LEN(scope->owners); i++) {
        if (scope->owners[i])
            monitor_where_pair(monitor, "external_ids", ID_OWNER,
                               scope->owners[i]);
    }
}

void vswitch_watch(struct monitor *monitor, const char *name,
                   const struct vswitch_scope *scope)
{
    monitor_init(monitor, OVSDB_NAME, name);
    monitor_table(monitor, "Interface", "name", "ofport", "ifindex", "error",
                  "external_ids", NULL);
    watch_scope(monitor, scope);
    monitor_table(monitor, "Port", "name", "external_ids", NULL);
    watch_scope(monitor, scope);
    if (scope->bridge_count)
        monitor_table(monitor, "Bridge", "name", VSWITCH_BRIDGE_COLUMNS, NULL);
    for (size_t i = 0; i < scope->bridge_count; i++)
        monitor_where_string(monitor, "name", scope->bridges[i]);
}

void vswitch_port_free(struct vswitch_port *port)
{
    if (!port)
        return;
    free(port->name);
    free(port->error);
    vswitch_map_done(&port->ids);
    vswitch_map_done(&port->port_ids);
    free(port);
}

static void forget_changes(struct vswitch_view *view)
{
    for (size_t i = 0; i < view->change_count; i++)
        free(view->changes[i].kept_name);
    view->change_count = 0;
}

static void changed(struct vswitch_view *view, struct vswitch_port *port,
                    unsigned what)
{
    if (what == 0)
        return;
    if (port->changed_by != view->updates) {
        view->changes = mem_grow(view->changes, view->change_count,
                                 &view->change_room, sizeof(*view->changes));
        view->changes[view->change_count] =
            (struct vswitch_change){.name = port->name, .port = port};
        port->change = view->change_count++;
        port->changed_by = view->updates;
    }
    view->changes[port->change].what |= what;
}

bool vswitch_view_changed(const struct vswitch_view *view, unsigned what)
{
    for (size_t i = 0; i < view->change_count; i++) {
        if (view->changes[i].what & what)
            return true;
    }
    return false;
}

void vswitch_view_done(struct vswitch_view *view)
{
    forget_changes(view);
    free(view->changes);
    for (size_t i = 0; i < view->count; i++)
        vswitch_port_free(view->ports[i]);
    for (size_t i = 0; i < view->removed_count; i++)
        vswitch_port_free(view->removed[i]);
    free(view->removed);
    free(view->ports);
    index_done(&view->by_name);
    index_done(&view->by_iface_uuid);
    index_done(&view->by_port_uuid);
    for (size_t i = 0; i < VSWITCH_KEYS; i++)
        index_done(&view->by_key[i]);
    vswitch_bridges_done(&view->bridges);
    *view = (struct vswitch_view){.keeps_removed = view->keeps_removed};
}

struct vswitch_port *vswitch_view_take_removed(struct vswitch_view *view)
{
    if (view->removed_count == 0)
        return NULL;
    struct vswitch_port *port = view->removed[0];
    view->removed_count--;
    memmove(view->removed, view->removed + 1,
            view->removed_count * sizeof(struct vswitch_port *));
    return port;
}

static void keep_removed(struct vswitch_view *view, struct vswitch_port *port)
{
    view->removed = mem_resize(view->removed, (view->removed_count + 1) *
                                                  sizeof(*view->removed));
    view->removed[view->removed_count++] = port;
}

static uint64_t hash_of(const char *text)
{
    return hash_text(HASH_BEGIN, text);
}

static struct vswitch_port *find_port(const struct vswitch_view *view,
                                      const char *name)
{
    INDEX_EACH (link, &view->by_name, hash_of(name)) {
        struct vswitch_port *port =
            container_of(link, struct vswitch_port, by_name);
        if (strcmp(port->name, name) == 0)
            return port;
    }
    return NULL;
}

/* What differs between rows of the two tables. */
static char *port_uuid(struct vswitch_port *port, bool is_port)
{
    return is_port ? port->port_uuid : port->iface_uuid;
}

static struct index_link *link_of(struct vswitch_port *port, bool is_port)
{
    return is_port ? &port->by_port_uuid : &port->by_iface_uuid;
}

static struct vswitch_port *port_of(struct index_link *link, bool is_port)
{
    return is_port ? container_of(link, struct vswitch_port, by_port_uuid)
                   : container_of(link, struct vswitch_port, by_iface_uuid);
}

static const struct index *index_of(const struct vswitch_view *view,
                                    bool is_port)
{
    return is_port ? &view->by_port_uuid : &view->by_iface_uuid;
}

static struct vswitch_port *find_row(const struct vswitch_view *view,
                                     const char *uuid, bool is_port)
{
    INDEX_EACH (link, index_of(view, is_port), hash_of(uuid)) {
        struct vswitch_port *port = port_of(link, is_port);
        if (strcmp(port_uuid(port, is_port), uuid) == 0)
            return port;
    }
    return NULL;
}

const struct vswitch_port *vswitch_view_find(const struct vswitch_view *view,
                                             const char *name)
{
    return find_port(view, name);
}

/* How a key finds ports, in the order of enum vswitch_key. */
static const struct {
    const char *key;
    bool by_value;
} indexed[VSWITCH_KEYS] = {
    [VSWITCH_BY_ENDPOINT] = {ID_ENDPOINT, true},
    [VSWITCH_BY_NETNS] = {ID_NETNS, true},
    [VSWITCH_BY_SET_UP] = {ID_UNDRESSED, false},
    [VSWITCH_BY_PORTS] = {ID_PORTS, false},
    [VSWITCH_BY_ASKED] = {ID_ASKED_PORTS, false},
    [VSWITCH_BY_NETWORK] = {ID_NETWORK, true},
    [VSWITCH_BY_POOL] = {ID_POOL, true},
    [VSWITCH_BY_POOL_ASKED] = {ID_POOL_ASKED, false},
    [VSWITCH_BY_SNOOPING] = {ID_MCAST_SNOOPING, true},
};

static uint64_t hash_of_key(enum vswitch_key key, const char *value)
{
    return indexed[key].by_value ? hash_of(value) : HASH_BEGIN;
}

/* The first port with the value, from `link` on, which is by_key[key] of its
 * port. */
static const struct vswitch_port *
with_value(struct index_link *link, enum vswitch_key key, const char *value)
{
    for (; link; link = index_after(link)) {
        const struct vswitch_port *port =
            container_of(link - key, struct vswitch_port, by_key);
        if (!indexed[key].by_value ||
            vswitch_port_id_is(port, indexed[key].key, value))
            return port;
    }
    return NULL;
}

const struct vswitch_port *vswitch_view_first(const struct vswitch_view *view,
                                              enum vswitch_key key,
                                              const char *value)
{
    return with_value(index_find(&view->by_key[key], hash_of_key(key, value)),
                      key, value);
}

const struct vswitch_port *vswitch_port_next(const struct vswitch_port *port,
                                             enum vswitch_key key)
{
    return with_value(index_after(&port->by_key[key]), key,
                      vswitch_port_id(port, indexed[key].key));
}

/* Call it after each change of `ids`. */
static void index_keys(struct vswitch_view *view, struct vswitch_port *port)
{
    for (enum vswitch_key key = 0; key < VSWITCH_KEYS; key++) {
        struct index_link *link = &port->by_key[key];
        const char *value = vswitch_port_id(port, indexed[key].key);
        if (value && index_has(link) && link->hash == hash_of_key(key, value))
            continue;
        index_remove(&view->by_key[key], link);
        if (value)
            index_add(&view->by_key[key], link, hash_of_key(key, value));
    }
}

static void set_uuid(struct vswitch_view *view, struct vswitch_port *port,
                     bool is_port, const char *uuid)
{
    struct index *index = is_port ? &view->by_port_uuid : &view->by_iface_uuid;

    index_remove(index, link_of(port, is_port));
    snprintf(port_uuid(port, is_port), OVSDB_UUID_SIZE, "%s", uuid);
    if (uuid[0])
        index_add(index, link_of(port, is_port), hash_of(uuid));
}

static struct vswitch_port *add_port(struct vswitch_view *view,
                                     const char *name)
{
    struct vswitch_port *port = mem_new(sizeof(*port));

    port->name = mem_text(name, strlen(name));
    port->place = view->count;
    view->ports = mem_grow(view->ports, view->count, &view->room,
                           sizeof(struct vswitch_port *));
    view->ports[view->count++] = port;
    index_add(&view->by_name, &port->by_name, hash_of(name));
    return port;
}

static void remove_port(struct vswitch_view *view, struct vswitch_port *port)
{
    struct vswitch_port *last = view->ports[--view->count];

    last->place = port->place;
    view->ports[port->place] = last;
    index_remove(&view->by_name, &port->by_name);
    for (size_t i = 0; i < VSWITCH_KEYS; i++)
        index_remove(&view->by_key[i], &port->by_key[i]);
    if (view->keeps_removed)
        keep_removed(view, port);
    else
        vswitch_port_free(port);
}

void vswitch_view_expect_removal(struct vswitch_view *view, const char *name)
{
    struct vswitch_port *port = find_port(view, name);

    if (port)
        port->leaving = true;
}

void vswitch_view_expect_nothing(struct vswitch_view *view, const char *name)
{
    struct vswitch_port *port = find_port(view, name);

    if (port)
        port->leaving = false;
}

static unsigned has_ports(const struct vswitch_port *port)
{
    bool ports = vswitch_port_id(port, ID_PORTS) ||
                 vswitch_port_id(port, ID_ASKED_PORTS);

    return (ports ? VSWITCH_PORTS : 0) |
           (vswitch_port_id(port, ID_POOL_ASKED) ? VSWITCH_POOL_ASKED : 0);
}

const struct vswitch_port *vswitch_view_expect_left(struct vswitch_view *view,
                                                    const char *iface_uuid)
{
    struct vswitch_port *port = find_row(view, iface_uuid, false);

    if (port)
        port->left = true;
    return port;
}

bool vswitch_port_has_left(const struct vswitch_port *port)
{
    return port->left || vswitch_port_id(port, ID_LEFT);
}

static void drop_row(struct vswitch_view *view, const char *uuid, bool is_port)
{
    struct vswitch_port *port = find_row(view, uuid, is_port);

    if (!port)
        return;
    changed(view, port, VSWITCH_REMOVED | has_ports(port));
    set_uuid(view, port, is_port, "");
    if (!view->keeps_removed)
        vswitch_map_done(is_port ? &port->port_ids : &port->ids);
    if (port->port_uuid[0] || port->iface_uuid[0]) {
        index_keys(view, port);
        return;
    }
    struct vswitch_change *change = &view->changes[port->change];
    change->kept_name = mem_text(port->name, strlen(port->name));
    change->name = change->kept_name;
    change->port = NULL;
    remove_port(view, port);
}

/* A column that is in the row but empty was emptied; one that is not in the row
 * has not changed. */
static unsigned apply_int(const struct json *row, const char *column,
                          int64_t *to, unsigned what)
{
    int64_t value = 0;
    int64_t was = *to;

    if (!json_get(row, column))
        return 0;
    *to = row_int(row, column, &value) ? value : 0;
    return *to == was ? 0 : what;
}

/* Which change a changed key stands for. */
static unsigned key_changed(const char *key)
{
    static const char *const spec[] = {ID_SPEC, ID_ALTNAME, ID_MAC,
                                       ID_ATTACHED_MAC};

    if (strcmp(key, ID_PORTS) == 0 || strcmp(key, ID_ASKED_PORTS) == 0)
        return VSWITCH_IDS | VSWITCH_PORTS;
    if (strcmp(key, ID_POOL_ASKED) == 0)
        return VSWITCH_IDS | VSWITCH_POOL_ASKED;
    for (size_t i = 0; i < ARRAY_LEN(spec); i++) {
        if (strcmp(key, spec[i]) == 0)
            return VSWITCH_IDS | VSWITCH_SPEC;
    }
    return strncmp(key, ID_PREFIX, sizeof(ID_PREFIX) - 1) == 0 ? VSWITCH_IDS
                                                               : VSWITCH_REST;
}

/* A difference has only the pairs that change; a new row has all. */
static unsigned apply_ids(struct vswitch_port *port, const struct json *row)
{
    const struct json *pairs = row_map(row, "external_ids");
    unsigned what = 0;
    const char *key;
    const char *value;

    for (size_t i = 0; i < json_count(pairs); i++) {
        if (row_pair(pairs, i, &key, &value))
            what |= key_changed(key);
    }
    vswitch_map_apply(&port->ids, row, "external_ids");
    return what;
}

static unsigned apply_interface(struct vswitch_port *port,
                                const struct json *row)
{
    unsigned what = apply_int(row, "ofport", &port->ofport, VSWITCH_OFPORT);

    what |= apply_int(row, "ifindex", &port->ifindex, VSWITCH_IFINDEX);
    if (json_get(row, "error")) {
        free(port->error);
        port->error = mem_copy(row_string(row, "error"));
        what |= VSWITCH_ERROR;
    }
    return what | apply_ids(port, row);
}

/* A new row starts without what a former row of its name has left. */
static void forget_row(struct vswitch_port *port, bool is_port)
{
    vswitch_map_done(is_port ? &port->port_ids : &port->ids);
    if (is_port)
        return;
    port->left = false;
    port->ofport = 0;
    port->ifindex = 0;
    free(port->error);
    port->error = NULL;
}

static void apply_row(struct vswitch_view *view,
                      const struct row_update *update, bool is_port)
{
    if (update->change == ROW_DELETE) {
        drop_row(view, update->uuid, is_port);
        return;
    }
    struct vswitch_port *port = find_row(view, update->uuid, is_port);
    unsigned what = 0;
    if (!port) {
        const char *name = row_string(update->row, "name");
        if (!name)
            return; /* the row itself was never shown */
        port = find_port(view, name);
        if (!port)
            port = add_port(view, name);
        what = VSWITCH_INSERTED | has_ports(port);
        forget_row(port, is_port);
        set_uuid(view, port, is_port, update->uuid);
    }
    if (is_port) {
        vswitch_map_apply(&port->port_ids, update->row, "external_ids");
        what |= VSWITCH_REST;
    } else {
        what |= apply_interface(port, update->row);
        if (what & (VSWITCH_INSERTED | VSWITCH_IDS)) {
            index_keys(view, port);
            what |= has_ports(port);
        }
    }
    changed(view, port, what);
}

void vswitch_view_apply(struct vswitch_view *view, const struct json *updates)
{
    static const char *const tables[] = {"Interface", "Port"};

    forget_changes(view);
    view->updates++;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        struct row_update update;
        for (size_t i = 0; monitor_update_at(updates, tables[t], i, &update);
             i++)
            apply_row(view, &update, t == 1);
    }
    vswitch_bridges_apply(&view->bridges, updates);
}

bool vswitch_port_is_ours(const struct vswitch_port *port)
{
    return port->port_uuid[0] && port->iface_uuid[0] &&
           vswitch_port_id(port, ID_OWNER);
}

const char *vswitch_port_id(const struct vswitch_port *port, const char *key)
{
    return vswitch_map_get(&port->ids, key);
}

bool vswitch_port_mac(const struct vswitch_port *port, struct mac *ret)
{
    const char *text = vswitch_port_id(port, ID_MAC);

    if (!text)
        text = vswitch_port_id(port, ID_ATTACHED_MAC);
    return text && parse_mac(text, ret) == 0;
}

bool vswitch_port_id_is(const struct vswitch_port *port, const char *key,
                        const char *value)
{
    const char *is = vswitch_port_id(port, key);

    return is && strcmp(is, value) == 0;
}

const char *vswitch_port_next_member(const struct vswitch_port *port,
                                     size_t *at)
{
    static const size_t prefix = sizeof(ID_MEMBER_PREFIX) - 1;

    while (*at < port->ids.count) {
        const char *key = port->ids.pairs[(*at)++].key;
        if (strncmp(key, ID_MEMBER_PREFIX, prefix) == 0)
            return key + prefix;
    }
    return NULL;
}

bool vswitch_port_has_member(const struct vswitch_port *port,
                             const char *container)
{
    char key[ID_KEY_SIZE];

    vswitch_member_key(container, key);
    return vswitch_port_id(port, key) != NULL;
}

static const char *id_of_member(const struct vswitch_port *port,
                                const char *prefix, const char *container)
{
    char key[ID_KEY_SIZE];

    snprintf(key, sizeof(key), "%s%s", prefix, container);
    return vswitch_port_id(port, key);
}

const char *vswitch_port_bundle(const struct vswitch_port *port,
                                const char *container)
{
    return id_of_member(port, ID_BUNDLE_PREFIX, container);
}

pid_t vswitch_port_pid(const struct vswitch_port *port, const char *container)
{
    const char *text = id_of_member(port, ID_PID_PREFIX, container);
    uint64_t pid;

    return text && parse_number(text, 1, INT32_MAX, &pid) >= 0 ? (pid_t)pid : 0;
}

size_t vswitch_port_member_count(const struct vswitch_port *port)
{
    size_t count = 0, at = 0;

    while (vswitch_port_next_member(port, &at))
        count++;
    return count;
}
