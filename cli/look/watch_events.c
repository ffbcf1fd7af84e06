/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A port is known from its rows on, and has arrived when the switch has made
 * it. The known port's `ofport`, `error`, `state` and `repairs` are what was
 * told last. Pure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/look/watch_events.h"
#include "cli/ports/plugged_words.h"
#include "ovsint/ovsdb/row.h"

#define TEXT_SIZE 4096

void watch_told(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        struct watch_event *event = &watch->events[i];
        free(event->text);
        free(event->who);
        free(event->container);
        free(event->ifname);
    }
    watch->count = 0;
}

void watch_done(struct watch *watch)
{
    watch_told(watch);
    free(watch->events);
    plugged_done(&watch->known);
    vswitch_view_done(&watch->view);
    *watch = (struct watch){0};
}

static struct watch_event *add(struct watch *watch, const char *kind,
                               const char *text)
{
    watch->events = mem_grow(watch->events, watch->count, &watch->room,
                             sizeof(*watch->events));
    struct watch_event *event = &watch->events[watch->count++];
    *event = (struct watch_event){.kind = kind, .text = mem_copy(text)};
    return event;
}

void watch_note(struct watch *watch, const char *kind, const char *text)
{
    add(watch, kind, text);
}

static void add_of(struct watch *watch, const char *kind,
                   const struct plugged *plugged, const char *text)
{
    struct watch_event *event = add(watch, kind, text);
    char room[LIMIT_CONTAINER_ID_SIZE];

    memcpy(event->port, plugged->port, sizeof(event->port));
    event->who = mem_copy(plugged_title(plugged, room));
    event->container = mem_copy(plugged->container);
    event->ifname = mem_copy(plugged->ifname);
}

/* Rows. */

static void add_place(const struct plugged *plugged, struct buf *ret)
{
    const char *vlan = plugged->vlan;

    buf_addf(ret, "on %s", plugged->bridge ? plugged->bridge : "no bridge");
    if (vlan)
        buf_addf(ret, ", %s%s", vlan[0] >= '0' && vlan[0] <= '9' ? "VLAN " : "",
                 strcmp(vlan, "all") == 0 ? "all VLANs" : vlan);
    if (plugged->addresses && plugged->addresses[0])
        buf_addf(ret, ", %s", plugged->addresses);
}

static void tell_arrival(struct watch *watch, const struct plugged *plugged)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);

    add_place(plugged, &text);
    add_of(watch, "arrived", plugged, buf_text(&text));
}

static void know(struct watch *watch, const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    if (plugged_find(&watch->known, port->name))
        return;
    plugged_add_row(&watch->known, port);
    struct plugged *plugged = &watch->known.list[watch->known.count - 1];
    plugged->row = NULL; /* rows go before we forget the port */
    plugged->ofport = 0;
    free(plugged->error);
    plugged->error = NULL;
    if (vswitch_port_spec(port, &spec, &ignored) >= 0)
        plugged->bridge = mem_copy(spec.bridge);
    watch->unnamed++;
    struct plugged_list alone = {.list = plugged, .count = 1};
    if (watch->containers)
        plugged_name(&alone, watch->containers);
}

static void see(struct watch *watch, const struct vswitch_port *port,
                bool quietly)
{
    struct plugged *plugged = plugged_find(&watch->known, port->name);

    if (!plugged)
        return;
    if (port->ofport > 0 && plugged->ofport <= 0 && !quietly)
        tell_arrival(watch, plugged);
    plugged->ofport = port->ofport;
    bool is_new = port->error &&
                  (!plugged->error || strcmp(port->error, plugged->error) != 0);
    if (is_new && !quietly)
        add_of(watch, "refused", plugged, port->error);
    free(plugged->error);
    plugged->error = mem_copy(port->error);
}

static void lose(struct watch *watch, const char *name)
{
    struct plugged *plugged = plugged_find(&watch->known, name);

    if (!plugged)
        return;
    add_of(watch, "gone", plugged,
           plugged->ofport > 0 ? "its port was removed"
                               : "its port was removed before it was made");
    plugged_remove(&watch->known, plugged);
}

/* The VLANs of rows that are new. */
static void take_vlans(struct watch *watch, const struct json *updates)
{
    struct row_update row;

    for (size_t i = 0; monitor_update_at(updates, "Port", i, &row); i++) {
        const char *name = row_string(row.row, "name");
        struct plugged *plugged = name && row.change != ROW_MODIFY
                                      ? plugged_find(&watch->known, name)
                                      : NULL;
        if (!plugged)
            continue;
        free(plugged->vlan);
        plugged->vlan = plugged_vlan(row.row);
    }
}

static const struct vswitch_port *port_of(const struct watch *watch,
                                          const char *uuid)
{
    for (size_t i = 0; i < watch->view.count; i++) {
        if (strcmp(watch->view.ports[i]->port_uuid, uuid) == 0)
            return watch->view.ports[i];
    }
    return NULL;
}

/* Of a row that is changed the tag is its new value, trunks are what differs
 * (monitor.h). */
static void tell_vlan(struct watch *watch, const struct row_update *row)
{
    const struct vswitch_port *port = port_of(watch, row->uuid);
    struct plugged *plugged =
        port ? plugged_find(&watch->known, port->name) : NULL;
    char text[64] = "its trunks have changed";
    int64_t tag;

    if (!plugged)
        return;
    if (row_int(row->row, "tag", &tag))
        snprintf(text, sizeof(text), "VLAN %" PRId64 " now", tag);
    else if (json_get(row->row, "tag"))
        snprintf(text, sizeof(text), "no VLAN of its own now");
    else if (!json_get(row->row, "trunks"))
        return;
    add_of(watch, "vlan", plugged, text);
}

void watch_updated(struct watch *watch, const struct json *updates)
{
    struct row_update row;

    vswitch_view_apply(&watch->view, updates);
    for (size_t i = 0; i < watch->view.change_count; i++) {
        const struct vswitch_change *change = &watch->view.changes[i];
        if (change->port && plugged_counts(change->port))
            know(watch, change->port);
        else
            lose(watch, change->name);
    }
    take_vlans(watch, updates);
    for (size_t i = 0; i < watch->view.change_count; i++) {
        const struct vswitch_change *change = &watch->view.changes[i];
        if (change->port && plugged_counts(change->port))
            see(watch, change->port, false);
    }
    for (size_t i = 0; monitor_update_at(updates, "Port", i, &row); i++) {
        if (row.change == ROW_MODIFY)
            tell_vlan(watch, &row);
    }
}

static bool is_there(const struct watch *watch, const char *name)
{
    const struct vswitch_port *port = vswitch_view_find(&watch->view, name);

    return port && plugged_counts(port);
}

void watch_synced(struct watch *watch, const struct json *updates)
{
    bool quietly = !watch->synced;

    watch->synced = true;
    vswitch_view_done(&watch->view);
    vswitch_view_apply(&watch->view, updates);
    for (size_t i = watch->known.count; i > 0; i--) {
        if (!is_there(watch, watch->known.list[i - 1].port))
            lose(watch, watch->known.list[i - 1].port);
    }
    for (size_t i = 0; i < watch->view.count; i++) {
        if (plugged_counts(watch->view.ports[i]))
            know(watch, watch->view.ports[i]);
    }
    take_vlans(watch, updates);
    for (size_t i = 0; i < watch->view.count; i++)
        see(watch, watch->view.ports[i], quietly);
}

/* The guardian. */

static bool is_bad(const char *state)
{
    const struct plugged plugged = {.state = (char *)(uintptr_t)state};

    return state && plugged_colour(&plugged) == COLOUR_RED;
}

/* That a port is on its way, and then there, is told by its arrival. */
static void hear_state(struct watch *watch, struct plugged *plugged,
                       const char *state)
{
    if (!state || (plugged->state && strcmp(plugged->state, state) == 0))
        return;
    if (is_bad(state) || is_bad(plugged->state))
        add_of(watch, "state", plugged, state);
    free(plugged->state);
    plugged->state = mem_copy(state);
}

static void hear_repairs(struct watch *watch, struct plugged *plugged,
                         int64_t repairs)
{
    char text[64];

    if (repairs > plugged->repairs && plugged->repairs >= 0) {
        snprintf(text, sizeof(text), "repaired, %" PRId64 " times by now",
                 repairs);
        add_of(watch, "repaired", plugged, text);
    }
    if (repairs >= 0)
        plugged->repairs = repairs;
}

void watch_guardian(struct watch *watch, const struct plugged_list *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct plugged *said = &answer->list[i];
        struct plugged *plugged = plugged_find(&watch->known, said->port);
        if (!plugged)
            continue;
        hear_repairs(watch, plugged, said->repairs);
        hear_state(watch, plugged, said->state);
    }
}
