/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sockets that are opened in one namespace and serve it for life.
 */
#include "ovsint/net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/net/netns_visit.h"
#include "common/net/request.h"
#include "ovsint/base/buf.h"

static int open_sockets(struct net *net, enum net_flags flags, struct err *err)
{
    if (flags & NET_WITH_ANNOUNCE) {
        /* Protocol 0: the socket only sends, and nothing is ever queued on
         * it. */
        net->packet_fd =
            socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (net->packet_fd < 0)
            return err_sys(err, "open a packet socket");
    }
    net->sock = nl_socket_alloc();
    if (!net->sock)
        mem_exhausted();
    int r = nl_connect(net->sock, NETLINK_ROUTE);
    if (r < 0)
        return err_set(err, EIO, "open a netlink socket: %s", nl_geterror(r));
    return request_prepare(net, err);
}

struct opening {
    struct net *net;
    enum net_flags flags;
};

static int open_inside(void *data, struct err *err)
{
    const struct opening *opening = data;

    return open_sockets(opening->net, opening->flags, err);
}

int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err)
{
    auto_net struct net *net = mem_new(sizeof(*net));
    struct opening opening = {.net = net, .flags = flags};

    net->packet_fd = -1;
    net->timeout_ms = NET_TIMEOUT_MS;
    int r = netns_fd < 0 ? open_sockets(net, flags, err)
                         : netns_visit(netns_fd, open_inside, &opening, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(net);
    return 0;
}

int net_cookie(const struct net *net, uint64_t *ret, struct err *err)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof(cookie);

    if (getsockopt(nl_socket_get_fd(net->sock), SOL_SOCKET, SO_NETNS_COOKIE,
                   &cookie, &size) < 0 &&
        errno != ENOPROTOOPT)
        return err_sys(err, "ask for the cookie of the network namespace");
    *ret = cookie;
    return 0;
}

void net_close(struct net *net)
{
    if (!net)
        return;
    if (net->sock)
        nl_socket_free(net->sock);
    if (net->packet_fd >= 0)
        close(net->packet_fd);
    free(net);
}
