/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is there is looked at first: a device that is as it should be costs
 * three questions and some small files.
 */
#include "plugin/gateway/host_setup.h"

#include <errno.h>
#include <string.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/sysctl.h"
#include "plugin/gateway/host_rows.h"

/* Of settings that every kernel has. */
struct setting {
    enum sysctl_family family;
    const char *name;
    int value;
};

static int set(const char *device, const struct setting *setting, bool optional,
               struct err *err)
{
    struct err inner = {0};
    int r = sysctl_set(setting->family, device, setting->name, setting->value,
                       &inner);

    if (r == -ENOENT && optional)
        return 0;
    if (r < 0)
        *err = inner;
    return r;
}

/* No container shall lead the host's packets elsewhere. rp_filter and
 * arp_ignore are the administrator's.
 *
 * Published ports are reached at 127.0.0.1, too, whose packets the kernel
 * neither sends nor takes by another device without route_localnet
 * (__mkroute_output(), ip_route_input_slow() in net/ipv4/route.c). */
static int set_ipv4(const char *device, bool routes, bool forwards,
                    bool *changed, struct err *err)
{
    const struct setting settings[] = {
        {SYSCTL_IPV4, "accept_redirects", 0},
        {SYSCTL_IPV4, "accept_source_route", 0},
        {SYSCTL_IPV4, "forwarding", forwards},
        {SYSCTL_IPV4, "route_localnet", forwards},
    };

    size_t count = routes ? ARRAY_LEN(settings) : 2;

    for (size_t i = 0; i < count; i++) {
        int r = set(device, &settings[i], false, err);
        if (r < 0)
            return r;
        *changed |= r > 0;
    }
    return 0;
}

/* A container must not be able to give the host a router; where the network
 * has no IPv6 the host has none on it either. Linux 6.17 forwards for single
 * devices (force_forwarding); before, net.ipv6.conf.all.forwarding is what
 * counts, and that of the device only makes it a router to its neighbours. */
static int set_ipv6(const char *device, bool has_ipv6, bool routes,
                    bool forwards, bool *changed, struct err *err)
{
    const struct setting settings[] = {
        {SYSCTL_IPV6, "accept_ra", 0},
        {SYSCTL_IPV6, "accept_redirects", 0},
        {SYSCTL_IPV6, "accept_source_route", 0},
        {SYSCTL_IPV6, "disable_ipv6", !has_ipv6},
        {SYSCTL_IPV6, "forwarding", forwards},
        {SYSCTL_IPV6, "force_forwarding", forwards},
    };
    size_t count = has_ipv6 && routes ? ARRAY_LEN(settings) : 4;

    for (size_t i = 0; i < count; i++) {
        /* A kernel may have no IPv6 at all, which an address then meets. */
        int r = set(device, &settings[i], true, err);
        if (r < 0)
            return r;
        *changed |= r > 0;
    }
    return 0;
}

struct addresses {
    struct ip_prefix has[4 * LIMIT_ADDRESSES];
    size_t count;
};

static void note_address(void *data, const struct addr_info *info)
{
    struct addresses *addresses = data;

    if (addresses->count < ARRAY_LEN(addresses->has))
        addresses->has[addresses->count++] = info->address;
}

/* The kernel keeps the first length of an IPv6 address. */
static bool has_address(const struct addresses *addresses,
                        const struct ip_prefix *wanted)
{
    for (size_t i = 0; i < addresses->count; i++) {
        const struct ip_prefix *has = &addresses->has[i];
        if (ip_equal(&has->ip, &wanted->ip) &&
            (has->len == wanted->len || ip_bits(&has->ip) == 128))
            return true;
    }
    return false;
}

static int set_addresses(struct net *host, int ifindex,
                         const struct network_row *network_row, bool *changed,
                         struct err *err)
{
    struct addresses addresses = {.count = 0};
    int r = addr_each(host, ifindex, note_address, &addresses, err);

    for (size_t i = 0; r >= 0 && i < network_row->host_ip_count; i++) {
        if (has_address(&addresses, &network_row->host_ips[i]))
            continue;
        r = addr_add(host, ifindex, &network_row->host_ips[i], true, err);
        *changed = true;
    }
    return r;
}

static int set_link(struct net *host, const char *network,
                    const struct link_info *info, bool *changed,
                    struct err *err)
{
    struct mac mac = host_mac(network);
    int r = 0;

    /* The row asks the switch for the same, which it does in its own time. */
    if (!mac_equal(&info->mac, &mac)) {
        *changed = true;
        r = link_set_mac(host, info->ifindex, &mac, err);
    }
    if (r >= 0 && !info->up) {
        *changed = true;
        r = link_set_up(host, info->ifindex, err);
    }
    return r;
}

static int set_forwarding(const char *name,
                          const struct network_row *network_row, bool forwards,
                          bool *changed, struct err *err)
{
    bool routes = network_row->mode == MODE_NAT;

    int r = set_ipv4(name, routes, forwards, changed, err);
    return r < 0 ? r
                 : set_ipv6(name, network_row_host_has_ipv6(network_row),
                            routes, forwards, changed, err);
}

int host_forward(const char *network, const struct network_row *network_row,
                 bool forwards, struct err *err)
{
    char name[IFNAME_SIZE];
    struct err inner = {0};
    bool changed = false;

    host_port_name(network, network_row->mode, name);
    int r = set_forwarding(name, network_row, forwards, &changed, &inner);
    if (r < 0)
        *err = inner;
    return r == -ENOENT ? 0 : r;
}

int host_set_up(struct net *host, const char *network,
                const struct network_row *network_row, bool forwards,
                int *ret_ifindex, bool *ret_changed, struct err *err)
{
    char name[IFNAME_SIZE];
    struct link_info info;

    host_port_name(network, network_row->mode, name);
    *ret_changed = false;
    int r = link_find(host, name, &info, err);
    if (r <= 0)
        return r;
    if (!vnic_is_internal(&info))
        return err_set(err, EEXIST,
                       "device %s, which is to be the network's host access "
                       "port, is none of the switch: remove or rename it",
                       name);
    r = set_forwarding(name, network_row, forwards, ret_changed, err);
    if (r >= 0)
        r = set_link(host, network, &info, ret_changed, err);
    if (r >= 0)
        r = set_addresses(host, info.ifindex, network_row, ret_changed, err);
    if (r < 0)
        return err_wrap(err, "host access port %s", name);
    *ret_ifindex = info.ifindex;
    return 1;
}

int host_set_down(struct net *host, const char *device, struct err *err)
{
    struct addresses addresses = {.count = 0};
    struct link_info info;

    int r = link_find(host, device, &info, err);
    if (r <= 0 || !vnic_is_internal(&info))
        return r;
    r = addr_each(host, info.ifindex, note_address, &addresses, err);
    for (size_t i = 0; r >= 0 && i < addresses.count; i++) {
        struct err inner = {0};
        r = addr_del(host, info.ifindex, &addresses.has[i], &inner);
        if (r == -EADDRNOTAVAIL || r == -ENODEV)
            r = 0; /* the switch was faster */
        if (r < 0)
            *err = inner;
    }
    return r;
}
