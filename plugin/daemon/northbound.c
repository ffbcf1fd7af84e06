/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One session, and the table of this host's logical ports. The name of the host
 * comes from the other database: its rows are there first.
 */
#include "plugin/daemon/northbound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/attach/work.h"
#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/host_lives.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"

struct northbound {
    uv_loop_t *loop;
    struct host *host;
    struct host_subscriber subscriber;
    struct vswitch_map chassis; /* external_ids of the table Open_vSwitch */
    struct ovsdb *ovsdb;        /* NULL = it was not needed yet */
    bool is_up;
    bool told;                       /* that it is away */
    char watched[CHASSIS_NAME_SIZE]; /* the host whose ports are shown */
    struct list waiting;
    struct list listeners;
    struct logical_port *ports;
    size_t count;
    size_t room;
    unsigned gateways_gone;
};

/* Rows. */

static struct logical_port *find_logical(struct northbound *northbound,
                                         const char *uuid)
{
    for (size_t i = 0; i < northbound->count; i++) {
        if (strcmp(northbound->ports[i].uuid, uuid) == 0)
            return &northbound->ports[i];
    }
    return NULL;
}

static struct logical_port *add_logical(struct northbound *northbound,
                                        const char *uuid, const char *name)
{
    northbound->ports = mem_grow(northbound->ports, northbound->count,
                                 &northbound->room, sizeof(*northbound->ports));
    struct logical_port *port = &northbound->ports[northbound->count++];
    *port = (struct logical_port){0};
    snprintf(port->uuid, sizeof(port->uuid), "%s", uuid);
    snprintf(port->port, sizeof(port->port), "%.15s", name);
    return port;
}

static void toggle_address(struct logical_port *port, const char *text)
{
    struct ip ip;
    size_t i = 0;

    if (parse_ip(text, &ip) < 0)
        return;
    while (i < port->ip_count && !ip_equal(&port->ips[i], &ip))
        i++;
    if (i < port->ip_count)
        port->ips[i] = port->ips[--port->ip_count];
    else if (port->ip_count < LIMIT_ADDRESSES)
        port->ips[port->ip_count++] = ip;
}

/* A change shows what differs: a key comes, or goes. */
static void apply_ids(struct logical_port *port, const struct json *row)
{
    static const size_t prefix = sizeof(ID_IP_PREFIX) - 1;
    const char *key, *value;

    for (size_t i = 0; row_map_at(row, "external_ids", i, &key, &value); i++) {
        if (strcmp(key, ID_OVN_RESERVED) == 0)
            port->is_reserved = !port->is_reserved;
        else if (strcmp(key, ID_OVN_SWITCH) == 0)
            snprintf(port->on, sizeof(port->on), "%s", value);
        else if (strncmp(key, ID_IP_PREFIX, prefix) == 0)
            toggle_address(port, key + prefix);
    }
}

/* The row of a change has the key also when that has gone: one answer more. */
static void answer_asked(struct northbound *northbound,
                         const struct row_update *update)
{
    auto_txn struct txn txn = {0};

    if (!host_lives_asked(update->row))
        return;
    txn_init(&txn, NORTHBOUND_NAME);
    host_lives_answer(&txn, update->uuid);
    ovsdb_tell(northbound->ovsdb, &txn, LOG_LEVEL_WARNING,
               "could not answer whether this host lives");
}

static void apply_row(struct northbound *northbound,
                      const struct row_update *update)
{
    struct logical_port *port = find_logical(northbound, update->uuid);
    const char *name = row_string(update->row, "name");

    if (update->change == ROW_DELETE) {
        if (port)
            *port = northbound->ports[--northbound->count];
        else
            northbound->gateways_gone++;
        return;
    }
    name = name ? names_port_of_logical(name) : NULL;
    if (!port && name)
        port = add_logical(northbound, update->uuid, name);
    if (!port)
        return;
    if (update->change != ROW_MODIFY) {
        /* It is shown as a whole. */
        port->is_reserved = false;
        port->ip_count = 0;
    }
    apply_ids(port, update->row);
    answer_asked(northbound, update);
}

static void apply(struct northbound *northbound, const struct json *updates)
{
    struct row_update update;

    for (size_t i = 0;
         monitor_update_at(updates, "Logical_Switch_Port", i, &update); i++)
        apply_row(northbound, &update);
}

static void tell_listeners(struct northbound *northbound)
{
    LIST_EACH (link, &northbound->listeners) {
        struct northbound_listener *listener =
            container_of(link, struct northbound_listener, link);
        listener->changed(listener->data);
    }
}

/* The session. */

static void on_northbound_watch(void *data, struct monitor *monitor)
{
    struct northbound *northbound = data;
    const char *name = vswitch_map_get(&northbound->chassis, "system-id");

    snprintf(northbound->watched, sizeof(northbound->watched), "%s",
             name ? name : "");
    monitor_init(monitor, NORTHBOUND_NAME, SESSION_MONITOR);
    monitor_table(monitor, "Logical_Switch_Port", "name", "external_ids", NULL);
    monitor_where_pair(monitor, "external_ids", ID_OVN_HOST, name ? name : "");
    /* Or, as any condition that holds is enough: */
    monitor_where_string(monitor, "type", NORTHBOUND_GATEWAY_TYPE);
}

static void on_ended(struct ovsdb_call *ovsdb_call,
                     const struct ovsdb_outcome *outcome)
{
    struct northbound_call *call =
        container_of(ovsdb_call, struct northbound_call, ovsdb);

    call->northbound = NULL;
    call->done(call, outcome);
}

static void fail_call(struct northbound_call *call, const struct err *why)
{
    struct ovsdb_outcome outcome = {.r = -why->code, .err = *why};

    list_remove(&call->link);
    call->northbound = NULL;
    call->done(call, &outcome);
}

static void send_call(struct northbound_call *call)
{
    struct err err = {0};

    if (ovsdb_transact(call->northbound->ovsdb, call->txn, &call->ovsdb,
                       on_ended, &err) < 0)
        fail_call(call, &err);
    else
        list_remove(&call->link);
}

static struct northbound_call *first_waiting(struct northbound *northbound)
{
    struct list *link = list_first(&northbound->waiting);

    return link ? container_of(link, struct northbound_call, link) : NULL;
}

static void on_northbound_synced(void *data, const struct json *updates)
{
    struct northbound *northbound = data;
    struct northbound_call *call;

    log_event(LOG_LEVEL_INFO, "OVN's northbound database is connected", NULL);
    northbound->is_up = true;
    northbound->told = false;
    northbound->count = 0;
    apply(northbound, updates);
    while ((call = first_waiting(northbound)) != NULL)
        send_call(call);
    tell_listeners(northbound);
}

static void on_northbound_updated(void *data, const struct json *updates)
{
    struct northbound *northbound = data;

    apply(northbound, updates);
    tell_listeners(northbound);
}

/* Whoever waits is told at once if nobody can be reached; the connection is
 * tried again all the same. */
static void on_northbound_down(void *data, const struct err *reason)
{
    struct northbound *northbound = data;
    struct northbound_call *call;
    struct err why = *reason;
    bool was_up = northbound->is_up;

    northbound->is_up = false;
    if (!northbound->told && (was_up || first_waiting(northbound))) {
        log_event(LOG_LEVEL_WARNING,
                  "OVN's northbound database is away: ports on logical "
                  "switches cannot be made until it is back",
                  "reason", reason->text, NULL);
        northbound->told = true;
    }
    if (!why.code)
        why.code = ENOTCONN;
    while ((call = first_waiting(northbound)) != NULL)
        fail_call(call, &why);
    tell_listeners(northbound);
}

static void on_northbound_closed(void *data)
{
    struct northbound *northbound = data;

    vswitch_map_done(&northbound->chassis);
    free(northbound->ports);
    free(northbound);
}

static const struct ovsdb_events session_events = {
    .watch = on_northbound_watch,
    .synced = on_northbound_synced,
    .updated = on_northbound_updated,
    .down = on_northbound_down,
    .closed = on_northbound_closed,
};

static void need(struct northbound *northbound)
{
    if (!northbound->ovsdb)
        northbound->ovsdb =
            ovsdb_open(northbound->loop, northbound->host->settings->northbound,
                       NULL, &session_events, northbound);
}

static bool is_chassis(const struct northbound *northbound)
{
    return vswitch_map_get(&northbound->chassis, "system-id") &&
           vswitch_map_get(&northbound->chassis, "ovn-encap-ip");
}

/* Ports that come now have the new name, and only the old one's are shown. */
static void follow_name(struct northbound *northbound)
{
    const char *name = vswitch_map_get(&northbound->chassis, "system-id");
    struct err err = {0};

    if (!northbound->ovsdb || !is_chassis(northbound) ||
        strncmp(name, northbound->watched, sizeof(northbound->watched) - 1) ==
            0)
        return;
    log_event(LOG_LEVEL_WARNING,
              "this host has another system-id: ports on logical switches keep "
              "the one that they were made with",
              "from", northbound->watched, "to", name, NULL);
    err_set(&err, ECONNRESET, "this host has another system-id: %.64s", name);
    northbound->told = true;
    ovsdb_watch_anew(northbound->ovsdb, &err);
}

static void on_host_rows(void *data, const struct json *updates, bool anew)
{
    struct northbound *northbound = data;
    struct row_update update;

    if (anew)
        vswitch_map_done(&northbound->chassis);
    if (monitor_update_at(updates, "Open_vSwitch", 0, &update) && update.row)
        vswitch_map_apply(&northbound->chassis, update.row, "external_ids");
    follow_name(northbound);
    if (!list_is_empty(&northbound->listeners) && is_chassis(northbound))
        need(northbound);
}

static const struct host_events northbound_host_events = {.on_rows =
                                                              on_host_rows};

struct northbound *northbound_open(uv_loop_t *loop, struct host *host)
{
    struct northbound *northbound = mem_new(sizeof(*northbound));

    northbound->loop = loop;
    northbound->host = host;
    list_init(&northbound->waiting);
    list_init(&northbound->listeners);
    northbound->subscriber = (struct host_subscriber){
        .events = &northbound_host_events, .data = northbound};
    host_subscribe(host, &northbound->subscriber);
    return northbound;
}

void northbound_close(struct northbound *northbound)
{
    if (!northbound)
        return;
    host_unsubscribe(&northbound->subscriber);
    if (northbound->ovsdb)
        ovsdb_close(northbound->ovsdb);
    else
        on_northbound_closed(northbound);
}

int northbound_send(struct northbound *northbound, struct txn *txn,
                    struct northbound_call *call, northbound_done *done,
                    struct err *err)
{
    *call = (struct northbound_call){
        .northbound = northbound, .txn = txn, .done = done};
    int r = -ENOTCONN;

    need(northbound);
    if (northbound->is_up)
        r = ovsdb_transact(northbound->ovsdb, txn, &call->ovsdb, on_ended, err);
    if (r >= 0)
        return 0;
    if (r == -ENOTCONN) {
        list_append(&northbound->waiting, &call->link);
        ovsdb_hurry(northbound->ovsdb);
        return 0;
    }
    call->northbound = NULL;
    return r;
}

void northbound_forget(struct northbound_call *call)
{
    if (!call->northbound)
        return;
    if (list_has(&call->link))
        list_remove(&call->link);
    ovsdb_forget(&call->ovsdb);
    call->northbound = NULL;
}

void northbound_listen(struct northbound *northbound,
                       struct northbound_listener *listener)
{
    list_append(&northbound->listeners, &listener->link);
}

void northbound_leave(struct northbound_listener *listener)
{
    list_remove(&listener->link);
}

const char *northbound_chassis(const struct northbound *northbound)
{
    return is_chassis(northbound)
               ? vswitch_map_get(&northbound->chassis, "system-id")
               : NULL;
}

int northbound_need_chassis(const struct northbound *northbound,
                            const char **ret, struct err *err)
{
    *ret = northbound_chassis(northbound);
    if (*ret)
        return 0;
    return err_set(err, ENODEV,
                   "this host is no chassis of OVN: external_ids of the "
                   "table Open_vSwitch lack system-id or ovn-encap-ip");
}

int northbound_tunnel_mtu(const struct northbound *northbound, struct err *err)
{
    struct chassis chassis;

    chassis_read_map(&northbound->chassis, &chassis);
    int r = chassis_check(&chassis, chassis.bridge, err);
    if (r >= 0)
        r = attach_underlay_mtu(northbound->host->net, chassis.encap_ips, err);
    return r < 0 ? r : chassis_mtu(&chassis, (unsigned)r, err);
}

const char *northbound_mappings(const struct northbound *northbound)
{
    return chassis_mappings(&northbound->chassis);
}

bool northbound_is_up(const struct northbound *northbound)
{
    return northbound->is_up;
}

size_t northbound_count(const struct northbound *northbound)
{
    return northbound->count;
}

unsigned northbound_gateways_gone(const struct northbound *northbound)
{
    return northbound->gateways_gone;
}

struct logical_port *northbound_port(struct northbound *northbound, size_t i)
{
    return &northbound->ports[i];
}

void northbound_expect(struct northbound *northbound, const char *port,
                       const char *on, const struct ip *ip)
{
    char uuid[NAMES_UUID_SIZE];

    names_logical_uuid(port, uuid);
    if (!northbound->is_up || find_logical(northbound, uuid))
        return;
    struct logical_port *is = add_logical(northbound, uuid, port);
    snprintf(is->on, sizeof(is->on), "%s", on);
    is->ips[is->ip_count++] = *ip;
    is->is_reserved = true;
}

void northbound_remove(struct northbound *northbound,
                       const char (*ports)[IFNAME_SIZE], size_t count)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, NORTHBOUND_NAME);
    for (size_t i = 0; i < count; i++)
        northbound_unplug(&txn, ports[i]);
    ovsdb_tell(northbound->ovsdb, &txn, LOG_LEVEL_WARNING,
               "logical ports without a port could not be removed");
}
