/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * CreateNetwork. A network is a network row on its bridge's row. If the bridge
 * is missing it is made, and goes with the last network on it. A bridge that
 * was there before is used and stays.
 *
 *   1. The request is read and resolved. All that can be wrong with it is found
 *      here, and so is what on the host stands in its way.
 *   2. One transaction makes bridge, network row, host access port and uplink,
 *      and a mark that the network is begun. If a bridge came or went meanwhile
 *      it begins again with 1. Any other guard that fails ends the call.
 *   3. The switch makes the devices, the host access port is set up, and the
 *      rules are put in force. The call looks at all of this in that order,
 *      whenever rows or the gateway change.
 *      With ovn=NAME the logical switch is made before (logical.h).
 *   4. The mark is taken off, and Docker gets its answer.
 *
 * If 3 fails, or the deadline comes, what was made is removed (removals.h). If
 * the connection goes the call begins anew, and finds in 1 what it has made
 * already. If the plugin dies before 4, Docker takes the network as not created
 * and never speaks of it again: the next plugin removes what is marked.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/datapath.h"
#include "plugin/docker/endpoints.h"
#include "plugin/docker/network_request.h"
#include "plugin/docker/uplink.h"

/* "oi-" and the beginning of the id: fills a device name. */
#define OWN_BRIDGE_FORMAT "oi-%.12s"

static void on_network_written(struct ovsdb_call *done,
                               const struct ovsdb_outcome *outcome);
static void await_switch(struct call *call);
static void await_devices(struct call *call);
static void devices_changed(struct call *call);

static bool is_true(const struct json *options, const char *key)
{
    bool truth;

    return json_bool(json_get(options, key), &truth) && truth;
}

/* Docker 28 asks before it allocates addresses: a network without a way out
 * needs none for a gateway. */
void gateway_check_start(struct call *call)
{
    const struct json *options = json_get(call->body, "Options");
    auto_buf struct buf network_row_text = BUF_INIT(NETWORK_ROW_SIZE);
    auto_buf struct buf body = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    auto_network_row struct network_row network_row = {0};
    struct err err = {0};

    if (network_request_row(call->body, &network_row_text, &err) < 0 ||
        network_row_read(buf_text(&network_row_text), &network_row, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    bool skip = network_row.mode == MODE_ISOLATED ||
                is_true(options, "com.docker.network.internal");
    json_write_object(&w);
    json_write_key(&w, "SkipIPv4");
    json_write_bool(&w, skip);
    json_write_key(&w, "SkipIPv6");
    json_write_bool(&w, skip);
    json_write_object_end(&w);
    call_reply(call, &body);
}

/* What CreateNetwork has made of its request. */
struct net_creation {
    char bridge[BRIDGE_NAME_SIZE];
    bool exists; /* the network exists, and is only waited for */
    bool makes_bridge;
    char uplink[IFNAME_SIZE]; /* "" = none */
    size_t uplink_guard;      /* of uplink_add() */
    struct buf text;          /* of the network row */
    struct network_row network_row;
    struct endpoint_plan plan; /* of the network without an endpoint */
    struct host_port host;
    struct logical_making logical;
    struct call *call;
    /* it waits for the lock of iptables, and for nothing else */
    bool needs_lock;
};

static void net_creation_free(void *state)
{
    struct net_creation *creation = state;

    logical_forget(&creation->logical);
    buf_done(&creation->text);
    network_row_done(&creation->network_row);
    free(creation);
}

/* Fails now, rather than when the first container starts. */
static int refuse_uncarried(const struct docker *docker,
                            struct net_creation *creation, struct err *err)
{
    struct vswitch_bridge made = {.name = creation->bridge,
                                  .userspace = !datapath_in_kernel()};
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&docker->host->ports.bridges, creation->bridge);

    if (!bridge)
        bridge = &made;
    int r = vswitch_bridge_carries(bridge, &creation->plan.attachment, err);
    /* Its own port is internal, whatever type its containers have. */
    if (r >= 0 && creation->network_row.host_access)
        r = vswitch_bridge_floods(bridge, err);
    return r;
}

/* If the network exists already, an answer was lost, or it is another one. It
 * stays on its bridge, whatever its options lead to today: the default bridge,
 * or that of a named network, may have changed since. 1 if it exists. */
static int find_there(const struct call *call, struct net_creation *creation,
                      struct err *err)
{
    const struct docker *docker = call->docker;
    const char *network_row;
    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, call->network, &network_row);

    if (!bridge)
        return 0;
    if (strcmp(network_row, buf_text(&creation->text)) != 0)
        return err_set(err, EEXIST,
                       "the network exists already, on bridge %s and with "
                       "other options",
                       bridge->name);
    snprintf(creation->bridge, sizeof(creation->bridge), "%s", bridge->name);
    /* It may have been made a moment ago, and not be ready yet. */
    creation->makes_bridge = bridge_is_ours(bridge);
    return 1;
}

static int choose_bridge(const struct call *call, struct net_creation *creation,
                         struct err *err)
{
    const struct docker *docker = call->docker;
    int r = find_there(call, creation, err);

    creation->exists = r > 0;
    if (r != 0)
        return r;
    snprintf(creation->bridge, sizeof(creation->bridge), "%s",
             creation->plan.attachment.bridge);
    creation->makes_bridge =
        bridges_find(&docker->host->bridges, creation->bridge) == NULL;
    if (creation->makes_bridge && creation->network_row.ovn)
        return err_set(err, ENODEV,
                       "there is no bridge %s, which ovn-controller makes when "
                       "it has begun: has it run on this host?",
                       creation->bridge);
    if (creation->makes_bridge && strlen(creation->bridge) >= IFNAME_SIZE)
        return err_set(err, EINVAL,
                       "there is no bridge %s, and it cannot be made as its "
                       "name is longer than 15 characters",
                       creation->bridge);
    return 0;
}

/* All that can be wrong with the request is found here. */
static int plan_network(struct call *call, struct net_creation *creation,
                        struct err *err)
{
    const struct docker *docker = call->docker;
    struct network_row *network_row = &creation->network_row;
    char own[BRIDGE_NAME_SIZE];

    int r = network_request_row(call->body, &creation->text, err);
    if (r >= 0) {
        r = network_row_read(buf_text(&creation->text), network_row, err);
        if (r < 0)
            network_request_explain(call->body, err);
    }
    if (r >= 0)
        r = network_row_check(network_row, err);
    if (r >= 0)
        r = gateway_check(docker->gateway, call->network, network_row, err);
    if (r < 0)
        return r;
    snprintf(own, sizeof(own), OWN_BRIDGE_FORMAT, call->network);
    const char *fallback = docker->host->settings->default_bridge;
    r = endpoint_resolve(network_row, NULL, docker->host->settings,
                         fallback[0] ? fallback : own, &creation->plan, err);
    if (r >= 0 && creation->plan.attachment.ovn[0])
        r = network_row_check_logical(network_row, err);
    if (r >= 0 && network_row->host_access)
        r = host_port_limit(docker->gateway, &creation->plan.attachment, err);
    if (r >= 0)
        r = ipam_check(docker, call->network, network_row, err);
    if (r >= 0)
        r = choose_bridge(call, creation, err);
    if (r >= 0 && !creation->exists)
        r = refuse_uncarried(docker, creation, err);
    if (r < 0 || !network_row->uplink)
        return r;
    if (network_row->ovn)
        return logical_check_physical(docker, network_row->uplink, err);
    snprintf(creation->uplink, IFNAME_SIZE, "%s", network_row->uplink);
    return uplink_check(docker, network_row->uplink, creation->bridge, err);
}

static void owner_pairs(struct txn *txn)
{
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, DOCKER_OWNER);
}

static void txn_new_bridge(struct txn *txn, const struct call *call,
                           const struct net_creation *creation)
{
    const char *name = creation->bridge;
    char key[NETWORK_KEY_SIZE];

    txn_wait_absent(txn, "Bridge");
    txn_where_string(txn, "name", name);
    txn_insert(txn, "Interface", "interface");
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", "internal");
    owner_pairs(txn);
    txn_insert(txn, "Port", "port");
    txn_set_string(txn, "name", name);
    txn_set_named(txn, "interfaces", "interface");
    owner_pairs(txn);
    txn_insert(txn, "Bridge", "bridge");
    txn_set_string(txn, "name", name);
    if (!datapath_in_kernel())
        txn_set_string(txn, "datapath_type", "netdev");
    txn_set_named(txn, "ports", "port");
    network_key(call->network, key);
    owner_pairs(txn);
    txn_pair(txn, key, buf_text(&creation->text));
    network_begun_key(call->network, key);
    txn_pair(txn, key, "true");
    txn_mutate(txn, "Open_vSwitch");
    txn_where_any(txn);
    txn_add_named(txn, "bridges", "bridge");
}

static void txn_network_row(struct txn *txn, const struct call *call,
                            const struct net_creation *creation)
{
    char key[NETWORK_KEY_SIZE];

    network_key(call->network, key);
    txn_wait_present(txn, "Bridge");
    txn_where_string(txn, "name", creation->bridge);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", creation->bridge);
    txn_put_pair(txn, "external_ids", key, buf_text(&creation->text));
    network_begun_key(call->network, key);
    txn_put_pair(txn, "external_ids", key, "true");
}

/* Docker will not speak of this network again: removes what was made for it. */
static void network_give_up(struct call *call, const struct err *err)
{
    struct docker *docker = call->docker;

    removals_add(&docker->removals, REMOVE_NETWORK, call->network);
    call_fail(call, err);
}

static void create_expired(struct call *call)
{
    struct err err = {0};
    const struct net_creation *creation = call->state;
    const struct docker *docker = call->docker;

    if (creation->needs_lock &&
        gateway_in_force(docker->gateway, NULL, &err) < 0) {
        network_give_up(call, &err);
        return;
    }
    if (host_port_asks_northbound(docker->gateway, call->network)) {
        (void)logical_no_answer(docker, &err);
        network_give_up(call, &err);
        return;
    }
    err_set(&err, ETIMEDOUT,
            "%s did not come within the deadline: are ovsdb-server and "
            "ovs-vswitchd running, and does 'ovs-vsctl show' report an error "
            "for bridge %s?",
            call->waits_for, creation->bridge);
    network_give_up(call, &err);
}

static void switch_expired(struct call *call)
{
    struct err err = {0};

    (void)logical_no_answer(call->docker, &err);
    network_give_up(call, &err);
}

static int send_creation(struct call *call, struct net_creation *creation,
                         struct err *err)
{
    struct docker *docker = call->docker;
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    if (creation->makes_bridge)
        txn_new_bridge(&txn, call, creation);
    else
        txn_network_row(&txn, call, creation);
    if (creation->network_row.host_access)
        host_port_say(&creation->host, &txn);
    if (creation->uplink[0])
        creation->uplink_guard = uplink_add(
            docker, call->network, creation->uplink, creation->bridge, &txn);
    call->waits_for = "the answer of OVSDB";
    call->expire = create_expired;
    return ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                          on_network_written, err);
}

void create_network_start(struct call *call)
{
    struct net_creation *creation = mem_new(sizeof(*creation));
    struct err err = {0};

    creation->text = BUF_INIT(NETWORK_ROW_SIZE);
    creation->host =
        (struct host_port){.network = call->network,
                           .network_row = &creation->network_row,
                           .attachment = &creation->plan.attachment};
    call->state = creation;
    call->free_state = net_creation_free;
    if (plan_network(call, creation, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    if (creation->exists) {
        await_switch(call);
        return;
    }
    int r = send_creation(call, creation, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        call_fail(call, &err);
}

/* Did a guard of the host's port or of the uplink refuse it? `err` says so. */
static bool is_refused(const struct net_creation *creation,
                       const struct ovsdb_outcome *outcome, struct err *err)
{
    if (outcome->r >= 0)
        return false;
    if (creation->network_row.host_access &&
        host_port_refused(&creation->host, &outcome->fault, err))
        return true;
    return creation->uplink[0] &&
           uplink_refused(creation->uplink, creation->uplink_guard,
                          &outcome->fault, err);
}

static void on_network_written(struct ovsdb_call *done,
                               const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);
    const struct net_creation *creation = call->state;
    struct err err = {0};

    if (outcome->r == -ECONNRESET) {
        call_again(call);
    } else if (is_refused(creation, outcome, &err)) {
        call_fail(call, &err);
    } else if (outcome->r == -ESTALE) {
        /* The bridge came or went meanwhile. By now the rows show it. */
        net_creation_free(call->state);
        call->free_state = NULL;
        create_network_start(call);
    } else if (outcome->r < 0) {
        call_fail(call, &outcome->err);
    } else {
        await_switch(call);
    }
}

static void on_switch_made(struct logical_making *making, const struct err *why)
{
    struct call *call =
        container_of(making, struct net_creation, logical)->call;

    if (why)
        network_give_up(call, why);
    else
        await_devices(call);
}

/* The row is there: if this fails, or the plugin dies, that is removed and the
 * switch with it. */
static void await_switch(struct call *call)
{
    struct net_creation *creation = call->state;
    struct err err = {0};

    if (!creation->network_row.ovn) {
        await_devices(call);
        return;
    }
    call->waits_for = "the answer of OVN's northbound database";
    call->expire = switch_expired;
    creation->call = call;
    creation->logical.done = on_switch_made;
    if (logical_make(call->docker->northbound, &creation->network_row,
                     call->network, &creation->logical, &err) < 0)
        network_give_up(call, &err);
}

/* 1 if the switch has the device, 0 not yet, negative if it cannot. `what` is
 * the verb and the kind of its object. */
static int device_state(const struct docker *docker, const char *what,
                        const char *device, struct err *err)
{
    const struct vswitch_port *port =
        vswitch_view_find(&docker->host->ports, device);

    if (!port)
        return err_set(err, ENOENT, "port %s was removed by somebody meanwhile",
                       device);
    if (port->ofport > 0)
        return 1;
    if (!port->error && port->ofport == 0)
        return 0;
    return err_set(err, EIO, "the switch could not %s %s: %s", what, device,
                   port->error ? port->error : "see the log of ovs-vswitchd");
}

static void await_devices(struct call *call)
{
    const struct net_creation *creation = call->state;

    call->waits_for = creation->network_row.host_access
                          ? "ovs-vswitchd's making of the host access port"
                          : "ovs-vswitchd's making of the bridge";
    call->expire = create_expired;
    call->rows_changed = devices_changed;
    devices_changed(call);
}

/* 1 if the rules are in force, 0 not yet. */
static int filter_state(struct call *call, struct err *err)
{
    const struct docker *docker = call->docker;
    struct net_creation *creation = call->state;

    int r = gateway_in_force(docker->gateway, NULL, err);
    creation->needs_lock = r == -EAGAIN;
    if (r == -EAGAIN)
        return 0;
    if (r < 0)
        return err_wrap(err, "the packet filter, which mode=nat needs");
    return 1;
}

/* Docker is told of success when the mark has gone for certain: with it the
 * next plugin would remove the network, whoever is on it by then. */
static void on_finished(struct ovsdb_call *done,
                        const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET)
        call_again(call);
    else if (outcome->r < 0)
        network_give_up(call, &outcome->err);
    else
        call_done(call);
}

static void finish(struct call *call)
{
    struct docker *docker = call->docker;
    auto_txn struct txn txn = {0};
    const char *network_row;
    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, call->network, &network_row);
    char key[NETWORK_KEY_SIZE];
    struct err err = {0};

    network_begun_key(call->network, key);
    bridges_forget(&docker->host->bridges, key);
    call->rows_changed = NULL;
    if (!bridge || !vswitch_map_get(&bridge->ids, key)) {
        call_done(call);
        return;
    }
    txn_init(&txn, OVSDB_NAME);
    txn_mutate(&txn, "Bridge");
    txn_where_uuid(&txn, bridge->uuid);
    txn_remove_key(&txn, "external_ids", key);
    call->waits_for = "the answer of OVSDB";
    int r = ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                           on_finished, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        network_give_up(call, &err);
}

/* A bridge of ours is ready when the switch has made its device; an uplink when
 * the switch has taken it; a host access port when it is set up; a network with
 * mode=nat when the packet filter has its rules. */
static void devices_changed(struct call *call)
{
    struct docker *docker = call->docker;
    const struct net_creation *creation = call->state;
    struct err err = {0};
    int r = 1;

    if (creation->makes_bridge)
        r = device_state(docker, "make bridge", creation->bridge, &err);
    if (r > 0 && creation->uplink[0])
        r = device_state(docker, "take uplink", creation->uplink, &err);
    if (r > 0 && creation->uplink[0] &&
        uplink_raise(docker, creation->uplink, &err) < 0)
        r = -err.code;
    if (r > 0 && creation->network_row.host_access)
        r = host_port_state(docker->gateway, call->network, &err);
    if (r > 0 && creation->network_row.mode == MODE_NAT)
        r = filter_state(call, &err);
    if (r < 0)
        network_give_up(call, &err);
    if (r <= 0)
        return;
    if (creation->uplink[0])
        uplink_advise(docker, creation->uplink, creation->bridge);
    finish(call);
}

void network_begun_key(const char *network, char ret[NETWORK_KEY_SIZE])
{
    snprintf(ret, NETWORK_KEY_SIZE, ID_BEGUN_PREFIX "%s", network);
}

void networks_sweep(struct docker *docker)
{
    static const size_t prefix = sizeof(ID_BEGUN_PREFIX) - 1;

    for (size_t b = 0; b < docker->host->bridges.count; b++) {
        const struct vswitch_map *ids = &docker->host->bridges.rows[b].ids;
        for (size_t i = 0; i < ids->count; i++) {
            const char *key = ids->pairs[i].key;
            if (strncmp(key, ID_BEGUN_PREFIX, prefix) != 0)
                continue;
            log_event(LOG_LEVEL_INFO,
                      "removing a network whose creation was not finished",
                      "network", key + prefix, NULL);
            removals_add(&docker->removals, REMOVE_NETWORK, key + prefix);
        }
    }
}
