/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which leases there are, by rows, and when something is to be done for one of
 * them. renewal.c does it.
 */
#include "plugin/lease/lease_keeper.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "plugin/daemon/timer.h"
#include "plugin/lease/renewal.h"

int64_t lease_keeper_now_ms(const struct lease_keeper *keeper)
{
    return (int64_t)uv_now(keeper->timer.loop);
}

static struct renewal *renewal_at(struct list *link)
{
    return container_of(link, struct renewal, link);
}

static struct renewal *find(const struct lease_keeper *keeper, const char *name)
{
    INDEX_EACH (link, &keeper->by_name, hash_text(HASH_BEGIN, name)) {
        struct renewal *renewal = container_of(link, struct renewal, by_name);
        if (strcmp(renewal->name, name) == 0)
            return renewal;
    }
    return NULL;
}

/* Docker moves a device some time after its row has come. */
static bool is_inside(const struct vswitch_port *port)
{
    if (!vswitch_port_id(port, ID_ENDPOINT))
        return true;
    return vswitch_port_id(port, ID_ARRIVED) && !vswitch_port_has_left(port);
}

static bool is_kept(const struct lease_keeper *keeper,
                    const struct vswitch_port *port)
{
    return keeper->has_lock && vswitch_port_is_ours(port) &&
           lease_is_kept(port) && is_inside(port) &&
           vswitch_port_id_is(port, ID_BOOT, keeper->host->boot);
}

static void see(struct lease_keeper *keeper, const char *name,
                const struct vswitch_port *port)
{
    struct renewal *renewal = find(keeper, name);

    if (!port || !is_kept(keeper, port)) {
        renewal_free(renewal);
        return;
    }
    if (renewal)
        renewal_see_row(renewal, port);
    else
        renewal = renewal_new(keeper, port);
    renewal_run(renewal);
}

/* Those whose row went meanwhile, too. */
static void see_all(struct lease_keeper *keeper)
{
    const struct vswitch_view *view = &keeper->host->ports;

    LIST_EACH (link, &keeper->renewals) {
        const char *name = renewal_at(link)->name;
        if (!vswitch_view_find(view, name))
            renewal_free(renewal_at(link));
    }
    for (size_t i = 0; i < view->count; i++)
        see(keeper, view->ports[i]->name, view->ports[i]);
    lease_keeper_schedule(keeper);
}

static void on_lease_rows(void *data, const struct json *updates, bool anew)
{
    struct lease_keeper *keeper = data;
    const struct vswitch_view *view = &keeper->host->ports;

    (void)updates;
    if (anew) {
        see_all(keeper);
        return;
    }
    for (size_t i = 0; i < view->change_count; i++)
        see(keeper, view->changes[i].name, view->changes[i].port);
    lease_keeper_schedule(keeper);
}

static void on_lease_lock(void *data, bool ours)
{
    struct lease_keeper *keeper = data;

    keeper->has_lock = ours;
    see_all(keeper);
}

/* The lock goes with the connection, and comes again with it. Meanwhile leases
 * are renewed all the same: the rows are written when it is back. */
static const struct host_events lease_events = {.on_rows = on_lease_rows,
                                                .on_lock = on_lease_lock};

static void on_lease_timer(uv_timer_t *timer)
{
    struct lease_keeper *keeper = timer->data;
    int64_t now = lease_keeper_now_ms(keeper);

    LIST_EACH (link, &keeper->renewals) {
        if (renewal_at(link)->due_ms <= now)
            renewal_run(renewal_at(link));
    }
    lease_keeper_schedule(keeper);
}

void lease_keeper_schedule(struct lease_keeper *keeper)
{
    int64_t next = INT64_MAX;

    if (keeper->closing)
        return;
    LIST_EACH (link, &keeper->renewals) {
        if (renewal_at(link)->due_ms < next)
            next = renewal_at(link)->due_ms;
    }
    if (next == INT64_MAX)
        uv_timer_stop(&keeper->timer);
    else
        timer_at(&keeper->timer, on_lease_timer, (uint64_t)next + 1);
}

void lease_keeper_closed_one(struct lease_keeper *keeper)
{
    if (--keeper->handles > 0 || !keeper->closing)
        return;
    index_done(&keeper->by_name);
    free(keeper);
}

static void on_lease_timer_closed(uv_handle_t *handle)
{
    lease_keeper_closed_one(handle->data);
}

struct lease_keeper *lease_keeper_open(uv_loop_t *loop, struct host *host)
{
    struct lease_keeper *keeper = mem_new(sizeof(*keeper));

    keeper->host = host;
    list_init(&keeper->renewals);
    uv_timer_init(loop, &keeper->timer);
    keeper->timer.data = keeper;
    keeper->handles = 1;
    keeper->subscriber =
        (struct host_subscriber){.events = &lease_events, .data = keeper};
    host_subscribe(host, &keeper->subscriber);
    return keeper;
}

void lease_keeper_close(struct lease_keeper *keeper)
{
    if (!keeper)
        return;
    host_unsubscribe(&keeper->subscriber);
    LIST_EACH (link, &keeper->renewals)
        renewal_free(renewal_at(link));
    keeper->closing = true;
    uv_close((uv_handle_t *)&keeper->timer, on_lease_timer_closed);
}
