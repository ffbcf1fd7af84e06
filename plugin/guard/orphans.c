/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * All that is known stands in the two databases: each change of either is a
 * cause to look at all logical ports of this host, of which there are as many
 * as containers.
 */
#include "plugin/guard/orphans.h"

#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"

/* In one transaction. */
#define AT_ONCE 64

struct orphans {
    struct host *host;
    struct host_subscriber subscriber;
    struct northbound *northbound;
    struct northbound_listener listener;
    const struct guardian *guardian;
    uv_timer_t timer;
    bool has_rows; /* the host's rows are all there */
};

static uint64_t grace_ms(const struct orphans *orphans)
{
    return orphans->host->settings->timeout_ms + UNDO_TIMEOUT_MS;
}

/* A reservation has the name of a port that never is. Docker says which address
 * it wants a moment before it asks for the port. */
static bool is_missing(const struct orphans *orphans,
                       const struct logical_port *logical)
{
    return !vswitch_view_find(&orphans->host->ports, logical->port);
}

static void remove_ports(struct orphans *orphans,
                         const char (*ports)[IFNAME_SIZE], size_t count)
{
    char number[24];

    if (count == 0)
        return;
    snprintf(number, sizeof(number), "%zu", count);
    log_event(LOG_LEVEL_INFO, "removing logical ports whose ports have gone",
              "first", ports[0], "count", number, NULL);
    northbound_remove(orphans->northbound, ports, count);
}

static void on_orphans_timer(uv_timer_t *timer);

static void look_at_all(struct orphans *orphans)
{
    uint64_t now = uv_now(orphans->timer.loop), next = UINT64_MAX;
    char due[AT_ONCE][IFNAME_SIZE];
    size_t count = 0;

    uv_timer_stop(&orphans->timer);
    if (!orphans->has_rows || !northbound_is_up(orphans->northbound))
        return;
    for (size_t i = 0; i < northbound_count(orphans->northbound); i++) {
        struct logical_port *logical = northbound_port(orphans->northbound, i);
        if (!is_missing(orphans, logical)) {
            logical->missing_since_ms = 0;
            continue;
        }
        /* Nobody tells when the guardian gives it up: an ordinary end is known
         * as one only after a moment. */
        if (logical->missing_since_ms == 0 ||
            guardian_keeps(orphans->guardian, logical->port))
            logical->missing_since_ms = now ? now : 1;
        uint64_t at = logical->missing_since_ms + grace_ms(orphans);
        if (at <= now && count < AT_ONCE) {
            memcpy(due[count++], logical->port, IFNAME_SIZE);
            logical->missing_since_ms = now; /* tried again after that time */
            at = now + grace_ms(orphans);
        }
        if (at < next)
            next = at;
    }
    remove_ports(orphans, (const char(*)[IFNAME_SIZE])due, count);
    if (next != UINT64_MAX)
        timer_at(&orphans->timer, on_orphans_timer, next);
}

static void on_orphans_timer(uv_timer_t *timer)
{
    look_at_all(timer->data);
}

static void on_logical_changed(void *data)
{
    look_at_all(data);
}

static void on_orphans_rows(void *data, const struct json *updates, bool anew)
{
    struct orphans *orphans = data;
    const struct vswitch_view *view = &orphans->host->ports;

    (void)updates;
    orphans->has_rows = true;
    if (anew || vswitch_view_changed(view, VSWITCH_INSERTED | VSWITCH_REMOVED))
        look_at_all(orphans);
}

/* The rows stay as they were, but are not current any more: so what is missing
 * then gets the whole time once more. */
static void on_orphans_down(void *data, const struct err *why)
{
    struct orphans *orphans = data;

    (void)why;
    orphans->has_rows = false;
    for (size_t i = 0; i < northbound_count(orphans->northbound); i++)
        northbound_port(orphans->northbound, i)->missing_since_ms = 0;
}

static const struct host_events host_events = {.on_rows = on_orphans_rows,
                                               .on_down = on_orphans_down};

struct orphans *orphans_open(uv_loop_t *loop, struct host *host,
                             struct northbound *northbound,
                             const struct guardian *guardian)
{
    struct orphans *orphans = mem_new(sizeof(*orphans));

    orphans->guardian = guardian;

    orphans->host = host;
    orphans->northbound = northbound;
    uv_timer_init(loop, &orphans->timer);
    orphans->timer.data = orphans;
    orphans->subscriber =
        (struct host_subscriber){.events = &host_events, .data = orphans};
    host_subscribe(host, &orphans->subscriber);
    orphans->listener = (struct northbound_listener){
        .changed = on_logical_changed, .data = orphans};
    northbound_listen(northbound, &orphans->listener);
    return orphans;
}

static void on_orphans_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void orphans_close(struct orphans *orphans)
{
    if (!orphans)
        return;
    northbound_leave(&orphans->listener);
    host_unsubscribe(&orphans->subscriber);
    uv_close((uv_handle_t *)&orphans->timer, on_orphans_closed);
}
