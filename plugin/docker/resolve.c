/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Puts the name of the device inside, the uplink, options, addresses and
 * subnets into one request, in this order; the configuration resolves it; then
 * the routers are added. Each step may fail.
 */
#include "plugin/docker/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/resolve.h"
#include "ovsint/rows/port_name.h"
#include "plugin/docker/bridge_options.h"
#include "plugin/docker/named_subnets.h"
#include "plugin/docker/network_request.h"

/* Keys that make no sense for a network, or none for an endpoint, with what to
 * do. */
static const struct {
    const char *key;
    /* true: refused for a network; false: refused for an endpoint */
    bool on_network;
    const char *advice;
} misplaced[] = {
    {"mac", true, "give it to an endpoint: --mac-address"},
    {"ofport", true, "give it to an endpoint: --driver-opt ofport=NUMBER"},
    {"default", true, "Docker chooses the default route: --gw-priority"},
    {"default", false, "Docker chooses the default route: --gw-priority"},
    {"dad", true, "Docker adds addresses without looking for duplicates"},
    {"dad", false, "Docker adds addresses without looking for duplicates"},
    {"mac", false, "Docker has an option for it: --mac-address"},
    {"network", false, "give it to the network: docker network create -o"},
    {"bridge", false, "give it to the network: docker network create -o"},
    {"mode", false, "give it to the network: docker network create -o"},
    {"uplink", false, "give it to the network: docker network create -o"},
    {"host-access", false, "give it to the network: docker network create -o"},
    {"host-ip", false, "give it to the network: docker network create -o"},
    {"nat4", false, "give it to the network: docker network create -o"},
    {"nat6", false, "give it to the network: docker network create -o"},
    {"nat-source", false, "give it to the network: docker network create -o"},
    {"pool", false, "give it to the network: docker network create -o"},
    {"publish-ip", false, "give it to the network: docker network create -o"},
};

static int refuse_misplaced(const char *origin, const char *key,
                            bool on_network, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(misplaced); i++) {
        if (misplaced[i].on_network == on_network &&
            strcmp(misplaced[i].key, key) == 0)
            return err_set(err, EINVAL, "%s: cannot be set here: %s", origin,
                           misplaced[i].advice);
    }
    return 0;
}

static int set_altname(struct endpoint_plan *plan, const char *origin,
                       const char *value, struct err *err)
{
    if (parse_bool(value, &plan->altname) == 0)
        return 0;
    return err_set(err, EINVAL, "%s: '%.80s' is neither true nor false", origin,
                   value);
}

/* An internal port keeps its name. So a name that was chosen becomes an
 * altname, whatever `altname` says of eth0. */
static int take_ifname(const struct endpoint_request *endpoint,
                       struct attachment_request *request, bool *ret_has_name,
                       struct err *err)
{
    const struct json *value =
        endpoint ? json_get(endpoint->options, ENDPOINT_IFNAME) : NULL;
    const char *name = value ? json_string(value) : ENDPOINT_DEFAULT_IFNAME;
    int r = 0;

    if (!name)
        return err_set(err, EINVAL,
                       "driver option " ENDPOINT_IFNAME
                       ": the value is %s, not a string",
                       json_type_name(value));
    if (names_is_port(name) || names_is_docker_pair(name))
        r = err_set(err, EINVAL,
                    "interface name '%s' looks like that of a port of "
                    "ovsint, choose another name",
                    name);
    if (r >= 0)
        r = attachment_request_init(request, FRONT_DOCKER | FRONT_SPEC, name,
                                    err);
    *ret_has_name = value != NULL;
    return r < 0 && value ? err_wrap(err, "driver option " ENDPOINT_IFNAME) : r;
}

static int take_endpoint_option(struct attachment_request *request,
                                struct endpoint_plan *plan, const char *option,
                                const struct json *value, struct err *err)
{
    const char *key = docker_key(option);
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "driver option %.60s", option);
    if (!key && bridge_option_is_of_network(option))
        return err_set(err, EINVAL,
                       "%s: cannot be set here: give it to the network: docker "
                       "network create -o",
                       origin);
    if (!key)
        return 0;
    if (!docker_key_known(key))
        return docker_key_refuse(origin, key, err);
    if (!json_string(value))
        return err_set(err, EINVAL, "%s: the value is %s, not a string", origin,
                       json_type_name(value));
    int r = refuse_misplaced(origin, key, false, err);
    if (r < 0)
        return r;
    if (strcmp(key, "altname") == 0)
        return set_altname(plan, origin, json_string(value), err);
    return attachment_set(request, origin, key, json_string(value), err);
}

static int take_network_option(struct attachment_request *request,
                               const char *key, const char *value,
                               struct err *err)
{
    int found = vocabulary_find(key, FRONT_DOCKER);
    char origin[ORIGIN_SIZE];

    if (found < 0 || !value)
        /* a key of Docker's front end, which network_row_read() has read */
        return 0;
    if (attachment_given(request, (enum vocabulary_key)found))
        return 0;
    snprintf(origin, sizeof(origin), "option %.60s", key);
    int r = refuse_misplaced(origin, key, true, err);
    if (r < 0)
        return r;
    return attachment_set(request, origin, key, value, err);
}

static int take_options(struct attachment_request *request,
                        const struct network_row *row,
                        const struct endpoint_request *endpoint,
                        struct endpoint_plan *plan, struct err *err)
{
    const struct json *options = endpoint ? endpoint->options : NULL;

    for (size_t i = 0; i < json_count(options); i++) {
        int r = take_endpoint_option(request, plan, json_key_at(options, i),
                                     json_at(options, i), err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < json_count(row->options); i++) {
        const char *key = json_key_at(row->options, i);
        if (network_row_is_of_switch(row, key))
            continue;
        int r = take_network_option(request, key,
                                    json_string(json_at(row->options, i)), err);
        if (r < 0)
            return r;
    }
    return 0;
}

static const char *mode_name(enum network_mode mode)
{
    switch (mode) {
    case MODE_FLAT:
        return "flat";
    case MODE_ISOLATED:
        return "isolated";
    case MODE_NAT:
        break;
    }
    return "nat";
}

/* Addresses are Docker's to give. Those of the LAN are nobody's here. */
static int check_sources(const struct attachment_request *request,
                         const struct network_row *row, struct err *err)
{
    const struct attachment *a = &request->values;

    if (!attachment_given(request, KEY_IP))
        return 0;
    if (a->ip_count || a->ip_auto)
        return err_set(err, EINVAL,
                       "%s: Docker gives the addresses: of ip only dhcp and "
                       "slaac may stand here",
                       request->origin[KEY_IP]);
    if (row->mode != MODE_FLAT)
        return err_set(err, EINVAL,
                       "%s: a network with mode=%s has no LAN that gives "
                       "addresses: say which bridge it is on",
                       request->origin[KEY_IP], mode_name(row->mode));
    if (a->ip_dhcp && row->pool_count)
        return err_set(err, EINVAL,
                       "%s: Docker gives addresses of its own on this "
                       "network: create it with --ipam-driver null",
                       request->origin[KEY_IP]);
    return 0;
}

/* Each subnet stands for the address that an endpoint will get from it: so
 * routes and MTU can be judged. */
static void take_pools(struct attachment_request *request,
                       const struct network_row *row)
{
    memcpy(request->values.ip, row->pools,
           row->pool_count * sizeof(row->pools[0]));
    request->values.ip_count = row->pool_count;
    if (row->pool_count)
        snprintf(request->origin[KEY_IP], ORIGIN_SIZE, "the network's subnets");
}

static bool given(const char *text)
{
    return text && *text;
}

static int take_addresses(struct attachment_request *request,
                          const struct endpoint_request *endpoint,
                          struct err *err)
{
    auto_buf struct buf list = BUF_INIT(256);

    for (size_t i = 0; i < ARRAY_LEN(endpoint->addresses); i++) {
        if (given(endpoint->addresses[i]))
            buf_addf(&list, "%s%s", list.size ? "," : "",
                     endpoint->addresses[i]);
    }
    int r = 0;
    if (list.size)
        r = attachment_set(request, "the endpoint's address", "ip",
                           buf_text(&list), err);
    if (r >= 0 && given(endpoint->mac))
        r = attachment_set(request, "the endpoint's MAC address", "mac",
                           endpoint->mac, err);
    return r;
}

static bool has_address_near(const struct attachment *a, const struct ip *ip)
{
    for (size_t i = 0; i < a->ip_count; i++) {
        if (ip_in_prefix(ip, &a->ip[i]))
            return true;
    }
    return false;
}

/* One of each family, of the subnets that the endpoint has an address in. On a
 * named network with subnets, those that it names. For an internal network
 * Docker still gives a gateway: it is left out here. */
static void add_gateways(struct attachment *a, const struct network_row *row,
                         const struct named_network *network)
{
    bool has[2] = {false, false};

    if (row->internal || row->mode == MODE_ISOLATED)
        return;
    if (network && network->subnet_count) {
        named_subnets_add_routers(network, a);
        return;
    }
    for (size_t i = 0; i < row->gateway_count; i++) {
        const struct ip *gateway = &row->gateways[i];
        bool is_v6 = ip_bits(gateway) == 128;
        if (has[is_v6] || !has_address_near(a, gateway))
            continue;
        has[is_v6] = true;
        a->gateway[a->gateway_count++] = *gateway;
    }
}

/* The named network that it asks for, or NULL. */
static const struct named_network *
named_network(const struct attachment_request *request,
              const struct settings *settings)
{
    if (!attachment_given(request, KEY_NETWORK))
        return NULL;
    return settings_network(settings, request->values.network);
}

/* Judges what Docker has chosen on a named network. */
static int check_named(const struct named_network *network,
                       const struct network_row *row,
                       const struct endpoint_request *endpoint,
                       const struct attachment *given, struct err *err)
{
    int r = 0;

    if (!endpoint)
        return named_subnets_check(network, row, err);
    for (size_t i = 0; r >= 0 && i < given->ip_count; i++)
        r = named_subnets_check_address(network, &given->ip[i], err);
    return r;
}

/* A named network allows containers no addresses of their own choice. Those
 * that Docker gives are judged by its subnets instead. */
static int resolve_request(struct attachment_request *request,
                           const struct named_network *network,
                           const struct settings *settings,
                           struct attachment *ret, struct err *err)
{
    const struct attachment given = request->values;

    if (network) {
        request->values.ip_count = 0;
        request->origin[KEY_IP][0] = '\0';
    }
    int r = attachment_resolve(request, settings, ret, err);
    if (r < 0 || !network)
        return r;
    memcpy(ret->ip, given.ip, sizeof(given.ip));
    ret->ip_count = given.ip_count;
    ret->ip_auto = false;
    ret->gateway_count = 0;
    attachment_guard_by_default(ret, settings);
    attachment_take_routes(request, network, ret);
    return 0;
}

/* The rules about the network as a whole. On a named network with subnets the
 * addresses of the host have been judged by these; a gateway is in a subnet of
 * Docker's, which is judged as addresses are. */
static int check_network(const struct network_row *row,
                         const struct settings *settings, struct err *err)
{
    const char *name =
        json_string(json_get(row->options, vocabulary_entry(KEY_NETWORK)->key));
    const struct named_network *network =
        name ? settings_network(settings, name) : NULL;
    bool chose_ips = network ? network->subnet_count == 0
                             : json_get(row->options, "host-ip") != NULL;
    int r = policy_check_mode(&settings->policy, mode_name(row->mode), err);

    if (r >= 0 && row->mode == MODE_FLAT && row->host_access)
        r = policy_check_host(&settings->policy, row->host_ips,
                              chose_ips ? row->host_ip_count : 0, err);
    if (r < 0 || !row->uplink)
        return r;
    r = policy_check_uplink(&settings->policy, name, row->uplink, err);
    return r < 0 || !row->physical_vlan
               ? r
               : policy_check_physical(&settings->policy, row->physical_vlan,
                                       err);
}

bool endpoint_pair_prefix(const char *ifname, char ret[static IFNAME_SIZE])
{
    size_t len = strlen(ifname);
    bool is_first = len > 1 && ifname[len - 1] == '0';
    const char *name = is_first ? ifname : ENDPOINT_DEFAULT_IFNAME;

    snprintf(ret, IFNAME_SIZE, "%.*s", (int)strlen(name) - 1, name);
    return is_first;
}

static int check_pair_name(const struct attachment *a, struct err *err)
{
    char prefix[IFNAME_SIZE];

    if (a->type != VNIC_VETH || endpoint_pair_prefix(a->ifname, prefix))
        return 0;
    return err_set(err, EINVAL,
                   "driver option " ENDPOINT_IFNAME
                   ": the end of a pair cannot be called '%s', as Docker adds "
                   "a number to what a driver says: choose a name that ends in "
                   "0, or type=internal",
                   a->ifname);
}

int endpoint_resolve(const struct network_row *row,
                     const struct endpoint_request *endpoint,
                     const struct settings *settings, const char *bridge,
                     struct endpoint_plan *ret, struct err *err)
{
    struct settings local = *settings;
    struct attachment_request request;
    struct endpoint_plan plan = {.altname = row->altname};
    bool has_name = false;

    /* The policy does not judge a default bridge. */
    snprintf(local.default_bridge, sizeof(local.default_bridge), "%s", bridge);
    local.policy.bridge_is_own = network_row_owns_bridge(row, settings);
    int r = take_ifname(endpoint, &request, &has_name, err);
    if (r >= 0)
        r = check_network(row, settings, err);
    if (r >= 0)
        r = take_options(&request, row, endpoint, &plan, err);
    if (r >= 0)
        r = check_sources(&request, row, err);
    if (r < 0)
        return r;
    plan.altname |= has_name;
    if (endpoint)
        r = take_addresses(&request, endpoint, err);
    else
        take_pools(&request, row);
    const struct named_network *network = named_network(&request, settings);
    if (r >= 0 && network)
        r = check_named(network, row, endpoint, &request.values, err);
    if (r >= 0)
        r = resolve_request(&request, network, &local, &plan.attachment, err);
    if (r >= 0)
        r = check_pair_name(&plan.attachment, err);
    if (r < 0)
        return r;
    if (endpoint)
        add_gateways(&plan.attachment, row, network);
    else
        plan.attachment.ip_count = 0;
    *ret = plan;
    return 0;
}
