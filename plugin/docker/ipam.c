/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Docker's IPAM driver (moby libnetwork/docs/ipam.md) for networks on logical
 * switches: addresses are distinct over all hosts, as each is reserved in the
 * northbound database. In the order in which Docker calls:
 *
 *   1. RequestPool: ipam_pool.c.
 *   2. RequestAddress, for the gateway, before the network exists: it is the
 *      same on all hosts, and reserved nowhere.
 *   3. RequestAddress, for an endpoint: the network row with that subnet tells
 *      the switch. An address is chosen that this host knows nobody to have,
 *      each host beginning elsewhere, and is reserved. If another host was
 *      quicker all addresses of the switch are asked for, and it is chosen
 *      again. If somebody has removed the switch it is made again.
 *   4. CreateEndpoint puts the logical port in its place (endpoints.c).
 *   5. ReleaseAddress releases what no port has taken the place of. If Docker
 *      or the daemon dies before it, the reservation is collected as logical
 *      ports without a port are (guard/orphans.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/config/ipam.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/ipam_pool.h"
#include "plugin/docker/network_request.h"

#define GATEWAY_TYPE "com.docker.network.gateway"

struct address_request {
    struct call *call;
    struct northbound_call northbound;
    struct txn txn;
    struct pool pool;
    char on[NETWORK_NAME_SIZE];
    char host[CHASSIS_NAME_SIZE];
    struct ip *gateways; /* of all networks with that subnet */
    size_t gateway_count;
    struct ip ip;
    bool is_given;
    char port[IFNAME_SIZE];
    /* A network with that subnet, for a switch that has gone. */
    char network[DOCKER_ID_SIZE];
    struct network_row row;
    struct logical_making making;
    bool was_made;
};

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));

    return text ? text : "";
}

/* Networks. */

static bool overlap(const struct ip_prefix *one, const struct ip_prefix *other)
{
    return ip_in_prefix(&one->ip, other) || ip_in_prefix(&other->ip, one);
}

/* The id of the next network with such addresses that has the subnet, or one
 * that overlaps it; `*at` is 0 for the first one. NULL = none. The caller frees
 * *ret with network_row_done(). */
static const char *next_network(const struct docker *docker,
                                const struct ip_prefix *subnet, bool overlaps,
                                const char *but, size_t *at,
                                struct network_row *ret)
{
    const struct bridge *bridge = bridges_find(
        &docker->host->bridges, docker->host->settings->ovn_bridge);
    const char *network, *text;
    struct err ignored = {0};

    while (bridge &&
           (network = bridge_next_network(bridge, at, &text)) != NULL) {
        if ((but && strcmp(network, but) == 0) ||
            network_row_read(text, ret, &ignored) < 0)
            continue;
        for (size_t i = 0; ret->reserves && i < ret->pool_count; i++) {
            const struct ip_prefix *pool = &ret->pools[i];
            if (overlaps ? overlap(pool, subnet)
                         : pool->len == subnet->len &&
                               ip_equal(&pool->ip, &subnet->ip))
                return network;
        }
        network_row_done(ret);
        *ret = (struct network_row){.document = NULL};
    }
    return NULL;
}

/* Docker asks for an address by the subnet alone: so that must tell the
 * switch. */
int ipam_check(const struct docker *docker, const char *network,
               const struct network_row *row, struct err *err)
{
    char text[PREFIX_TEXT_SIZE];

    if (!row->reserves)
        return 0;
    if (!row->ovn)
        return err_set(err, EINVAL,
                       "the IPAM driver ovsint is for networks on a logical "
                       "switch: give -o ovn=NAME, or leave --ipam-driver out");
    for (size_t i = 0; i < row->pool_count; i++) {
        auto_network_row struct network_row other = {0};
        size_t at = 0;
        if (!next_network(docker, &row->pools[i], true, network, &at, &other) ||
            strcmp(other.ovn, row->ovn) == 0)
            continue;
        prefix_format(&row->pools[i], text);
        return err_set(err, EINVAL,
                       "subnet %s overlaps that of a network of this host on "
                       "the logical switch '%s': choose another one",
                       text, other.ovn);
    }
    return 0;
}

/* Addresses. */

static void reply_address(struct call *call, const struct ip *ip, uint8_t len)
{
    auto_buf struct buf body = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    struct ip_prefix address = {.ip = *ip, .len = len};
    char text[PREFIX_TEXT_SIZE];

    prefix_format(&address, text);
    json_write_object(&w);
    json_write_member(&w, "Address", text);
    json_write_key(&w, "Data");
    json_write_object(&w);
    json_write_object_end(&w);
    json_write_object_end(&w);
    call_reply(call, &body);
}

static void request_free(void *state)
{
    struct address_request *request = state;

    logical_forget(&request->making);
    network_row_done(&request->row);
    northbound_forget(&request->northbound);
    txn_done(&request->txn);
    free(request->gateways);
    free(request);
}

static void request_expired(struct call *call)
{
    struct err err = {0};

    (void)logical_no_answer(call->docker, &err);
    call_fail(call, &err);
}

static void request_failed(struct call *call, const struct err *why)
{
    struct err err = *why;

    err_wrap(&err, "OVN's northbound database");
    call_fail(call, &err);
}

static void send_request(struct address_request *request, northbound_done *done)
{
    struct err err = {0};

    if (northbound_send(request->call->docker->northbound, &request->txn,
                        &request->northbound, done, &err) < 0)
        request_failed(request->call, &err);
}

static void begin_request(struct address_request *request)
{
    txn_done(&request->txn);
    txn_init(&request->txn, NORTHBOUND_NAME);
}

static void on_reserved(struct northbound_call *northbound,
                        const struct ovsdb_outcome *outcome);

static void reserve(struct address_request *request)
{
    struct call *call = request->call;
    const struct host *host = call->docker->host;
    struct err err = {0};
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce)) {
        err_sys(&err, "get a random number");
        call_fail(call, &err);
        return;
    }
    names_port(request->on, "", nonce, request->port);
    begin_request(request);
    struct logical_reservation is = {
        .owner = DOCKER_OWNER,
        .boot = host->boot,
        .host = request->host,
        .now_ms = attach_uv_now_ms(call->docker->attaches),
        .on = request->on,
        .port = request->port,
        .ip = request->ip};
    logical_reserve(&request->txn, &is);
    send_request(request, on_reserved);
}

/* Chooses what nobody of `used` has, and no router. */
static int choose(struct address_request *request, const struct ip *used,
                  size_t count, struct err *err)
{
    struct subnet subnet = {.prefix = request->pool.prefix,
                            .range = request->pool.range};
    size_t all = count + request->gateway_count;
    auto_free struct ip *taken = mem_new((all + 1) * sizeof(*taken));

    if (count)
        memcpy(taken, used, count * sizeof(*taken));
    if (request->gateway_count)
        memcpy(taken + count, request->gateways,
               request->gateway_count * sizeof(*taken));
    qsort(taken, all, sizeof(*taken), ipam_compare);
    return ipam_pick(&subnet, names_hash(request->host, request->on), taken,
                     all, &request->ip, err);
}

/* The addresses of the switch that this host has, in no order. */
static size_t own_addresses(const struct address_request *request,
                            struct ip **ret)
{
    struct northbound *northbound = request->call->docker->northbound;
    size_t ports = northbound_count(northbound), count = 0;
    struct ip *used = mem_new((ports + 1) * LIMIT_ADDRESSES * sizeof(*used));

    for (size_t i = 0; i < ports; i++) {
        const struct logical_port *port = northbound_port(northbound, i);
        for (size_t k = 0;
             strcmp(port->on, request->on) == 0 && k < port->ip_count; k++)
            used[count++] = port->ips[k];
    }
    *ret = used;
    return count;
}

static void on_used(struct northbound_call *northbound,
                    const struct ovsdb_outcome *outcome)
{
    struct address_request *request =
        container_of(northbound, struct address_request, northbound);
    auto_free struct ip *used = NULL;
    struct err err = {0};

    if (outcome->r < 0) {
        request_failed(request->call, &outcome->err);
        return;
    }
    size_t count = northbound_used(outcome->result, 0, &used);
    if (choose(request, used, count, &err) < 0)
        call_fail(request->call, &err);
    else
        reserve(request);
}

static void on_holder_removed(struct northbound_call *northbound,
                              const struct ovsdb_outcome *outcome)
{
    struct address_request *request =
        container_of(northbound, struct address_request, northbound);

    if (outcome->r < 0)
        request_failed(request->call, &outcome->err);
    else
        reserve(request);
}

/* Who has the address that was asked for. A port of an earlier boot, or one
 * whose row has gone, has it no more. */
static void on_holder(struct northbound_call *northbound,
                      const struct ovsdb_outcome *outcome)
{
    struct address_request *request =
        container_of(northbound, struct address_request, northbound);
    const struct host *host = request->call->docker->host;
    const struct json *row = reply_row(outcome->result, 0, 0);
    const char *name = row_string(row, "name");
    struct err err = {0};

    if (outcome->r < 0) {
        request_failed(request->call, &outcome->err);
        return;
    }
    if (!row) {
        reserve(request); /* it has gone meanwhile */
        return;
    }
    name = name ? names_port_of_logical(name) : NULL;
    (void)northbound_refuse_held(row, &request->ip, request->on, &err);
    int64_t now = attach_uv_now_ms(request->call->docker->attaches);
    int64_t grace = host->settings->timeout_ms + UNDO_TIMEOUT_MS;
    if (!name ||
        !northbound_is_old(row, request->host, host->boot, now, grace) ||
        vswitch_view_find(&host->ports, name)) {
        call_fail(request->call, &err);
        return;
    }
    begin_request(request);
    northbound_unplug(&request->txn, name);
    send_request(request, on_holder_removed);
}

static void ask_others(struct address_request *request)
{
    begin_request(request);
    if (request->is_given)
        northbound_select_address(&request->txn, &request->ip, request->on);
    else
        northbound_select_switch(&request->txn, request->on);
    send_request(request, request->is_given ? on_holder : on_used);
}

static void refuse_switch(struct address_request *request)
{
    struct err err = {0};

    err_set(&err, ENOENT,
            "there is no logical switch '%s' any more, or there are several: "
            "see 'ovn-nbctl ls-list'; remove the network, and create it again",
            request->on);
    call_fail(request->call, &err);
}

static void on_switch_made(struct logical_making *making, const struct err *why)
{
    struct address_request *request =
        container_of(making, struct address_request, making);

    if (why) {
        call_fail(request->call, why);
        return;
    }
    gateway_look_at_switches(request->call->docker->gateway);
    reserve(request);
}

/* Somebody has removed it, as `ovsint gc --host` does: Docker's network is here
 * all the same. */
static void make_switch(struct address_request *request)
{
    const struct docker *docker = request->call->docker;
    struct err err = {0};
    const char *text;

    if (request->was_made ||
        !bridges_network(&docker->host->bridges, request->network, &text) ||
        network_row_read(text, &request->row, &err) < 0) {
        refuse_switch(request);
        return;
    }
    request->was_made = true;
    request->making.done = on_switch_made;
    if (logical_make(docker->northbound, &request->row, request->network,
                     &request->making, &err) < 0)
        call_fail(request->call, &err);
}

static void on_reserved(struct northbound_call *northbound,
                        const struct ovsdb_outcome *outcome)
{
    struct address_request *request =
        container_of(northbound, struct address_request, northbound);
    struct call *call = request->call;

    if (outcome->r >= 0) {
        northbound_expect(call->docker->northbound, request->port, request->on,
                          &request->ip);
        reply_address(call, &request->ip, request->pool.prefix.len);
        return;
    }
    switch (logical_reserve_fault(&outcome->fault)) {
    case NORTHBOUND_SWITCH_GONE:
        make_switch(request);
        break;
    case NORTHBOUND_ADDRESS_TAKEN:
        ask_others(request);
        break;
    default:
        request_failed(call, &outcome->err);
    }
}

/* What Docker has asked for. */

static void reply_gateway(struct call *call, const struct pool *pool,
                          const char *given)
{
    struct ip ip = ip_from_number(pool->prefix.ip.family,
                                  ip_to_number(&pool->prefix.ip) + 1);
    struct err err = {0};
    char text[PREFIX_TEXT_SIZE];

    if (*given && parse_ip(given, &ip) < 0) {
        err_set(&err, EINVAL, "gateway '%.60s' is no address", given);
        call_fail(call, &err);
        return;
    }
    if (!ip_in_prefix(&ip, &pool->prefix)) {
        prefix_format(&pool->prefix, text);
        err_set(&err, EINVAL,
                "the gateway is no address of subnet %s: give a larger "
                "--subnet, or a --gateway of it",
                text);
        call_fail(call, &err);
        return;
    }
    reply_address(call, &ip, pool->prefix.len);
}

static bool is_gateway(const struct address_request *request,
                       const struct ip *ip)
{
    for (size_t i = 0; i < request->gateway_count; i++) {
        if (ip_equal(ip, &request->gateways[i]))
            return true;
    }
    return false;
}

static int take_given(struct address_request *request, const char *given,
                      struct err *err)
{
    const struct pool *pool = &request->pool;
    struct ip_prefix address = {.len = pool->prefix.len};
    const char *reason = "is not of the network's subnet";

    if (!*given)
        return 0;
    if (parse_ip(given, &address.ip) < 0)
        return err_set(err, EINVAL, "'%.60s' is no address", given);
    if (ip_in_prefix(&address.ip, &pool->prefix))
        reason = is_gateway(request, &address.ip) ? "is the network's gateway"
                                                  : ip_unusable(&address);
    if (reason)
        return err_set(err, EINVAL, "address %.60s %s", given, reason);
    request->ip = address.ip;
    request->is_given = true;
    return 0;
}

/* On which switch; and which routers the networks of that subnet have: Docker
 * may have several, each with its own. False if there is no such network. */
static bool find_switch(struct address_request *request)
{
    const struct ip_prefix *subnet = &request->pool.prefix;
    size_t at = 0, room = 0;

    for (;;) {
        auto_network_row struct network_row row = {0};
        const char *network =
            next_network(request->call->docker, subnet, false, NULL, &at, &row);
        if (!network)
            return request->on[0];
        snprintf(request->on, sizeof(request->on), "%s", row.ovn);
        snprintf(request->network, sizeof(request->network), "%s", network);
        for (size_t i = 0; i < row.gateway_count; i++) {
            if (!ip_in_prefix(&row.gateways[i], subnet))
                continue;
            request->gateways =
                mem_grow(request->gateways, request->gateway_count, &room,
                         sizeof(*request->gateways));
            request->gateways[request->gateway_count++] = row.gateways[i];
        }
    }
}

static int plan_address(struct address_request *request, struct err *err)
{
    const char *host = northbound_chassis(request->call->docker->northbound);
    char text[PREFIX_TEXT_SIZE];

    prefix_format(&request->pool.prefix, text);
    if (!find_switch(request))
        return err_set(err, ENOENT,
                       "no network of this host on a logical switch has the "
                       "subnet %s: for --aux-address give --ip-range instead, "
                       "as the IPAM driver ovsint keeps no addresses with it; "
                       "if the database of Open vSwitch was lost, remove the "
                       "network and create it again",
                       text);
    if (!host)
        return err_set(err, ENODEV,
                       "this host is no chassis of OVN any more: external_ids "
                       "of the table Open_vSwitch lack system-id or "
                       "ovn-encap-ip");
    snprintf(request->host, sizeof(request->host), "%s", host);
    return take_given(request, text_of(request->call->body, "Address"), err);
}

static void begin_address(struct address_request *request)
{
    auto_free struct ip *used = NULL;
    struct err err = {0};

    if (plan_address(request, &err) < 0) {
        call_fail(request->call, &err);
        return;
    }
    size_t count = own_addresses(request, &used);
    if (!request->is_given && choose(request, used, count, &err) < 0)
        call_fail(request->call, &err);
    else
        reserve(request);
}

void request_address_start(struct call *call)
{
    const struct json *options = json_get(call->body, "Options");
    struct pool pool;
    struct err err = {0};

    if (ipam_pool_read(text_of(call->body, "PoolID"), &pool, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    if (strcmp(text_of(options, "RequestAddressType"), GATEWAY_TYPE) == 0) {
        reply_gateway(call, &pool, text_of(call->body, "Address"));
        return;
    }
    struct address_request *request = mem_new(sizeof(*request));
    request->call = call;
    request->pool = pool;
    call->state = request;
    call->free_state = request_free;
    call->expire = request_expired;
    begin_address(request);
}

const char *ipam_reserved(const struct docker *docker, const char *on,
                          const struct ip *ip)
{
    struct northbound *northbound = docker->northbound;

    for (size_t i = 0; i < northbound_count(northbound); i++) {
        const struct logical_port *port = northbound_port(northbound, i);
        if (port->is_reserved && port->ip_count &&
            ip_equal(&port->ips[0], ip) && (!on || strcmp(port->on, on) == 0))
            return port->port;
    }
    return NULL;
}

/* If the database is away it stays reserved, and is collected later. */
void release_address_start(struct call *call)
{
    const struct docker *docker = call->docker;
    auto_network_row struct network_row row = {0};
    struct err ignored = {0};
    char name[1][IFNAME_SIZE];
    size_t at = 0;
    struct pool pool;
    struct ip ip;

    if (ipam_pool_read(text_of(call->body, "PoolID"), &pool, &ignored) >= 0 &&
        parse_ip(text_of(call->body, "Address"), &ip) == 0 &&
        northbound_is_up(docker->northbound)) {
        (void)next_network(docker, &pool.prefix, false, NULL, &at, &row);
        const char *port = ipam_reserved(docker, row.ovn, &ip);
        if (port) {
            snprintf(name[0], IFNAME_SIZE, "%s", port);
            northbound_remove(docker->northbound,
                              (const char(*)[IFNAME_SIZE])name, 1);
        }
    }
    call_done(call);
}
