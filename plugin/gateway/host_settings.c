/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Settings of IPv4 come first, then those of IPv6; of each family first what
 * protects the host, then forwarding. rp_filter and arp_ignore are left to the
 * administrator.
 */
#include "plugin/gateway/host_settings.h"

static void setting_add(struct host_setting *settings, size_t *count,
                        enum sysctl_family family, const char *name, int value)
{
    settings[(*count)++] = (struct host_setting){
        .family = family,
        .name = name,
        .value = value,
        /* If the kernel has no IPv6 at all, adding an address says so later. */
        .optional = family == SYSCTL_IPV6};
}

size_t host_settings(const struct network_row *row, bool forwards,
                     struct host_setting ret[HOST_SETTINGS])
{
    bool has_ipv6 = network_row_host_has_ipv6(row);
    bool routes = row->mode == MODE_NAT;
    size_t count = 0;

    /* No container may redirect the host's packets. */
    setting_add(ret, &count, SYSCTL_IPV4, "accept_redirects", 0);
    setting_add(ret, &count, SYSCTL_IPV4, "accept_source_route", 0);
    if (routes) {
        setting_add(ret, &count, SYSCTL_IPV4, "forwarding", forwards);
        /* Published ports are reachable at 127.0.0.1, too. Without this the
         * kernel neither sends such packets by another device nor accepts them
         * there (__mkroute_output(), ip_route_input_slow() in
         * net/ipv4/route.c). */
        setting_add(ret, &count, SYSCTL_IPV4, "route_localnet", forwards);
    }
    /* No container may give the host a router. */
    setting_add(ret, &count, SYSCTL_IPV6, "accept_ra", 0);
    setting_add(ret, &count, SYSCTL_IPV6, "accept_redirects", 0);
    setting_add(ret, &count, SYSCTL_IPV6, "accept_source_route", 0);
    /* If the network has no IPv6, the host has none on it either. */
    setting_add(ret, &count, SYSCTL_IPV6, "disable_ipv6", !has_ipv6);
    if (routes && has_ipv6) {
        /* Since Linux 6.17 single devices forward (force_forwarding). Before,
         * net.ipv6.conf.all.forwarding counts, and the setting of the device
         * only makes it a router to its neighbours. */
        setting_add(ret, &count, SYSCTL_IPV6, "forwarding", forwards);
        setting_add(ret, &count, SYSCTL_IPV6, "force_forwarding", forwards);
    }
    return count;
}

void host_addresses_note(void *data, const struct addr_info *info)
{
    struct host_addresses *addresses = data;

    if (addresses->count < ARRAY_LEN(addresses->has))
        addresses->has[addresses->count++] = info->address;
}

/* The kernel keeps the first prefix length of an IPv6 address. */
bool host_addresses_have(const struct host_addresses *addresses,
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
