/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * OVN on this host: ovn-controller is asked by its control socket, the
 * northbound database what it has of us. What is written there is by us or by a
 * host that we trust: docs/many-hosts.md.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/look.h"
#include "cli/ports/northbound.h"
#include "cli/ports/router_ports.h"
#include "ovsint/attach/work.h"
#include "ovsint/base/parse.h"
#include "ovsint/ovn/logical_gateway.h"
#include "ovsint/ovn/logical_switch.h"
#include "ovsint/ovsdb/control.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/program/program.h"
#include "ovsint/rows/port_name.h"

#define PATIENCE_MS 2000
#define ANSWER_SIZE 4096

/* OVN's run directory, as most have it; else that of Open vSwitch. */
static int connect_controller(const struct cli *cli, struct err *err)
{
    static const char beside[] = "/run/ovn/.";
    struct deadline deadline = deadline_in(PATIENCE_MS);
    struct err ignored = {0};

    int fd = control_connect_of(beside, "ovn-controller", deadline, err);
    if (fd < 0 && session_path(cli->ovsdb))
        fd = control_connect_of(session_path(cli->ovsdb), "ovn-controller",
                                deadline, &ignored);
    return fd;
}

void doctor_connect_ovn(const struct cli *cli, struct doctor_ovn *ret,
                        struct host_seen *seen)
{
    struct ovn_seen *ovn = &seen->ovn;

    ret->controller = connect_controller(cli, &ovn->controller_why);
    if (ret->controller >= 0)
        ovn->controller_why.code = 0;
    if (client_open(cli->settings.northbound, deadline_in(PATIENCE_MS),
                    &ret->northbound, &ovn->northbound_why) >= 0)
        ovn->northbound_why.code = 0;
}

static void ask_controller(const struct doctor_ovn *doctor,
                           struct ovn_seen *ovn)
{
    auto_buf struct buf answer = BUF_INIT(ANSWER_SIZE);

    if (doctor->controller >= 0 &&
        control_call(doctor->controller, "connection-status", NULL, 0,
                     deadline_in(PATIENCE_MS), &answer,
                     &ovn->controller_why) >= 0)
        ovn->has_southbound = strncmp(buf_text(&answer), "connected", 9) == 0;
}

static void look_at_underlay(struct ovn_seen *ovn)
{
    auto_net struct net *host = NULL;

    int r = net_open(&host, -1, NET_PLAIN, &ovn->underlay_why);
    if (r >= 0)
        r = attach_underlay_mtu(host, ovn->chassis.encap_ips,
                                &ovn->underlay_why);
    ovn->underlay_mtu = r > 0 ? (unsigned)r : 0;
}

static struct logical_seen *add_logical(struct ovn_seen *ovn, const char *port,
                                        const char *holder)
{
    ovn->logical = mem_grow(ovn->logical, ovn->logical_count,
                            &ovn->logical_room, sizeof(*ovn->logical));
    struct logical_seen *logical = &ovn->logical[ovn->logical_count++];
    *logical = (struct logical_seen){0};
    snprintf(logical->port, sizeof(logical->port), "%.15s", port);
    snprintf(logical->holder, sizeof(logical->holder), "%s", holder);
    return logical;
}

static void note_ports(struct host_seen *seen)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    for (size_t i = 0; i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        if (doctor_gateway(port))
            add_logical(&seen->ovn, port->port, port->network)->is_gateway =
                true;
        else if (doctor_logical(port))
            add_logical(&seen->ovn, port->port, plugged_title(port, room));
    }
}

/* The switches with a localnet port, by name. */
struct physical {
    struct northbound_localnets localnets;
    struct session_event event;
};

/* Their networks: of switches that networks of this host are on, or ports. */
static void note_physical(struct host_seen *seen,
                          const struct physical *physical,
                          const struct json *rows, size_t op_rows)
{
    for (size_t op = 0; op < physical->localnets.count; op++) {
        const char *network =
            logical_localnet_physical(reply_row(rows, op_rows, op));
        const char *on = row_string(
            reply_row(physical->event.outcome.result, op, 0), "name");
        bool is_known = false;
        for (size_t i = 0; on && i < seen->ovn.physical_count; i++)
            is_known |= strcmp(seen->ovn.physical[i].on, on) == 0;
        for (size_t i = 0; on && i < seen->ports.count; i++) {
            const char *is = seen->ports.list[i].logical_switch;
            is_known |= is && strcmp(is, on) == 0;
        }
        if (network && is_known)
            ovn_seen_localnet(
                ovn_seen_physical(&seen->ovn, on, network),
                logical_localnet_vlan(reply_row(rows, op_rows, op)));
    }
}

static bool is_physical(const struct physical *physical, const char *name)
{
    for (size_t op = 0; op < physical->localnets.count; op++) {
        const char *is = row_string(
            reply_row(physical->event.outcome.result, op, 0), "name");
        if (is && name && strcmp(is, name) == 0)
            return true;
    }
    return false;
}

static int ask_physical(struct client *client, struct physical *physical,
                        struct err *err)
{
    auto_txn struct txn txn = {0};

    if (physical->localnets.count == 0)
        return 0;
    txn_init(&txn, NORTHBOUND_NAME);
    for (size_t i = 0; i < physical->localnets.count; i++) {
        txn_select(&txn, "Logical_Switch", "name", NULL);
        txn_where_ref(&txn, "ports", physical->localnets.uuids[i]);
    }
    return northbound_ask(client, &txn, deadline_in(PATIENCE_MS),
                          &physical->event, err);
}

static struct logical_seen *find_logical(struct ovn_seen *ovn, const char *port)
{
    for (size_t i = 0; i < ovn->logical_count; i++) {
        if (strcmp(ovn->logical[i].port, port) == 0)
            return &ovn->logical[i];
    }
    return NULL;
}

static void take_row(const struct cli *cli, struct ovn_seen *ovn,
                     const char *boot, const struct json *row,
                     const struct physical *physical)
{
    int64_t grace_ms = (int64_t)cli->settings.timeout_ms + UNDO_TIMEOUT_MS;
    const char *name = row_string(row, "name");
    const char *port = name ? names_port_of_logical(name) : NULL;
    const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);

    if (!port)
        return;
    if (!holder)
        holder = row_map_get(row, "external_ids", ID_ENDPOINT);
    struct logical_seen *logical = find_logical(ovn, port);
    if (!logical) {
        logical = add_logical(ovn, port, holder ? holder : "?");
        logical->is_left = !row_map_get(row, "external_ids", ID_OVN_RESERVED) &&
                           northbound_is_old(row, ovn->chassis.name, boot,
                                             deadline_now_ms(), grace_ms);
    }
    const char *on = row_map_get(row, "external_ids", ID_OVN_SWITCH);
    logical->is_there = true;
    logical->is_physical = is_physical(physical, on);
    logical->ip_count = northbound_addresses(row, logical->ips);
    snprintf(logical->on, sizeof(logical->on), "%s", on ? on : "");
}

static void take_gateway(struct host_seen *seen, const struct json *row,
                         const struct physical *physical)
{
    const char *name = row_string(row, "name");

    for (size_t i = 0; name && i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        const char *gateway = doctor_gateway(port);
        struct logical_seen *logical = find_logical(&seen->ovn, port->port);
        if (!gateway || !logical || strcmp(gateway, name) != 0)
            continue;
        logical->is_there = true;
        logical->is_physical = is_physical(physical, port->logical_switch);
    }
}

/* A port that the host's name does not lead to is looked for by its own. */
static int ask_former(struct client *client, struct ovn_seen *ovn,
                      struct err *err)
{
    auto_session_event struct session_event event = {0};
    char name[LOGICAL_PORT_SIZE];
    auto_txn struct txn txn = {0};
    size_t i = 0;

    while (i < ovn->logical_count &&
           (ovn->logical[i].is_there || ovn->logical[i].is_gateway))
        i++;
    if (i == ovn->logical_count)
        return 0;
    names_logical_port(ovn->logical[i].port, name);
    txn_init(&txn, NORTHBOUND_NAME);
    size_t op = txn_select(&txn, "Logical_Switch_Port", "external_ids", NULL);
    txn_where_string(&txn, "name", name);
    int r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &event, err);
    const char *host = row_map_get(reply_row(event.outcome.result, op, 0),
                                   "external_ids", ID_OVN_HOST);
    if (r >= 0 && host && strcmp(host, ovn->chassis.name) != 0)
        snprintf(ovn->former, sizeof(ovn->former), "%s", host);
    return r;
}

/* Routers of OVN's that have the address of a gateway. */

enum { OP_ROUTERS, OP_FIRST_GATEWAY = OP_ROUTERS + ROUTER_PORTS_OPS };
enum { GATEWAY_SWITCH, GATEWAY_PORT, GATEWAY_OPS };

static bool has_any(const struct json *router, const char *addresses)
{
    for (size_t i = 0; i < row_set_count(router, "networks"); i++) {
        const char *text = row_set_string(router, "networks", i);
        struct ip_prefix prefix;
        if (text && parse_prefix(text, &prefix) == 0 &&
            doctor_has_address(addresses, &prefix.ip))
            return true;
    }
    return false;
}

static void take_router(const struct json *result, size_t op,
                        struct logical_seen *gateway)
{
    const struct json *on = reply_row(result, op + GATEWAY_SWITCH, 0);
    const char *addresses =
        row_string(reply_row(result, op + GATEWAY_PORT, 0), "addresses");
    struct router_end end;
    size_t at = 0;

    while (router_ports_next(result, OP_ROUTERS, &at, &end)) {
        if (row_set_has_uuid(on, "ports", end.on_switch) &&
            has_any(end.port, addresses))
            snprintf(gateway->router, sizeof(gateway->router), "%s",
                     row_string(end.port, "name"));
    }
}

static size_t select_gateways(const struct host_seen *seen, struct txn *txn)
{
    size_t count = 0;

    for (size_t i = 0; i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        const char *gateway = doctor_gateway(port);
        if (!gateway)
            continue;
        txn_select(txn, "Logical_Switch", "ports", NULL);
        txn_where_string(txn, "name", port->logical_switch);
        txn_select(txn, "Logical_Switch_Port", "addresses", NULL);
        txn_where_string(txn, "name", gateway);
        count++;
    }
    return count;
}

static int ask_routers(struct client *client, struct host_seen *seen,
                       struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};
    size_t op = OP_FIRST_GATEWAY;

    txn_init(&txn, NORTHBOUND_NAME);
    router_ports_select(&txn);
    if (select_gateways(seen, &txn) == 0)
        return 0;
    int r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &event, err);
    for (size_t i = 0; r >= 0 && i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        if (!doctor_gateway(port))
            continue;
        struct logical_seen *gateway = find_logical(&seen->ovn, port->port);
        if (gateway)
            take_router(event.outcome.result, op, gateway);
        op += GATEWAY_OPS;
    }
    return r;
}

static int look_at_logical(const struct cli *cli, struct client *client,
                           struct host_seen *seen, struct err *err)
{
    struct ovn_seen *ovn = &seen->ovn;
    auto_session_event struct session_event synced = {0}, rows = {0};
    struct physical physical = {0};
    auto_txn struct txn txn = {0};
    char boot[BOOT_ID_SIZE];

    int r = program_boot_id(boot, err);
    if (r >= 0)
        r = client_show(client, NULL, deadline_in(PATIENCE_MS), &synced, err);
    if (r < 0)
        return r;
    txn_init(&txn, NORTHBOUND_NAME);
    northbound_select_host(&txn, ovn->chassis.name);
    logical_localnets_select(&txn);
    size_t gateways = logical_gateways_select(&txn);
    r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &rows, err);
    if (r < 0)
        return r;
    const struct json *result = rows.outcome.result;
    northbound_read_localnets(result, 1, &physical.localnets);
    r = ask_physical(client, &physical, err);
    if (r >= 0)
        note_physical(seen, &physical, result, 1);
    for (size_t i = 0; r >= 0 && i < reply_row_count(result, 0); i++)
        take_row(cli, ovn, boot, reply_row(result, 0, i), &physical);
    for (size_t i = 0; r >= 0 && i < reply_row_count(result, gateways); i++)
        take_gateway(seen, reply_row(result, gateways, i), &physical);
    if (r >= 0)
        r = ask_former(client, ovn, err);
    if (r >= 0)
        r = ask_routers(client, seen, err);
    if (r >= 0)
        r = doctor_ask_strangers(client, ovn, err);
    if (r >= 0)
        r = doctor_ask_gateways(client, ovn, err);
    session_event_done(&physical.event);
    free(physical.localnets.uuids);
    return r;
}

/* Whether what it says is of now. A server without that table says nothing of
 * it. */
static void ask_server(struct client *client, struct ovn_seen *ovn)
{
    auto_session_event struct session_event event = {0};
    auto_txn struct txn txn = {0};
    struct err ignored = {0};
    bool is_connected;

    txn_init(&txn, "_Server");
    size_t op = txn_select(&txn, "Database", "connected", NULL);
    txn_where_string(&txn, "name", NORTHBOUND_NAME);
    if (northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &event,
                       &ignored) >= 0 &&
        row_bool(reply_row(event.outcome.result, op, 0), "connected",
                 &is_connected))
        ovn->is_northbound_cut_off = !is_connected;
}

void doctor_look_at_ovn(const struct cli *cli, const struct doctor_ovn *doctor,
                        struct host_seen *seen)
{
    struct ovn_seen *ovn = &seen->ovn;

    if (!seen->has_ovn || !seen->ports.has_rows || ovn->absent)
        return;
    ask_controller(doctor, ovn);
    look_at_underlay(ovn);
    note_ports(seen);
    if (!doctor->northbound)
        return;
    (void)!look_at_logical(cli, doctor->northbound, seen, &ovn->northbound_why);
    if (!ovn->northbound_why.code)
        ask_server(doctor->northbound, ovn);
}

void doctor_ovn_done(struct doctor_ovn *doctor)
{
    client_close(doctor->northbound);
    if (doctor->controller >= 0)
        close(doctor->controller);
}
