/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Do the parts of one attachment fit together? Each check is about two or more
 * keys, or about a key and the network's subnets. A value that is wrong by
 * itself has been refused before.
 */
#include <errno.h>
#include <sys/socket.h>

#include "common/config/check.h"
#include "ovsint/config/named_network.h"
#include "ovsint/spec/address.h"
#include "ovsint/spec/keys.h"

#define MTU_DEFAULT 1500
#define ETHERNET_HEADER_SIZE 14

int check_vlans(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *a = &merged->values;
    bool trunks = !vlan_set_empty(&a->trunks);
    char room[ORIGIN_SIZE];
    const char *where = key_where(merged, KEY_VLAN_MODE, room);
    const char *mode = vlan_mode_name(a->vlan_mode);

    switch (a->vlan_mode) {
    case VLAN_MODE_UNSET:
        if (a->vlan && trunks)
            return err_set(err, EINVAL,
                           "%s: vlan and trunks together need a vlan-mode: "
                           "native-untagged, native-tagged or dot1q-tunnel",
                           key_where(merged, KEY_TRUNKS, room));
        return 0;
    case VLAN_MODE_ACCESS:
        if (trunks)
            return err_set(err, EINVAL,
                           "%s: an access port has no trunks: leave %s out, "
                           "or choose native-untagged or native-tagged",
                           where, merged->origin[KEY_TRUNKS]);
        break;
    case VLAN_MODE_TRUNK:
        if (a->vlan)
            return err_set(err, EINVAL,
                           "%s: a trunk has no vlan: leave %s out, or choose "
                           "native-untagged or native-tagged",
                           where, merged->origin[KEY_VLAN]);
        return 0;
    case VLAN_MODE_NATIVE_TAGGED:
    case VLAN_MODE_NATIVE_UNTAGGED:
    case VLAN_MODE_DOT1Q_TUNNEL:
        break;
    }
    if (!a->vlan)
        return err_set(err, EINVAL, "%s: '%s' needs a vlan", where, mode);
    return 0;
}

int check_burst(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *a = &merged->values;
    const char *where = merged->origin[KEY_BURST];
    unsigned mtu = a->mtu ? a->mtu : MTU_DEFAULT;
    uint64_t frame_bits = (mtu + ETHERNET_HEADER_SIZE) * UINT64_C(8);

    if (!a->burst_kbit)
        return 0;
    if (!a->rate_kbit)
        return err_set(err, EINVAL, "%s: a burst needs a rate", where);
    if (a->burst_kbit * 1000 < frame_bits)
        return err_set(err, EINVAL,
                       "%s: a burst of %llu kbit is less than one packet of "
                       "MTU %u, set at least %llu",
                       where, (unsigned long long)a->burst_kbit, mtu,
                       (unsigned long long)(frame_bits + 999) / 1000);
    return 0;
}

int check_pool(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *a = &merged->values;

    if (!attachment_given(merged, KEY_POOL) || a->type == VNIC_INTERNAL)
        return 0;
    return err_set(err, EINVAL,
                   "%s: only internal ports can be kept ready, and this one "
                   "has type %s: leave pool out",
                   merged->origin[KEY_POOL], vnic_type_name(a->type));
}

static bool has_ipv6(const struct attachment *a,
                     const struct named_network *network)
{
    for (size_t i = 0; i < a->ip_count; i++) {
        if (a->ip[i].ip.family == AF_INET6)
            return true;
    }
    for (size_t i = 0; i < a->gateway_count; i++) {
        if (a->gateway[i].family == AF_INET6)
            return true;
    }
    for (size_t i = 0; a->ip_auto && i < network->subnet_count; i++) {
        if (network->subnets[i].prefix.ip.family == AF_INET6)
            return true;
    }
    return false;
}

static int check_mtu(const struct attachment_request *merged,
                     const struct named_network *network, struct err *err)
{
    const struct attachment *a = &merged->values;

    if (!a->mtu || a->mtu >= MTU_MIN_IPV6 || !has_ipv6(a, network))
        return 0;
    return err_set(err, EINVAL,
                   "%s: an MTU of %u is too small for IPv6, which needs %d",
                   merged->origin[KEY_MTU], a->mtu, MTU_MIN_IPV6);
}

static int check_auto(const struct attachment_request *merged,
                      const struct named_network *network, struct err *err)
{
    const struct attachment *a = &merged->values;
    const char *where = merged->origin[KEY_IP];

    if (!a->ip_auto)
        return 0;
    if (!network)
        return err_set(err, EINVAL,
                       "%s: 'auto' needs a network of the configuration: set "
                       "ovsint.network",
                       where);
    if (!network->subnet_count)
        return err_set(err, EINVAL,
                       "%s: 'auto' needs subnets, and network '%s' has none",
                       where, network->name);
    if (a->ip_count + network->subnet_count > LIMIT_ADDRESSES)
        return err_set(err, EINVAL,
                       "%s: %zu addresses and one of each of %zu subnets are "
                       "more than %d",
                       where, a->ip_count, network->subnet_count,
                       LIMIT_ADDRESSES);
    return 0;
}

int named_network_check_address(const char *where,
                                const struct ip_prefix *prefix,
                                const struct named_network *network,
                                struct err *err)
{
    const struct subnet *subnet = named_network_subnet(network, &prefix->ip);
    char text[PREFIX_TEXT_SIZE], subnet_text[PREFIX_TEXT_SIZE];

    prefix_format(prefix, text);
    if (!subnet)
        return err_set(err, EINVAL,
                       "%s: '%s' lies in no subnet of network '%s'", where,
                       text, network->name);
    prefix_format(&subnet->prefix, subnet_text);
    if (subnet->prefix.len != prefix->len)
        return err_set(err, EINVAL,
                       "%s: '%s' must have the prefix length of subnet %s of "
                       "network '%s'",
                       where, text, subnet_text, network->name);
    if (ip_equal(&subnet->gateway, &prefix->ip))
        return err_set(err, EINVAL, "%s: '%s' is the gateway of network '%s'",
                       where, text, network->name);
    return 0;
}

static int check_excluded(const char *where, const struct ip_prefix *address,
                          const struct named_network *network, struct err *err)
{
    const struct subnet *subnet = named_network_subnet(network, &address->ip);
    char text[PREFIX_TEXT_SIZE];

    if (!subnet || !subnet_excludes(subnet, &address->ip))
        return 0;
    prefix_format(address, text);
    return err_set(err, EINVAL,
                   "%s: '%s' is excluded in network '%s' of the configuration",
                   where, text, network->name);
}

static int check_addresses(const struct attachment_request *merged,
                           const struct named_network *network, struct err *err)
{
    const struct attachment *a = &merged->values;

    if (!network || !network->subnet_count)
        return 0;
    for (size_t i = 0; i < a->ip_count; i++) {
        int r = named_network_check_address(merged->origin[KEY_IP], &a->ip[i],
                                            network, err);
        if (r < 0)
            return r;
        r = check_excluded(merged->origin[KEY_IP], &a->ip[i], network, err);
        if (r < 0)
            return r;
    }
    return 0;
}

bool on_link(const struct attachment *attachment,
             const struct named_network *network, const struct ip *ip)
{
    for (size_t i = 0; i < attachment->ip_count; i++) {
        if (ip_in_prefix(ip, &attachment->ip[i]))
            return true;
    }
    return attachment->ip_auto && network && named_network_subnet(network, ip);
}

bool attachment_is_far(const struct attachment *attachment,
                       const struct ip *router)
{
    if (router->family == AF_INET6 && ip_is_link_local(router))
        return false; /* every device has fe80::/64 */
    return !on_link(attachment, NULL, router);
}

const struct ip *attachment_router(const struct attachment *attachment,
                                   const struct ip_prefix *address)
{
    for (size_t i = 0; i < attachment->gateway_count; i++) {
        const struct ip *router = &attachment->gateway[i];
        if (router->family == address->ip.family &&
            (ip_in_prefix(router, address) ||
             attachment_is_far(attachment, router)))
            return router;
    }
    return NULL;
}

static bool allows_far_router(const struct ip_prefix *address,
                              const struct ip *router)
{
    return address->ip.family == router->family &&
           (address->len == ip_bits(router) || ip_is_link_local(router));
}

bool may_be_on_link(const struct attachment *attachment,
                    const struct named_network *network, const struct ip *ip)
{
    if (ip->family == AF_INET6 && ip_is_link_local(ip))
        return true;
    /* The LAN has yet to say which network it is. */
    if (ip->family == AF_INET && attachment->ip_dhcp)
        return true;
    for (size_t i = 0; i < attachment->ip_count; i++) {
        if (allows_far_router(&attachment->ip[i], ip))
            return true;
    }
    if (!attachment->ip_auto || !network)
        return false;
    for (size_t i = 0; i < network->subnet_count; i++) {
        if (allows_far_router(&network->subnets[i].prefix, ip))
            return true;
    }
    return false;
}

/* A router cannot have the network or broadcast address of its subnet. */
static int check_hop_in_subnet(const char *where, const char *what,
                               const struct ip *ip,
                               const struct named_network *network,
                               struct err *err)
{
    const struct subnet *subnet =
        network ? named_network_subnet(network, ip) : NULL;
    char text[IP_TEXT_SIZE];

    if (!subnet)
        return 0;
    const char *reason = ip_unusable_router(ip, subnet->prefix.len);
    if (!reason)
        return 0;
    ip_format(ip, text);
    return err_set(err, EINVAL, "%s: %s '%s' %s", where, what, text, reason);
}

/* `what` is "gateway" or "next hop". */
static int check_next_hop(const char *where, const char *what,
                          const struct ip *ip, const struct attachment *a,
                          const struct named_network *network, struct err *err)
{
    char text[IP_TEXT_SIZE];

    ip_format(ip, text);
    for (size_t i = 0; i < a->ip_count; i++) {
        const char *reason = NULL;
        if (ip_equal(ip, &a->ip[i].ip))
            return err_set(err, EINVAL,
                           "%s: %s '%s' is the container's own address", where,
                           what, text);
        if (ip_in_prefix(ip, &a->ip[i]))
            reason = ip_unusable_router(ip, a->ip[i].len);
        if (reason)
            return err_set(err, EINVAL, "%s: %s '%s' %s", where, what, text,
                           reason);
    }
    if (on_link(a, network, ip) || may_be_on_link(a, network, ip))
        return check_hop_in_subnet(where, what, ip, network, err);
    return err_set(err, EINVAL,
                   "%s: %s '%s' lies in none of the networks of the "
                   "container's addresses: a router outside of them needs an "
                   "address with length %u, or to be link-local",
                   where, what, text, ip_bits(ip));
}

static int check_next_hops(const struct attachment_request *merged,
                           const struct named_network *network, struct err *err)
{
    const struct attachment *a = &merged->values;
    char room[ORIGIN_SIZE];

    for (size_t i = 0; i < a->gateway_count; i++) {
        int r = check_next_hop(key_where(merged, KEY_GATEWAY, room), "gateway",
                               &a->gateway[i], a, network, err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < a->route_count; i++) {
        int r = check_next_hop(key_where(merged, KEY_ROUTES, room), "next hop",
                               &a->routes[i].via, a, network, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* What the LAN gives, and what it is told. */
static int check_lan(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *a = &merged->values;
    char room[ORIGIN_SIZE];

    if (a->ip_dhcp && a->ip_auto)
        return err_set(err, EINVAL,
                       "%s: 'auto' and 'dhcp' are two ways to one address: "
                       "leave one out",
                       key_where(merged, KEY_IP, room));
    if (a->ip_slaac && !a->accepts_ra)
        return err_set(err, EINVAL,
                       "%s: 'slaac' needs router advertisements: leave "
                       "accept-ra out, or set it to true",
                       key_where(merged, KEY_ACCEPT_RA, room));
    for (size_t i = 0; a->ip_dhcp && i < a->ip_count; i++) {
        if (a->ip[i].ip.family == AF_INET)
            return err_set(err, EINVAL,
                           "%s: 'dhcp' gives the IPv4 address: leave the other "
                           "one out",
                           key_where(merged, KEY_IP, room));
    }
    if (a->ip_dhcp)
        return 0;
    for (int key = KEY_DHCP_ID; key <= KEY_DHCP_HOSTNAME; key++) {
        if (attachment_given(merged, (enum vocabulary_key)key))
            return err_set(err, EINVAL, "%s: without ip=dhcp nobody is told it",
                           merged->origin[key]);
    }
    return 0;
}

/* Docker gives each endpoint its addresses later. */
static int check_guard(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *a = &merged->values;
    char room[ORIGIN_SIZE];

    if (a->guard != SOURCE_GUARD_FULL && a->guard_also_count)
        return err_set(err, EINVAL, "%s: without guard=full it allows nothing",
                       key_where(merged, KEY_GUARD_ALSO, room));
    if (a->guard != SOURCE_GUARD_FULL || a->guard_unsaid || a->ip_count ||
        a->ip_auto || a->ip_dhcp || a->guard_also_count || a->accepts_ra ||
        merged->fronts & FRONT_DOCKER)
        return 0;
    return err_set(err, EINVAL,
                   "%s: with guard=full a vNIC may send from its addresses "
                   "alone, and this one has none: set ip, guard-also or "
                   "accept-ra, or guard=mac",
                   key_where(merged, KEY_GUARD, room));
}

int check_all(const struct attachment_request *merged,
              const struct named_network *network, struct err *err)
{
    int r = check_ovn(merged, err);
    if (r < 0)
        return r;
    r = check_vlans(merged, err);
    if (r < 0)
        return r;
    r = check_burst(merged, err);
    if (r < 0)
        return r;
    r = check_guard(merged, err);
    if (r < 0)
        return r;
    r = check_lan(merged, err);
    if (r < 0)
        return r;
    r = check_pool(merged, err);
    if (r < 0)
        return r;
    r = check_auto(merged, network, err);
    if (r < 0)
        return r;
    r = check_mtu(merged, network, err);
    if (r < 0)
        return r;
    r = check_addresses(merged, network, err);
    if (r < 0)
        return r;
    return check_next_hops(merged, network, err);
}
