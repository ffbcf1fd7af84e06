/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Connects to both servers, gives up rights, then reads. The daemon is asked
 * over HTTP, one question for each connection.
 */
#include "cli/ports/gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/confine.h"
#include "cli/ports/switch.h"
#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/program/program.h"

#define DAEMON_PATIENCE_MS 2000

#define QUESTION(path)                           \
    "POST " path " HTTP/1.1\r\nHost: ovsint\r\n" \
    "Content-Length: 0\r\nConnection: close\r\n\r\n"

static int read_rows(struct client *client, struct deadline deadline, bool pool,
                     struct plugged_list *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    plugged_watch(&monitor, pool);
    int r = client_show_soon(client, &monitor, deadline, &event, err);
    if (r >= 0)
        plugged_from_rows(ret, event.updates);
    return r;
}

/* The body of the answer, which must be 200. NULL if it is another one. */
static const char *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    return body && strncmp(answer, "HTTP/1.1 200", 12) == 0 ? body + 4 : NULL;
}

/* The answer's body, from *ret_body on, is in `text`. */
static int ask_daemon(int fd, const char *question, struct buf *text,
                      const char **ret_body, struct err *err)
{
    struct deadline deadline = deadline_in(DAEMON_PATIENCE_MS);
    size_t size = strlen(question);

    if (send(fd, question, size, MSG_NOSIGNAL) != (ssize_t)size)
        return err_sys(err, "ask the daemon at " DAEMON_SOCKET);
    int r = io_read_all(fd, "the daemon's answer", deadline, text, err);
    if (r < 0)
        return r;
    *ret_body = body_of(buf_text(text));
    if (!*ret_body)
        return err_set(err, EPROTO,
                       "the daemon at " DAEMON_SOCKET
                       " does not know the question");
    return 0;
}

static int read_daemon(int fd, struct plugged_list *ret, struct err *err)
{
    static const struct json_limits limits = {.size = LIMIT_PORTS_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_buf struct buf text = BUF_INIT(LIMIT_PORTS_SIZE);
    auto_json struct json *answer = NULL;
    const char *body;

    int r = ask_daemon(fd, QUESTION("/Ovsint.Ports"), &text, &body, err);
    if (r >= 0)
        r = json_parse(body, strlen(body), &limits, &answer, err);
    return r < 0 ? r : plugged_from_daemon(ret, answer, err);
}

static int read_metrics(int fd, struct buf *ret, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_METRICS_SIZE);
    const char *body;

    int r = ask_daemon(fd, QUESTION("/Ovsint.Metrics"), &text, &body, err);
    if (r >= 0)
        buf_add_text(ret, body);
    return r;
}

static int connect_daemon(struct err *err)
{
    return io_connect_unix(DAEMON_SOCKET, deadline_in(DAEMON_PATIENCE_MS), err);
}

/* `metrics` may be NULL. */
static int gather_all(struct cli *cli, enum gather_purpose purpose,
                      struct plugged_list *ret, struct buf *metrics,
                      struct err *err)
{
    static const enum cli_deeds deeds[] = {
        [GATHER_TO_SHOW] = CLI_LOOKS, [GATHER_TO_REMOVE] = CLI_REMOVES};
    auto_containers struct containers containers = {0};
    auto_client struct client *client = NULL;
    char boot[BOOT_ID_SIZE];
    struct err ignored = {0};

    int r = program_boot_id(boot, err);
    if (r < 0)
        return r;
    int has_client =
        client_open(cli->ovsdb, cli->deadline, &client, &ret->rows_why);
    auto_close int daemon = connect_daemon(&ret->daemon_why);
    auto_close int measured = metrics ? connect_daemon(&ignored) : -1;
    r = cli_confine_looking(deeds[purpose], err);
    if (r < 0)
        return r;
    if (has_client >= 0)
        (void)!read_rows(client, cli->deadline, purpose == GATHER_POOL, ret,
                         &ret->rows_why);
    if (purpose == GATHER_POOL && !ret->has_rows) {
        *err = ret->rows_why;
        return -err->code;
    }
    if (purpose == GATHER_POOL) {
        plugged_judge_pool(ret, boot);
        plugged_sort(ret);
        return 0;
    }
    if (daemon >= 0 && purpose != GATHER_TO_REMOVE)
        (void)!read_daemon(daemon, ret, &ret->daemon_why);
    if (measured >= 0)
        (void)!read_metrics(measured, metrics, &ignored);
    containers_read(&containers);
    ret->names_cut = containers.is_cut;
    plugged_name(ret, &containers);
    plugged_look_inside(ret, boot);
    if (!ret->has_rows)
        plugged_search(ret);
    plugged_sort(ret);
    return 0;
}

int gather_rows(struct client *client, struct deadline deadline,
                struct plugged_list *ret, struct err *err)
{
    auto_containers struct containers containers = {0};

    int r = read_rows(client, deadline, false, ret, err);
    if (r < 0)
        return r;
    containers_read(&containers);
    plugged_name(ret, &containers);
    return 0;
}

int gather_daemon(struct plugged_list *ret, struct err *err)
{
    auto_close int daemon =
        io_connect_unix(DAEMON_SOCKET, deadline_in(DAEMON_PATIENCE_MS), err);

    return daemon < 0 ? daemon : read_daemon(daemon, ret, err);
}

int switch_read(struct client *client, struct deadline deadline,
                struct switch_seen *ret, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    switch_watch(&monitor);
    int r = client_show_soon(client, &monitor, deadline, &event, err);
    if (r >= 0)
        switch_from_rows(ret, event.updates);
    return r;
}

int gather(struct cli *cli, enum gather_purpose purpose,
           struct plugged_list *ret, struct err *err)
{
    return gather_all(cli, purpose, ret, NULL, err);
}

int gather_metrics(struct cli *cli, struct plugged_list *ret,
                   struct buf *ret_metrics, struct err *err)
{
    return gather_all(cli, GATHER_TO_SHOW, ret, ret_metrics, err);
}

void gather_warn(const struct plugged_list *list)
{
    char limit[32];

    snprintf(limit, sizeof(limit), "%d", LIMIT_RUNTIME_CONTAINERS);
    if (list->names_cut)
        log_event(LOG_LEVEL_WARNING,
                  "there are more containers than are read: some ports are "
                  "shown by id, not by name",
                  "limit", limit, NULL);
    if (!list->has_rows)
        log_event(LOG_LEVEL_WARNING, list->rows_why.text, "shown",
                  list->has_daemon
                      ? "what the daemon remembers, and devices in namespaces"
                      : "devices in namespaces",
                  NULL);
}
