/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the kernel tells of devices and namespaces. It makes ports due, and is
 * never acted upon: what is true when a port's turn comes is found by looking.
 * Events that the kernel had to drop make all ports due.
 */
#include "plugin/guard/guarded.h"

static void namespace_gone(struct guardian *guardian, int nsid)
{
    for (size_t i = 0; i < guardian->count; i++) {
        struct guarded *guarded = guardian->guarded_ports[i];
        if (guarded->on_host ||
            (guarded->nsid != nsid && guarded->nsid != NSID_NONE))
            continue;
        guarded->nsid = NSID_NONE;
        guarded_now(guarded);
    }
}

static void cut_off(struct guarded *guarded)
{
    if (guarded->cut_since_ms == 0)
        guarded->cut_since_ms = guardian_now_ms(guarded->guardian);
}

static void device_gone(struct guarded *guarded, const struct link_event *event)
{
    if (guarded->nsid != event->nsid)
        return;
    guarded->index_inside = 0;
    cut_off(guarded);
    guarded->gone = !event->moved;
    guarded_now(guarded);
}

static void device_changed(struct guarded *guarded,
                           const struct link_event *event)
{
    bool is_new = guarded->index_inside != event->link.ifindex;

    if (guarded->nsid != NSID_NONE && guarded->nsid != event->nsid)
        return; /* another container has a device of that name */
    guarded->gone = false;
    guarded->nsid = event->nsid;
    guarded->index_inside = event->link.ifindex;
    if (event->link.carrier)
        guarded->cut_since_ms = 0;
    else if (event->link.up)
        cut_off(guarded);
    /* After a kill the old ovs-vswitchd may still be closing TAPs one by one,
     * while the new one has already reported its own. Look again when the
     * carrier goes. Else there is time: the next one's row tells, or the next
     * one makes nothing. */
    if (!event->link.carrier && guarded->ifindex > 0)
        guarded_now(guarded);
    else if (!event->link.carrier && event->link.up)
        guarded_later(guarded, NOTICE_MS);
    if (is_new)
        guarded_now(guarded);
}

/* If the switch makes another device, its row tells. If it was waited for that
 * the switch tells of this one, it will not. */
static void gone_from_host(struct guardian *guardian,
                           const struct link_event *event)
{
    struct guarded *guarded = guardian_find(guardian, event->link.name);

    if (guarded && (guarded->on_host ||
                    (guarded->verdict == VERDICT_WAIT && !event->moved)))
        guarded_now(guarded);
}

/* If a device is there and ready, the switch tells by its row. */
void guardian_on_device(void *data, const struct link_event *event)
{
    struct guardian *guardian = data;

    if (event->type != LINK_GONE)
        return;
    if (!event->moved)
        stray_taps_gone(guardian, event->link.name);
    gone_from_host(guardian, event);
}

void guardian_on_inside(void *data, const struct link_event *event)
{
    struct guardian *guardian = data;

    if (event->type == NAMESPACE_GONE) {
        namespace_gone(guardian, event->nsid);
        return;
    }
    struct guarded *named = guardian_find(guardian, event->link.name);
    if (named && !named->on_host) {
        if (event->type == LINK_GONE)
            device_gone(named, event);
        else
            device_changed(named, event);
        return;
    }
    for (size_t i = 0; i < guardian->count; i++) {
        struct guarded *guarded = guardian->guarded_ports[i];
        if (guarded->nsid == event->nsid && guarded->index_inside != 0 &&
            guarded->index_inside == event->link.ifindex)
            guarded_now(guarded); /* it has been renamed */
    }
}

void guardian_on_heard(void *data, bool complete)
{
    struct guardian *guardian = data;

    if (!complete)
        guardian_look_at_all(guardian);
    guardian_schedule(guardian);
}
