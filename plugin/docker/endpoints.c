/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints. CreateEndpoint:
 *
 *   1. The endpoint's options are resolved by the policy as it is today. All
 *      that can be wrong is found here.
 *   2. A veth pair is made, where the network has that type. It goes again if
 *      the call fails.
 *   3. One transaction makes the port, guarded by its name and its addresses,
 *      and removes ports of this network that have its address: Docker has lost
 *      those in a crash.
 *   4. Docker gets its answer. The switch works on the port while Docker is on
 *      its way to Join.
 *
 * A call that fails by the deadline leaves a removal behind (removals.h), as
 * Docker sends no DeleteEndpoint for it. If the connection goes it begins anew,
 * and finds its port.
 *
 * DeleteEndpoint removes the port, by the endpoint's id alone, now or later.
 *
 * The port is made here and not in Join: only CreateEndpoint gets the
 * endpoint's own options, and the port's row is the only place that keeps
 * them.
 */
#include "plugin/docker/endpoints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/port_name.h"

static void on_endpoint_written(struct ovsdb_call *done,
                                const struct ovsdb_outcome *outcome);

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));

    return text ? text : "";
}

/* An address that comes back gets the same MAC, so neighbours need not learn a
 * new one. */
static struct mac choose_mac(const struct call *call,
                             const struct attachment *attachment)
{
    char text[IP_TEXT_SIZE];

    if (!mac_is_zero(&attachment->mac))
        return attachment->mac;
    if (attachment->ip_count == 0)
        return names_mac(call->network, call->endpoint);
    ip_format(&attachment->ip[0].ip, text);
    return names_mac(call->network, text);
}

/* All that can be wrong with the request is found here. */
static int plan_endpoint(struct call *call, struct creation *creation,
                         struct err *err)
{
    const struct docker *docker = call->docker;
    const struct json *interface = json_get(call->body, "Interface");
    struct endpoint_request asked = {
        .options = json_get(call->body, "Options"),
        .addresses = {text_of(interface, "Address"),
                      text_of(interface, "AddressIPv6")},
        .mac = text_of(interface, "MacAddress")};
    auto_network_row struct network_row network_row = {0};
    const char *text;

    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, call->network, &text);
    if (!bridge)
        return err_set(err, ENOENT,
                       "no bridge carries this network any more: somebody "
                       "removed its bridge; remove the network and create it "
                       "again");
    int r = network_row_read(text, &network_row, err);
    if (r < 0)
        return err_wrap(err, "the network row on bridge %s", bridge->name);
    r = endpoint_resolve(&network_row, &asked, docker->host->settings,
                         bridge->name, &creation->plan, err);
    if (r >= 0)
        r = vswitch_bridge_carries(
            vswitch_bridges_find(&docker->host->ports.bridges, bridge->name),
            &creation->plan.attachment, err);
    if (r < 0)
        return r;
    creation->mac = choose_mac(call, &creation->plan.attachment);
    creation->tells_mac = !*asked.mac;
    return endpoint_name(call->endpoint, creation->plan.attachment.type,
                         creation->port, err);
}

static void create_finish(struct call *call, struct creation *creation)
{
    auto_buf struct buf body = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    char mac[MAC_TEXT_SIZE];

    /* Docker takes it for an error if the answer repeats what it has said. */
    json_write_object(&w);
    json_write_key(&w, "Interface");
    json_write_object(&w);
    mac_format(&creation->mac, mac);
    if (creation->tells_mac)
        json_write_member(&w, "MacAddress", mac);
    json_write_object_end(&w);
    json_write_object_end(&w);
    creation->undo_veth = NULL;
    call_reply(call, &body);
}

/* The addresses that the endpoint will reserve. */
struct twin_keys {
    char keys[LIMIT_ADDRESSES][ID_KEY_SIZE];
    size_t count;
};

/* Within a network Docker's IPAM gives an address to one endpoint at a time. If
 * another endpoint of the network has it in the rows, Docker has lost that one
 * in a crash. */
static bool is_stale_twin(const struct vswitch_port *port, const char *network,
                          const struct twin_keys *wanted)
{
    const char *of;
    bool has = false;

    for (size_t i = 0; i < wanted->count && !has; i++)
        has = vswitch_map_get(&port->port_ids, wanted->keys[i]) != NULL;
    if (!has)
        return false;
    of = vswitch_port_id(port, ID_NETWORK);
    return of && strcmp(of, network) == 0;
}

static void evict_twins(const struct call *call,
                        const struct attachment *attachment, struct txn *txn)
{
    struct docker *docker = call->docker;
    struct twin_keys wanted = {.count = attachment->ip_count};

    for (size_t i = 0; i < wanted.count; i++)
        vswitch_address_key(&attachment->ip[i].ip, wanted.keys[i]);
    for (size_t i = 0; i < docker->host->ports.count; i++) {
        const struct vswitch_port *port = docker->host->ports.ports[i];
        if (!is_stale_twin(port, call->network, &wanted))
            continue;
        log_event(LOG_LEVEL_INFO,
                  "removing an endpoint that Docker has lost: "
                  "another one needs its address",
                  "port", port->name, "network", call->network, NULL);
        port_remove(docker, port, txn);
    }
}

/* Docker sends no DeleteEndpoint after a CreateEndpoint that failed. So the
 * removal has to be noted here. */
static void create_give_up(struct call *call, const struct err *err)
{
    struct docker *docker = call->docker;

    removals_add(&docker->removals, REMOVE_ENDPOINT, call->endpoint);
    call_fail(call, err);
}

static void creation_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT,
            "OVSDB did not answer within the deadline: is ovsdb-server stuck?");
    create_give_up(call, &err);
}

void create_endpoint_offline(struct call *call, const struct err *why)
{
    create_give_up(call, why);
}

/* The port exists: an answer was lost, or the call began anew after its
 * transaction was committed. */
static int create_complete(struct call *call, const struct vswitch_port *port,
                           struct creation *creation, struct err *err)
{
    const struct docker *docker = call->docker;
    const char *mac = vswitch_port_id(port, ID_MAC);
    struct link_info info;

    creation->tells_mac =
        !*text_of(json_get(call->body, "Interface"), "MacAddress");
    snprintf(creation->port, sizeof(creation->port), "%s", port->name);
    if (!mac || parse_mac(mac, &creation->mac) < 0)
        return err_set(err, EINVAL, "port %s has no " ID_MAC, port->name);
    int r = vswitch_port_spec(port, &creation->plan.attachment, err);
    if (r < 0 || creation->plan.attachment.type != VNIC_VETH)
        return r;
    r = link_find(docker->host->net, port->name, &info, err);
    return r == 0 ? endpoint_make_veth(docker, creation, err) : r;
}

static int send_endpoint(struct call *call, struct creation *creation,
                         struct err *err)
{
    struct docker *docker = call->docker;
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    evict_twins(call, &creation->plan.attachment, &txn);
    endpoint_plug(call, creation, NULL, &txn);
    call->expire = creation_expired;
    return ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                          on_endpoint_written, err);
}

void create_endpoint_start(struct call *call)
{
    const struct vswitch_port *port = call_port(call);
    struct creation *creation = mem_new(sizeof(*creation));
    struct err err = {0};
    int r;

    call->state = creation;
    call->free_state = creation_free;
    if (port) {
        r = create_complete(call, port, creation, &err);
    } else {
        r = plan_endpoint(call, creation, &err);
        if (r >= 0)
            r = endpoint_make_veth(call->docker, creation, &err);
        if (r >= 0)
            r = send_endpoint(call, creation, &err);
    }
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        call_fail(call, &err);
    else if (port)
        create_finish(call, creation);
}

static void on_endpoint_written(struct ovsdb_call *done,
                                const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);
    struct creation *creation = call->state;
    struct err err = outcome->err;

    if (outcome->r == -ECONNRESET) {
        call_again(call);
    } else if (outcome->r < 0) {
        endpoint_refused(creation, &outcome->fault, &err);
        call_fail(call, &err);
    } else {
        create_finish(call, creation);
    }
}

/* Whatever fails, Docker forgets the endpoint now. */
void delete_endpoint_offline(struct call *call, const struct err *why)
{
    struct docker *docker = call->docker;

    log_event(LOG_LEVEL_WARNING, "the endpoint will be removed later",
              "endpoint", call->endpoint, "reason", why->text, NULL);
    endpoint_left(docker, call->endpoint);
    removals_add(&docker->removals, REMOVE_ENDPOINT, call->endpoint);
    call_done(call);
}

static void deletion_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    delete_endpoint_offline(call, &err);
}

static void on_endpoint_removed(struct ovsdb_call *done,
                                const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET) {
        call_again(call);
    } else if (outcome->r < 0) {
        delete_endpoint_offline(call, &outcome->err);
    } else {
        call_done(call);
    }
}

void delete_endpoint_start(struct call *call)
{
    struct docker *docker = call->docker;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    endpoint_left(docker, call->endpoint);
    txn_init(&txn, OVSDB_NAME);
    endpoint_remove(docker, call->endpoint, &txn);
    if (txn_count(&txn) == 0) {
        call_done(call);
        return;
    }
    call->expire = deletion_expired;
    int r = ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                           on_endpoint_removed, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        delete_endpoint_offline(call, &err);
}
