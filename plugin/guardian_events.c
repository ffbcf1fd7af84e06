/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of devices in containers. It is cause to look, never
 * to act: what is true then is seen by looking.
 */
#include <string.h>

#include "ovsint/events.h"
#include "plugin/dress.h"
#include "plugin/uplink.h"
#include "plugin/ward.h"

static void namespace_gone(struct guardian *guardian, int nsid)
{
    for (size_t i = 0; i < guardian->count; i++) {
        struct ward *ward = guardian->wards[i];
        if (ward->on_host || (ward->nsid != nsid && ward->nsid != NSID_NONE))
            continue;
        ward->nsid = NSID_NONE;
        ward->due = true;
    }
}

static void cut_off(struct ward *ward)
{
    if (ward->cut_since_ms == 0)
        ward->cut_since_ms = guardian_now_ms(ward->guardian);
}

static void device_gone(struct ward *ward, const struct link_event *event)
{
    if (ward->nsid != event->nsid)
        return;
    ward->index_inside = 0;
    cut_off(ward);
    ward->gone = !event->moved;
    ward->due = true;
}

static void device_changed(struct ward *ward, const struct link_event *event)
{
    bool is_new = ward->index_inside != event->link.ifindex;

    if (ward->nsid != NSID_NONE && ward->nsid != event->nsid)
        return; /* a name of its own in some other container */
    ward->gone = false;
    ward->nsid = event->nsid;
    ward->index_inside = event->link.ifindex;
    if (event->link.carrier)
        ward->cut_since_ms = 0;
    else if (event->link.up)
        cut_off(ward);
    /* A switch that was killed closes a hundred TAPs one by one, and the next
     * one may have made its own and told of it before. */
    if (!event->link.carrier && ward->ifindex > 0)
        ward->due = true;
    if (is_new)
        ward->due = true;
}

/* What the switch makes there it tells by itself. */
static void gone_from_host(struct guardian *guardian, const char *name)
{
    struct ward *ward = guardian_find(guardian, name);

    if (ward && ward->on_host)
        ward->due = true;
}

static void on_event(void *data, const struct link_event *event)
{
    struct guardian *guardian = data;

    if (event->type == NAMESPACE_GONE) {
        namespace_gone(guardian, event->nsid);
        return;
    }
    if (event->nsid == NSID_NONE) {
        /* When one is there and ready, the switch tells. */
        if (event->type == LINK_GONE && !event->moved)
            leftovers_gone(guardian, event->link.name);
        if (event->type == LINK_GONE && event->moved)
            dress_moved(guardian->driver, event->link.name);
        if (event->type == LINK_GONE)
            gone_from_host(guardian, event->link.name);
        host_ports_hear(guardian->driver->host_ports, event);
        nat_hear(guardian->driver->nat, event);
        uplinks_hear(guardian->driver, event);
        return;
    }
    for (size_t i = 0; i < guardian->count; i++) {
        struct ward *ward = guardian->wards[i];
        if (!ward->on_host && strcmp(ward->name, event->link.name) == 0) {
            if (event->type == LINK_GONE)
                device_gone(ward, event);
            else
                device_changed(ward, event);
            return;
        }
    }
    for (size_t i = 0; i < guardian->count; i++) {
        struct ward *ward = guardian->wards[i];
        if (ward->nsid == event->nsid && ward->index_inside != 0 &&
            ward->index_inside == event->link.ifindex)
            ward->due = true; /* it has another name */
    }
}

void guardian_hear(uv_poll_t *poll, int status, int events)
{
    struct guardian *guardian = poll->data;
    struct err err = {0};

    (void)events;
    if (status < 0 ||
        events_read(guardian->events, on_event, guardian, &err) < 0)
        guardian_look_at_all(guardian);
    guardian_schedule(guardian);
}
