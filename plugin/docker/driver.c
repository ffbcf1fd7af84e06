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
#include "plugin/docker/driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/docker/after_move.h"
#include "plugin/docker/publish.h"
#include "plugin/docker/uplink.h"

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
    const char *endpoint = json_string(json_get(call->body, "EndpointID"));

    if (endpoint)
        after_move_endpoint(call->driver, endpoint);
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

/* Ours, for operators: what the guardian knows. */
static void ports_start(struct call *call)
{
    const struct driver *driver = call->driver;
    auto_buf struct buf body = BUF_INIT(LIMIT_PORTS_SIZE);
    struct err err = {0};

    guardian_show(driver->guardian, &body);
    if (!body.overflow) {
        call_reply(call, &body);
        return;
    }
    err_set(&err, EMSGSIZE,
            "too many ports for one answer: send SIGUSR1 and "
            "read the log");
    call_fail(call, &err);
}

#define DRIVER "/NetworkDriver."
#define NETWORK (CALL_BODY | CALL_SWITCH | CALL_NETWORK)
#define ENDPOINT (NETWORK | CALL_ENDPOINT)

static const struct verb verbs[] = {
    {"/Plugin.Activate", 0, activate_start, NULL},
    {DRIVER "GetCapabilities", 0, capabilities_start, NULL},
    {DRIVER "GwAllocCheck", CALL_BODY, gateway_check_start, NULL},
    {DRIVER "CreateNetwork", NETWORK, create_network_start, NULL},
    {DRIVER "DeleteNetwork", NETWORK, delete_network_start,
     delete_network_offline},
    {DRIVER "CreateEndpoint", ENDPOINT, create_endpoint_start,
     create_endpoint_offline},
    {DRIVER "DeleteEndpoint", ENDPOINT, delete_endpoint_start,
     delete_endpoint_offline},
    {DRIVER "Join", ENDPOINT, join_start, NULL},
    {DRIVER "Leave", ENDPOINT, leave_start, leave_offline},
    {DRIVER "EndpointOperInfo", CALL_BODY, oper_info_start, NULL},
    {DRIVER "ProgramExternalConnectivity", ENDPOINT, publish_start,
     publish_offline},
    {DRIVER "RevokeExternalConnectivity", ENDPOINT, unpublish_start,
     unpublish_offline},
    {DRIVER "DiscoverNew", CALL_BODY, call_done, NULL},
    {DRIVER "DiscoverDelete", CALL_BODY, call_done, NULL},
    {DRIVER "AllocateNetwork", CALL_BODY, allocate_start, NULL},
    {DRIVER "FreeNetwork", CALL_BODY, call_done, NULL},
    {"/Ovsint.Ports", 0, ports_start, NULL},
    {0},
};

static void say_monitor(void *data, struct monitor *monitor)
{
    static const struct vswitch_scope scope = {
        .owners = {DOCKER_OWNER, HOOK_OWNER}};

    (void)data;
    vswitch_watch(monitor, OVSDB_MONITOR, &scope);
    bridges_watch(monitor);
    monitor_table(monitor, "Open_vSwitch", "cur_cfg", NULL);
}

static void tell_invalid(struct bridges *bridges)
{
    const char *bridge;

    for (const char *id; (id = bridges_invalid(bridges, &bridge)) != NULL;)
        log_event(LOG_LEVEL_WARNING,
                  "a bridge has a network with an id that Docker cannot have "
                  "given: somebody else wrote it, and it is passed over",
                  "bridge", bridge, "network", id, NULL);
}

/* Most changes are what the switch says of its ports. */
static bool concerns_nat(const struct driver *driver,
                         const struct json *updates)
{
    struct row_update update;

    return monitor_update_at(updates, "Bridge", 0, &update) ||
           vswitch_view_changed(&driver->ports, VSWITCH_INSERTED |
                                                    VSWITCH_REMOVED |
                                                    VSWITCH_IDS);
}

static void apply(struct driver *driver, const struct json *updates, bool anew)
{
    vswitch_view_apply(&driver->ports, updates);
    if (anew) {
        bridges_sync(&driver->bridges, updates);
        host_ports_recall(driver->host_ports);
    } else {
        bridges_apply(&driver->bridges, updates);
    }
    tell_invalid(&driver->bridges);
    if (anew || concerns_nat(driver, updates))
        nat_rows_changed(driver->nat);
    host_ports_rows_changed(driver->host_ports, updates, anew);
    removals_try(&driver->removals);
    after_move_arrived(driver);
    if (driver->serves)
        uplinks_rows_changed(driver);
    router_rows_changed(driver->router);
}

static void on_synced(void *data, const struct json *updates)
{
    struct driver *driver = data;

    log_event(LOG_LEVEL_INFO, "OVSDB is connected", NULL);
    driver->down = (struct err){0};
    uv_timer_stop(&driver->grace);
    vswitch_view_done(&driver->ports);
    apply(driver, updates, true);
    guardian_synced(driver->guardian, updates);
    if (driver->serves && !driver->swept)
        networks_sweep(driver);
    driver->swept = true;
    router_run(driver->router);
}

static void on_updated(void *data, const struct json *updates)
{
    struct driver *driver = data;

    apply(driver, updates, false);
    guardian_updated(driver->guardian, updates);
}

static void on_locked(void *data, bool ours)
{
    struct driver *driver = data;

    guardian_locked(driver->guardian, ours);
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
    guardian_down(driver->guardian);
    if (was_up) {
        log_event(LOG_LEVEL_WARNING, "the connection to OVSDB went", "reason",
                  reason->text, NULL);
        begin_grace(driver);
    } else if (!uv_is_active((uv_handle_t *)&driver->grace)) {
        router_refuse(driver->router, reason);
    }
}

static void driver_free(struct driver *driver)
{
    removals_done(&driver->removals);
    vswitch_view_done(&driver->ports);
    bridges_done(&driver->bridges);
    uplinks_done(&driver->uplinks);
    net_close(driver->host);
    free(driver);
}

static void on_grace_closed(uv_handle_t *handle)
{
    driver_free(handle->data);
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
    .lock = GUARDIAN_LOCK,
    .locked = on_locked,
    .down = on_down,
    .closed = on_ovsdb_closed,
};

int driver_open(uv_loop_t *loop, const struct settings *settings,
                const char *remote, struct driver **ret, struct err *err)
{
    struct driver *driver = mem_new(sizeof(*driver));

    driver->settings = settings;
    driver->ports.keeps_removed = true;
    int r = program_boot_id(driver->boot, err);
    if (r >= 0)
        r = net_open(&driver->host, -1, NET_PLAIN, err);
    if (r >= 0)
        r = host_ports_open(loop, driver, &driver->host_ports, err);
    if (r >= 0)
        r = guardian_open(loop, driver, &driver->guardian, err);
    if (r < 0) {
        host_ports_close(driver->host_ports);
        driver_free(driver);
        return r;
    }
    driver->call_timeout_ms = settings->timeout_ms;
    if (driver->call_timeout_ms > CALL_TIMEOUT_MAX_MS)
        driver->call_timeout_ms = CALL_TIMEOUT_MAX_MS;
    driver->removals.driver = driver;
    driver->router = router_new(loop, verbs, driver, driver->call_timeout_ms);
    uv_timer_init(loop, &driver->grace);
    driver->grace.data = driver;
    begin_grace(driver);
    driver->ovsdb = ovsdb_open(loop, remote, &ovsdb_events, driver);
    *ret = driver;
    return 0;
}

void driver_close(struct driver *driver)
{
    removals_done(&driver->removals);
    guardian_close(driver->guardian);
    host_ports_close(driver->host_ports);
    nat_close(driver->nat);
    router_close(driver->router);
    ovsdb_close(driver->ovsdb);
}
