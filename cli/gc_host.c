/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint gc --host NAME`: what a host that does not come back has left in
 * OVN's northbound database. Nothing there tells a host that is dead from one
 * that is cut off, so a person has to say it: the containers of a host that
 * lives would lose their network.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/gc.h"
#include "cli/northbound.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

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
        buf_addf(&cli->out, "%s  %s  %s\n", name ? name : "?", on ? on : "?",
                 holder ? holder : "?");
    }
}

static int gc_in(struct cli *cli, struct client *client,
                 struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event synced = {0}, rows = {0},
                                            done = {0};
    auto_txn struct txn select = {0}, removal = {0};
    size_t count = 0;
    int r = client_show(client, NULL, deadline, &synced, err);

    if (r < 0)
        return r;
    txn_init(&select, NORTHBOUND_NAME);
    northbound_select_host(&select, cli->options.host);
    r = northbound_ask(client, &select, deadline, &rows, err);
    if (r < 0)
        return r;
    txn_init(&removal, NORTHBOUND_NAME);
    for (size_t i = 0; i < reply_row_count(rows.outcome.result, 0); i++) {
        const char *port = port_at(rows.outcome.result, i);
        if (port)
            northbound_unplug(&removal, port);
        count += port != NULL;
    }
    if (count && cli->options.yes)
        r = northbound_ask(client, &removal, deadline, &done, err);
    else if (count)
        cli->status = CLI_FOUND;
    if (r < 0 || !count)
        return r;
    show(cli, rows.outcome.result);
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
    struct client *opened = NULL;
    int r = client_open(cli->settings.northbound, cli->deadline, &opened, err);
    auto_client struct client *client = opened;

    if (r >= 0)
        r = gc_in(cli, client, cli->deadline, err);
    return r < 0 ? err_wrap(err, "OVN's northbound database") : 0;
}
