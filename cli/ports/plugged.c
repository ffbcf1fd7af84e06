/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From rows, from the guardian's answer and from the runtimes' files to ports.
 * Pure.
 */
#include "cli/ports/plugged.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/ready_port.h"

#define SHOWN_ID 12
#define TEXT_SIZE (64u << 10)

static char *taken(const struct buf *text)
{
    return text->size ? mem_text(buf_text(text), text->size) : NULL;
}

static void set(char **member, const char *text)
{
    if (!text || *member)
        return;
    *member = mem_copy(text);
}

static void plugged_free(struct plugged *plugged)
{
    char *const texts[] = {
        plugged->owner,          plugged->container, plugged->name,
        plugged->endpoint,       plugged->network,   plugged->ifname,
        plugged->logical_switch, plugged->netns,     plugged->bridge,
        plugged->vlan,           plugged->addresses, plugged->published,
        plugged->state,          plugged->error,     plugged->netns_id};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        free(texts[i]);
}

void plugged_done(struct plugged_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        plugged_free(&list->list[i]);
    free(list->list);
    vswitch_view_done(&list->view);
    *list = (struct plugged_list){0};
}

struct plugged *plugged_add(struct plugged_list *list, const char *port)
{
    list->list =
        mem_grow(list->list, list->count, &list->room, sizeof(*list->list));
    struct plugged *plugged = &list->list[list->count++];
    *plugged = (struct plugged){.repairs = -1};
    snprintf(plugged->port, sizeof(plugged->port), "%s", port);
    return plugged;
}

struct plugged *plugged_find(struct plugged_list *list, const char *port)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->list[i].port, port) == 0)
            return &list->list[i];
    }
    return NULL;
}

void plugged_remove(struct plugged_list *list, struct plugged *plugged)
{
    plugged_free(plugged);
    *plugged = list->list[--list->count];
}

/* Rows. */

static void where_owners(struct monitor *monitor, bool pool)
{
    static const char *const owners[] = {EVERY_OWNER};

    if (pool)
        monitor_where_pair(monitor, "external_ids", ID_OWNER, POOL_OWNER);
    for (size_t i = 0; i < ARRAY_LEN(owners) && !pool; i++)
        monitor_where_pair(monitor, "external_ids", ID_OWNER, owners[i]);
}

void plugged_watch(struct monitor *monitor, bool pool)
{
    monitor_table(monitor, "Interface", "name", "ofport", "ifindex", "error",
                  "external_ids", NULL);
    where_owners(monitor, pool);
    monitor_table(monitor, "Port", "name", "external_ids", "tag", "trunks",
                  "vlan_mode", NULL);
    where_owners(monitor, pool);
    monitor_table(monitor, "Bridge", "name", "ports", NULL);
}

/* Which bridge has a port, by the port's uuid; sorted. */
struct owned {
    const char *port;
    const char *bridge;
};

struct bridge_map {
    struct owned *list;
    size_t count;
    size_t room;
};

static int by_port(const void *a, const void *b)
{
    const struct owned *left = a, *right = b;

    return strcmp(left->port, right->port);
}

static void map_bridges(const struct json *updates, struct bridge_map *ret)
{
    struct row_update bridge;

    for (size_t i = 0; monitor_update_at(updates, "Bridge", i, &bridge); i++) {
        const char *name = row_string(bridge.row, "name");
        for (size_t p = 0; p < row_set_count(bridge.row, "ports"); p++) {
            const char *uuid = row_set_uuid(bridge.row, "ports", p);
            if (!uuid || !name)
                continue;
            ret->list =
                mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
            ret->list[ret->count++] = (struct owned){uuid, name};
        }
    }
    if (ret->count)
        qsort(ret->list, ret->count, sizeof(*ret->list), by_port);
}

static const char *bridge_of(const struct bridge_map *map, const char *uuid)
{
    const struct owned key = {.port = uuid};
    const struct owned *found =
        map->count
            ? bsearch(&key, map->list, map->count, sizeof(*map->list), by_port)
            : NULL;

    return found ? found->bridge : NULL;
}

static void add_trunks(const struct json *row, struct buf *ret)
{
    struct vlan_set trunks = {0};

    for (size_t i = 0; i < row_set_count(row, "trunks"); i++) {
        int64_t vlan;
        if (json_int(row_set_at(row, "trunks", i), &vlan) && vlan >= 0 &&
            vlan < VLAN_COUNT)
            vlan_set_add(&trunks, (unsigned)vlan);
    }
    if (vlan_set_empty(&trunks))
        return;
    buf_add_text(ret, ret->size ? "+" : "trunk ");
    vlan_set_format(&trunks, ret);
}

/* As ovs-vswitchd has it, which may differ from what was asked for. */
char *plugged_vlan(const struct json *row)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    int64_t tag;

    if (row_int(row, "tag", &tag))
        buf_addf(&text, "%d", (int)tag);
    add_trunks(row, &text);
    if (text.size == 0)
        buf_add_text(&text, "all");
    return taken(&text);
}

static void take_spec(struct plugged *plugged)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    char address[PREFIX_TEXT_SIZE];
    struct attachment spec;
    struct err ignored = {0};

    if (vswitch_port_host_spec(plugged->row, &spec, &ignored) >= 0) {
        if (spec.ovn[0])
            set(&plugged->logical_switch, spec.ovn);
        return;
    }
    if (vswitch_port_spec(plugged->row, &spec, &ignored) < 0)
        return;
    plugged->rate_kbit = spec.rate_kbit;
    plugged->mtu = spec.mtu;
    plugged->veth = spec.type == VNIC_VETH;
    plugged->unguarded = spec.guard == SOURCE_GUARD_OFF;
    set(&plugged->ifname, spec.ifname);
    if (spec.ovn[0])
        set(&plugged->logical_switch, spec.ovn);
    for (size_t i = 0; i < spec.ip_count; i++) {
        prefix_format(&spec.ip[i], address);
        buf_addf(&text, "%s%s", i ? " " : "", address);
    }
    plugged->addresses = taken(&text);
}

bool plugged_counts(const struct vswitch_port *port)
{
    static const char *const whose[] = {ID_CONTAINER, ID_ENDPOINT,
                                        ID_HOST_NETWORK};

    if (!vswitch_port_is_ours(port))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(whose); i++) {
        if (vswitch_port_id(port, whose[i]))
            return true;
    }
    return vswitch_port_id_is(port, ID_OWNER, POOL_OWNER);
}

void plugged_add_row(struct plugged_list *list, const struct vswitch_port *port)
{
    struct plugged *plugged = plugged_add(list, port->name);
    struct mac mac;

    plugged->row = port;
    plugged->ofport = port->ofport;
    set(&plugged->owner, vswitch_port_id(port, ID_OWNER));
    set(&plugged->container, vswitch_port_id(port, ID_CONTAINER));
    set(&plugged->endpoint, vswitch_port_id(port, ID_ENDPOINT));
    set(&plugged->network, vswitch_port_id(port, ID_NETWORK));
    set(&plugged->network, vswitch_port_id(port, ID_HOST_NETWORK));
    set(&plugged->network, vswitch_port_id(port, ID_CNI_NETWORK));
    set(&plugged->ifname, vswitch_port_id(port, ID_IFNAME));
    set(&plugged->netns, vswitch_port_id(port, ID_NETNS));
    set(&plugged->published, vswitch_port_id(port, ID_PORTS));
    set(&plugged->error, port->error);
    if (vswitch_port_mac(port, &mac))
        mac_format(&mac, plugged->mac);
    take_spec(plugged);
}

static int by_name(const void *a, const void *b)
{
    const struct plugged *left = a, *right = b;

    return strcmp(left->port, right->port);
}

void plugged_from_rows(struct plugged_list *list, const struct json *updates)
{
    struct bridge_map map = {0};
    struct row_update port;

    list->has_rows = true;
    vswitch_view_apply(&list->view, updates);
    for (size_t i = 0; i < list->view.count; i++) {
        if (plugged_counts(list->view.ports[i]))
            plugged_add_row(list, list->view.ports[i]);
    }
    if (list->count)
        qsort(list->list, list->count, sizeof(*list->list), by_name);
    map_bridges(updates, &map);
    for (size_t i = 0; monitor_update_at(updates, "Port", i, &port); i++) {
        struct plugged key = {0};
        const char *name = row_string(port.row, "name");
        snprintf(key.port, sizeof(key.port), "%s", name ? name : "");
        struct plugged *plugged = list->count
                                      ? bsearch(&key, list->list, list->count,
                                                sizeof(*list->list), by_name)
                                      : NULL;
        if (!plugged || plugged->vlan)
            continue;
        set(&plugged->bridge, bridge_of(&map, port.uuid));
        if (!plugged->logical_switch)
            plugged->vlan = plugged_vlan(port.row);
    }
    free(map.list);
}

static const char *pool_state(const struct vswitch_port *port, const char *boot)
{
    if (!vswitch_port_id_is(port, ID_BOOT, boot))
        return "of an earlier boot";
    if (port->error || port->ofport < 0)
        return "not made";
    if (port->ofport == 0)
        return "waiting for the switch";
    return ready_port_is_ready(port, boot) ? "ready" : "without its device";
}

void plugged_judge_pool(struct plugged_list *list, const char *boot)
{
    for (size_t i = 0; i < list->count; i++)
        set(&list->list[i].state, pool_state(list->list[i].row, boot));
}

/* The guardian. */

static void take_answer(struct plugged *plugged, const struct json *port)
{
    int64_t repairs;

    set(&plugged->owner, json_string(json_get(port, "owner")));
    set(&plugged->container, json_string(json_get(port, "container")));
    set(&plugged->endpoint, json_string(json_get(port, "endpoint")));
    set(&plugged->network, json_string(json_get(port, "network")));
    set(&plugged->netns, json_string(json_get(port, "namespace")));
    set(&plugged->published, json_string(json_get(port, "published")));
    set(&plugged->state, json_string(json_get(port, "state")));
    if (json_int(json_get(port, "repairs"), &repairs))
        plugged->repairs = repairs;
}

/* With rows the list is sorted by port, and stays so here. */
int plugged_from_daemon(struct plugged_list *list, const struct json *answer,
                        struct err *err)
{
    const struct json *ports = json_get(answer, "ports");
    size_t known = list->count;

    if (json_type(ports) != JSON_ARRAY)
        return err_set(err, EINVAL, "the daemon's answer has no ports");
    list->has_daemon = true;
    for (size_t i = 0; i < json_count(ports); i++) {
        struct plugged key = {0};
        const char *name = json_string(json_get(json_at(ports, i), "port"));
        if (!name)
            continue;
        snprintf(key.port, sizeof(key.port), "%s", name);
        struct plugged *plugged = known ? bsearch(&key, list->list, known,
                                                  sizeof(*list->list), by_name)
                                        : NULL;
        /* The rows are newer than what the daemon knows. */
        if (!plugged && list->has_rows)
            continue;
        take_answer(plugged ? plugged : plugged_add(list, name),
                    json_at(ports, i));
    }
    return 0;
}

/* Runtimes. */

void plugged_name(struct plugged_list *list,
                  const struct containers *containers)
{
    for (size_t i = 0; i < list->count; i++) {
        struct plugged *plugged = &list->list[i];
        const struct container *container = NULL;
        if (plugged->container)
            container = containers_by_id(containers, plugged->container);
        if (!container && plugged->endpoint)
            container = containers_by_endpoint(containers, plugged->endpoint);
        if (!container)
            continue;
        plugged->runtime = runtime_name(container->runtime);
        set(&plugged->container, container->id);
        if (container->name[0])
            set(&plugged->name, container->name);
    }
}

/* A namespace that was named by itself is called by its path. */
const char *plugged_title(const struct plugged *plugged,
                          char room[LIMIT_CONTAINER_ID_SIZE])
{
    static const char by_itself[] = "netns-";

    if (plugged->name)
        return plugged->name;
    if (plugged->netns &&
        (!plugged->container ||
         strncmp(plugged->container, by_itself, sizeof(by_itself) - 1) == 0))
        return plugged->netns;
    const char *id = plugged->container  ? plugged->container
                     : plugged->endpoint ? plugged->endpoint
                     : plugged->network  ? "(the host)"
                     : plugged->owner && strcmp(plugged->owner, POOL_OWNER) == 0
                         ? "(ready)"
                         : "?";
    bool is_long = strspn(id, "0123456789abcdef") == 64;
    snprintf(room, LIMIT_CONTAINER_ID_SIZE, "%.*s", is_long ? SHOWN_ID : 255,
             id);
    return room;
}

static int by_title(const void *a, const void *b)
{
    const struct plugged *left = a, *right = b;
    char left_room[LIMIT_CONTAINER_ID_SIZE],
        right_room[LIMIT_CONTAINER_ID_SIZE];
    int order = strcmp(plugged_title(left, left_room),
                       plugged_title(right, right_room));

    if (order == 0)
        order = strcmp(left->ifname ? left->ifname : "",
                       right->ifname ? right->ifname : "");
    return order ? order : by_name(a, b);
}

void plugged_sort(struct plugged_list *list)
{
    if (list->count)
        qsort(list->list, list->count, sizeof(*list->list), by_title);
}

/* JSON. */

static void write_text(struct json_writer *w, const char *key, const char *text)
{
    if (text && text[0])
        json_write_member(w, key, text);
}

static void write_number(struct json_writer *w, const char *key, uint64_t value)
{
    json_write_key(w, key);
    json_write_int(w, (int64_t)value);
}

static void write_addresses(struct json_writer *w, const char *text)
{
    json_write_key(w, "addresses");
    json_write_array(w);
    while (text && *text) {
        size_t size = strcspn(text, " ");
        auto_free char *one = mem_text(text, size);
        json_write_string(w, one);
        text += size + (text[size] == ' ');
    }
    json_write_array_end(w);
}

static void write_counters(struct json_writer *w,
                           const struct link_counters *counters)
{
    json_write_key(w, "counters");
    json_write_object(w);
    write_number(w, "rx-bytes", counters->rx_bytes);
    write_number(w, "rx-packets", counters->rx_packets);
    write_number(w, "rx-dropped", counters->rx_dropped);
    write_number(w, "tx-bytes", counters->tx_bytes);
    write_number(w, "tx-packets", counters->tx_packets);
    write_number(w, "tx-dropped", counters->tx_dropped);
    json_write_object_end(w);
}

void plugged_write(const struct plugged *plugged, struct json_writer *w)
{
    json_write_object(w);
    write_text(w, "port", plugged->port);
    write_text(w, "owner", plugged->owner);
    write_text(w, "runtime", plugged->runtime);
    write_text(w, "container", plugged->container);
    write_text(w, "name", plugged->name);
    write_text(w, "endpoint", plugged->endpoint);
    write_text(w, "network", plugged->network);
    write_text(w, "ovn", plugged->logical_switch);
    write_text(w, "interface", plugged->ifname);
    write_text(w, "namespace", plugged->netns);
    write_text(w, "bridge", plugged->bridge);
    write_text(w, "vlan", plugged->vlan);
    write_addresses(w, plugged->addresses);
    write_text(w, "mac", plugged->mac);
    write_text(w, "published", plugged->published);
    write_text(w, "state", plugged->state);
    write_text(w, "error", plugged->error);
    if (plugged->ofport)
        write_number(w, "ofport", (uint64_t)plugged->ofport);
    if (plugged->rate_kbit)
        write_number(w, "rate-kbit", plugged->rate_kbit);
    if (plugged->mtu)
        write_number(w, "mtu", plugged->mtu);
    if (plugged->repairs >= 0)
        write_number(w, "repairs", (uint64_t)plugged->repairs);
    if (plugged->counted)
        write_counters(w, &plugged->counters);
    json_write_object_end(w);
}
