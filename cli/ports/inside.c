/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Looks into the namespace of each port: opens it, reads the device, closes it
 * again. Where the guardian has not said how the port is, what is seen here
 * says so, in the guardian's words.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/ports/plugged.h"
#include "cli/runtimes/target.h"
#include "ovsint/base/io.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/rows/port_name.h"

#define ADDRESSES_SIZE (16u << 10)
/* Where ip-netns(8) and others keep namespaces by name. */
#define NETNS_DIRECTORY "/run/netns"

static void set_state(struct plugged *plugged, const char *state)
{
    if (!plugged->state)
        plugged->state = mem_text(state, strlen(state));
}

void plugged_note_address(void *data, const struct addr_info *info)
{
    struct buf *text = data;
    char address[PREFIX_TEXT_SIZE];

    if (info->link_scope)
        return;
    prefix_format(&info->address, address);
    buf_addf(text, "%s%s", text->size ? " " : "", address);
}

int plugged_who(const char *text, char room[NETNS_ID_TEXT_SIZE],
                const char **ret, struct err *err)
{
    enum target_kind kind;
    pid_t pid;

    *ret = text;
    if (!target_names_process(text))
        return 0;
    int r = target_judge(text, &kind, &pid, err);
    if (r < 0)
        return r;
    auto_close int netns = netns_open_process(pid, NULL, NULL, err);
    if (netns < 0)
        return netns;
    *ret = room;
    return netns_identify(netns, room, err);
}

/* What the device has goes before what it was given. */
static void read_addresses(struct net *inside, int ifindex,
                           struct plugged *plugged)
{
    auto_buf struct buf text = BUF_INIT(ADDRESSES_SIZE);
    struct err ignored = {0};

    if (addr_each(inside, ifindex, plugged_note_address, &text, &ignored) < 0)
        return;
    free(plugged->addresses);
    plugged->addresses =
        text.size ? mem_text(buf_text(&text), text.size) : NULL;
}

static void see_device(struct net *inside, const char *device,
                       struct plugged *plugged)
{
    struct link_info link;
    struct err ignored = {0};

    int r = counters_find(inside, device, &link, &plugged->counters, &ignored);
    if (r <= 0) {
        set_state(plugged, plugged->row && plugged->row->ifindex > 0
                               ? "lost"
                               : "deleted");
        return;
    }
    plugged->counted = true;
    plugged->mtu = link.mtu;
    mac_format(&link.mac, plugged->mac);
    read_addresses(inside, link.ifindex, plugged);
    set_state(plugged, vnic_is_tap(&link) && !link.attached
                           ? "lost"
                           : "in its container");
}

/* The inner end of a pair has the name that people expect. */
static const char *device_of(const struct plugged *plugged)
{
    return names_is_port(plugged->port) || !plugged->ifname ? plugged->port
                                                            : plugged->ifname;
}

/* The switch gives a port whose device has gone the number -1: so whether the
 * container lives is asked first. */
static void see_sandbox(struct plugged *plugged)
{
    bool is_made = plugged->row->ofport > 0;
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct err ignored = {0};
    const char *device = device_of(plugged);

    switch (sandbox_open(plugged->row, NET_PLAIN, &sandbox, &ignored)) {
    case SANDBOX_HERE:
        if (!is_made)
            break;
        see_device(sandbox.inside, device, plugged);
        return;
    case SANDBOX_ENDED:
        set_state(plugged, "container gone");
        return;
    default:
        if (!is_made)
            break;
        set_state(plugged, "cannot be judged from here");
        return;
    }
    set_state(plugged, "waiting for the switch");
}

/* Of a port that the guardian alone knows. */
static void see_path(struct plugged *plugged)
{
    auto_net struct net *inside = NULL;
    struct err ignored = {0};

    auto_close int fd =
        plugged->netns ? netns_open(plugged->netns, &ignored) : -1;
    if (fd >= 0 && netns_is_own(fd, &ignored) == 0 &&
        net_open(&inside, fd, NET_PLAIN, &ignored) >= 0)
        see_device(inside, plugged->port, plugged);
}

/* Docker says the path of a sandbox. Which namespace that is only the guardian
 * notes, when it has looked. */
static void note_namespace(struct plugged *plugged)
{
    char id[NETNS_ID_TEXT_SIZE];
    struct err ignored = {0};

    if (vswitch_port_id(plugged->row, ID_NETNS_ID))
        return;
    auto_close int fd = netns_open(plugged->netns, &ignored);
    if (fd >= 0 && netns_is_own(fd, &ignored) == 0 &&
        netns_identify(fd, id, &ignored) >= 0)
        plugged->netns_id = mem_text(id, strlen(id));
}

static void look(struct plugged *plugged, const char *boot)
{
    const struct vswitch_port *row = plugged->row;

    if (row && plugged->netns && vswitch_port_id_is(row, ID_BOOT, boot))
        note_namespace(plugged);
    if (!row)
        see_path(plugged);
    else if (vswitch_port_id(row, ID_HOST_NETWORK))
        set_state(plugged, "on the host");
    else if (!vswitch_port_id_is(row, ID_BOOT, boot))
        set_state(plugged, "container gone");
    else if (!plugged->netns)
        set_state(plugged, "with Docker");
    else
        see_sandbox(plugged);
}

void plugged_look_inside(struct plugged_list *list, const char *boot)
{
    for (size_t i = 0; i < list->count; i++)
        look(&list->list[i], boot);
}

static void count(struct plugged *plugged)
{
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct link_info link;
    struct err ignored = {0};

    plugged->counted =
        plugged->row && plugged->netns && plugged->row->ofport > 0 &&
        sandbox_open(plugged->row, NET_PLAIN, &sandbox, &ignored) ==
            SANDBOX_HERE &&
        counters_find(sandbox.inside, device_of(plugged), &link,
                      &plugged->counters, &ignored) > 0;
}

void plugged_count(struct plugged_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        count(&list->list[i]);
}

/* Without rows. */

struct search {
    struct plugged_list *list;
    char netns[PATH_MAX];
};

static void note_device(void *data, const struct link_info *info)
{
    struct search *search = data;

    if (!names_is_port(info->name) || plugged_find(search->list, info->name))
        return;
    struct plugged *plugged = plugged_add(search->list, info->name);
    mac_format(&info->mac, plugged->mac);
    plugged->mtu = info->mtu;
    plugged->netns = mem_text(search->netns, strlen(search->netns));
    set_state(plugged, "not known, as the database is away");
}

static void search_namespace(struct search *search)
{
    auto_net struct net *inside = NULL;
    struct err ignored = {0};
    size_t first = search->list->count;

    auto_close int fd = netns_open(search->netns, &ignored);
    if (fd < 0 || netns_is_own(fd, &ignored) != 0 ||
        net_open(&inside, fd, NET_PLAIN, &ignored) < 0)
        return;
    (void)!link_each(inside, note_device, search, &ignored);
    for (size_t i = first; i < search->list->count; i++)
        see_device(inside, search->list->list[i].port, &search->list->list[i]);
}

static bool search_process(void *data, pid_t pid)
{
    struct search *search = data;

    snprintf(search->netns, sizeof(search->netns), "/proc/%d/ns/net", (int)pid);
    search_namespace(search);
    return false;
}

/* Those that have a name come first, as that says more. */
static void search_named(struct search *search)
{
    auto_dir DIR *dir = opendir(NETNS_DIRECTORY);

    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        snprintf(search->netns, sizeof(search->netns), NETNS_DIRECTORY "/%s",
                 entry->d_name);
        search_namespace(search);
    }
}

void plugged_search(struct plugged_list *list)
{
    struct search search = {.list = list};
    struct err ignored = {0};

    search_named(&search);
    (void)!netns_each(search_process, &search, &ignored);
}
