/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint gc --host NAME`: what a host that does not come back has left in
 * OVN's northbound database: its logical ports, names whose logical port
 * somebody else has removed, and the notes that its networks use logical
 * switches and their gateways. What nobody uses then is removed, too. Nothing
 * there tells a host that is dead from one that is cut off, so a person has to
 * say it: the containers of a host that lives would lose their network. So this
 * host itself is refused, and one whose daemon answers (ovn/host_lives.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/confine.h"
#include "cli/plug/gc.h"
#include "cli/ports/northbound.h"
#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/host_lives.h"
#include "ovsint/ovn/logical_gateway.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define PATIENCE_MS 3000
#define LOOK_EVERY_MS 100

static const char *port_at(const struct json *result, size_t i)
{
    const char *name = row_string(reply_row(result, 0, i), "name");

    return name ? names_port_of_logical(name) : NULL;
}

static void show(struct cli *cli, const struct json *result)
{
    for (size_t i = 0; i < reply_row_count(result, 0); i++) {
        const struct json *row = reply_row(result, 0, i);
        const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);
        const char *on = row_map_get(row, "external_ids", ID_OVN_SWITCH);
        const char *name = row_string(row, "name");
        if (!holder)
            holder = row_map_get(row, "external_ids", ID_ENDPOINT);
        buf_addf(&cli->out, "%s  %s  %s  %s\n", name ? name : "?",
                 on ? on : "?", holder ? holder : "?",
                 northbound_is_bound(row) ? "bound" : "not bound");
    }
}

enum { OP_PORTS, OP_GATEWAYS, OP_SWITCHES, OP_NAMES };

/* Of a port: they stay if somebody else removes its logical port. */
static void select_names(struct txn *txn, const char *host)
{
    txn_select(txn, "DNS", "_uuid", "records", "external_ids", NULL);
    txn_where_pair(txn, "external_ids", ID_OVN_HOST, host);
}

static int select_all(struct client *client, const char *host,
                      struct deadline deadline, struct session_event *ret,
                      struct err *err)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, NORTHBOUND_NAME);
    northbound_select_host(&txn, host);
    logical_gateways_select(&txn);
    logical_switches_select(&txn, DOCKER_OWNER);
    select_names(&txn, host);
    return northbound_ask(client, &txn, deadline, ret, err);
}

static size_t remove_ports(const struct json *result, struct txn *txn)
{
    size_t count = 0;

    for (size_t i = 0; i < reply_row_count(result, OP_PORTS); i++) {
        const char *port = port_at(result, i);
        if (port)
            northbound_unplug(txn, port);
        count += port != NULL;
    }
    return count;
}

/* Does a logical port of the host take it along? */
static bool goes_with_port(const struct json *result, const char *name_uuid)
{
    char uuid[NAMES_UUID_SIZE];

    for (size_t i = 0; i < reply_row_count(result, OP_PORTS); i++) {
        const char *port = port_at(result, i);
        if (port)
            names_dns_uuid(port, uuid);
        if (port && strcmp(uuid, name_uuid) == 0)
            return true;
    }
    return false;
}

static size_t remove_names(struct cli *cli, const struct json *result,
                           struct txn *txn)
{
    size_t count = 0;

    for (size_t i = 0; i < reply_row_count(result, OP_NAMES); i++) {
        const struct json *row = reply_row(result, OP_NAMES, i);
        const char *on = row_map_get(row, "external_ids", ID_OVN_SWITCH);
        const char *uuid = row_uuid(row, "_uuid");
        const char *name, *value;
        if (!uuid || goes_with_port(result, uuid))
            continue;
        northbound_remove_name(txn, uuid);
        if (!row_map_at(row, "records", 0, &name, &value))
            name = "?";
        buf_addf(&cli->out, "%s  %s  name without a port\n", name,
                 on ? on : "?");
        count++;
    }
    return count;
}

static void show_use(struct cli *cli, const struct json *row,
                     const char *network)
{
    const char *name = row_string(row, "name");

    buf_addf(&cli->out, "%s  use by network %.12s\n", name ? name : "?",
             network);
}

static size_t leave_gateways(struct cli *cli, const struct json *result,
                             struct txn *txn)
{
    char network[DOCKER_ID_SIZE];
    size_t count = 0;

    for (size_t i = 0; i < reply_row_count(result, OP_GATEWAYS); i++) {
        const struct json *row = reply_row(result, OP_GATEWAYS, i);
        size_t at = 0;
        while (logical_gateway_next(row, cli->options.host, &at, network)) {
            logical_gateway_leave(txn, row_uuid(row, "_uuid"), network,
                                  cli->options.host);
            show_use(cli, row, network);
            count++;
        }
    }
    return count;
}

static size_t leave_switches(struct cli *cli, const struct json *result,
                             struct txn *txn)
{
    const char *network;
    size_t count = 0;

    for (size_t i = 0; i < reply_row_count(result, OP_SWITCHES); i++) {
        const struct json *row = reply_row(result, OP_SWITCHES, i);
        size_t at = 0;
        while ((network = logical_switch_next_network(row, cli->options.host,
                                                      &at)) != NULL) {
            logical_switch_leave(txn, row_uuid(row, "_uuid"), network);
            show_use(cli, row, network);
            count++;
        }
    }
    return count;
}

/* Guarded: somebody may use it again by now, or a port may be on it. */
static int remove_unused(struct client *client, const struct json *row,
                         void (*removal)(struct txn *txn,
                                         const struct json *row),
                         struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event done = {0};
    auto_txn struct txn txn = {0};

    if (!row_uuid(row, "_uuid") || logical_switch_use_count(row) > 0)
        return 0;
    txn_init(&txn, NORTHBOUND_NAME);
    removal(&txn, row);
    int r = northbound_ask(client, &txn, deadline, &done, err);
    return r == -ESTALE ? 0 : r;
}

static int remove_all_unused(struct cli *cli, struct client *client,
                             struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event rows = {0};
    int r = select_all(client, cli->options.host, deadline, &rows, err);
    const struct json *result = rows.outcome.result;

    for (size_t i = 0; r >= 0 && i < reply_row_count(result, OP_GATEWAYS); i++)
        r = remove_unused(client, reply_row(result, OP_GATEWAYS, i),
                          logical_gateway_remove, deadline, err);
    for (size_t i = 0; r >= 0 && i < reply_row_count(result, OP_SWITCHES); i++)
        r = remove_unused(client, reply_row(result, OP_SWITCHES, i),
                          logical_switch_remove, deadline, err);
    return r;
}

/* Of this host's own database. */
enum { HERE_CHASSIS, HERE_PORTS };

/* Without its own database nobody knows which host this is. That one may be
 * stuck, and OVN's is to be asked all the same: then there are no rows. */
static void look_here(struct client *client, struct session_event *ret)
{
    auto_session_event struct session_event synced = {0};
    struct deadline deadline = deadline_in(PATIENCE_MS);
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    if (!client)
        return;
    txn_init(&txn, OVSDB_NAME);
    chassis_select(&txn);
    txn_select(&txn, "Port", "name", NULL);
    txn_where_any(&txn);
    if (client_show(client, NULL, deadline, &synced, &ignored) >= 0)
        (void)!northbound_ask(client, &txn, deadline, ret, &ignored);
}

static int refuse_own(const struct cli *cli, const struct json *here,
                      struct err *err)
{
    struct chassis chassis = {0};

    if (here)
        chassis_read(here, HERE_CHASSIS, &chassis);
    if (cli->options.force || strcmp(chassis.name, cli->options.host) != 0)
        return 0;
    return err_set(err, EBUSY,
                   "host %.64s is this one, whose containers would lose their "
                   "network: 'ovsint gc' removes what dead ones have left, and "
                   "with --force all of it goes",
                   cli->options.host);
}

static bool is_here(const struct json *here, const char *port)
{
    for (size_t i = 0; i < reply_row_count(here, HERE_PORTS); i++) {
        const char *name = row_string(reply_row(here, HERE_PORTS, i), "name");
        if (name && strcmp(name, port) == 0)
            return true;
    }
    return false;
}

/* The host had another name when its ports were made, and its daemon listens by
 * the one of now. */
static int refuse_renamed(const struct cli *cli, const struct json *here,
                          const struct json *result, struct err *err)
{
    if (!here || cli->options.force)
        return 0;
    for (size_t i = 0; i < reply_row_count(result, OP_PORTS); i++) {
        const char *port = port_at(result, i);
        if (port && is_here(here, port))
            return err_set(
                err, EBUSY,
                "host %.64s is this one by its former system-id, as port %.15s "
                "is here, and its container would lose its network: 'ovs-vsctl "
                "set Open_vSwitch . external_ids:system-id=%.64s' gives the "
                "name back, and with --force all of it goes",
                cli->options.host, port, cli->options.host);
    }
    return 0;
}

static int refuse_answer(const struct cli *cli, enum host_answer answer,
                         struct err *err)
{
    if (answer == HOST_SILENT)
        return 0;
    if (answer == HOST_LIVES)
        return err_set(err, EBUSY,
                       "host %.64s lives: its ovsint-plugin has answered just "
                       "now, and its containers would lose their network: stop "
                       "it there first, or give --force",
                       cli->options.host);
    return err_set(err, EBUSY,
                   "a logical port of host %.64s has gone just now: that host "
                   "lives, or somebody else removes what it has left: if it is "
                   "dead, say so again",
                   cli->options.host);
}

static int refuse_if_answered(const struct cli *cli, struct client *client,
                              const char *logical, struct err *err)
{
    auto_session_event struct session_event rows = {0}, none = {0};
    auto_txn struct txn txn = {0};

    (void)!client_next(client, deadline_in(LOOK_EVERY_MS), &none);
    txn_init(&txn, NORTHBOUND_NAME);
    size_t op = host_lives_look(&txn, logical);
    int r = northbound_ask(client, &txn, deadline_in(PATIENCE_MS), &rows, err);
    return r < 0 ? r
                 : refuse_answer(cli, host_lives_read(rows.outcome.result, op),
                                 err);
}

/* Asked by one of its logical ports. The last look is after the patience has
 * ended: this process may have been the one that was held up, and what was
 * answered meanwhile counts. */
static int refuse_living(const struct cli *cli, struct client *client,
                         const char *logical, struct err *err)
{
    auto_session_event struct session_event asked = {0};
    struct deadline patience = deadline_in(PATIENCE_MS);
    auto_txn struct txn question = {0};
    bool is_last = false;

    txn_init(&question, NORTHBOUND_NAME);
    host_lives_ask(&question, logical);
    int r = northbound_ask(client, &question, deadline_in(2 * PATIENCE_MS),
                           &asked, err);
    while (r >= 0 && !is_last) {
        is_last = deadline_left_ms(patience) <= 0;
        r = refuse_if_answered(cli, client, logical, err);
    }
    return r;
}

/* The port by which a host is asked, as its daemon looks at those with our
 * names alone; NULL = there is none. A host without any has no container that
 * would lose something, and makes what its networks need again. */
static const char *asked_by(const struct json *result)
{
    size_t i = 0;

    while (i < reply_row_count(result, OP_PORTS) && !port_at(result, i))
        i++;
    return row_string(reply_row(result, OP_PORTS, i), "name");
}

static int refuse_if_alive(const struct cli *cli, struct client *client,
                           const struct json *result, struct err *err)
{
    const char *logical = asked_by(result);

    if (cli->options.force || !cli->options.yes || !logical)
        return 0;
    return refuse_living(cli, client, logical, err);
}

/* What the answer was made of: a host that lives without a daemon looks as a
 * dead one does. OVN's `up` is what its ovn-controller said last. */
static void show_what_was_asked(struct cli *cli, const struct json *result)
{
    const char *logical = asked_by(result), *host = cli->options.host;

    if (!logical)
        buf_addf(&cli->out,
                 "host %.64s has no logical port, so there is nobody to be "
                 "asked whether it lives\n",
                 host);
    else if (cli->options.force)
        buf_addf(&cli->out, "host %.64s was not asked whether it lives\n",
                 host);
    else if (cli->options.yes)
        buf_addf(&cli->out,
                 "host %.64s was asked by logical port %s, and no "
                 "ovsint-plugin answered within %d s: so it counts as dead, as "
                 "does a host that lives without one\n",
                 host, logical, PATIENCE_MS / 1000);
    else
        buf_addf(&cli->out,
                 "host %.64s was not asked yet: with --yes its ovsint-plugin "
                 "is, and all goes unless it answers; a host that lives "
                 "without one counts as dead, and its containers would lose "
                 "their network: so look there first\n",
                 host);
}

static int gc_in(struct cli *cli, struct client *client,
                 const struct json *here, struct deadline deadline,
                 struct err *err)
{
    auto_session_event struct session_event synced = {0}, rows = {0},
                                            done = {0};
    auto_txn struct txn removal = {0};
    int r = client_show(client, NULL, deadline, &synced, err);

    if (r >= 0)
        r = select_all(client, cli->options.host, deadline, &rows, err);
    if (r >= 0)
        r = refuse_renamed(cli, here, rows.outcome.result, err);
    if (r >= 0)
        r = refuse_if_alive(cli, client, rows.outcome.result, err);
    if (r < 0)
        return r;
    deadline = deadline_in((int)cli->settings.timeout_ms);
    txn_init(&removal, NORTHBOUND_NAME);
    size_t count = remove_ports(rows.outcome.result, &removal);
    if (count)
        show(cli, rows.outcome.result);
    count += remove_names(cli, rows.outcome.result, &removal);
    count += leave_gateways(cli, rows.outcome.result, &removal);
    count += leave_switches(cli, rows.outcome.result, &removal);
    if (!count)
        return 0;
    show_what_was_asked(cli, rows.outcome.result);
    if (!cli->options.yes)
        cli->status = CLI_FOUND;
    else
        r = northbound_ask(client, &removal, deadline, &done, err);
    if (r >= 0 && cli->options.yes)
        r = remove_all_unused(cli, client, deadline, err);
    if (r < 0)
        return r;
    if (cli->options.yes)
        buf_addf(&cli->out, "%zu removed\n", count);
    else
        buf_addf(&cli->out,
                 "%zu to be removed: 'ovsint gc --host %.64s --yes', if that "
                 "host does not come back\n",
                 count, cli->options.host);
    return 0;
}

int gc_host(struct cli *cli, struct err *err)
{
    struct client *opened = NULL, *own_opened = NULL;
    auto_session_event struct session_event here = {0};
    struct err ignored = {0};

    int r = client_open(cli->settings.northbound, cli->deadline, &opened, err);
    auto_client struct client *client = opened;
    (void)!client_open(cli->ovsdb, deadline_in(PATIENCE_MS), &own_opened,
                       &ignored);
    auto_client struct client *own = own_opened;
    if (r >= 0)
        r = cli_confine_asking(err);
    if (r >= 0) {
        look_here(own, &here);
        r = refuse_own(cli, here.outcome.result, err);
    }
    if (r >= 0)
        r = gc_in(cli, client, here.outcome.result, deadline_in(PATIENCE_MS),
                  err);
    return r < 0 && r != -EBUSY ? err_wrap(err, "OVN's northbound database")
                                : r;
}
