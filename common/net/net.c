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
#include "ovsint/base/helper.h"

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

/* libnl connects no socket that it is given, which is to bind it. */
static int adopt(struct nl_sock *sock, int protocol, int fd, struct err *err)
{
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};

    if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return err_sys(err, "bind a netlink socket");
    int r = nl_socket_set_fd(sock, protocol, fd);
    return r < 0
               ? err_set(err, EIO, "take a netlink socket: %s", nl_geterror(r))
               : 0;
}

int net_take_socket(struct net *net, int netns_fd, enum helper_socket what,
                    struct err *err)
{
    auto_close int fd = helper_socket(what, netns_fd, err);

    if (fd < 0)
        return fd;
    net->sock = nl_socket_alloc();
    if (!net->sock)
        mem_exhausted();
    int r =
        adopt(net->sock,
              what == HELPER_DIAG ? NETLINK_SOCK_DIAG : NETLINK_ROUTE, fd, err);
    if (r < 0)
        return r;
    (void)TAKE_FD(fd);
    /* as nl_connect() does */
    r = nl_socket_set_buffer_size(net->sock, 0, 0);
    if (r < 0)
        return err_set(err, EIO, "size a netlink socket: %s", nl_geterror(r));
    return request_prepare(net, err);
}

/* Sockets that the helper has opened. */
static int take_sockets(struct net *net, int netns_fd, enum net_flags flags,
                        struct err *err)
{
    if (flags & NET_WITH_ANNOUNCE) {
        net->packet_fd = helper_socket(HELPER_PACKETS, netns_fd, err);
        if (net->packet_fd < 0)
            return net->packet_fd;
    }
    return net_take_socket(net, netns_fd, HELPER_ROUTE, err);
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
    int r;
    if (netns_fd < 0)
        r = open_sockets(net, flags, err);
    else if (helper_is_used())
        r = take_sockets(net, netns_fd, flags, err);
    else
        r = netns_visit(netns_fd, open_inside, &opening, err);
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

int net_identify(const struct net *net, int netns_fd,
                 char ret[NETNS_ID_TEXT_SIZE], struct err *err)
{
    struct netns_id id;
    int r = netns_id(netns_fd, &id, err);

    if (r >= 0)
        r = net_cookie(net, &id.cookie, err);
    if (r >= 0)
        netns_id_format(&id, ret);
    return r;
}

int netns_identify(int netns_fd, char ret[NETNS_ID_TEXT_SIZE], struct err *err)
{
    auto_net struct net *inside = NULL;
    int r = net_open(&inside, netns_fd, NET_PLAIN, err);

    return r < 0 ? r : net_identify(inside, netns_fd, ret, err);
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
