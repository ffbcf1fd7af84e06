/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the host's devices say of OVN's tunnels.
 */
#include "ovsint/attach/work.h"
#include "ovsint/net/addr.h"
#include "ovsint/spec/keys.h"

struct device_search {
    struct ip ip;
    int ifindex; /* 0 = not found */
};

static void find_address(void *data, const struct addr_info *info)
{
    struct device_search *search = data;

    if (ip_equal(&info->address.ip, &search->ip))
        search->ifindex = info->ifindex;
}

/* 0 = no device has it. */
static int mtu_at(struct net *net, const struct ip *ip, struct err *err)
{
    struct device_search search = {.ip = *ip};
    struct link_info info = {0};
    int r = addr_each(net, 0, find_address, &search, err);

    if (r < 0 || search.ifindex == 0)
        return r;
    r = link_by_index(net, search.ifindex, &info, err);
    return r <= 0 ? r : (int)info.mtu;
}

int attach_underlay_mtu(struct net *host, const char *list, struct err *err)
{
    char item[LIST_ITEM_SIZE];
    int least = 0;

    while (list_next(&list, item) > 0) {
        struct ip ip;
        if (parse_ip(item, &ip) < 0)
            continue;
        int mtu = mtu_at(host, &ip, err);
        if (mtu < 0)
            return mtu;
        if (mtu > 0 && (least == 0 || mtu < least))
            least = mtu;
    }
    return least;
}
