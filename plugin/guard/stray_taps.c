/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Devices of ports whose rows have gone:
 *
 *   1. The rows of a port go, or a device is found that has none. It is looked
 *      at again when the switch, or the call that makes a pair and then its
 *      row, has had its time.
 *   2. A device that has gone by then, or has a row, is forgotten. One that the
 *      switch still holds gets the same time once more. Any other is deleted.
 *
 * The switch deletes the TAPs that it has made. But if it ends in the middle of
 * that, a TAP stays on the host for ever: it is made to outlive its switch
 * (netdev_linux_construct_tap() in lib/netdev-linux.c), and the next one knows
 * nothing of it. A plugin that ends between a veth pair and its row leaves the
 * pair likewise, and so does whoever removes rows while no plugin runs.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "ovsint/rows/port_name.h"
#include "plugin/guard/guarded.h"

#define DELETION_MS 5000 /* the switch may have hundreds to delete */
#define CREATION_MS 1000 /* in addition to the deadline of the call */

struct stray_tap {
    struct list link;
    char name[IFNAME_SIZE];
    uint64_t look_at_ms;
};

static struct stray_tap *stray_at(struct list *link)
{
    return container_of(link, struct stray_tap, link);
}

/* The one whose time comes first; NULL if there is none. */
static struct stray_tap *first_stray(const struct guardian *guardian)
{
    struct list *link = list_first(&guardian->stray_taps);

    return link ? stray_at(link) : NULL;
}

static void stray_drop(struct stray_tap *stray)
{
    list_remove(&stray->link);
    free(stray);
}

static bool is_pair(const struct link_info *info)
{
    return strcmp(info->kind, "veth") == 0 && names_is_docker_pair(info->name);
}

/* Is there such a device on the host, where the switch is? Of a pair both ends
 * must be there. */
static bool find_device(const struct guardian *guardian, const char *name,
                        struct link_info *ret)
{
    struct net *host = guardian->host->net;
    struct link_info peer_info;
    struct err ignored = {0};
    char peer[IFNAME_SIZE];

    if (link_find(host, name, ret, &ignored) <= 0)
        return false;
    if (vnic_is_tap(ret))
        return true;
    if (!is_pair(ret))
        return false;
    names_docker_peer(name, peer);
    return link_find(host, peer, &peer_info, &ignored) > 0 &&
           strcmp(peer_info.kind, "veth") == 0;
}

/* If another guardian has the lock, it does this. */
static bool may_delete_strays(const struct guardian *guardian)
{
    return guardian->host->settings->guards &&
           (guardian->has_lock || !guardian->lock_known);
}

/* A call makes the pair first and then its row, and may take so long. */
static uint64_t patience_ms(const struct guardian *guardian, const char *name)
{
    uint64_t creation = guardian->host->call_timeout_ms + CREATION_MS;

    return names_is_docker_pair(name) && creation > DELETION_MS ? creation
                                                                : DELETION_MS;
}

static void stray_add(struct guardian *guardian, const char *name)
{
    struct stray_tap *stray = mem_new(sizeof(*stray));
    struct list *at = guardian->stray_taps.next;

    snprintf(stray->name, sizeof(stray->name), "%s", name);
    stray->look_at_ms = guardian_now_ms(guardian) + patience_ms(guardian, name);
    while (at != &guardian->stray_taps &&
           stray_at(at)->look_at_ms <= stray->look_at_ms)
        at = at->next;
    list_insert(at, &stray->link);
}

void stray_taps_expect(struct guardian *guardian, const char *name)
{
    struct link_info info;

    if (may_delete_strays(guardian) && find_device(guardian, name, &info))
        stray_add(guardian, name);
}

void stray_taps_gone(struct guardian *guardian, const char *name)
{
    LIST_EACH (link, &guardian->stray_taps) {
        struct stray_tap *stray = stray_at(link);
        if (strcmp(stray->name, name) == 0) {
            stray_drop(stray);
            return;
        }
    }
}

/* Ends the wait for one device. False while the switch still has it. */
static bool stray_settle(struct guardian *guardian, const char *name)
{
    struct host *host = guardian->host;
    struct link_info info;
    struct err err = {0};

    if (vswitch_view_find(&host->ports, name))
        return true; /* there is a port of that name again */
    if (!find_device(guardian, name, &info))
        return true;
    if (info.attached && vnic_is_tap(&info))
        return false;
    if (link_delete(host->net, info.ifindex, &err) < 0)
        log_event(LOG_LEVEL_ERROR,
                  "a device that was left behind could not be deleted",
                  "device", name, "error", err.text, NULL);
    else
        log_event(LOG_LEVEL_INFO, "deleted a device that was left behind",
                  "device", name, NULL);
    return true;
}

void stray_taps_try(struct guardian *guardian)
{
    uint64_t now = guardian_now_ms(guardian);
    struct stray_tap *stray;

    while ((stray = first_stray(guardian)) && stray->look_at_ms <= now) {
        char name[IFNAME_SIZE];
        memcpy(name, stray->name, sizeof(name));
        stray_drop(stray);
        if (!stray_settle(guardian, name))
            stray_taps_expect(guardian, name);
    }
}

/* There is no row: only the name tells that it is ours, by two letters and
 * thirteen random characters. */
static void see_device(void *data, const struct link_info *info)
{
    struct guardian *guardian = data;

    /* One that a switch holds is about to be deleted by it, or stays behind if
     * that switch is killed first. */
    bool is_tap = vnic_is_tap(info) && names_is_port(info->name);

    if ((is_tap || is_pair(info)) &&
        !vswitch_view_find(&guardian->host->ports, info->name))
        stray_add(guardian, info->name);
}

void stray_taps_search(struct guardian *guardian)
{
    struct err err = {0};

    stray_taps_done(guardian);
    if (may_delete_strays(guardian) &&
        link_each(guardian->host->net, see_device, guardian, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

uint64_t stray_taps_next_ms(const struct guardian *guardian)
{
    const struct stray_tap *first = first_stray(guardian);

    return first ? first->look_at_ms : 0;
}

void stray_taps_done(struct guardian *guardian)
{
    LIST_EACH (link, &guardian->stray_taps)
        stray_drop(stray_at(link));
}
