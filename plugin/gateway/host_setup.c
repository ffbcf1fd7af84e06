/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Looks first at what is there: so a device that is as it should be costs three
 * questions and some small files.
 */
#include "plugin/gateway/host_setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"
#include "ovsint/net/sysctl.h"
#include "plugin/gateway/host_collision.h"
#include "plugin/gateway/host_settings.h"

static int set_addresses(struct net *host, int ifindex,
                         const struct network_row *network_row, bool *changed,
                         struct err *err)
{
    struct host_addresses addresses = {.count = 0};
    int r = addr_each(host, ifindex, host_addresses_note, &addresses, err);

    for (size_t i = 0; r >= 0 && i < network_row->host_ip_count; i++) {
        if (host_addresses_have(&addresses, &network_row->host_ips[i]))
            continue;
        r = addr_add(host, ifindex, &network_row->host_ips[i], true, err);
        *changed = true;
    }
    return r;
}

static int set_link(struct net *host, const struct mac *mac,
                    const struct link_info *info, bool *changed,
                    struct err *err)
{
    int r = 0;

    /* The row asks the switch for this MAC, but the switch sets it in its own
     * time. */
    if (!mac_equal(&info->mac, mac)) {
        *changed = true;
        r = link_set_mac(host, info->ifindex, mac, err);
    }
    if (r >= 0 && !info->up) {
        *changed = true;
        r = link_set_up(host, info->ifindex, err);
    }
    return r;
}

static int setting_set(const char *device, const struct host_setting *setting,
                       struct err *err)
{
    struct err inner = {0};
    int r = sysctl_set(setting->family, device, setting->name, setting->value,
                       &inner);

    if (r == -ENOENT && setting->optional)
        return 0;
    if (r < 0)
        *err = inner;
    return r;
}

static int set_all(const char *device, const struct network_row *network_row,
                   bool forwards, bool *changed, struct err *err)
{
    struct host_setting settings[HOST_SETTINGS];
    size_t count = host_settings(network_row, forwards, settings);

    for (size_t i = 0; i < count; i++) {
        int r = setting_set(device, &settings[i], err);
        if (r < 0)
            return r;
        *changed |= r > 0;
    }
    return 0;
}

int host_forward(const char *network, const struct network_row *network_row,
                 bool forwards, struct err *err)
{
    char name[IFNAME_SIZE];
    struct err inner = {0};
    bool changed = false;

    host_port_name(network, network_row->mode, name);
    int r = set_all(name, network_row, forwards, &changed, &inner);
    if (r < 0)
        *err = inner;
    return r == -ENOENT ? 0 : r;
}

int host_set_up(struct net *host, const char *network,
                const struct network_row *network_row, const struct mac *mac,
                bool forwards, int *ret_ifindex, bool *ret_changed,
                struct err *err)
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
    r = set_all(name, network_row, forwards, ret_changed, err);
    if (r >= 0)
        r = set_link(host, mac, &info, ret_changed, err);
    if (r >= 0)
        r = set_addresses(host, info.ifindex, network_row, ret_changed, err);
    if (r < 0)
        return err_wrap(err, "host access port %s", name);
    *ret_ifindex = info.ifindex;
    return 1;
}

int host_set_down(struct net *host, const char *device, struct err *err)
{
    struct host_addresses addresses = {.count = 0};
    struct link_info info;

    int r = link_find(host, device, &info, err);
    if (r <= 0 || !vnic_is_internal(&info))
        return r;
    r = addr_each(host, info.ifindex, host_addresses_note, &addresses, err);
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

static int look_for_collision(struct net *host,
                              struct host_collision *collision, struct err *err)
{
    int r = addr_each(host, 0, host_collision_address, collision, err);

    return r < 0 || collision->wanted
               ? r
               : route_each(host, host_collision_route, collision, err);
}

int host_check(struct net *host, const char *network,
               const struct network_row *network_row, struct err *err)
{
    struct host_collision collision = {.row = network_row};
    struct link_info info = {.ifindex = -1};
    char name[IFNAME_SIZE];
    struct err ignored = {0};

    if (network_row->host_ip_count == 0)
        return 0;
    host_port_name(network, network_row->mode, name);
    int r = link_find(host, name, &info, err);
    if (r >= 0) {
        collision.own = info.ifindex;
        r = look_for_collision(host, &collision, err);
    }
    if (r < 0 || !collision.wanted)
        return r < 0 ? r : 0;
    if (link_by_index(host, collision.ifindex, &info, &ignored) <= 0)
        snprintf(info.name, sizeof(info.name), "%d", collision.ifindex);
    return host_collision_refuse(&collision, info.name, err);
}

int host_check_sources(struct net *host, const struct network_row *network_row,
                       struct err *err)
{
    struct host_sources sources = {.row = network_row};

    if (!host_sources_wanted(network_row))
        return 0;
    int r = addr_each(host, 0, host_sources_address, &sources, err);
    return r < 0 ? r : host_sources_check(&sources, err);
}
