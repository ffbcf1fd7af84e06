/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Access ports that the switch has made anew. */
#include "ovsint/net/link.h"
#include "ovsint/uplink/carry.h"

void uplink_access_done(struct uplink_access *access)
{
    device_ip_free(access->ip);
    *access = (struct uplink_access){0};
}

/* Addresses first: routes may have them as their source. */
static int give(struct net *host, const struct link_info *link,
                struct device_ip *ip, struct device_loss *ret, struct err *err)
{
    struct device_loss more = {0};

    int r = link->up ? 0 : link_set_up(host, link->ifindex, err);
    if (r >= 0)
        r = device_ip_give_addresses(host, link->ifindex, ip, ret, err);
    if (r >= 0)
        r = device_ip_give_routes(host, link->ifindex, ip, &more, err);
    if (!ret->count)
        ret->err = more.err;
    ret->count += more.count;
    return r;
}

/* One that somebody else has given addresses is left as it is. */
int uplink_access_look(struct net *host, struct uplink_access *access,
                       bool reads, struct device_loss *ret, struct err *err)
{
    auto_device_ip struct device_ip *is = NULL;
    struct link_info link;

    int r = link_find(host, access->name, &link, err);
    if (r <= 0 || (link.ifindex == access->ifindex && !reads))
        return r < 0 ? r : 0;
    bool is_new = link.ifindex != access->ifindex;
    r = device_ip_take(host, link.ifindex, &is, err);
    if (r < 0)
        return r;
    if (is_new && access->ip && device_ip_count(access->ip).global &&
        !device_ip_count(is).global) {
        r = give(host, &link, access->ip, ret, err);
        if (r < 0)
            return r;
        access->ifindex = link.ifindex;
        uplink_announce(host, access->name);
        return 1;
    }
    device_ip_free(access->ip);
    access->ip = TAKE_PTR(is);
    access->ifindex = link.ifindex;
    return 0;
}
