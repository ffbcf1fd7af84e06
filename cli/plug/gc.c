/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint gc`: ports whose container has ended, for certain: the host has
 * started anew since, or its namespace is nowhere and would be seen. What the
 * guardian says does not count, as this is for hosts where it is away. Each
 * port is removed only if its row still is as it was when it was judged; one
 * that cannot be removed does not keep the others.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/mirror/mirror.h"
#include "cli/plug/gc.h"
#include "cli/ports/gather.h"
#include "cli/screen/table.h"
#include "ovsint/attach/run.h"
#include "ovsint/base/log.h"
#include "ovsint/base/stop.h"
#include "ovsint/program/program.h"

static const struct table_column columns[] = {
    {"CONTAINER", false, 0}, {"IFACE", false, 0}, {"PORT", false, 0},
    {"BRIDGE", false, 1},    {"BY", false, 2},    {"ADDRESSES", false, 3}};

static bool is_dead(const struct plugged *plugged)
{
    return plugged->row && plugged->state && plugged->owner &&
           strcmp(plugged->state, "container gone") == 0 &&
           (plugged->container || plugged->endpoint);
}

static int remove_port(const struct cli *cli, const char *boot,
                       const struct plugged *plugged, struct err *err)
{
    auto_attach_run struct attach_run run = ATTACH_RUN_CLOSED;
    const struct deadline deadline = deadline_in(cli->settings.timeout_ms);
    struct attach_failure failure;
    struct port_want want = {.spec = NULL};
    /* A port of Docker's is known by its endpoint, also if a runtime has told
     * whose it is. */
    bool of_docker = plugged->endpoint != NULL;
    const struct attach_want what = {
        .task = ATTACH_REMOVE,
        .owner = plugged->owner,
        .self = "this command",
        .boot = boot,
        .holder = {.kind = of_docker ? HOLDER_ENDPOINT : HOLDER_CONTAINER,
                   .id = of_docker ? plugged->endpoint : plugged->container},
        .northbound = cli->settings.northbound,
        .timeout_ms = cli->settings.timeout_ms,
        .deadline_ms = deadline.at_ms,
        .patience_ms = deadline.at_ms};

    memcpy(want.name, plugged->port, sizeof(want.name));
    int r = attach_run_open(&run, cli->ovsdb, -1, NULL, 0, deadline, err);
    if (r < 0)
        return r;
    r = attach_run(&run, &what, &want, 1, &failure);
    if (r < 0)
        *err = failure.err;
    return r;
}

/* Some may be left: the port at hand is removed in any case. */
static int stopped(struct cli *cli, size_t removed, struct err *err)
{
    cli->signal = stop_asked();
    return err_set(err, EINTR,
                   "%s came before all was removed: %zu are, and the same "
                   "command once more removes the others",
                   stop_name(cli->signal), removed);
}

/* Removes what is dead. The first failure is reported. */
static int remove_dead(struct cli *cli, struct plugged_list *list,
                       struct err *err)
{
    char boot[BOOT_ID_SIZE];
    int first = 0;
    size_t removed = 0;

    int r = program_boot_id(boot, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < list->count; i++) {
        struct err why = {0};
        if (!is_dead(&list->list[i]))
            continue;
        if (stop_asked()) {
            if (first < 0)
                log_event(LOG_LEVEL_ERROR, err->text, NULL);
            return stopped(cli, removed, err);
        }
        r = remove_port(cli, boot, &list->list[i], &why);
        removed += r >= 0;
        if (r < 0 && first >= 0) {
            first = r;
            *err = why;
            err_wrap(err, "remove port %s", list->list[i].port);
        }
    }
    return first;
}

static int remove_all(struct cli *cli, struct plugged_list *list,
                      struct err *err)
{
    stop_begin();
    stop_cuts_waits(false);
    int r = remove_dead(cli, list, err);
    stop_end();
    return r;
}

static void write_json(struct cli *cli, const struct plugged_list *list,
                       size_t mirrors)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "removed");
    json_write_bool(&w, cli->options.yes);
    json_write_key(&w, "ports");
    json_write_array(&w);
    for (size_t i = 0; i < list->count; i++) {
        if (is_dead(&list->list[i]))
            plugged_write(&list->list[i], &w);
    }
    json_write_array_end(&w);
    json_write_key(&w, "mirrors");
    json_write_int(&w, (int64_t)mirrors);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static size_t list_dead(const struct plugged_list *list, struct table *table)
{
    char room[LIMIT_CONTAINER_ID_SIZE];
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct plugged *plugged = &list->list[i];
        if (!is_dead(plugged))
            continue;
        count++;
        table_add(table, COLOUR_BOLD, plugged_title(plugged, room));
        table_add(table, COLOUR_NONE, plugged->ifname);
        table_add(table, COLOUR_NONE, plugged->port);
        table_add(table, COLOUR_NONE, plugged->bridge);
        table_add(table, COLOUR_NONE, plugged->owner);
        table_add(table, COLOUR_NONE, plugged->addresses);
    }
    return count;
}

int gc_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};

    if (cli->options.host)
        return gc_host(cli, err);
    int r = gather(cli, GATHER_TO_REMOVE, &list, err);
    if (r < 0)
        return r;
    if (!list.has_rows) {
        *err = list.rows_why;
        return -err->code;
    }
    size_t mirrors, count = list_dead(&list, &table);
    if (cli->options.yes)
        r = remove_all(cli, &list, err);
    if (r >= 0)
        r = mirror_collect(cli, &list, is_dead, &mirrors, err);
    if (r < 0)
        return r;
    if (!cli->options.yes && count + mirrors)
        cli->status = CLI_FOUND;
    if (cli->options.json) {
        write_json(cli, &list, mirrors);
        return 0;
    }
    if (count)
        table_write(&table, &cli->terminal, &cli->out);
    count += mirrors;
    if (mirrors)
        buf_addf(&cli->out, "%zu of them mirrors that have lost an end\n",
                 mirrors);
    if (count && !cli->options.yes)
        buf_addf(&cli->out, "%zu to be removed: 'ovsint gc --yes'\n", count);
    else if (count)
        buf_addf(&cli->out, "%zu removed\n", count);
    return 0;
}
