/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening sockets inside another namespace: enter, open, return, in one
 * function. Nothing else in the tree changes the thread's namespace.
 */
#include "ovsint/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/net/request.h"

static int open_sockets(struct net *net, enum net_flags flags, struct err *err)
{
    if (flags & NET_WITH_ANNOUNCE) {
        /* Protocol 0: it sends only, nothing is ever queued on it. */
        net->packet_fd =
            socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (net->packet_fd < 0)
            return err_sys(err, "open a packet socket");
    }
    net->sock = nl_socket_alloc();
    if (!net->sock)
        abort();
    int r = nl_connect(net->sock, NETLINK_ROUTE);
    if (r < 0)
        return err_set(err, EIO, "open a netlink socket: %s", nl_geterror(r));
    return request_prepare(net, err);
}

static void return_home(int home)
{
    static const char line[] =
        "cannot return to the own network namespace, giving up\n";

    if (setns(home, CLONE_NEWNET) == 0)
        return;
    if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
        abort();
    abort();
}

static int visit_and_open(struct net *net, int netns_fd, enum net_flags flags,
                          struct err *err)
{
    /* thread-self: in a program with threads "self" is the first of them. */
    auto_close int home =
        open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    if (home < 0)
        return err_sys(err, "open /proc/thread-self/ns/net");
    if (setns(netns_fd, CLONE_NEWNET) < 0)
        return err_sys(err, "enter the network namespace");
    int r = open_sockets(net, flags, err);
    return_home(home);
    return r;
}

int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err)
{
    auto_net struct net *net = mem_new(sizeof(*net));

    net->packet_fd = -1;
    net->timeout_ms = NET_TIMEOUT_MS;
    int r = netns_fd < 0 ? open_sockets(net, flags, err)
                         : visit_and_open(net, netns_fd, flags, err);
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
