/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of verbs (moby libnetwork/docs/remote.md, drivers/remote/api), the
 * verbs that are constants, and the state of the connection: a short outage of
 * the database makes calls wait, a longer one makes them fail at once.
 *
 * What a reader would get wrong: Plugin.Activate and GetCapabilities must
 * answer whatever is broken. dockerd asks once in its life, and one failure
 * leaves it without this driver until it is restarted.
 */
#include "plugin/driver.h"

#include <errno.h>

#include "ovsint/log.h"

static void reply_constant(struct call *call, const char *json)
{
    auto_buf struct buf body = BUF_INIT(256);

    buf_add_text(&body, json);
    call_reply(call, &body);
}

static void activate_start(struct call *call)
{
    reply_constant(call, "{\"Implements\":[\"NetworkDriver\"]}");
}

static void capabilities_start(struct call *call)
{
    reply_constant(call, "{\"Scope\":\"local\",\"GwAllocChecker\":true}");
}

/* Docker asks this after almost every step, and ignores what it cannot cast
 * to a type of its own. */
static void oper_info_start(struct call *call)
{
    reply_constant(call, "{\"Value\":{}}");
}

/* Swarm managers ask global drivers only; the options go to the nodes. */
static void allocate_start(struct call *call)
{
    struct err err = {0};

    err_set(&err, EOPNOTSUPP,
            "ovsint networks are local to a host: create them on each node "
            "with --config-only and use --config-from");
    call_fail(call, &err);
}

#define DRIVER "/NetworkDriver."

static const struct verb verbs[] = {
    {"/Plugin.Activate", 0, activate_start, NULL},
    {DRIVER "GetCapabilities", 0, capabilities_start, NULL},
    {DRIVER "EndpointOperInfo", CALL_BODY, oper_info_start, NULL},
    {DRIVER "ProgramExternalConnectivity", CALL_BODY, call_done, NULL},
    {DRIVER "RevokeExternalConnectivity", CALL_BODY, call_done, NULL},
    {DRIVER "DiscoverNew", CALL_BODY, call_done, NULL},
    {DRIVER "DiscoverDelete", CALL_BODY, call_done, NULL},
    {DRIVER "AllocateNetwork", CALL_BODY, allocate_start, NULL},
    {DRIVER "FreeNetwork", CALL_BODY, call_done, NULL},
    {0},
};

static void say_monitor(void *data, struct monitor *monitor)
{
    (void)data;
    monitor_init(monitor, "Open_vSwitch", OVSDB_MONITOR);
    monitor_table(monitor, "Bridge", "name", "external_ids", NULL);
}

static void on_synced(void *data, const struct json *updates)
{
    struct driver *driver = data;

    (void)updates;
    log_event(LOG_LEVEL_INFO, "OVSDB is connected", NULL);
    driver->down = (struct err){0};
    uv_timer_stop(&driver->grace);
    router_run(driver->router);
}

static void on_updated(void *data, const struct json *updates)
{
    (void)data;
    (void)updates;
}

static void on_grace_over(uv_timer_t *timer)
{
    struct driver *driver = timer->data;

    if (!driver->down.code)
        err_set(&driver->down, ETIMEDOUT,
                "OVSDB takes connections but does not answer: is ovsdb-server "
                "stuck?");
    log_event(LOG_LEVEL_WARNING, "OVSDB is away: calls fail until it is back",
              "reason", driver->down.text, NULL);
    router_refuse(driver->router, &driver->down);
}

static void begin_grace(struct driver *driver)
{
    router_hold(driver->router);
    uv_timer_start(&driver->grace, on_grace_over, OUTAGE_GRACE_MS, 0);
}

static void on_down(void *data, const struct err *reason)
{
    struct driver *driver = data;
    bool was_up =
        !driver->down.code && !uv_is_active((uv_handle_t *)&driver->grace);

    driver->down = *reason;
    if (was_up) {
        log_event(LOG_LEVEL_WARNING, "the connection to OVSDB went", "reason",
                  reason->text, NULL);
        begin_grace(driver);
    } else if (!uv_is_active((uv_handle_t *)&driver->grace)) {
        router_refuse(driver->router, reason);
    }
}

static void on_grace_closed(uv_handle_t *handle)
{
    struct driver *driver = handle->data;

    free(driver);
}

static void on_ovsdb_closed(void *data)
{
    struct driver *driver = data;

    uv_close((uv_handle_t *)&driver->grace, on_grace_closed);
}

static const struct ovsdb_events ovsdb_events = {
    .watch = say_monitor,
    .synced = on_synced,
    .updated = on_updated,
    .down = on_down,
    .closed = on_ovsdb_closed,
};

struct driver *driver_open(uv_loop_t *loop, const struct settings *settings,
                           const char *remote)
{
    struct driver *driver = mem_new(sizeof(*driver));
    unsigned timeout = settings->timeout_ms;

    if (timeout > CALL_TIMEOUT_MAX_MS)
        timeout = CALL_TIMEOUT_MAX_MS;
    driver->settings = settings;
    driver->router = router_new(loop, verbs, driver, timeout);
    uv_timer_init(loop, &driver->grace);
    driver->grace.data = driver;
    begin_grace(driver);
    driver->ovsdb = ovsdb_open(loop, remote, &ovsdb_events, driver);
    return driver;
}

void driver_close(struct driver *driver)
{
    router_close(driver->router);
    ovsdb_close(driver->ovsdb);
}
