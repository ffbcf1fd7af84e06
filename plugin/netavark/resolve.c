/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From a request to the attachment: addresses get their lengths, of podman's
 * subnets or of those of a named network; then come the routers of the subnets
 * that the container is in; then the configuration resolves it. Each step may
 * fail. Pure.
 */
#include <errno.h>
#include <stdio.h>

#include "ovsint/config/resolve.h"
#include "ovsint/spec/address.h"
#include "ovsint/spec/keys.h"
#include "plugin/netavark/request.h"

static const struct netavark_subnet *
subnet_of(const struct netavark_request *request, const struct ip *ip)
{
    for (size_t i = 0; i < request->subnet_count; i++) {
        if (ip_in_prefix(ip, &request->subnets[i].prefix))
            return &request->subnets[i];
    }
    return NULL;
}

static const struct named_network *
network_of(const struct netavark_request *request,
           const struct settings *settings)
{
    const char *name = attachment_given(&request->own, KEY_NETWORK)
                           ? request->own.values.network
                           : request->configured.values.network;

    return name[0] ? settings_network(settings, name) : NULL;
}

/* podman tells addresses without a length: it is that of the subnet. */
static int add_address(const struct netavark_request *request,
                       const struct named_network *network, const char *address,
                       struct buf *text, struct err *err)
{
    struct ip ip;

    if (parse_ip(address, &ip) < 0)
        return -EINVAL; /* it could be read before */
    const struct netavark_subnet *subnet = subnet_of(request, &ip);
    const struct subnet *named =
        network ? named_network_subnet(network, &ip) : NULL;
    if (!subnet && !named)
        return err_set(err, EINVAL,
                       "address %s lies in no subnet of network %s: create the "
                       "network with --subnet, as in --subnet %s/24",
                       address, request->name, address);
    buf_addf(text, "%s%s/%u", text->size ? "," : "", address,
             subnet ? subnet->prefix.len : named->prefix.len);
    return 0;
}

/* Beside what the network's ip= says. */
static int give_network(struct attachment_request *configured, const char *text,
                        struct err *err)
{
    static const char origin[] = "the container's address";

    if (!attachment_given(configured, KEY_IP))
        return attachment_set(configured, origin, "ip", text, err);
    return key_set_ip(&configured->values, text, err) < 0
               ? err_wrap(err, origin)
               : 0;
}

/* In subnets of podman's it has chosen them, or has checked that they lie
 * there: so they are the network's word, which no policy binds. Without, they
 * are what the container asks for. */
static int set_addresses(struct netavark_request *request,
                         const struct settings *settings, struct err *err)
{
    const struct named_network *network = network_of(request, settings);
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    int r = 0;

    for (size_t i = 0; r >= 0 && i < json_count(request->addresses); i++)
        r = add_address(request, network,
                        json_string(json_at(request->addresses, i)), &text,
                        err);
    if (r < 0 || !text.size)
        return r;
    if (request->subnet_count)
        return give_network(&request->configured, buf_text(&text), err);
    if (attachment_given(&request->configured, KEY_IP))
        return err_set(err, EPERM,
                       "the container's address: network %s says 'ip'",
                       request->name);
    return attachment_set(&request->own, "the container's address", "ip",
                          buf_text(&text), err);
}

/* One router of each family, of the subnets that the container is in. */
static int set_gateways(struct netavark_request *request, struct err *err)
{
    const struct attachment *values = &request->configured.values;
    auto_buf struct buf text = BUF_INIT(PREFIX_TEXT_SIZE * LIMIT_ADDRESSES);
    bool has[2] = {false, false};
    char gateway[IP_TEXT_SIZE];

    if (request->internal || !request->has_router)
        return 0;
    for (size_t i = 0; i < values->ip_count; i++) {
        const struct netavark_subnet *subnet =
            subnet_of(request, &values->ip[i].ip);
        bool is_v6 = ip_bits(&values->ip[i].ip) == 128;
        if (!subnet || !subnet->gateway.family || has[is_v6])
            continue;
        has[is_v6] = true;
        ip_format(&subnet->gateway, gateway);
        buf_addf(&text, "%s%s", text.size ? "," : "", gateway);
    }
    if (!text.size)
        return 0;
    return attachment_set(&request->configured, "--gateway", "gateway",
                          buf_text(&text), err);
}

static void take_subnet(struct netavark_request *request,
                        struct netavark_subnet *subnet)
{
    struct attachment *values = &request->configured.values;
    const struct ip first = ip_network(&subnet->prefix);

    values->ip[values->ip_count++] = subnet->prefix;
    if (request->nat.is_nat && !subnet->gateway.family)
        subnet->gateway =
            ip_from_number(first.family, ip_to_number(&first) + 1);
}

/* For create: the subnets stand for addresses. The router that podman will add,
 * their first address, is the host with mode=nat. */
static void take_subnets(struct netavark_request *request)
{
    for (size_t i = 0; i < request->subnet_count; i++)
        take_subnet(request, &request->subnets[i]);
    if (request->subnet_count)
        snprintf(request->configured.origin[KEY_IP], ORIGIN_SIZE, "--subnet");
}

/* Two places that hand out addresses would give one twice. */
static int check_named(const struct netavark_request *request,
                       const struct settings *settings, struct err *err)
{
    const char *name = request->configured.values.network;
    const struct named_network *network =
        name[0] ? settings_network(settings, name) : NULL;

    if (!network || network->subnet_count == 0 || request->subnet_count == 0)
        return 0;
    return err_set(err, EINVAL,
                   "--subnet: network '%s' of /etc/ovsint/ovsint.json has "
                   "subnets, and gives addresses out of them: leave --subnet "
                   "out",
                   name);
}

int netavark_request_resolve(struct netavark_request *request,
                             const struct settings *settings,
                             struct attachment *ret, struct err *err)
{
    int r = check_named(request, settings, err);

    if (r >= 0 && request->command == NETAVARK_CREATE) {
        r = attachment_request_init(&request->own, FRONT_HOOK, "eth0", err);
        take_subnets(request);
    }
    if (r >= 0)
        r = set_addresses(request, settings, err);
    if (r >= 0)
        r = set_gateways(request, err);
    return r < 0 ? r
                 : attachment_resolve_within(
                       &request->own, &request->configured, settings, ret, err);
}
