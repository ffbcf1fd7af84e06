/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Join:
 *
 *   1. The attach engine goes as far as ATTACH_FLOWS. It writes the sandbox to
 *      the port's row. A port that has left a sandbox is replaced by one with a
 *      new name, in one transaction.
 *   2. It waits for the switch, which makes the device: `ofport` shows. Until
 *      then nobody may move it. If the row shows an error, or the deadline
 *      comes, the call fails. The same until the port's source guard is in
 *      force.
 *   3. The MTU is set, as libnetwork sets none, and Docker is told which device
 *      to move and what to call it.
 *
 * Leave:
 *
 *   1. ID_LEFT is written to the row. The call waits for it: Docker may call
 *      Join next. If the database is away it is written later (removals.h).
 *   2. The altname is taken off the device, which Docker is about to move.
 *
 * Pitfall: Join may come again after Leave, without a CreateEndpoint in between
 * (a refresh for legacy links), in the same sandbox. libnetwork up to 27 then
 * goes on counting for a prefix that it knows, and would rename the device to
 * number 1, which the kernel datapath does not survive.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/link.h"
#include "plugin/docker/after_move.h"
#include "plugin/docker/endpoints.h"

static const char *sandbox_of(const struct call *call)
{
    const char *key = json_string(json_get(call->body, "SandboxKey"));

    return key ? key : "";
}

/* The switch has made the port, and what was awaited then is its guard. */
static bool awaited_flows(const struct vswitch_port *port,
                          struct attachment *ret)
{
    struct err ignored = {0};

    return port && port->ofport > 0 &&
           vswitch_port_spec(port, ret, &ignored) >= 0 &&
           attachment_has_flows(ret);
}

static bool is_logical(const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    return vswitch_port_spec_names(port, KEY_OVN) &&
           vswitch_port_spec(port, &spec, &ignored) >= 0 && spec.ovn[0];
}

static void flows_expired(const struct vswitch_port *port,
                          const struct attachment *spec, struct err *ret)
{
    if (spec->guard == SOURCE_GUARD_OFF)
        err_set(ret, ETIMEDOUT,
                "the limit of port %s (storm) was not in force within the "
                "deadline: does ovs-vswitchd answer 'ovs-ofctl -O OpenFlow14 "
                "show' of its bridge?",
                port->name);
    else
        err_set(ret, ETIMEDOUT,
                "the source guard of port %s was not in force within the "
                "deadline: does ovs-vswitchd answer 'ovs-ofctl -O OpenFlow14 "
                "show' of its bridge? (-o guard=off does without, where the "
                "policy lets it)",
                port->name);
}

static void join_expired(struct call *call)
{
    const struct vswitch_port *port = call_port(call);
    struct attachment spec;
    struct err err = {0};

    if (port && port->ofport > 0 && is_logical(port)) {
        err_set(&err, ETIMEDOUT,
                "ovn-controller did not install the flows of port %s within "
                "the deadline: does it run, does it reach the southbound "
                "database, and does ovn-northd run?",
                port->name);
        call_fail(call, &err);
        return;
    }
    if (awaited_flows(port, &spec)) {
        flows_expired(port, &spec, &err);
        call_fail(call, &err);
        return;
    }
    err_set(&err, ETIMEDOUT,
            "ovs-vswitchd did not make port %s within the deadline: is it "
            "running, and does 'ovs-vsctl show' report an error?",
            port ? port->name : "of the endpoint");
    call_fail(call, &err);
}

/* A port with a new name is to take the place of the one that has left. */
static int plan_again(struct endpoint_work *work,
                      const struct vswitch_port *port, struct err *err)
{
    struct mac mac;

    work->plan.altname = vswitch_port_id(port, ID_ALTNAME) != NULL;
    int r = vswitch_port_spec(port, &work->plan.attachment, err);
    if (r < 0)
        return r;
    if (!vswitch_port_mac(port, &mac))
        return err_set(err, EINVAL, "port %s has no " ID_MAC, port->name);
    return endpoint_plan_port(work, &mac, err);
}

/* The name that Docker was told to give it; NULL if Docker chooses it. */
static const char *name_inside(const struct vswitch_port *port,
                               struct attachment *buffer)
{
    const char *altname = vswitch_port_id(port, ID_ALTNAME);
    struct err ignored = {0};

    if (altname)
        return altname;
    if (!vswitch_port_spec_names(port, KEY_TYPE) ||
        vswitch_port_spec(port, buffer, &ignored) < 0 ||
        buffer->type != VNIC_VETH ||
        strcmp(buffer->ifname, ENDPOINT_DEFAULT_IFNAME) == 0)
        return NULL;
    return buffer->ifname;
}

/* If a container has two networks, Docker checks only the names that it has
 * chosen itself. */
static int refuse_same_name(const struct call *call,
                            const struct vswitch_port *port, struct err *err)
{
    const struct vswitch_view *ports = &call->docker->host->ports;
    struct attachment mine, other;
    const char *name = name_inside(port, &mine);

    if (!name || strcmp(name, ENDPOINT_DEFAULT_IFNAME) == 0)
        return 0;
    for (const struct vswitch_port *next =
             vswitch_view_first(ports, VSWITCH_BY_NETNS, sandbox_of(call));
         next; next = vswitch_port_next(next, VSWITCH_BY_NETNS)) {
        if (next == port || vswitch_port_has_left(next))
            continue;
        const char *taken = name_inside(next, &other);
        if (taken && strcmp(taken, name) == 0)
            return err_set(err, EEXIST,
                           "the container has an interface %s already, by "
                           "port %s: choose another " ENDPOINT_IFNAME,
                           name, next->name);
    }
    return 0;
}

/* As in libnetwork's types.StaticRoute. */
enum { ROUTE_NEXT_HOP = 0, ROUTE_CONNECTED = 1 };

static void write_route(struct json_writer *w, const struct ip_prefix *to,
                        const struct ip *via)
{
    char text[PREFIX_TEXT_SIZE];

    json_write_object(w);
    prefix_format(to, text);
    json_write_member(w, "Destination", text);
    json_write_key(w, "RouteType");
    json_write_int(w, via ? ROUTE_NEXT_HOP : ROUTE_CONNECTED);
    if (via) {
        ip_format(via, text);
        json_write_member(w, "NextHop", text);
    }
    json_write_object_end(w);
}

/* Libnetwork cannot be told that a router is on the link. So it gets a
 * connected route to the router alone, which it sets before the gateway. */
static void write_routes(struct json_writer *w, const struct attachment *a)
{
    size_t far = 0;

    for (size_t i = 0; i < a->gateway_count; i++)
        far += attachment_is_far(a, &a->gateway[i]);
    if (far + a->route_count == 0)
        return;
    json_write_key(w, "StaticRoutes");
    json_write_array(w);
    for (size_t i = 0; i < a->gateway_count; i++) {
        struct ip_prefix alone = {.ip = a->gateway[i],
                                  .len = (uint8_t)ip_bits(&a->gateway[i])};
        if (attachment_is_far(a, &alone.ip))
            write_route(w, &alone, NULL);
    }
    for (size_t i = 0; i < a->route_count; i++)
        write_route(w, &a->routes[i].to, &a->routes[i].via);
    json_write_array_end(w);
}

static void write_device(struct json_writer *w, const char *device,
                         const char *prefix)
{
    json_write_key(w, "InterfaceName");
    json_write_object(w);
    json_write_member(w, "SrcName", device);
    json_write_member(w, "DstPrefix", prefix);
    json_write_object_end(w);
}

static void reply_joined(struct call *call, const struct attachment *a,
                         const char *device)
{
    auto_buf struct buf body = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer w = JSON_WRITER(&body);
    char prefix[IFNAME_SIZE];
    char text[IP_TEXT_SIZE];

    if (a->type == VNIC_VETH)
        (void)endpoint_pair_prefix(a->ifname, prefix);
    else
        snprintf(prefix, sizeof(prefix), "%.*s", ENDPOINT_PREFIX_LEN, device);
    json_write_object(&w);
    write_device(&w, device, prefix);
    for (size_t i = 0; i < a->gateway_count; i++) {
        bool is_v6 = ip_bits(&a->gateway[i]) == 128;
        ip_format(&a->gateway[i], text);
        json_write_member(&w, is_v6 ? "GatewayIPv6" : "Gateway", text);
    }
    write_routes(&w, a);
    /* The way out is by the bridge or nowhere, never by docker_gwbridge. */
    json_write_key(&w, "DisableGatewayService");
    json_write_bool(&w, true);
    json_write_object_end(&w);
    call_reply(call, &body);
}

/* libnetwork never sets it. A device that Docker moves keeps what is set
 * before. */
static int set_mtu(const struct docker *docker, const char *device,
                   unsigned mtu, struct err *err)
{
    struct link_info info;

    if (mtu == 0)
        return 0;
    int r = link_find(docker->host->net, device, &info, err);
    if (r <= 0 || info.mtu == mtu)
        return r; /* if a device is missing, Docker complains itself */
    return link_set_mtu(docker->host->net, info.ifindex, mtu, err);
}

static void join_done(struct call *call, const struct attach_vnic *vnic)
{
    char device[IFNAME_SIZE];
    struct err err = {0};

    endpoint_device(&vnic->spec, vnic->port, device);
    if (set_mtu(call->docker, device, vnic->spec.mtu, &err) < 0)
        call_fail(call, &err);
    else
        reply_joined(call, &vnic->spec, device);
}

/* Many published ports go bit by bit, and whoever had them may not have waited:
 * its removal was noted for later, or Docker has asked twice. */
static void join_address_changed(struct call *call)
{
    const struct vswitch_port *port = call_port(call);
    struct attach_vnic vnic = {0};
    struct err err = {0};
    int r = port ? vswitch_port_spec(port, &vnic.spec, &err)
                 : err_set(&err, ENOENT,
                           "the endpoint's port was removed by somebody");

    if (r < 0) {
        call_fail(call, &err);
        return;
    }
    if (gateway_leads_to(call->docker->gateway, &vnic.spec))
        return;
    snprintf(vnic.port, sizeof(vnic.port), "%s", port->name);
    join_done(call, &vnic);
}

static void join_when_address_is_free(struct call *call,
                                      const struct attach_vnic *vnic)
{
    if (!gateway_leads_to(call->docker->gateway, &vnic->spec)) {
        join_done(call, vnic);
        return;
    }
    call->expire = NULL;
    call->waits_for = "the end of the many ports that another container has "
                      "published at this address";
    call->rows_changed = join_address_changed;
}

static void on_joined(struct attach_job *job, const struct attach *attach,
                      const struct attach_failure *failure)
{
    struct call *call = endpoint_work_of(job)->call;
    struct err err = {0};

    if (!failure) {
        join_when_address_is_free(call, attach_vnic(attach, 0));
    } else if (!endpoint_put_back(call, failure)) {
        endpoint_explain(attach, failure, &err);
        call_fail(call, &err);
    }
}

/* Without a port there is nothing to plan: the machine says what is wrong. */
static int plan_join(struct endpoint_work *work,
                     const struct vswitch_port *port, bool has_left,
                     struct err *err)
{
    int r = port ? refuse_same_name(work->call, port, err) : 0;

    return r >= 0 && has_left ? plan_again(work, port, err) : r;
}

void join_start(struct call *call)
{
    static const struct attach_job_events events = {
        .work = endpoint_device_work, .done = on_joined};
    const struct vswitch_port *port = call_port(call);
    const struct attach_want how = {.task = ATTACH_MAKE,
                                    .until = ATTACH_PLACE,
                                    .holder = {.netns = sandbox_of(call)},
                                    .has_left =
                                        port && vswitch_port_has_left(port),
                                    .must_exist = true,
                                    .waits_on = true};
    struct endpoint_work *work = endpoint_work_new(call);
    struct err err = {0};

    if (plan_join(work, port, how.has_left, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    call->expire = join_expired;
    endpoint_begin(work, &events, &how);
}

static bool has_joined(const struct vswitch_port *port)
{
    return port && port->iface_uuid[0] && vswitch_port_id(port, ID_NETNS);
}

/* The row shows the mark before the altname is removed, or the guardian would
 * set that again; and before the answer, as Docker may call Join next. */
static void leave_noted(struct call *call)
{
    const struct vswitch_port *port = call_port(call);

    if (has_joined(port))
        after_move_leaving(port);
    call_done(call);
}

void leave_offline(struct call *call, const struct err *why)
{
    struct docker *docker = call->docker;
    const struct vswitch_port *port = call_port(call);

    endpoint_left(docker, call->endpoint);
    if (has_joined(port) && !vswitch_port_id(port, ID_LEFT)) {
        log_event(LOG_LEVEL_WARNING,
                  "will note later that the endpoint has left its container",
                  "endpoint", call->endpoint, "reason", why->text, NULL);
        vswitch_view_expect_left(&docker->host->ports, port->iface_uuid);
        removals_add(&docker->removals, MARK_LEFT, port->iface_uuid);
    }
    leave_noted(call);
}

static void leave_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    leave_offline(call, &err);
}

static void on_leave_written(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET)
        call_again(call);
    else if (outcome->r < 0)
        leave_offline(call, &outcome->err);
    else
        leave_noted(call);
}

void leave_start(struct call *call)
{
    struct docker *docker = call->docker;
    const struct vswitch_port *port = call_port(call);
    auto_txn struct txn txn = {0};
    struct err err = {0};

    endpoint_left(docker, call->endpoint);
    txn_init(&txn, OVSDB_NAME);
    if (has_joined(port))
        port_mark_left(docker, port->iface_uuid, &txn);
    if (txn_count(&txn) == 0) {
        leave_noted(call);
        return;
    }
    call->expire = leave_expired;
    int r = ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                           on_leave_written, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        leave_offline(call, &err);
}
