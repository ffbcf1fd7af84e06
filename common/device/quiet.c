/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whoever moves a device in may not tell it to ignore routers, and Docker does
 * not. So what it has from a router by now is removed.
 */
#include <errno.h>
#include <sys/socket.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/newcomers.h"
#include "ovsint/net/route.h"

#define AT_ONCE 16
#define TRIES 64

/* If more was found than fits, the next listing finds it. */
struct heard {
    int ifindex;
    struct ip_prefix addresses[AT_ONCE];
    size_t address_count;
    struct route_info routes[AT_ONCE];
    size_t route_count;
};

static void see_address(void *data, const struct addr_info *info)
{
    struct heard *heard = data;

    if (info->address.ip.family == AF_INET6 && !info->permanent &&
        heard->address_count < AT_ONCE)
        heard->addresses[heard->address_count++] = info->address;
}

static void see_route(void *data, const struct route_info *info)
{
    struct heard *heard = data;

    if (info->ifindex == heard->ifindex && info->advertised &&
        heard->route_count < AT_ONCE)
        heard->routes[heard->route_count++] = *info;
}

static int forget(struct net *inside, const struct heard *heard,
                  struct err *err)
{
    for (size_t i = 0; i < heard->address_count; i++) {
        struct err inner = {0};
        int r = addr_del(inside, heard->ifindex, &heard->addresses[i], &inner);
        if (r < 0 && r != -EADDRNOTAVAIL) {
            *err = inner;
            return r;
        }
    }
    for (size_t i = 0; i < heard->route_count; i++) {
        struct err inner = {0};
        int r = route_del(inside, &heard->routes[i], &inner);
        if (r < 0 && r != -ESRCH) { /* -ESRCH: it went with an address */
            *err = inner;
            return r;
        }
    }
    return 0;
}

static int forget_all(struct net *inside, int ifindex, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        struct heard heard = {.ifindex = ifindex};
        int r = addr_each(inside, ifindex, see_address, &heard, err);
        if (r >= 0)
            r = route_each(inside, see_route, &heard, err);
        if (r < 0 || heard.address_count + heard.route_count == 0)
            return r;
        r = forget(inside, &heard, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int vnic_set_listening(struct net *inside, int netns_fd,
                       const struct link_info *device, bool listen,
                       struct err *err)
{
    int r = newcomers_set(netns_fd, device->name, listen, err);

    return r <= 0 || listen ? r : forget_all(inside, device->ifindex, err);
}
