/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Looks the device up and deletes it by its index. If it goes in between, that
 * is as good.
 */
#include "ovsint/device/veth.h"

#include <errno.h>
#include <string.h>

#include "ovsint/net/link.h"

int veth_delete(struct net *net, const char *device, struct err *err)
{
    struct link_info info;

    int r = link_find(net, device, &info, err);
    if (r <= 0 || strcmp(info.kind, "veth") != 0)
        return r < 0 ? r : 0;
    r = link_delete(net, info.ifindex, err);
    return r == -ENODEV ? 0 : r;
}
