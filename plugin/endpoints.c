/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints: CreateEndpoint makes the port and does not wait for the switch,
 * which works on it while Docker is on its way to Join. DeleteEndpoint removes
 * it, by the endpoint's id alone.
 *
 * The port is made here and not in Join, because the endpoint's own options
 * come only now, and its row is the only place where they are kept.
 */
#include "plugin/endpoints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/link.h"
#include "ovsint/log.h"
#include "ovsint/names.h"

static void endpoint_created(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome);

struct call *call_of(struct ovsdb_call *transaction)
{
    return (struct call *)(void *)((char *)transaction -
                                   offsetof(struct call, transaction));
}

const struct vswitch_port *endpoint_find(const struct driver *driver,
                                         const char *endpoint)
{
    for (size_t i = 0; i < driver->ports.count; i++) {
        const struct vswitch_port *port = driver->ports.ports[i];
        const char *id = vswitch_port_id(port, ID_ENDPOINT);
        if (id && strcmp(id, endpoint) == 0)
            return port;
    }
    return NULL;
}

void endpoint_remove(const struct driver *driver, const char *endpoint,
                     struct txn *txn)
{
    const struct vswitch_port *port = endpoint_find(driver, endpoint);

    if (port && port->port_uuid[0])
        vswitch_remove(txn, port->port_uuid, port->name);
}

/* libnetwork renames a device from SrcName to DstPrefix and a number that it
 * counts from 0 for each prefix. With a prefix of one use, and SrcName equal
 * to it with 0, the rename changes nothing: the port keeps its name, which the
 * kernel datapath finds it by. */
int endpoint_name(const char *endpoint, enum vnic_type type,
                  char ret[IFNAME_SIZE], struct err *err)
{
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return err_sys(err, "get a random number");
    if (type == VNIC_VETH)
        names_veth_host(endpoint, "", nonce, ret);
    else
        names_port(endpoint, "", nonce, ret);
    ret[ENDPOINT_PREFIX_LEN] = '0';
    return 0;
}

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));

    return text ? text : "";
}

/* The same address gets the same MAC again: neighbours need not learn. */
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

/* Everything that can be wrong with the request is found here. */
static int plan_endpoint(struct call *call, struct creation *creation,
                         struct err *err)
{
    const struct driver *driver = call->driver;
    const struct json *interface = json_get(call->body, "Interface");
    struct endpoint_request asked = {
        .options = json_get(call->body, "Options"),
        .addresses = {text_of(interface, "Address"),
                      text_of(interface, "AddressIPv6")},
        .mac = text_of(interface, "MacAddress")};
    auto_record struct record record = {0};
    const char *text;

    const struct bridge *bridge =
        bridges_network(&driver->bridges, call->network, &text);
    if (!bridge)
        return err_set(err, ENOENT,
                       "no bridge carries this network any more: somebody "
                       "removed its bridge; remove the network and create it "
                       "again");
    int r = record_read(text, &record, err);
    if (r < 0)
        return err_wrap(err, "the network's record on bridge %s", bridge->name);
    r = record_resolve(&record, &asked, driver->settings, bridge->name,
                       &creation->plan, err);
    if (r < 0)
        return r;
    creation->mac = choose_mac(call, &creation->plan.attachment);
    creation->tells_mac = !*asked.mac;
    return endpoint_name(call->endpoint, creation->plan.attachment.type,
                         creation->port, err);
}

static void reply_created(struct call *call, const struct creation *creation)
{
    auto_buf struct buf body = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    char mac[MAC_TEXT_SIZE];

    /* Saying again what Docker said is an error to it. */
    json_write_object(&w);
    json_write_key(&w, "Interface");
    json_write_object(&w);
    mac_format(&creation->mac, mac);
    if (creation->tells_mac)
        json_write_member(&w, "MacAddress", mac);
    json_write_object_end(&w);
    json_write_object_end(&w);
    call_reply(call, &body);
}

/* Docker's IPAM gives an address once at a time within a network. So who has
 * it there is an endpoint that Docker has lost, in a crash. */
static bool is_stale_twin(const struct vswitch_port *port, const char *network,
                          const struct attachment *wanted)
{
    const char *of = vswitch_port_id(port, ID_NETWORK);
    char key[ID_KEY_SIZE];

    if (!of || strcmp(of, network) != 0 || !port->port_uuid[0])
        return false;
    for (size_t i = 0; i < wanted->ip_count; i++) {
        vswitch_address_key(&wanted->ip[i].ip, key);
        if (vswitch_map_get(&port->port_ids, key))
            return true;
    }
    return false;
}

static void evict_twins(const struct call *call,
                        const struct attachment *wanted, struct txn *txn)
{
    const struct driver *driver = call->driver;

    for (size_t i = 0; i < driver->ports.count; i++) {
        const struct vswitch_port *port = driver->ports.ports[i];
        if (!is_stale_twin(port, call->network, wanted))
            continue;
        log_event(LOG_LEVEL_INFO, "an endpoint that Docker has lost makes room",
                  "port", port->name, "network", call->network, NULL);
        vswitch_remove(txn, port->port_uuid, port->name);
    }
}

void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE])
{
    snprintf(ret, IFNAME_SIZE, "%s", port);
    if (attachment->type == VNIC_VETH)
        ret[ENDPOINT_PREFIX_LEN] = '1';
}

void endpoint_plug(const struct call *call, struct creation *creation,
                   const char *netns, struct txn *txn)
{
    const struct driver *driver = call->driver;
    struct vswitch_identity identity = {.owner = DOCKER_OWNER,
                                        .netns = netns,
                                        .boot = driver->boot,
                                        .endpoint = call->endpoint,
                                        .network = call->network};

    creation->plug =
        (struct vswitch_plug){.attachment = &creation->plan.attachment,
                              .port = creation->port,
                              .mac = creation->mac};
    vswitch_plug(txn, &identity, &creation->plug, 0);
}

int endpoint_refused(const struct creation *creation,
                     const struct reply_fault *fault, struct err *err)
{
    const struct attachment *wanted = &creation->plan.attachment;
    auto_buf struct buf segment = BUF_INIT(256);
    char text[IP_TEXT_SIZE];
    size_t address = 0;

    switch (vswitch_plug_fault(&creation->plug, fault, &address)) {
    case VSWITCH_NO_BRIDGE:
        return err_set(err, ENODEV,
                       "bridge %s of this network is gone: remove the network "
                       "and create it again",
                       wanted->bridge);
    case VSWITCH_IFNAME_BUSY:
        return err_set(err, EEXIST, "the endpoint exists already");
    case VSWITCH_ADDRESS_TAKEN:
        attachment_segment(wanted, &segment);
        ip_format(&wanted->ip[address].ip, text);
        return err_set(err, EADDRINUSE,
                       "address %s is held by a port of another network or of "
                       "ovsint-hook: see 'ovs-vsctl find Port "
                       "external_ids:%s%s=%s'",
                       text, ID_IP_PREFIX, text, buf_text(&segment));
    case VSWITCH_FAULT_OTHER:
        break;
    }
    return -err->code;
}

/* Nobody will ask for this endpoint's removal: Docker sends no DeleteEndpoint
 * after a CreateEndpoint that failed. */
static void give_up(struct call *call, const struct err *err)
{
    struct driver *driver = call->driver;

    wishes_add(&driver->wishes, WISH_ENDPOINT, call->endpoint);
    call_fail(call, err);
}

static void creation_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT,
            "OVSDB did not answer within the deadline: is ovsdb-server stuck?");
    give_up(call, &err);
}

void create_endpoint_offline(struct call *call, const struct err *why)
{
    give_up(call, why);
}

/* Repeated because an answer was lost. Another endpoint of that id cannot be.
 */
static void reply_again(struct call *call, const struct vswitch_port *port)
{
    const struct json *interface = json_get(call->body, "Interface");
    const char *mac = vswitch_port_id(port, "attached-mac");
    struct creation creation = {.tells_mac =
                                    !*text_of(interface, "MacAddress")};

    if (mac && parse_mac(mac, &creation.mac) == 0)
        reply_created(call, &creation);
    else
        call_done(call);
}

static int send_endpoint(struct call *call, struct creation *creation,
                         struct err *err)
{
    struct driver *driver = call->driver;
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    evict_twins(call, &creation->plan.attachment, &txn);
    endpoint_plug(call, creation, NULL, &txn);
    call->expire = creation_expired;
    return ovsdb_transact(driver->ovsdb, &txn, &call->transaction,
                          endpoint_created, err);
}

void create_endpoint_start(struct call *call)
{
    const struct vswitch_port *port =
        endpoint_find(call->driver, call->endpoint);
    struct err err = {0};

    if (port) {
        reply_again(call, port);
        return;
    }
    struct creation *creation = mem_new(sizeof(*creation));
    call->state = creation;
    call->free_state = free;
    int r = plan_endpoint(call, creation, &err);
    if (r >= 0)
        r = send_endpoint(call, creation, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        call_fail(call, &err);
}

static void endpoint_created(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);
    const struct creation *creation = call->state;
    struct err err = outcome->err;

    if (outcome->r == -ECONNRESET) {
        call_again(call);
    } else if (outcome->r < 0) {
        endpoint_refused(creation, &outcome->fault, &err);
        call_fail(call, &err);
    } else {
        reply_created(call, creation);
    }
}

/* Whatever is the matter, Docker forgets the endpoint now. */
void delete_endpoint_offline(struct call *call, const struct err *why)
{
    struct driver *driver = call->driver;

    log_event(LOG_LEVEL_WARNING, "the endpoint will be removed later",
              "endpoint", call->endpoint, "reason", why->text, NULL);
    wishes_add(&driver->wishes, WISH_ENDPOINT, call->endpoint);
    call_done(call);
}

static void deletion_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    delete_endpoint_offline(call, &err);
}

static void endpoint_deleted(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET)
        call_again(call);
    else if (outcome->r < 0)
        delete_endpoint_offline(call, &outcome->err);
    else
        call_done(call);
}

void delete_endpoint_start(struct call *call)
{
    struct driver *driver = call->driver;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, OVSDB_NAME);
    endpoint_remove(driver, call->endpoint, &txn);
    if (txn_count(&txn) == 0) {
        call_done(call);
        return;
    }
    call->expire = deletion_expired;
    int r = ovsdb_transact(driver->ovsdb, &txn, &call->transaction,
                           endpoint_deleted, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        delete_endpoint_offline(call, &err);
}
