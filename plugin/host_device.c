/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the devices of host access ports are looked at, and what the log says
 * of it.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/log.h"
#include "plugin/host_dress.h"
#include "plugin/host_entry.h"

/* Two programs that do not agree on a device shall not keep a CPU busy. */
#define REPAIR_EVERY_MS 1000

static void on_timer(uv_timer_t *timer);

static void say_outcome(struct host_entry *entry, bool changed,
                        const struct err *before)
{
    if (entry->err.code) {
        if (strcmp(before->text, entry->err.text) != 0)
            log_event(LOG_LEVEL_ERROR, "a host access port could not be set up",
                      "network", entry->network, "error", entry->err.text,
                      NULL);
        return;
    }
    if (changed && entry->announces)
        log_event(LOG_LEVEL_INFO, "repaired a host access port", "port",
                  entry->name, "network", entry->network, NULL);
}

static void dress(struct host_entry *entry)
{
    const struct driver *driver = entry->ports->driver;
    struct err before = entry->err;
    bool changed = false;
    int device;

    entry->due = false;
    entry->err = (struct err){0};
    int r = host_dress(driver->host, entry->network, &entry->record, &device,
                       &changed, &entry->err);
    if (r > 0)
        entry->device = device;
    if (changed)
        entry->repaired_ms = uv_now(entry->ports->timer.loop);
    say_outcome(entry, changed, &before);
    if (r > 0)
        entry->announces = true;
}

static uint64_t look_at(const struct host_entry *entry)
{
    return entry->device ? entry->repaired_ms + REPAIR_EVERY_MS : 0;
}

bool host_devices_dress(struct host_ports *ports)
{
    uint64_t now = uv_now(ports->timer.loop);
    uint64_t next = 0;
    bool news = false;

    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        if (!entry->due || entry->leaving || entry->ofport <= 0)
            continue;
        if (look_at(entry) <= now) {
            news |= entry->device == 0;
            dress(entry);
        } else if (next == 0 || look_at(entry) < next) {
            next = look_at(entry);
        }
    }
    if (next)
        uv_timer_start(&ports->timer, on_timer, next - now, 0);
    else
        uv_timer_stop(&ports->timer);
    return news;
}

static void dress_and_tell(struct host_ports *ports)
{
    if (host_devices_dress(ports))
        router_rows_changed(ports->driver->router);
}

static void on_timer(uv_timer_t *timer)
{
    dress_and_tell(timer->data);
}

void host_ports_hear(struct host_ports *ports, const struct link_event *event)
{
    struct host_entry *entry = host_entry_named(ports, event->link.name);

    if (!entry || event->type != LINK_CHANGED)
        return;
    if (event->link.ifindex != entry->device)
        entry->device = 0;
    entry->due = true;
    dress_and_tell(ports);
}
