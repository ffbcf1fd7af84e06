/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint detach`: takes back what `ovsint attach` has given. In this order:
 *
 *   1. Which container is meant? The runtimes know that; if none does, the
 *      container may have gone, and the rows of our ports tell it by its id or
 *      its namespace's path. Pitfall: the kernel gives the number of a
 *      namespace that has gone to the next one, so that rows of both may have
 *      one id. By a path only the rows that have it are meant.
 *   2. Its rows are looked at: if nothing is there to be removed, that is said.
 *   3. confine, then the engine removes the ports. A signal that comes then is
 *      too late: what is begun is finished, in the time that there is.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/confine.h"
#include "cli/plug/attach.h"
#include "ovsint/base/log.h"
#include "ovsint/base/stop.h"
#include "ovsint/rows/external_ids.h"

struct leaving {
    char id[LIMIT_CONTAINER_ID_SIZE]; /* of the holder; "" = not known yet */
    const char *ifname;               /* NULL = all */
    bool by_path;                     /* rows with this path are meant: */
    char netns[PATH_MAX];
    struct buf ports; /* "PORT IFNAME ID" a line */
    size_t count;
};

static bool is_of_cli(const struct vswitch_port *port)
{
    return vswitch_port_is_ours(port) &&
           vswitch_port_id_is(port, ID_OWNER, CLI_OWNER);
}

/* Does a person who types this mean the container of this row? */
static bool means_row(const char *text, const struct vswitch_port *port)
{
    const char *id = vswitch_port_id(port, ID_CONTAINER);

    if (vswitch_port_id_is(port, ID_NETNS, text))
        return true;
    return id && text[0] && !strchr(text, '/') &&
           strncmp(id, text, strlen(text)) == 0;
}

static int find_in_rows(const char *text, const struct vswitch_view *view,
                        struct leaving *ret, const struct err *unknown,
                        struct err *err)
{
    ret->by_path = strchr(text, '/');
    if (ret->by_path)
        snprintf(ret->netns, sizeof(ret->netns), "%s", text);
    for (size_t i = 0; i < view->count; i++) {
        const struct vswitch_port *port = view->ports[i];
        const char *id = vswitch_port_id(port, ID_CONTAINER);
        if (!id || !is_of_cli(port) || !means_row(text, port) ||
            strcmp(id, ret->id) == 0)
            continue;
        if (ret->id[0] && !ret->by_path)
            return err_set(err, EEXIST,
                           "'%.80s' is the beginning of several ids: %s, %s",
                           text, ret->id, id);
        snprintf(ret->id, sizeof(ret->id), "%s", id);
    }
    if (ret->id[0])
        return 0;
    *err = *unknown;
    return -err->code;
}

static bool is_leaving(const struct leaving *leaving,
                       const struct vswitch_port *port)
{
    if (leaving->ifname &&
        !vswitch_port_id_is(port, ID_IFNAME, leaving->ifname))
        return false;
    return leaving->by_path ? vswitch_port_id_is(port, ID_NETNS, leaving->netns)
                            : vswitch_port_has_member(port, leaving->id);
}

static void note_ports(const struct vswitch_view *view, struct leaving *ret)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct vswitch_port *port = view->ports[i];
        const char *ifname = vswitch_port_id(port, ID_IFNAME);
        const char *id = vswitch_port_id(port, ID_CONTAINER);
        if (!is_of_cli(port) || !ifname || !id || !is_leaving(ret, port))
            continue;
        buf_addf(&ret->ports, "%s %s %s\n", port->name, ifname, id);
        ret->count++;
    }
}

static int refuse_nothing(const struct cli *cli, const struct leaving *leaving,
                          struct err *err)
{
    return err_set(err, ENOENT,
                   "%.80s has no interface%s%s that 'ovsint attach' has made: "
                   "'ovsint ls' lists who has made which",
                   cli->options.words[0], leaving->ifname ? " " : "",
                   leaving->ifname ? leaving->ifname : "");
}

/* 1. and 2. */
static int look(const struct cli *cli, struct client *client,
                struct leaving *ret, struct err *err)
{
    static const struct vswitch_scope scope = {.owners = {CLI_OWNER}};
    auto_vswitch_view struct vswitch_view view = {0};
    auto_target struct target target = TARGET_CLOSED;
    struct err unknown = {0};
    const char *text = cli->options.words[0];

    int r = attach_run_look(client, &scope, cli->deadline, &view, err);
    if (r < 0)
        return r;
    r = target_open(text, &target, &unknown);
    if (target.id[0])
        snprintf(ret->id, sizeof(ret->id), "%s", target.id);
    else if (r < 0)
        r = find_in_rows(target.path[0] ? target.path : text, &view, ret,
                         &unknown, err);
    if (!ret->id[0])
        return r;
    note_ports(&view, ret);
    return ret->count ? 0 : refuse_nothing(cli, ret, err);
}

/* 3. All that the holder has, or the port of this name alone. */
static int release(const struct cli *cli, const struct leaving *leaving,
                   const char *boot, const char *id, const char *port,
                   struct err *err)
{
    auto_attach_run struct attach_run run = ATTACH_RUN_CLOSED;
    struct attach_failure failure;
    struct port_want named = {.spec = NULL};
    const struct attach_want want = {
        .task = ATTACH_REMOVE,
        .owner = CLI_OWNER,
        .self = "this command",
        .boot = boot,
        .only = leaving->ifname,
        .holder = {.kind = HOLDER_CONTAINER, .id = id},
        .northbound = cli->settings.northbound,
        .timeout_ms = cli->settings.timeout_ms,
        .deadline_ms = cli->deadline.at_ms,
        .patience_ms = deadline_in(RESTART_GRACE_MS).at_ms};

    snprintf(named.name, sizeof(named.name), "%s", port ? port : "");
    int r = attach_run_open(&run, cli->ovsdb, -1, NULL, 0, cli->deadline, err);
    if (r < 0)
        return r;
    r = attach_run(&run, &want, port ? &named : NULL, port ? 1 : 0, &failure);
    if (r < 0)
        *err = failure.err;
    return r;
}

static int remove_ports(const struct cli *cli, const struct leaving *leaving,
                        struct err *err)
{
    char boot[BOOT_ID_SIZE], port[IFNAME_SIZE], id[LIMIT_CONTAINER_ID_SIZE];
    const char *text = buf_text(&leaving->ports);

    int r = program_boot_id(boot, err);
    if (r >= 0)
        r = cli_confine_plugging(err);
    stop_begin();
    stop_cuts_waits(false);
    if (r >= 0 && !leaving->by_path)
        r = release(cli, leaving, boot, leaving->id, NULL, err);
    for (; r >= 0 && leaving->by_path &&
           sscanf(text, "%15s %*s %255s", port, id) == 2;
         text = strchr(text, '\n') + 1)
        r = release(cli, leaving, boot, id, port, err);
    stop_end();
    return r;
}

static void answer(struct cli *cli, const struct leaving *leaving)
{
    struct json_writer w = JSON_WRITER(&cli->out);
    const char *text = buf_text(&leaving->ports);
    char port[IFNAME_SIZE], ifname[IFNAME_SIZE];

    if (cli->options.json) {
        json_write_object(&w);
        json_write_member(&w, "id", leaving->id);
        json_write_key(&w, "removed");
        json_write_array(&w);
    }
    for (; sscanf(text, "%15s %15s", port, ifname) == 2;
         text = strchr(text, '\n') + 1) {
        if (cli->options.json) {
            json_write_object(&w);
            json_write_member(&w, "interface", ifname);
            json_write_member(&w, "port", port);
            json_write_object_end(&w);
            continue;
        }
        log_clean(cli->options.words[0], &cli->out);
        buf_addf(&cli->out, ": %s is gone (port %s)\n", ifname, port);
    }
    if (cli->options.json) {
        json_write_array_end(&w);
        json_write_object_end(&w);
        buf_add_text(&cli->out, "\n");
    }
}

static int detach(struct cli *cli, struct leaving *leaving, struct err *err)
{
    auto_client struct client *client = NULL;

    int r = client_open(cli->ovsdb, cli->deadline, &client, err);
    if (r >= 0)
        r = look(cli, client, leaving, err);
    if (r >= 0)
        r = remove_ports(cli, leaving, err);
    if (r >= 0)
        answer(cli, leaving);
    return r;
}

int detach_command(struct cli *cli, struct err *err)
{
    const struct cli_options *options = &cli->options;
    struct leaving leaving = {
        .ifname = options->word_count > 1 ? options->words[1] : NULL,
        .ports = BUF_INIT(1u << 16)};

    int r = target_check(options->words[0], err);
    if (r < 0)
        cli->status = CLI_BAD_INPUT;
    if (r >= 0)
        r = attach_run_refuse_rootless("run ovsint as root", err);
    if (r >= 0)
        r = detach(cli, &leaving, err);
    buf_done(&leaving.ports);
    return r;
}
