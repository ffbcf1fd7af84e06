/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The ioctl of ethtool(8). Every kind of socket takes it, for devices of the
 * namespace that it was opened in (sock_do_ioctl() in net/socket.c): so our
 * netlink socket does. The netlink interface of ethtool would need a socket of
 * another family.
 */
#include "ovsint/net/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "common/net/request.h"

static int offload_ask(struct net *net, const char *device, uint32_t command,
                       uint32_t *value, struct err *err)
{
    struct ethtool_value request = {.cmd = command, .data = *value};
    struct ifreq ifr = {.ifr_data = (char *)&request};

    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
    if (ioctl(nl_socket_get_fd(net->sock), SIOCETHTOOL, &ifr) < 0)
        return err_sys(err, "%s the transmit checksums of device '%s'",
                       command == ETHTOOL_STXCSUM ? "finish" : "ask for",
                       device);
    *value = request.data;
    return 0;
}

int offload_leaves_checksums(struct net *net, const char *device,
                             struct err *err)
{
    uint32_t value = 0;

    int r = offload_ask(net, device, ETHTOOL_GTXCSUM, &value, err);
    return r < 0 ? r : value != 0;
}

int offload_finish_checksums(struct net *net, const char *device,
                             struct err *err)
{
    uint32_t off = 0;

    int r = offload_leaves_checksums(net, device, err);
    if (r <= 0)
        return r;
    r = offload_ask(net, device, ETHTOOL_STXCSUM, &off, err);
    return r < 0 ? r : 1;
}
