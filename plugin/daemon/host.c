/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What can fail: host_open(), if this host has no boot id, no netlink, or no
 * right to hear of devices in other namespaces. After that nothing fails: a
 * database that is not there is tried for ever, and if events of the kernel
 * were lost, subscribers are told so.
 */
#include "plugin/daemon/host.h"

#include <assert.h>
#include <errno.h>

#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"
#include "plugin/daemon/timer.h"
#include "plugin/daemon/watch.h"

/* Calls one event of each subscriber that has it. */
#define TELL(host, event, ...)                                    \
    do {                                                          \
        LIST_EACH (link, &(host)->subscribers) {                  \
            const struct host_subscriber *told =                  \
                container_of(link, struct host_subscriber, link); \
            if (told->events->event)                              \
                told->events->event(told->data, __VA_ARGS__);     \
        }                                                         \
    } while (0)

void host_subscribe(struct host *host, struct host_subscriber *subscriber)
{
    list_append(&host->subscribers, &subscriber->link);
}

void host_unsubscribe(struct host_subscriber *subscriber)
{
    list_remove(&subscriber->link);
}

bool host_endpoint_left(struct host *host, const char *endpoint)
{
    bool may_come = false;

    LIST_EACH (link, &host->subscribers) {
        const struct host_subscriber *told =
            container_of(link, struct host_subscriber, link);
        if (told->events->on_endpoint_left)
            may_come |= told->events->on_endpoint_left(told->data, endpoint);
    }
    return may_come;
}

static void watch_rows(void *data, struct monitor *monitor)
{
    static const struct vswitch_scope scope = {
        .owners = {EVERY_OWNER, POOL_OWNER}};

    (void)data;
    vswitch_watch(monitor, SESSION_MONITOR, &scope);
    bridges_watch(monitor);
    mirrors_watch(monitor);
    monitor_table(monitor, "Open_vSwitch", "cur_cfg", "external_ids", NULL);
}

static void warn_of_invalid(struct bridges *bridges)
{
    const char *bridge;

    for (const char *id; (id = bridges_invalid(bridges, &bridge)) != NULL;)
        log_event(LOG_LEVEL_WARNING,
                  "ignoring a network on a bridge: Docker cannot have given "
                  "it this id, so somebody else wrote it",
                  "bridge", bridge, "network", id, NULL);
}

static void on_synced(void *data, const struct json *updates)
{
    struct host *host = data;

    log_event(LOG_LEVEL_INFO, "OVSDB is connected", NULL);
    host->down = (struct err){0};
    host->measures.connections++;
    uv_timer_stop(&host->grace);
    vswitch_view_done(&host->ports);
    vswitch_view_apply(&host->ports, updates);
    bridges_sync(&host->bridges, updates);
    mirrors_done(&host->mirrors);
    mirrors_apply(&host->mirrors, updates);
    warn_of_invalid(&host->bridges);
    TELL(host, on_rows, updates, true);
}

static void on_updated(void *data, const struct json *updates)
{
    struct host *host = data;

    vswitch_view_apply(&host->ports, updates);
    bridges_apply(&host->bridges, updates);
    mirrors_apply(&host->mirrors, updates);
    warn_of_invalid(&host->bridges);
    TELL(host, on_rows, updates, false);
}

static void on_locked(void *data, bool ours)
{
    struct host *host = data;

    TELL(host, on_lock, ours);
}

static void on_grace_over(uv_timer_t *timer)
{
    struct host *host = timer->data;

    if (!host->down.code)
        err_set(&host->down, ETIMEDOUT,
                "OVSDB takes connections but does not answer: is ovsdb-server "
                "stuck?");
    log_event(LOG_LEVEL_WARNING, "OVSDB is away: calls fail until it is back",
              "reason", host->down.text, NULL);
    TELL(host, on_away, &host->down);
}

static void begin_grace(struct host *host)
{
    timer_in(&host->grace, on_grace_over, OUTAGE_GRACE_MS);
}

static void on_ovsdb_down(void *data, const struct err *reason)
{
    struct host *host = data;
    bool waits = uv_is_active((uv_handle_t *)&host->grace);
    bool was_up = !host->down.code && !waits;

    host->down = *reason;
    TELL(host, on_down, reason);
    if (was_up) {
        log_event(LOG_LEVEL_WARNING, "lost the connection to OVSDB", "reason",
                  reason->text, NULL);
        begin_grace(host);
    } else if (!waits) {
        TELL(host, on_away, reason);
    }
}

static void on_link(void *data, const struct link_event *event)
{
    struct host *host = data;

    if (event->type == NAMESPACE_GONE || event->nsid != NSID_NONE)
        TELL(host, on_inside, event);
    else
        TELL(host, on_device, event);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct host *host = poll->data;
    struct err err = {0};

    (void)events;
    watch_again(poll, status, on_readable);
    bool complete =
        status >= 0 && link_watch_read(host->links, on_link, host, &err) >= 0;
    TELL(host, on_heard, complete);
}

static void free_when_closed(struct host *host)
{
    if (--host->handles > 0)
        return;
    vswitch_view_done(&host->ports);
    bridges_done(&host->bridges);
    mirrors_done(&host->mirrors);
    link_watch_close(host->links);
    net_close(host->net);
    free(host);
}

static void on_handle_closed(uv_handle_t *handle)
{
    free_when_closed(handle->data);
}

static void on_ovsdb_closed(void *data)
{
    free_when_closed(data);
}

static const struct ovsdb_events ovsdb_events = {
    .watch = watch_rows,
    .synced = on_synced,
    .updated = on_updated,
    .locked = on_locked,
    .down = on_ovsdb_down,
    .closed = on_ovsdb_closed,
};

/* What does not need the loop. */
static int host_begin(struct host *host, uv_loop_t *loop, struct err *err)
{
    int r = program_boot_id(host->boot, err);

    if (r >= 0)
        r = net_open(&host->net, -1, NET_PLAIN, err);
    if (r >= 0)
        r = link_watch_open(&host->links, err);
    if (r >= 0)
        r = watch_readable(loop, &host->poll, link_watch_fd(host->links),
                           on_readable, host, "the links of the containers",
                           err);
    return r;
}

int host_open(uv_loop_t *loop, const struct settings *settings,
              const char *remote, const char *lock, struct host **ret,
              struct err *err)
{
    struct host *host = mem_new(sizeof(*host));

    host->settings = settings;
    host->ports.keeps_removed = true;
    host->call_timeout_ms = settings->timeout_ms < CALL_TIMEOUT_MAX_MS
                                ? settings->timeout_ms
                                : CALL_TIMEOUT_MAX_MS;
    list_init(&host->subscribers);
    int r = host_begin(host, loop, err);
    if (r < 0) {
        host->handles = 1;
        free_when_closed(host);
        return r;
    }
    host->handles = 3;
    uv_timer_init(loop, &host->grace);
    host->grace.data = host;
    begin_grace(host);
    host->ovsdb = ovsdb_open(loop, remote, lock, &ovsdb_events, host);
    *ret = host;
    return 0;
}

void host_close(struct host *host)
{
    if (!host)
        return;
    assert(list_is_empty(&host->subscribers));
    uv_close((uv_handle_t *)&host->poll, on_handle_closed);
    uv_close((uv_handle_t *)&host->grace, on_handle_closed);
    ovsdb_close(host->ovsdb);
}
