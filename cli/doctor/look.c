/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: connect to the database once more, ask whether ovs-vswitchd
 * listens, gather the ports (which confines the program), read the rows that
 * tell of the host, then look at its devices, settings and files. Whatever
 * cannot be looked at is taken for sound.
 */
#include "cli/doctor/look.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ports/gather.h"
#include "cli/runtimes/runtime_state.h"
#include "ovsint/base/io.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/datapath.h"
#include "ovsint/net/link.h"
#include "ovsint/net/sysctl.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/control.h"

#define SWITCH_PATIENCE_MS 1000
#define FILE_SIZE (64u << 10)
#define MEMBERS_SIZE (1u << 20)
#define VERSION_SIZE 4096

static const char *const hook_directories[] = {
    "/etc/containers/oci/hooks.d", "/usr/share/containers/oci/hooks.d"};

#define OVN_UNIT "ovn-controller.service"
/* The first one that has a unit has the one that is in force (systemd.unit(5)).
 */
static const char *const unit_directories[] = {
    "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system"};

/* A descriptor, which is asked more when the rows are known. Pitfall: the
 * kernel takes the connection of a switch that hangs, so it is asked
 * something. */
static int ask_switch(const char *ovsdb, struct err *err)
{
    const struct deadline until = deadline_in(SWITCH_PATIENCE_MS);
    auto_buf struct buf version = BUF_INIT(VERSION_SIZE);
    auto_close int control = control_connect(ovsdb, until, err);

    if (control < 0)
        return control;
    int r = control_call(control, "version", NULL, 0, until, &version, err);
    return r < 0 ? r : TAKE_FD(control);
}

/* A line of the answer is a port's membership in a group, or says "querier" in
 * the group's place (ofproto_unixctl_mcast_snooping_show() in
 * ofproto/ofproto-dpif.c). A connection that has failed fails again. */
static void look_for_queriers(int control, struct host_seen *seen)
{
    for (size_t i = 0; i < seen->bridges.count; i++) {
        const struct vswitch_bridge *bridge = &seen->bridges.rows[i];
        const char *const words[] = {bridge->name};
        auto_buf struct buf answer = BUF_INIT(MEMBERS_SIZE);
        struct err ignored = {0};
        if (bridge->snoops &&
            control_call(control, "mdb/show", words, ARRAY_LEN(words),
                         deadline_in(SWITCH_PATIENCE_MS), &answer,
                         &ignored) >= 0 &&
            !strstr(buf_text(&answer), " querier "))
            host_said(seen, FINDING_NO_QUERIER, bridge->name, NULL);
    }
}

/* Rows. */

static int read_rows(const struct cli *cli, struct client *client,
                     struct host_seen *seen, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};

    monitor_init(&monitor, OVSDB_NAME, SESSION_MONITOR);
    doctor_watch(&monitor);
    int r = client_show_soon(client, &monitor, cli->deadline, &event, err);
    if (r < 0)
        return r;
    doctor_rows(seen, event.updates);
    r = client_lock(client, GUARDIAN_LOCK, cli->deadline, err);
    seen->guarded = r == 0 || seen->ports.has_daemon;
    return r;
}

/* Devices. */

static void note_address(void *data, const struct addr_info *info)
{
    struct card_seen *card = data;

    if (!info->link_scope && !card->address[0])
        prefix_format(&info->address, card->address);
}

/* False if it is no uplink: a virtual machine's TAP is down as long as that
 * does not run. */
static bool look_at_card(struct net *host, struct card_seen *card)
{
    struct link_info link;
    struct err ignored = {0};

    int r = link_find(host, card->name, &link, &ignored);
    if (r < 0 || (r > 0 && strcmp(link.kind, "tun") == 0))
        return false;
    card->there = r > 0;
    if (r == 0)
        return true;
    card->up = link.up;
    card->carrier = link.carrier;
    card->promiscuous = link.promiscuous;
    card->mtu = link.mtu;
    (void)!addr_each(host, link.ifindex, note_address, card, &ignored);
    return true;
}

static void look_at_cards(struct host_seen *seen)
{
    auto_net struct net *host = NULL;
    struct err ignored = {0};
    size_t kept = 0;

    if (net_open(&host, -1, NET_PLAIN, &ignored) < 0) {
        seen->card_count = 0;
        return;
    }
    for (size_t i = 0; i < seen->card_count; i++) {
        struct card_seen card = seen->cards[i];
        if (look_at_card(host, &card))
            seen->cards[kept++] = card;
    }
    seen->card_count = kept;
}

/* Asking has the kernel load its module, so only who needs it is told. */
static void look_for_module(struct host_seen *seen)
{
    bool needed = false;

    for (size_t i = 0; i < seen->bridges.count; i++)
        needed |= !seen->bridges.rows[i].userspace;
    seen->has_module = !needed || datapath_in_kernel();
}

static void look_at_routers(struct host_seen *seen)
{
    for (size_t i = 0; i < seen->router_count; i++) {
        struct router_seen *router = &seen->routers[i];
        struct err ignored = {0};
        int value;
        if (sysctl_get(SYSCTL_IPV4, router->device, "forwarding", &value,
                       &ignored) >= 0)
            router->forwards = value;
    }
}

/* Files. */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* Visits the files of a directory whose names end so. */
typedef void file_visit(struct host_seen *seen, const char *path,
                        const struct buf *text);

static void each_file(const char *directory, const char *end,
                      struct host_seen *seen, file_visit *visit)
{
    auto_dir DIR *dir = opendir(directory);

    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        auto_buf struct buf text = BUF_INIT(FILE_SIZE);
        char path[HOOK_PATH_SIZE];
        struct err ignored = {0};
        int size =
            snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (ends_with(entry->d_name, end) && size < (int)sizeof(path) &&
            io_read_file(path, &text, &ignored) >= 0)
            visit(seen, path, &text);
    }
}

/* oci-hooks(5). Whether a hook is ours is told by its name. */
static void look_at_hook(struct host_seen *seen, const char *path,
                         const struct buf *text)
{
    static const struct json_limits limits = {.size = FILE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    if (seen->hook_count == HOOK_FILES ||
        json_parse(buf_text(text), text->size, &limits, &json, &ignored) < 0)
        return;
    const char *program = json_string(json_get(json_get(json, "hook"), "path"));
    if (!program || !strstr(program, "ovsint") || access(program, F_OK) == 0 ||
        errno != ENOENT)
        return;
    struct hook_seen *hook = &seen->hooks[seen->hook_count++];
    snprintf(hook->file, sizeof(hook->file), "%s", path);
    snprintf(hook->path, sizeof(hook->path), "%s", program);
}

static bool stops_for_good(const struct buf *text)
{
    return strstr(buf_text(text), "stop_controller");
}

static void look_at_drop_in(struct host_seen *seen, const char *path,
                            const struct buf *text)
{
    (void)path;
    if (strstr(buf_text(text), "ExecStop=") && !stops_for_good(text))
        seen->ovn_unit[0] = '\0';
}

static void look_at_ovn_unit(struct host_seen *seen)
{
    bool is_found = false;

    for (size_t i = 0; i < ARRAY_LEN(unit_directories) && !is_found; i++) {
        auto_buf struct buf text = BUF_INIT(FILE_SIZE);
        char path[HOOK_PATH_SIZE];
        struct err ignored = {0};
        snprintf(path, sizeof(path), "%s/" OVN_UNIT, unit_directories[i]);
        is_found = io_read_file(path, &text, &ignored) >= 0;
        if (is_found && stops_for_good(&text))
            memcpy(seen->ovn_unit, path, sizeof(path));
    }
    for (size_t i = 0; i < ARRAY_LEN(unit_directories); i++) {
        char path[HOOK_PATH_SIZE];
        snprintf(path, sizeof(path), "%s/" OVN_UNIT ".d", unit_directories[i]);
        each_file(path, ".conf", seen, look_at_drop_in);
    }
}

static void count_unguarded(const struct cli *cli, struct host_seen *seen)
{
    for (size_t i = 0; i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        if (!port->unguarded ||
            (port->bridge &&
             strcmp(port->bridge, cli->settings.ovn_bridge) == 0))
            continue;
        seen->unguarded_count++;
        seen->unguarded = port->port;
    }
}

int doctor_look(struct cli *cli, struct host_seen *seen, struct err *err)
{
    auto_doctor_ovn struct doctor_ovn ovn = {.controller = -1};
    auto_client struct client *client = NULL;
    struct err why = {0};

    doctor_connect_ovn(cli, &ovn, seen);
    int has_client = client_open(cli->ovsdb, cli->deadline, &client, &why);
    auto_close int control = ask_switch(cli->ovsdb, &seen->switch_why);
    doctor_look_at_filters(seen);
    int r = gather(cli, GATHER_TO_SHOW, &seen->ports, err);
    if (r < 0)
        return r;
    if (has_client >= 0 && seen->ports.has_rows)
        has_client = read_rows(cli, client, seen, &why);
    if (has_client < 0 && seen->ports.has_rows) {
        seen->ports.has_rows = false;
        seen->ports.rows_why = why;
    }
    /* Whoever may not look would be told that all is down. */
    if (!seen->ports.has_rows && seen->ports.rows_why.code == EACCES) {
        *err = seen->ports.rows_why;
        return -EACCES;
    }
    if (control >= 0)
        look_for_queriers(control, seen);
    look_at_cards(seen);
    look_for_module(seen);
    look_at_routers(seen);
    for (size_t i = 0; i < ARRAY_LEN(hook_directories); i++)
        each_file(hook_directories[i], ".json", seen, look_at_hook);
    look_at_ovn_unit(seen);
    doctor_look_at_ovn(cli, &ovn, seen);
    doctor_look_at_files(seen);
    seen->policy_open = !cli->settings.policy.closed;
    count_unguarded(cli, seen);
    return 0;
}
