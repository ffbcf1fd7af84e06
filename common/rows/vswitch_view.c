/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view of our ports. Rows of a port arrive and leave in any order; the port
 * is dropped when both are gone.
 */
#include "ovsint/rows/vswitch_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

void vswitch_map_done(struct vswitch_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->pairs[i].key);
        free(map->pairs[i].value);
    }
    free(map->pairs);
    *map = (struct vswitch_map){0};
}

static struct vswitch_pair *map_find(const struct vswitch_map *map,
                                     const char *key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key, key) == 0)
            return &map->pairs[i];
    }
    return NULL;
}

const char *vswitch_map_get(const struct vswitch_map *map, const char *key)
{
    const struct vswitch_pair *pair = map_find(map, key);

    return pair ? pair->value : NULL;
}

static void map_add(struct vswitch_map *map, const char *key, const char *value)
{
    struct vswitch_pair *grown = mem_new((map->count + 1) * sizeof(*grown));

    if (map->count)
        memcpy(grown, map->pairs, map->count * sizeof(*grown));
    free(map->pairs);
    map->pairs = grown;
    map->pairs[map->count++] = (struct vswitch_pair){
        .key = mem_text(key, strlen(key)),
        .value = mem_text(value, strlen(value)),
    };
}

static void drop_pair(struct vswitch_map *map, struct vswitch_pair *pair)
{
    free(pair->key);
    free(pair->value);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): holds `pair` */
    *pair = map->pairs[--map->count];
}

void vswitch_map_remove(struct vswitch_map *map, const char *key)
{
    struct vswitch_pair *pair = map_find(map, key);

    if (pair)
        drop_pair(map, pair);
}

/* Applies one pair of an update2 difference (ovsdb-server(7), "update2"): a
 * pair that is there goes, a key with another value changes, a new pair is
 * added. */
static void map_toggle(struct vswitch_map *map, const char *key,
                       const char *value)
{
    struct vswitch_pair *pair = map_find(map, key);

    if (!pair) {
        map_add(map, key, value);
        return;
    }
    if (strcmp(pair->value, value) != 0) {
        free(pair->value);
        pair->value = mem_text(value, strlen(value));
        return;
    }
    drop_pair(map, pair);
}

void vswitch_map_apply(struct vswitch_map *map, const struct json *row,
                       const char *column)
{
    const char *key;
    const char *value;

    for (size_t i = 0; i < row_map_count(row, column); i++) {
        if (row_map_at(row, column, i, &key, &value))
            map_toggle(map, key, value);
    }
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
        free(view->changes[i].name);
    view->change_count = 0;
}

static void changed(struct vswitch_view *view, struct vswitch_port *port,
                    unsigned what)
{
    if (what == 0)
        return;
    if (port->changed_by != view->updates) {
        view->changes = mem_resize(view->changes, (view->change_count + 1) *
                                                      sizeof(*view->changes));
        view->changes[view->change_count] = (struct vswitch_change){
            .name = mem_text(port->name, strlen(port->name)), .port = port};
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

static struct vswitch_port *add_port(struct vswitch_view *view,
                                     const char *name)
{
    struct vswitch_port **grown =
        mem_new((view->count + 1) * sizeof(struct vswitch_port *));
    struct vswitch_port *port = mem_new(sizeof(*port));

    if (view->count)
        memcpy(grown, view->ports, view->count * sizeof(*grown));
    free(view->ports);
    view->ports = grown;
    port->name = mem_text(name, strlen(name));
    view->ports[view->count++] = port;
    return port;
}

static struct vswitch_port *find_port(const struct vswitch_view *view,
                                      const char *name)
{
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->ports[i]->name, name) == 0)
            return view->ports[i];
    }
    return NULL;
}

const struct vswitch_port *vswitch_view_find(const struct vswitch_view *view,
                                             const char *name)
{
    return find_port(view, name);
}

void vswitch_view_expect_removal(struct vswitch_view *view, const char *name)
{
    struct vswitch_port *port = find_port(view, name);

    if (port)
        port->leaving = true;
}

/* Where the uuid of its Interface or Port row is kept. */
static char *port_uuid(struct vswitch_port *port, bool is_port)
{
    return is_port ? port->port_uuid : port->iface_uuid;
}

static struct vswitch_port *find_row(const struct vswitch_view *view,
                                     const char *uuid, bool is_port)
{
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(port_uuid(view->ports[i], is_port), uuid) == 0)
            return view->ports[i];
    }
    return NULL;
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

/* Call it after each change of its ids. */
static void find_often_asked(struct vswitch_port *port)
{
    port->endpoint = vswitch_map_get(&port->ids, ID_ENDPOINT);
    port->published = vswitch_map_get(&port->ids, ID_PORTS);
    port->needs_set_up = map_find(&port->ids, ID_UNDRESSED) != NULL;
    port->gateway = map_find(&port->ids, ID_GATEWAY) != NULL;
}

static void drop_row(struct vswitch_view *view, const char *uuid, bool is_port)
{
    struct vswitch_port *port = find_row(view, uuid, is_port);

    if (!port)
        return;
    port_uuid(port, is_port)[0] = '\0';
    if (!view->keeps_removed)
        vswitch_map_done(is_port ? &port->port_ids : &port->ids);
    find_often_asked(port);
    changed(view, port, VSWITCH_REMOVED);
    if (port->port_uuid[0] || port->iface_uuid[0])
        return;
    view->changes[port->change].port = NULL;
    for (size_t i = 0; i < view->count; i++) {
        if (view->ports[i] == port)
            view->ports[i] = view->ports[--view->count];
    }
    if (view->keeps_removed)
        keep_removed(view, port);
    else
        vswitch_port_free(port);
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
    static const char *const spec[] = {ID_SPEC, ID_ALTNAME, ID_MAC};

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
    unsigned what = 0;
    const char *key;
    const char *value;

    for (size_t i = 0; i < row_map_count(row, "external_ids"); i++) {
        if (row_map_at(row, "external_ids", i, &key, &value))
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
        const char *text = row_string(row, "error");
        free(port->error);
        port->error = text ? mem_text(text, strlen(text)) : NULL;
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
        snprintf(port_uuid(port, is_port), OVSDB_UUID_SIZE, "%s", update->uuid);
        forget_row(port, is_port);
        what = VSWITCH_INSERTED;
    }
    if (is_port) {
        vswitch_map_apply(&port->port_ids, update->row, "external_ids");
        what |= VSWITCH_REST;
    } else {
        what |= apply_interface(port, update->row);
    }
    find_often_asked(port);
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
           map_find(&port->ids, ID_OWNER);
}

const char *vswitch_port_id(const struct vswitch_port *port, const char *key)
{
    return vswitch_map_get(&port->ids, key);
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
    return map_find(&port->ids, key) != NULL;
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

int vswitch_port_spec(const struct vswitch_port *port, struct attachment *ret,
                      struct err *err)
{
    static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    const char *text = vswitch_port_id(port, ID_SPEC);
    auto_json struct json *spec = NULL;

    if (!text)
        return err_set(err, EINVAL, "port %s has no %s", port->name, ID_SPEC);
    int r = json_parse(text, strlen(text), &limits, &spec, err);
    if (r >= 0)
        r = attachment_read(spec, ret, err);
    return r < 0 ? err_wrap(err, "port %s: %s", port->name, ID_SPEC) : r;
}
