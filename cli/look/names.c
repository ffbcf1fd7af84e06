/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint names`: what completion offers. A person waits at a prompt: what is
 * away is left out, and nothing is reported.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/ports/plugged.h"
#include "ovsint/base/log.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/row.h"

#define PATIENCE_MS 500
#define SHOWN_ID 12

static void add(struct cli *cli, const char *name)
{
    if (!name || !name[0])
        return;
    log_clean(name, &cli->out);
    buf_add_text(&cli->out, "\n");
}

static void name_containers(struct cli *cli)
{
    auto_containers struct containers containers = {0};

    containers_read(&containers);
    for (size_t i = 0; i < containers.count; i++) {
        const struct container *container = &containers.list[i];
        char id[SHOWN_ID + 1];
        if (container->pid == 0)
            continue;
        snprintf(id, sizeof(id), "%.*s", SHOWN_ID, container->id);
        add(cli, container->name[0] ? container->name : id);
    }
}

/* What `ovsint show` takes: whoever has made the port. */
static void name_ports(struct cli *cli, struct client *client)
{
    auto_session_event struct session_event event = {0};
    auto_containers struct containers containers = {0};
    auto_plugged struct plugged_list list = {0};
    auto_monitor struct monitor monitor = {0};
    struct err ignored = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    plugged_watch(&monitor, false);
    if (client_show(client, &monitor, cli->deadline, &event, &ignored) < 0)
        return;
    plugged_from_rows(&list, event.updates);
    containers_read(&containers);
    plugged_name(&list, &containers);
    for (size_t i = 0; i < list.count; i++) {
        const struct plugged *plugged = &list.list[i];
        add(cli, plugged->port);
        add(cli, plugged->name ? plugged->name : plugged->container);
    }
}

static void name_bridges(struct cli *cli, struct client *client)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};
    struct row_update row;
    struct err ignored = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    monitor_table(&monitor, "Bridge", "name", NULL);
    if (client_show(client, &monitor, cli->deadline, &event, &ignored) < 0)
        return;
    for (size_t i = 0; monitor_update_at(event.updates, "Bridge", i, &row); i++)
        add(cli, row_string(row.row, "name"));
}

static void name_rows(struct cli *cli, bool bridges)
{
    auto_client struct client *client = NULL;
    struct err ignored = {0};

    if (client_open(cli->ovsdb, cli->deadline, &client, &ignored) < 0)
        return;
    if (bridges)
        name_bridges(cli, client);
    else
        name_ports(cli, client);
}

int names_command(struct cli *cli, struct err *err)
{
    const char *what = cli->options.words[0];

    cli->deadline = deadline_in(PATIENCE_MS);
    if (strcmp(what, "containers") == 0) {
        name_containers(cli);
    } else if (strcmp(what, "ports") == 0 || strcmp(what, "bridges") == 0) {
        name_rows(cli, what[0] == 'b');
    } else {
        cli->status = CLI_BAD_INPUT;
        return err_set(err, EINVAL,
                       "names: '%.80s' is none of containers, ports, bridges",
                       what);
    }
    return 0;
}
