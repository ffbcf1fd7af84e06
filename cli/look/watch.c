/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The loop of `ovsint watch`: wait for the database, ask the guardian once a
 * second, tell what has happened. Whatever of both goes away is connected to
 * anew.
 */
#include "cli/look/watch_events.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/confine.h"
#include "cli/ports/gather.h"
#include "ovsint/base/io.h"
#include "ovsint/base/log.h"

#define ROUND_MS 1000
#define NAMES_MS 200
#define CONNECT_PATIENCE_MS 2000

struct watcher {
    struct cli *cli;
    struct client *client; /* NULL = the database is away */
    struct watch watch;
    struct containers containers;
    struct deadline ask;   /* when the guardian is asked next */
    struct deadline names; /* not to be read again before */
    bool was_asked;
    bool has_guardian;
    bool was_away; /* the database, and that was told */
};

static void watcher_done(struct watcher *watcher)
{
    client_close(watcher->client);
    watch_done(&watcher->watch);
    containers_done(&watcher->containers);
}
#define auto_watcher __attribute__((cleanup(watcher_done)))

/* Telling. */

static void add_time(bool json, struct buf *ret)
{
    time_t now = time(NULL);
    struct tm parts;
    char text[32] = "";

    if (json)
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ",
                       gmtime_r(&now, &parts));
    else
        (void)strftime(text, sizeof(text), "%H:%M:%S",
                       localtime_r(&now, &parts));
    buf_add_text(ret, text);
}

static void write_member(struct json_writer *w, const char *key,
                         const char *text)
{
    if (text && text[0])
        json_write_member(w, key, text);
}

static void write_event(struct cli *cli, const struct watch_event *event,
                        const char *when)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_member(&w, "time", when);
    json_write_member(&w, "event", event->kind);
    json_write_member(&w, "text", event->text);
    write_member(&w, "port", event->port);
    write_member(&w, "who", event->who);
    write_member(&w, "container", event->container);
    write_member(&w, "interface", event->ifname);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static enum colour colour_of(const char *kind)
{
    static const struct {
        const char *kind;
        enum colour colour;
    } table[] = {{"arrived", COLOUR_GREEN},
                 {"repaired", COLOUR_GREEN},
                 {"refused", COLOUR_RED},
                 {"state", COLOUR_YELLOW}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(kind, table[i].kind) == 0)
            return table[i].colour;
    }
    return COLOUR_NONE;
}

static void show_event(struct cli *cli, const struct watch_event *event,
                       const char *when)
{
    buf_addf(&cli->out, "%s  ", when);
    terminal_add(&cli->terminal, colour_of(event->kind), event->kind,
                 &cli->out);
    buf_addf(&cli->out, "%*s", (int)(10 - strlen(event->kind)), "");
    if (event->who) {
        terminal_add(&cli->terminal, COLOUR_BOLD, event->who, &cli->out);
        buf_add_text(&cli->out, " ");
        terminal_add(&cli->terminal, COLOUR_NONE,
                     event->ifname ? event->ifname : event->port, &cli->out);
        buf_add_text(&cli->out, ": ");
    }
    terminal_add(&cli->terminal, COLOUR_NONE, event->text, &cli->out);
    buf_add_text(&cli->out, "\n");
}

static int tell(struct watcher *watcher, struct err *err)
{
    struct cli *cli = watcher->cli;
    auto_buf struct buf when = BUF_INIT(64);

    if (!watcher->watch.count)
        return 0;
    add_time(cli->options.json, &when);
    for (size_t i = 0; i < watcher->watch.count; i++) {
        const struct watch_event *event = &watcher->watch.events[i];
        if (cli->options.json)
            write_event(cli, event, buf_text(&when));
        else
            show_event(cli, event, buf_text(&when));
    }
    watch_told(&watcher->watch);
    return cli_flush(cli, err);
}

/* Looking. */

static void read_names(struct watcher *watcher)
{
    containers_done(&watcher->containers);
    containers_read(&watcher->containers);
    plugged_name(&watcher->watch.known, &watcher->containers);
    watcher->watch.containers = &watcher->containers;
    watcher->watch.unnamed = 0;
    watcher->names = deadline_in(NAMES_MS);
}

/* Whoever has just come is not known by name yet. */
static void read_names_of_new(struct watcher *watcher,
                              const struct json *updates)
{
    struct row_update row;
    bool inserts = false;

    for (size_t i = 0; monitor_update_at(updates, "Interface", i, &row); i++)
        inserts |= row.change == ROW_INSERT;
    if (inserts && deadline_passed(watcher->names))
        read_names(watcher);
}

static void hear(struct watcher *watcher, const struct session_event *event)
{
    struct watch *watch = &watcher->watch;

    switch (event->type) {
    case SESSION_SYNCED:
        watch_synced(watch, event->updates);
        if (watcher->was_away)
            watch_note(watch, "database", "the database is back");
        watcher->was_away = false;
        break;
    case SESSION_UPDATED:
        read_names_of_new(watcher, event->updates);
        watch_updated(watch, event->updates);
        break;
    case SESSION_DOWN:
        if (!watcher->was_away)
            watch_note(watch, "database", event->reason.text);
        watcher->was_away = true;
        client_close(TAKE_PTR(watcher->client));
        break;
    case SESSION_LOCKED:
    case SESSION_UNLOCKED:
    case SESSION_ENDED:
        break;
    }
}

static int begin(struct watcher *watcher, struct err *err)
{
    auto_monitor struct monitor monitor = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    plugged_watch(&monitor, false);
    return client_watch(watcher->client, &monitor,
                        deadline_in(CONNECT_PATIENCE_MS), err);
}

static void connect_again(struct watcher *watcher)
{
    struct err ignored = {0};

    if (client_open(watcher->cli->ovsdb, deadline_in(CONNECT_PATIENCE_MS),
                    &watcher->client, &ignored) < 0 ||
        begin(watcher, &ignored) < 0)
        client_close(TAKE_PTR(watcher->client));
}

static void ask_guardian(struct watcher *watcher)
{
    auto_plugged struct plugged_list answer = {0};
    struct err why = {0};
    bool is_there = gather_daemon(&answer, &why) >= 0;

    if (watcher->was_asked && is_there != watcher->has_guardian)
        watch_note(&watcher->watch, "guardian",
                   is_there ? "the guardian is back" : why.text);
    watcher->was_asked = true;
    watcher->has_guardian = is_there;
    if (is_there)
        watch_guardian(&watcher->watch, &answer);
}

/* One round: what comes until the guardian's turn, one event at a time. */
static void look(struct watcher *watcher)
{
    auto_session_event struct session_event event = {0};

    struct deadline next =
        watcher->watch.synced ? watcher->ask : deadline_in(ROUND_MS);

    if (!watcher->client)
        connect_again(watcher);
    if (!watcher->client)
        (void)!io_wait(-1, next);
    else if (client_next(watcher->client, next, &event))
        hear(watcher, &event);
    if (!deadline_passed(watcher->ask) || !watcher->watch.synced)
        return;
    watcher->ask = deadline_in(ROUND_MS);
    ask_guardian(watcher);
    if (watcher->watch.unnamed)
        read_names(watcher);
}

int watch_command(struct cli *cli, struct err *err)
{
    auto_watcher struct watcher watcher = {.cli = cli};

    signal(SIGPIPE, SIG_DFL); /* there is no work to be cut off */
    int r = client_open(cli->ovsdb, cli->deadline, &watcher.client, err);
    if (r >= 0)
        r = cli_confine_looking(CLI_STAYS, err);
    if (r >= 0)
        r = begin(&watcher, err);
    if (r < 0)
        return r;
    read_names(&watcher);
    /* What the guardian says first is what later answers are compared with. */
    watcher.ask = deadline_in(0);
    while (r >= 0) {
        look(&watcher);
        r = tell(&watcher, err);
    }
    return r;
}
