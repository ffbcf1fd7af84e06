/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Any process may send to our sockets. Only messages from port 0, the kernel's,
 * count.
 */
#include "common/net/listener.h"

#include <errno.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/base/buf.h"
#include "ovsint/net/link_watch.h"

#define READ_SIZE 32768
#define QUEUE_SIZE (4 * 1024 * 1024)

struct listener {
    int fd;
    const char *what;
    char bytes[READ_SIZE];
};

static int listen_to(int fd, const char *what, const int *groups, size_t count,
                     struct err *err)
{
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};

    /* A socket without a port counts as the sender, the kernel, and gets
     * nothing (do_one_broadcast() in net/netlink/af_netlink.c). */
    if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return err_sys(err, "bind a netlink socket");
    for (size_t i = 0; i < count; i++) {
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
                       sizeof(groups[i])) < 0)
            return err_sys(err, "listen to changes of %s", what);
    }
    return 0;
}

int listener_open(struct listener **ret, const char *what, const int *groups,
                  size_t count, struct err *err)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    NETLINK_ROUTE);

    return fd < 0 ? err_sys(err, "open a netlink socket")
                  : listener_adopt(ret, fd, what, groups, count, err);
}

int listener_adopt(struct listener **ret, int socket, const char *what,
                   const int *groups, size_t count, struct err *err)
{
    auto_close int fd = socket;
    int size = QUEUE_SIZE;

    /* If we may, more than net.core.rmem_max: a switch that restarts makes
     * hundreds of devices at once. With a smaller queue we have to look at
     * everything more often. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    int r = listen_to(fd, what, groups, count, err);
    if (r < 0)
        return r;
    struct listener *listener = mem_new(sizeof(*listener));
    listener->fd = TAKE_FD(fd);
    listener->what = what;
    *ret = listener;
    return 0;
}

void listener_close(struct listener *listener)
{
    if (!listener)
        return;
    close(listener->fd);
    free(listener);
}

int listener_fd(const struct listener *listener)
{
    return listener->fd;
}

static int nsid_in(struct msghdr *head)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
        if (c->cmsg_level == SOL_NETLINK &&
            c->cmsg_type == NETLINK_LISTEN_ALL_NSID) {
            int nsid;
            memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
            return nsid;
        }
    }
    return NSID_NONE;
}

static void show(char *bytes, int size, int nsid, listener_visit *visit,
                 void *data)
{
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;

    for (; nlmsg_ok(message, size); message = nlmsg_next(message, &size))
        visit(data, message, nsid);
}

int listener_read(struct listener *listener, listener_visit *visit, void *data,
                  struct err *err)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        char control[CMSG_SPACE(sizeof(int))];
        struct iovec io = {.iov_base = listener->bytes,
                           .iov_len = sizeof(listener->bytes)};
        struct msghdr head = {.msg_name = &from,
                              .msg_namelen = sizeof(from),
                              .msg_iov = &io,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof(control)};
        ssize_t size = recvmsg(listener->fd, &head, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return 0;
        if (size < 0)
            return err_sys(err, "read the changes of %s", listener->what);
        if (head.msg_flags & MSG_TRUNC)
            return err_set(err, ENOBUFS, "a change of %s was cut off",
                           listener->what);
        if (from.nl_pid == 0)
            show(listener->bytes, (int)size, nsid_in(&head), visit, data);
    }
}
