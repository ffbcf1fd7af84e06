/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When the devices of host access ports are looked at, and what the log says of
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"
#include "plugin/daemon/watch.h"
#include "plugin/gateway/host_entry.h"
#include "plugin/gateway/host_port.h"
#include "plugin/gateway/host_rows.h"
#include "plugin/gateway/host_setup.h"
#include "plugin/gateway/nat.h"

/* If another program keeps changing the device, the two must not keep a CPU
 * busy. */
#define REPAIR_EVERY_MS 1000
/* Docker's devices come and go by the dozen. */
#define LOOK_EVERY_MS 200
/* What has made forwarding fail, or a device's setting up, may end without an
 * event. */
#define LOOK_AGAIN_MS 5000

static void on_host_timer(uv_timer_t *timer);
static void on_look(uv_timer_t *timer);

static void log_outcome(struct host_entry *entry, bool changed,
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

static void set_up_entry(struct host_entry *entry)
{
    const struct host *host = entry->ports->gateway->host;
    struct mac mac = host_mac(entry->network, entry->ovn);
    struct err before = entry->err;
    bool changed = false;
    int device;

    entry->due = false;
    entry->err = (struct err){0};
    int r = host_set_up(host->net, entry->network, &entry->network_row, &mac,
                        nat_forwards(entry->ports->gateway->nat, entry->name),
                        &device, &changed, &entry->err);
    if (r > 0)
        entry->device = device;
    entry->again_ms =
        entry->err.code ? uv_now(entry->ports->timer.loop) + LOOK_AGAIN_MS : 0;
    if (changed)
        entry->repaired_ms = uv_now(entry->ports->timer.loop);
    log_outcome(entry, changed, &before);
    if (r > 0)
        entry->announces = true;
}

static uint64_t look_at(const struct host_entry *entry)
{
    return entry->device ? entry->repaired_ms + REPAIR_EVERY_MS : 0;
}

bool host_devices_set_up(struct host_ports *ports)
{
    uint64_t now = uv_now(ports->timer.loop);
    uint64_t next = 0;
    bool news = false;

    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        if (entry->leaving || entry->ofport <= 0)
            continue;
        entry->due |= entry->again_ms && entry->again_ms <= now;
        if (entry->due && look_at(entry) <= now) {
            news |= entry->device == 0;
            set_up_entry(entry);
        } else if (entry->due) {
            next = timer_earlier(next, look_at(entry));
        }
        next = timer_earlier(next, entry->again_ms);
    }
    if (next)
        timer_at(&ports->timer, on_host_timer, next);
    else
        uv_timer_stop(&ports->timer);
    return news;
}

static void set_up_due(struct host_ports *ports)
{
    if (host_devices_set_up(ports))
        gateway_changed(ports->gateway);
}

static void on_host_timer(uv_timer_t *timer)
{
    set_up_due(timer->data);
}

void host_ports_hear(struct host_ports *ports, const struct link_event *event)
{
    struct host_entry *entry = host_entry_named(ports, event->link.name);

    if (!entry)
        return;
    if (event->type == LINK_GONE) {
        if (event->link.ifindex == entry->device)
            entry->device = 0;
        return; /* the guardian makes it again, and then its row changes */
    }
    if (event->link.ifindex != entry->device)
        entry->device = 0;
    entry->due = true;
    set_up_due(ports);
}

void host_ports_rules_changed(struct host_ports *ports, bool in_force)
{
    const struct nat *nat = ports->gateway->nat;

    for (size_t i = 0; i < ports->count; i++) {
        const struct host_entry *entry = ports->entries[i];
        struct err err = {0};
        if (entry->network_row.mode != MODE_NAT || !entry->device)
            continue;
        if (host_forward(entry->network, &entry->network_row,
                         nat_forwards(nat, entry->name), &err) < 0)
            log_event(LOG_LEVEL_ERROR,
                      in_force ? "a host access port does not forward"
                               : "a host access port forwards without rules",
                      "port", entry->name, "error", err.text, NULL);
    }
    if (!in_force)
        forwarding_suspend(&ports->forwarding);
    host_devices_look_soon(ports);
}

static void look_in(struct host_ports *ports, uint64_t ms)
{
    uv_timer_t *timer = &ports->look_timer;

    if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > ms)
        timer_in(timer, on_look, ms);
}

static void on_look(uv_timer_t *timer)
{
    struct host_ports *ports = timer->data;

    ports->looked_ms = uv_now(timer->loop);
    forwarding_look(&ports->forwarding);
    if (ports->forwarding.err.code)
        look_in(ports, LOOK_AGAIN_MS);
    set_up_due(ports);
    gateway_changed(ports->gateway);
}

void host_devices_look_soon(struct host_ports *ports)
{
    uint64_t now = uv_now(ports->timer.loop);
    uint64_t at = ports->looked_ms + LOOK_EVERY_MS;

    look_in(ports, at > now ? at - now : 0);
}

static void see_change(void *data, int ifindex)
{
    struct host_ports *ports = data;

    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        if (ifindex == SETTING_WATCH_ALL || ifindex == entry->device)
            entry->due = true;
    }
}

static void on_changes(uv_poll_t *poll, int status, int events)
{
    struct host_ports *ports = poll->data;
    struct err err = {0};

    (void)events;
    watch_again(poll, status, on_changes);
    if (status < 0 ||
        setting_watch_read(ports->changes, see_change, ports, &err) < 0)
        see_change(ports, SETTING_WATCH_ALL);
    if (ports->count)
        host_devices_look_soon(ports);
}

int host_devices_open(uv_loop_t *loop, struct host_ports *ports,
                      struct err *err)
{
    int r = setting_watch_open(&ports->changes, err);
    if (r < 0)
        return r;
    r = watch_readable(loop, &ports->poll, setting_watch_fd(ports->changes),
                       on_changes, ports, "the host's addresses and settings",
                       err);
    if (r < 0) {
        setting_watch_close(ports->changes);
        return r;
    }
    ports->handles = 4;
    uv_timer_init(loop, &ports->timer);
    ports->timer.data = ports;
    uv_timer_init(loop, &ports->look_timer);
    ports->look_timer.data = ports;
    uv_timer_init(loop, &ports->idle_timer);
    ports->idle_timer.data = ports;
    return 0;
}

static void on_host_closed(uv_handle_t *handle)
{
    struct host_ports *ports = handle->data;

    if (--ports->handles > 0)
        return;
    setting_watch_close(ports->changes);
    free(ports);
}

void host_devices_close(struct host_ports *ports)
{
    uv_close((uv_handle_t *)&ports->timer, on_host_closed);
    uv_close((uv_handle_t *)&ports->look_timer, on_host_closed);
    uv_close((uv_handle_t *)&ports->idle_timer, on_host_closed);
    uv_close((uv_handle_t *)&ports->poll, on_host_closed);
}
