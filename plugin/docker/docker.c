/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The table of verbs (moby libnetwork/docs/remote.md, drivers/remote/api), the
 * verbs whose answer is a constant, and what the host tells:
 *
 *   1. The rows are there: networks that an earlier plugin has left unfinished
 *      are removed, and calls that waited for the rows begin.
 *   2. Rows change: pending removals are tried again, devices that have arrived
 *      are set up, and calls that wait look whether they are done.
 *   3. The database goes: calls wait. After a while they fail at once, until it
 *      is back.
 *
 * Pitfall: Plugin.Activate and GetCapabilities must answer whatever is broken.
 * dockerd asks once in its life. If that fails it is without this driver until
 * it is restarted.
 */
#include "plugin/docker/docker.h"

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
    reply_constant(call, "{\"Implements\":[\"NetworkDriver\",\"IpamDriver\"]}");
}

static void capabilities_start(struct call *call)
{
    reply_constant(call, "{\"Scope\":\"local\",\"GwAllocChecker\":true}");
}

/* Docker asks this after almost every step, and ignores what it cannot cast to
 * a type of its own. */
static void oper_info_start(struct call *call)
{
    const char *endpoint = json_string(json_get(call->body, "EndpointID"));

    if (endpoint)
        after_move_endpoint(call->docker, endpoint);
    reply_constant(call, "{\"Value\":{}}");
}

/* Swarm managers ask only global drivers; for us the options go to the
 * nodes. */
static void allocate_start(struct call *call)
{
    struct err err = {0};

    err_set(&err, EOPNOTSUPP,
            "ovsint networks are local to a host: create them on each node "
            "with --config-only and use --config-from");
    call_fail(call, &err);
}

/* For operators: what the guardian knows. */
static void ports_start(struct call *call)
{
    const struct docker *docker = call->docker;
    auto_buf struct buf body = BUF_INIT(LIMIT_PORTS_SIZE);
    struct err err = {0};

    docker->questions->ports(docker->questions->data, &body);
    if (!body.overflow) {
        call_reply(call, &body);
        return;
    }
    err_set(&err, EMSGSIZE,
            "too many ports for one answer: send SIGUSR1 and "
            "read the log");
    call_fail(call, &err);
}

/* The labels of no metric depend on what users type, so its size is bounded. */
static void metrics_start(struct call *call)
{
    const struct docker *docker = call->docker;
    auto_buf struct buf body = BUF_INIT(LIMIT_METRICS_SIZE);

    docker->questions->metrics(docker->questions->data, &body);
    call_reply(call, &body);
}

#define DRIVER "/NetworkDriver."
#define IPAM "/IpamDriver."
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
    {IPAM "GetCapabilities", 0, ipam_capabilities_start, NULL},
    {IPAM "GetDefaultAddressSpaces", 0, ipam_spaces_start, NULL},
    {IPAM "RequestPool", CALL_BODY, request_pool_start, NULL},
    {IPAM "ReleasePool", CALL_BODY, call_done, NULL},
    {IPAM "RequestAddress", CALL_BODY | CALL_SWITCH, request_address_start,
     NULL},
    {IPAM "ReleaseAddress", CALL_BODY, release_address_start, NULL},
    {"/Ovsint.Ports", 0, ports_start, NULL},
    {"/Ovsint.Metrics", 0, metrics_start, NULL},
    {0},
};

/* Calls that wait for rows are told last, when all others have seen them. Those
 * that run on the attach engine have been told by its driver. */
static void on_docker_rows(void *data, const struct json *updates, bool anew)
{
    struct docker *docker = data;

    (void)updates;
    removals_try(&docker->removals);
    after_move_arrived(docker);
    uplinks_rows_changed(docker);
    router_rows_changed(docker->router);
    if (!anew)
        return;
    if (!docker->swept)
        networks_sweep(docker);
    docker->swept = true;
    logical_sweep_run(&docker->logical);
    router_run(docker->router);
}

static void on_docker_down(void *data, const struct err *why)
{
    struct docker *docker = data;

    (void)why;
    router_hold(docker->router);
}

static void on_away(void *data, const struct err *why)
{
    struct docker *docker = data;

    router_refuse(docker->router, why);
}

static void on_docker_device(void *data, const struct link_event *event)
{
    struct docker *docker = data;

    if (event->type == LINK_GONE && event->moved)
        after_move_moved(docker, event->link.name);
    uplinks_hear(docker, event);
}

void docker_on_gateway(struct docker *docker)
{
    if (logical_sweep_waits(&docker->logical))
        logical_sweep_run(&docker->logical);
    router_rows_changed(docker->router);
}

void docker_metrics(const struct docker *docker, struct buf *ret)
{
    router_metrics(docker->router, ret);
}

struct docker *docker_open(uv_loop_t *loop, struct host *host,
                           struct gateway *gateway, struct attach_uv *attaches,
                           struct northbound *northbound,
                           const struct docker_questions *questions)
{
    static const struct host_events events = {
        .on_rows = on_docker_rows,
        .on_down = on_docker_down,
        .on_away = on_away,
        .on_device = on_docker_device,
    };
    struct docker *docker = mem_new(sizeof(*docker));

    docker->host = host;
    docker->gateway = gateway;
    docker->attaches = attaches;
    docker->northbound = northbound;
    docker->questions = questions;
    removals_init(&docker->removals, loop, docker);
    docker->router = router_new(loop, verbs, docker, host->call_timeout_ms);
    docker->subscriber.events = &events;
    docker->subscriber.data = docker;
    host_subscribe(host, &docker->subscriber);
    logical_sweep_open(&docker->logical, docker);
    return docker;
}

void docker_close(struct docker *docker)
{
    if (!docker)
        return;
    logical_sweep_close(&docker->logical);
    host_unsubscribe(&docker->subscriber);
    removals_done(&docker->removals);
    router_close(docker->router);
    uplinks_done(&docker->uplinks);
    free(docker);
}
