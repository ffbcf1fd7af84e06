/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * For each host access port on a logical switch the gateway is looked for, and
 * made or used under a guard, unless the switch is on a physical network. If
 * the guard fails somebody was quicker, and it is looked for again. That begins
 * when somebody waits for the port, as the switch may not be there before; and
 * once more whenever the database is back, or shows that a gateway was removed.
 *
 * A sweep: all gateways are asked for. What they say of networks of this host
 * that have no row is taken off, in one transaction; then each that no network
 * uses is removed, one after another, and all are asked for again after each
 * step.
 */
#include "plugin/gateway/logical_gateways.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/ovsdb/row.h"
#include "plugin/gateway/host_entry.h"

/* Each is lost to another host that makes or removes the gateway. */
#define TRIES 8

struct logical_gateways {
    struct gateway *gateway;
    struct northbound *northbound;
    struct northbound_listener listener;
    struct northbound_call call; /* of the sweep */
    struct txn txn;
    bool was_up;
    unsigned gone;
    bool again;  /* a network has gone meanwhile */
    size_t kept; /* gateways that could not be removed in this pass */
};

static struct host_entry *entry_of(struct northbound_call *call)
{
    return container_of(call, struct host_entry, logical.call);
}

static struct logical_gateways *gateways_of(const struct host_entry *entry)
{
    return entry->ports->gateway->logical;
}

static void begin_txn(struct txn *txn)
{
    txn_done(txn);
    txn_init(txn, NORTHBOUND_NAME);
}

/* One of them. */

static void finish(struct host_entry *entry, const struct err *why)
{
    struct host_logical *logical = &entry->logical;

    logical->in_force = !why;
    logical->was_there |= !why;
    if (why) {
        logical->err = *why;
        log_event(LOG_LEVEL_WARNING,
                  "the gateway of a logical switch could not be made",
                  "network", entry->network, "switch", entry->ovn, "error",
                  why->text, NULL);
    }
    gateway_changed(entry->ports->gateway);
}

static void refused(struct host_entry *entry, const struct err *why)
{
    struct err err = *why;

    err_wrap(&err, "OVN's northbound database");
    finish(entry, &err);
}

static void on_gateway_looked(struct northbound_call *call,
                              const struct ovsdb_outcome *outcome);

static int look(struct host_entry *entry, struct err *err)
{
    struct host_logical *logical = &entry->logical;
    struct northbound *northbound = gateways_of(entry)->northbound;
    const char *host;
    int r = northbound_need_chassis(northbound, &host, err);

    if (r < 0)
        return r;
    snprintf(logical->host, sizeof(logical->host), "%s", host);
    logical->is =
        (struct logical_gateway){.on = entry->ovn,
                                 .network = entry->network,
                                 .host = logical->host,
                                 .ips = entry->network_row.host_ips,
                                 .ip_count = entry->network_row.host_ip_count};
    begin_txn(&logical->txn);
    logical_gateway_look(&logical->txn, &logical->is);
    logical->localnets_op = northbound_look_localnets(&logical->txn);
    return northbound_send(northbound, &logical->txn, &logical->call,
                           on_gateway_looked, err);
}

static void on_used(struct northbound_call *call,
                    const struct ovsdb_outcome *outcome)
{
    struct host_entry *entry = entry_of(call);
    struct err err = {0};

    if (outcome->r == -ESTALE && ++entry->logical.tries < TRIES) {
        if (look(entry, &err) < 0)
            refused(entry, &err);
    } else if (outcome->r < 0) {
        refused(entry, &outcome->err);
    } else {
        log_event(LOG_LEVEL_INFO,
                  "this host is the gateway of a logical switch", "network",
                  entry->network, "switch", entry->ovn, NULL);
        finish(entry, NULL);
    }
}

static void send_txn(struct host_entry *entry, northbound_done *done)
{
    struct host_logical *logical = &entry->logical;
    struct err err = {0};

    if (northbound_send(gateways_of(entry)->northbound, &logical->txn,
                        &logical->call, done, &err) < 0)
        refused(entry, &err);
}

static void use(struct host_entry *entry)
{
    struct host_logical *logical = &entry->logical;

    begin_txn(&logical->txn);
    logical_gateway_use(&logical->txn, &logical->is, &logical->found);
    send_txn(entry, on_used);
}

/* On a wire that all hosts share, each of them would answer for the gateway's
 * address, and the wire has a router of its own. */
static void on_physical(struct northbound_call *call,
                        const struct ovsdb_outcome *outcome)
{
    struct host_entry *entry = entry_of(call);
    struct host_logical *logical = &entry->logical;
    struct err err = {0};

    if (outcome->r < 0) {
        refused(entry, &outcome->err);
        return;
    }
    northbound_read_physical(outcome->result, 0, &logical->localnets,
                             &logical->found.on);
    if (!logical->found.on.is_physical) {
        use(entry);
        return;
    }
    err_set(&err, EINVAL,
            "option mode: the logical switch '%s' has a port of type localnet, "
            "so its router is on that physical network: leave mode=nat out",
            entry->ovn);
    finish(entry, &err);
}

static void ask_physical(struct host_entry *entry)
{
    struct host_logical *logical = &entry->logical;

    begin_txn(&logical->txn);
    northbound_look_physical(&logical->txn, &logical->found.on,
                             &logical->localnets);
    send_txn(entry, on_physical);
}

static void on_gateway_looked(struct northbound_call *call,
                              const struct ovsdb_outcome *outcome)
{
    struct host_entry *entry = entry_of(call);
    struct host_logical *logical = &entry->logical;
    struct err err = {0};

    if (outcome->r < 0) {
        refused(entry, &outcome->err);
        return;
    }
    if (logical_gateway_read(outcome->result, &logical->is, &logical->found,
                             &err) < 0) {
        finish(entry, &err);
        return;
    }
    northbound_read_localnets(outcome->result, logical->localnets_op,
                              &logical->localnets);
    if (logical->found.is_used)
        finish(entry, NULL);
    else if (logical->localnets.count > 0)
        ask_physical(entry);
    else
        use(entry);
}

int logical_gateway_state(struct host_entry *entry, struct err *err)
{
    struct host_logical *logical = &entry->logical;

    if (!entry->ovn[0] || !gateways_of(entry) || logical->in_force)
        return 1;
    if (logical->call.northbound)
        return 0;
    if (logical->err.code) {
        *err = logical->err;
        logical->err.code = 0;
        return -err->code;
    }
    logical->tries = 0;
    return look(entry, err);
}

bool logical_gateway_is_asked(const struct host_entry *entry)
{
    return entry->logical.call.northbound != NULL;
}

void logical_gateway_forget(struct host_entry *entry)
{
    northbound_forget(&entry->logical.call);
    free(TAKE_PTR(entry->logical.localnets.uuids));
    txn_done(&entry->logical.txn);
}

/* Those that were there before: nobody waits, and somebody may have removed
 * them meanwhile. */
static void look_at_all(struct logical_gateways *gateways, bool lost_alone)
{
    struct host_ports *ports = gateways->gateway->host_ports;

    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        struct err err = {0};
        if (!entry->ovn[0] || !entry->logical.was_there || entry->leaving ||
            entry->logical.call.northbound ||
            (lost_alone && entry->logical.in_force))
            continue;
        entry->logical.tries = 0;
        if (look(entry, &err) < 0)
            refused(entry, &err);
    }
}

void logical_gateways_try_again(struct logical_gateways *gateways)
{
    if (gateways)
        look_at_all(gateways, true);
}

/* The sweep. */

static struct logical_gateways *sweep_of(struct northbound_call *call)
{
    return container_of(call, struct logical_gateways, call);
}

static void sweep_send(struct logical_gateways *gateways, northbound_done *done)
{
    struct err err = {0};

    if (northbound_send(gateways->northbound, &gateways->txn, &gateways->call,
                        done, &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "could not look at the gateways of logical switches whose "
                  "networks have gone",
                  "error", err.text, NULL);
}

static void on_gateways(struct northbound_call *call,
                        const struct ovsdb_outcome *outcome);

static void ask_gateways(struct logical_gateways *gateways)
{
    gateways->again = false;
    begin_txn(&gateways->txn);
    logical_gateways_select(&gateways->txn);
    sweep_send(gateways, on_gateways);
}

static void on_gateways_left(struct northbound_call *call,
                             const struct ovsdb_outcome *outcome)
{
    if (outcome->r >= 0)
        ask_gateways(sweep_of(call));
}

/* A switch that is to go may have waited for this. */
static void on_gateway_removed(struct northbound_call *call,
                               const struct ovsdb_outcome *outcome)
{
    struct logical_gateways *gateways = sweep_of(call);

    gateways->kept += outcome->r == -ESTALE;
    if (outcome->r >= 0 || outcome->r == -ESTALE)
        ask_gateways(gateways);
    if (outcome->r >= 0)
        gateway_changed(gateways->gateway);
}

static void leave_unknown(struct logical_gateways *gateways,
                          const struct json *row)
{
    const char *host = northbound_chassis(gateways->northbound);
    const struct bridges *bridges = &gateways->gateway->host->bridges;
    const char *uuid = row_uuid(row, "_uuid");
    char network[DOCKER_ID_SIZE];
    const char *text;
    size_t at = 0;

    while (uuid && host && logical_gateway_next(row, host, &at, network)) {
        if (!bridges_network(bridges, network, &text))
            logical_gateway_leave(&gateways->txn, uuid, network, host);
    }
}

static void remove_next(struct logical_gateways *gateways,
                        const struct json *result)
{
    size_t passed = 0;

    for (size_t i = 0; i < reply_row_count(result, 0); i++) {
        const struct json *row = reply_row(result, 0, i);
        if (!row_uuid(row, "_uuid") || logical_switch_use_count(row) > 0 ||
            passed++ < gateways->kept)
            continue;
        logical_gateway_remove(&gateways->txn, row);
        sweep_send(gateways, on_gateway_removed);
        return;
    }
    if (gateways->again)
        logical_gateways_sweep(gateways);
}

static void on_gateways(struct northbound_call *call,
                        const struct ovsdb_outcome *outcome)
{
    struct logical_gateways *gateways = sweep_of(call);

    if (outcome->r < 0)
        return; /* when it is back, all are asked for */
    begin_txn(&gateways->txn);
    for (size_t i = 0; i < reply_row_count(outcome->result, 0); i++)
        leave_unknown(gateways, reply_row(outcome->result, 0, i));
    if (txn_count(&gateways->txn) > 0)
        sweep_send(gateways, on_gateways_left);
    else
        remove_next(gateways, outcome->result);
}

void logical_gateways_sweep(struct logical_gateways *gateways)
{
    if (!gateways)
        return;
    gateways->again = true;
    if (gateways->call.northbound || !northbound_is_up(gateways->northbound))
        return;
    gateways->kept = 0;
    ask_gateways(gateways);
}

static void on_northbound_changed(void *data)
{
    struct logical_gateways *gateways = data;
    bool is_up = northbound_is_up(gateways->northbound);
    bool is_back = is_up && !gateways->was_up;
    unsigned gone = northbound_gateways_gone(gateways->northbound);

    if (is_back || (is_up && gone != gateways->gone))
        look_at_all(gateways, false);
    if (is_back)
        logical_gateways_sweep(gateways);
    gateways->was_up = is_up;
    gateways->gone = gone;
}

struct logical_gateways *logical_gateways_open(struct gateway *gateway,
                                               struct northbound *northbound)
{
    struct logical_gateways *gateways = mem_new(sizeof(*gateways));

    gateways->gateway = gateway;
    gateways->northbound = northbound;
    gateways->listener = (struct northbound_listener){
        .changed = on_northbound_changed, .data = gateways};
    northbound_listen(northbound, &gateways->listener);
    return gateways;
}

void logical_gateways_close(struct logical_gateways *gateways)
{
    if (!gateways)
        return;
    northbound_leave(&gateways->listener);
    northbound_forget(&gateways->call);
    txn_done(&gateways->txn);
    free(gateways);
}
