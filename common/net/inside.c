/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One descriptor that is opened in another namespace. Those of /proc/net show
 * the namespace of the thread that opens them.
 */
#include "ovsint/net/inside.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "common/net/netns_visit.h"

struct opening {
    enum helper_socket socket;
    enum helper_file file;
    int fd;
};

static int open_socket(void *data, struct err *err)
{
    struct opening *opening = data;
    bool hears = opening->socket == HELPER_PACKETS;

    /* Protocol 0 of AF_PACKET: nothing is ever queued before it is bound. */
    opening->fd = socket(hears ? AF_PACKET : AF_NETLINK,
                         SOCK_RAW | SOCK_CLOEXEC | (hears ? SOCK_NONBLOCK : 0),
                         opening->socket == HELPER_DIAG ? NETLINK_SOCK_DIAG
                                                        : NETLINK_ROUTE);
    return opening->fd < 0 ? err_sys(err, "open a socket") : 0;
}

int inside_socket(int netns_fd, enum helper_socket what, struct err *err)
{
    struct opening opening = {.socket = what, .fd = -1};
    int r = netns_visit(netns_fd, open_socket, &opening, err);

    return r < 0 ? r : opening.fd;
}

static int open_file(void *data, struct err *err)
{
    static const char *const paths[] = {
        [HELPER_IGMP] = "/proc/thread-self/net/igmp",
        [HELPER_IGMP6] = "/proc/thread-self/net/igmp6",
        [HELPER_PACKET] = "/proc/thread-self/net/packet",
    };
    struct opening *opening = data;
    const char *path = paths[opening->file];

    opening->fd = open(path, O_RDONLY | O_CLOEXEC);
    return opening->fd < 0 ? err_sys(err, "open %s", path) : 0;
}

int inside_file(int netns_fd, enum helper_file what, struct err *err)
{
    struct opening opening = {.file = what, .fd = -1};

    if (helper_is_used())
        return helper_file(what, 0, netns_fd, err);
    int r = netns_visit(netns_fd, open_file, &opening, err);
    return r < 0 ? r : opening.fd;
}
