/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Making a switch: it is looked for, and made or joined under a guard. If the
 * guard fails somebody was quicker, and it is looked for again.
 *
 * A sweep: all switches of ours are asked for. What they say of networks of
 * this host that have no row is taken off, in one transaction; if the database
 * is back, networks with a row that they do not speak of, or whose port of type
 * localnet has gone, are noted, one after another, as when a network is
 * created; then each switch that no network uses is removed, one after another.
 * All are asked for again after each step. One that has ports left stays. These
 * may be of this host, as they were not removed in time: so it is swept again
 * when ports of it go.
 */
#include "plugin/docker/logical.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/ovsdb/row.h"
#include "plugin/docker/docker.h"

/* Each is lost to another host that makes or removes the switch. */
#define TRIES 8

static struct logical_making *making_of(struct northbound_call *call)
{
    return container_of(call, struct logical_making, call);
}

static void on_looked(struct northbound_call *call,
                      const struct ovsdb_outcome *outcome);

static void begin_making(struct logical_making *making)
{
    txn_done(&making->txn);
    txn_init(&making->txn, NORTHBOUND_NAME);
}

static int look(struct logical_making *making, struct err *err)
{
    begin_making(making);
    logical_switch_look(&making->txn, &making->use);
    return northbound_send(making->northbound, &making->txn, &making->call,
                           on_looked, err);
}

static void making_failed(struct logical_making *making, const struct err *why)
{
    struct err err = *why;

    err_wrap(&err, "OVN's northbound database");
    making->done(making, &err);
}

static void on_written(struct northbound_call *call,
                       const struct ovsdb_outcome *outcome)
{
    struct logical_making *making = making_of(call);
    struct err err = {0};

    if (outcome->r == -ESTALE && ++making->tries < TRIES) {
        if (look(making, &err) < 0)
            making_failed(making, &err);
    } else if (outcome->r < 0) {
        making_failed(making, &outcome->err);
    } else {
        making->done(making, NULL);
    }
}

static void on_looked(struct northbound_call *call,
                      const struct ovsdb_outcome *outcome)
{
    struct logical_making *making = making_of(call);
    struct err err = {0};

    if (outcome->r < 0) {
        making_failed(making, &outcome->err);
        return;
    }
    if (logical_switch_read(outcome->result, &making->use, &making->found,
                            &err) < 0) {
        making->done(making, &err);
        return;
    }
    begin_making(making);
    if (making->found.uuid[0])
        logical_switch_join(&making->txn, &making->use, &making->found);
    else
        logical_switch_make(&making->txn, &making->use);
    if (northbound_send(making->northbound, &making->txn, &making->call,
                        on_written, &err) < 0)
        making_failed(making, &err);
}

static void list_subnets(const struct network_row *row,
                         char ret[LOGICAL_SUBNETS_SIZE])
{
    char text[PREFIX_TEXT_SIZE];
    size_t used = 0;

    ret[0] = '\0';
    for (size_t i = 0; i < row->pool_count; i++) {
        prefix_format(&row->pools[i], text);
        used += (size_t)snprintf(ret + used, LOGICAL_SUBNETS_SIZE - used,
                                 "%s%s", i ? "," : "", text);
    }
}

int logical_check_physical(const struct docker *docker, const char *network,
                           struct err *err)
{
    char bridge[BRIDGE_NAME_SIZE];

    if (!chassis_physical(northbound_mappings(docker->northbound), network,
                          bridge))
        return err_set(
            err, ENODEV,
            "option uplink: this host has no bridge for the physical network "
            "%s: put a network card on one with 'ovsint uplink move DEVICE "
            "BRIDGE', and add %s:BRIDGE to external_ids:ovn-bridge-mappings of "
            "the table Open_vSwitch",
            network, network);
    if (vswitch_bridges_find(&docker->host->ports.bridges, bridge))
        return 0;
    return err_set(err, ENODEV,
                   "option uplink: there is no bridge %s, which "
                   "external_ids:ovn-bridge-mappings of the table Open_vSwitch "
                   "has for the physical network %s: make it, or correct that",
                   bridge, network);
}

int logical_make(struct northbound *northbound, const struct network_row *row,
                 const char *network, struct logical_making *making,
                 struct err *err)
{
    const char *host;
    int r = northbound_need_chassis(northbound, &host, err);

    if (r < 0)
        return r;
    *making =
        (struct logical_making){.northbound = northbound, .done = making->done};
    snprintf(making->host, sizeof(making->host), "%s", host);
    list_subnets(row, making->subnets);
    making->use = (struct logical_use){.name = row->ovn,
                                       .owner = DOCKER_OWNER,
                                       .network = network,
                                       .host = making->host,
                                       .subnets = making->subnets,
                                       .physical = row->uplink,
                                       .vlan = row->physical_vlan};
    return look(making, err);
}

void logical_forget(struct logical_making *making)
{
    northbound_forget(&making->call);
    txn_done(&making->txn);
}

int logical_no_answer(const struct docker *docker, struct err *err)
{
    return err_set(err, ETIMEDOUT,
                   "OVN's northbound database: no answer at %s within the "
                   "deadline: does its ovsdb-server run, or the relay to it?",
                   docker->host->settings->northbound);
}

/* The sweep. */

static struct logical_sweep *sweep_of(struct northbound_call *call)
{
    return container_of(call, struct logical_sweep, call);
}

static void sweep_send(struct logical_sweep *sweep, northbound_done *done)
{
    struct err err = {0};

    if (northbound_send(sweep->docker->northbound, &sweep->txn, &sweep->call,
                        done, &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "could not look at the logical switches of networks that "
                  "have gone",
                  "error", err.text, NULL);
}

static void begin_sweep(struct logical_sweep *sweep)
{
    txn_done(&sweep->txn);
    txn_init(&sweep->txn, NORTHBOUND_NAME);
}

static void on_switches(struct northbound_call *call,
                        const struct ovsdb_outcome *outcome);

/* The latter two if networks are to be noted again. */
enum { OP_SWITCHES, OP_LOCALNETS, OP_PORTS };

static void ask_switches(struct logical_sweep *sweep)
{
    sweep->again = false;
    begin_sweep(sweep);
    logical_switches_select(&sweep->txn, DOCKER_OWNER);
    if (sweep->renews) {
        logical_localnets_select(&sweep->txn);
        logical_switches_select_ports(&sweep->txn, DOCKER_OWNER);
    }
    sweep_send(sweep, on_switches);
}

static void on_left(struct northbound_call *call,
                    const struct ovsdb_outcome *outcome)
{
    if (outcome->r >= 0)
        ask_switches(sweep_of(call));
}

static void on_switch_removed(struct northbound_call *call,
                              const struct ovsdb_outcome *outcome)
{
    struct logical_sweep *sweep = sweep_of(call);

    sweep->kept += outcome->r == -ESTALE;
    if (outcome->r >= 0 || outcome->r == -ESTALE)
        ask_switches(sweep);
}

static bool is_known(const struct docker *docker, const char *network)
{
    const char *row;

    return bridges_network(&docker->host->bridges, network, &row) != NULL;
}

static void leave_unknown(struct logical_sweep *sweep, const struct json *row)
{
    const char *host = northbound_chassis(sweep->docker->northbound);
    const char *uuid = row_uuid(row, "_uuid");
    const char *network;
    bool is_idle = true;
    size_t at = 0;

    while (uuid && host &&
           (network = logical_switch_next_network(row, host, &at)) != NULL) {
        bool known = is_known(sweep->docker, network);
        is_idle &= !known;
        if (!known)
            logical_switch_leave(&sweep->txn, uuid, network);
    }
    sweep->has_idle |= is_idle;
}

static void remove_next(struct logical_sweep *sweep, const struct json *result)
{
    size_t passed = 0;

    for (size_t i = 0; i < reply_row_count(result, OP_SWITCHES); i++) {
        const struct json *row = reply_row(result, OP_SWITCHES, i);
        if (!row_uuid(row, "_uuid") || logical_switch_use_count(row) > 0 ||
            passed++ < sweep->kept)
            continue;
        logical_switch_remove(&sweep->txn, row);
        sweep_send(sweep, on_switch_removed);
        return;
    }
    if (sweep->again)
        logical_sweep_run(sweep);
}

/* Noting again. */

static const struct json *switch_named(const struct json *result, size_t op,
                                       const char *is)
{
    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const struct json *row = reply_row(result, op, i);
        const char *name = row_string(row, "name");
        if (name && strcmp(name, is) == 0)
            return row;
    }
    return NULL;
}

static bool is_noted(const struct json *result, const struct network_row *is,
                     const char *network)
{
    const struct logical_use use = {.physical = is->uplink,
                                    .vlan = is->physical_vlan};
    const struct json *row = switch_named(result, OP_SWITCHES, is->ovn);
    const struct json *ports = switch_named(result, OP_PORTS, is->ovn);

    return row && logical_switch_has_network(row, network) &&
           (!is->uplink ||
            !logical_localnets_lack(result, OP_LOCALNETS, ports, &use));
}

/* One that is being created is its call's. */
static bool is_missing(const struct bridge *bridge, const char *network,
                       const char *text, const struct json *result)
{
    auto_network_row struct network_row row = {0};
    char begun[NETWORK_KEY_SIZE];
    struct err ignored = {0};

    network_begun_key(network, begun);
    return network_row_read(text, &row, &ignored) >= 0 && row.ovn &&
           !row.owner && !vswitch_map_get(&bridge->ids, begun) &&
           !is_noted(result, &row, network);
}

static void list_missing(struct logical_sweep *sweep, const struct json *result)
{
    const struct bridges *bridges = &sweep->docker->host->bridges;

    sweep->missing_count = 0;
    for (size_t b = 0; b < bridges->count; b++) {
        const char *network, *text;
        size_t at = 0;
        while ((network = bridge_next_network(&bridges->rows[b], &at, &text))) {
            if (!is_missing(&bridges->rows[b], network, text, result))
                continue;
            sweep->missing =
                mem_resize(sweep->missing, (sweep->missing_count + 1) *
                                               sizeof(*sweep->missing));
            snprintf(sweep->missing[sweep->missing_count++], DOCKER_ID_SIZE,
                     "%s", network);
        }
    }
}

static void not_noted(const struct logical_sweep *sweep, const char *network,
                      const struct err *why)
{
    log_event(LOG_LEVEL_WARNING,
              "a network could not be noted on its logical switch again",
              "network", network, "switch", sweep->renewed.ovn, "error",
              why->text, NULL);
}

static void on_noted(struct logical_making *making, const struct err *why);

/* False if its row has gone, or if it cannot be begun. */
static bool note(struct logical_sweep *sweep, const char *network)
{
    struct err err = {0};
    const char *text;

    logical_forget(&sweep->making);
    network_row_done(&sweep->renewed);
    sweep->renewed = (struct network_row){0};
    if (!bridges_network(&sweep->docker->host->bridges, network, &text) ||
        network_row_read(text, &sweep->renewed, &err) < 0)
        return false;
    sweep->making.done = on_noted;
    if (logical_make(sweep->docker->northbound, &sweep->renewed, network,
                     &sweep->making, &err) >= 0)
        return true;
    not_noted(sweep, network, &err);
    return false;
}

static void note_next(struct logical_sweep *sweep)
{
    while (sweep->missing_count > 0) {
        if (note(sweep, sweep->missing[sweep->missing_count - 1]))
            return;
        sweep->missing_count--;
    }
    if (northbound_is_up(sweep->docker->northbound))
        ask_switches(sweep);
}

/* A switch of somebody else has no notes. */
static void on_noted(struct logical_making *making, const struct err *why)
{
    struct logical_sweep *sweep =
        container_of(making, struct logical_sweep, making);
    const char *network = sweep->missing[--sweep->missing_count];
    bool is_foreign = making->found.uuid[0] && !making->found.is_ours;

    if (why)
        not_noted(sweep, network, why);
    else if (!is_foreign)
        log_event(LOG_LEVEL_INFO, "a network is on its logical switch again",
                  "network", network, "switch", sweep->renewed.ovn, NULL);
    note_next(sweep);
    /* Last, as it may have another sweep begun. */
    if (!why)
        gateway_look_at_switches(sweep->docker->gateway);
}

/* A switch that was made a moment ago has its network noted already. */
static void on_switches(struct northbound_call *call,
                        const struct ovsdb_outcome *outcome)
{
    struct logical_sweep *sweep = sweep_of(call);

    if (outcome->r < 0)
        return; /* when it is back, all are asked for */
    begin_sweep(sweep);
    sweep->has_idle = false;
    for (size_t i = 0; i < reply_row_count(outcome->result, OP_SWITCHES); i++)
        leave_unknown(sweep, reply_row(outcome->result, OP_SWITCHES, i));
    if (txn_count(&sweep->txn) > 0) {
        sweep_send(sweep, on_left);
        return;
    }
    sweep->missing_count = 0;
    if (sweep->renews)
        list_missing(sweep, outcome->result);
    sweep->renews = false;
    if (sweep->missing_count > 0)
        note_next(sweep);
    else
        remove_next(sweep, outcome->result);
}

bool logical_sweep_waits(const struct logical_sweep *sweep)
{
    return sweep->kept > 0 || sweep->call.northbound;
}

void logical_sweep_run(struct logical_sweep *sweep)
{
    const struct docker *docker = sweep->docker;

    sweep->again = true;
    if (sweep->call.northbound || sweep->making.call.northbound ||
        !docker->swept || !northbound_is_up(docker->northbound))
        return;
    sweep->kept = 0;
    ask_switches(sweep);
}

static void on_northbound_changed(void *data)
{
    struct logical_sweep *sweep = data;
    const struct northbound *northbound = sweep->docker->northbound;
    bool is_up = northbound_is_up(northbound);
    bool is_back = is_up && !sweep->was_up;
    size_t count = northbound_count(northbound);
    bool is_less = count < sweep->count;

    sweep->was_up = is_up;
    sweep->count = count;
    sweep->renews |= is_back;
    if (is_back || (sweep->has_idle && is_less))
        logical_sweep_run(sweep);
}

void logical_sweep_open(struct logical_sweep *sweep, struct docker *docker)
{
    sweep->docker = docker;
    sweep->listener = (struct northbound_listener){
        .changed = on_northbound_changed, .data = sweep};
    northbound_listen(docker->northbound, &sweep->listener);
}

void logical_sweep_close(struct logical_sweep *sweep)
{
    northbound_leave(&sweep->listener);
    northbound_forget(&sweep->call);
    txn_done(&sweep->txn);
    logical_forget(&sweep->making);
    network_row_done(&sweep->renewed);
    free(sweep->missing);
}
