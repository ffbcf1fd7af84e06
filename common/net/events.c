/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket of its own: what comes unasked must not mix with answers. Messages
 * are read and parsed here and not by libnl's receiver, which drops the
 * ancillary data that carries the number of the namespace.
 */
#include "ovsint/events.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/net/request.h"

/* A thousand devices change at once when a switch restarts. */
#define EVENTS_QUEUE_SIZE (4 * 1024 * 1024)
#define EVENTS_READ_SIZE 32768

struct events {
    int fd;
    char bytes[EVENTS_READ_SIZE];
};

static int set_option(int fd, int level, int option, int value,
                      const char *what, struct err *err)
{
    if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
        return err_sys(err, "%s", what);
    return 0;
}

static int listen_to(int fd, struct err *err)
{
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};

    /* Without a port of its own the socket counts as the sender, the kernel
     * (do_one_broadcast() in net/netlink/af_netlink.c). */
    if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return err_sys(err, "bind a netlink socket");
    int r = set_option(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1,
                       "listen to the devices of other namespaces", err);

    if (r >= 0)
        r = set_option(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK,
                       "listen to devices", err);
    if (r >= 0)
        r = set_option(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_NSID,
                       "listen to network namespaces", err);
    if (r < 0)
        return r;
    /* Beyond net.core.rmem_max where we may; a smaller queue only means that
     * more often everything has to be looked at. */
    int size = EVENTS_QUEUE_SIZE;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return 0;
}

int events_open(struct events **ret, struct err *err)
{
    auto_close int fd = socket(
        AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd < 0)
        return err_sys(err, "open a netlink socket");
    int r = listen_to(fd, err);
    if (r < 0)
        return r;
    struct events *events = mem_new(sizeof(*events));
    events->fd = TAKE_FD(fd);
    *ret = events;
    return 0;
}

void events_close(struct events *events)
{
    if (!events)
        return;
    close(events->fd);
    free(events);
}

int events_fd(const struct events *events)
{
    return events->fd;
}

static bool read_nsid(struct nlmsghdr *message, int *ret)
{
    struct nlattr *attrs[NETNSA_MAX + 1];

    if (!nlmsg_valid_hdr(message, sizeof(struct rtgenmsg)))
        return false;
    reply_parse(message, sizeof(struct rtgenmsg), attrs, NETNSA_MAX);
    if (!attrs[NETNSA_NSID] || nla_len(attrs[NETNSA_NSID]) != sizeof(int32_t))
        return false;
    *ret = nla_get_s32(attrs[NETNSA_NSID]);
    return true;
}

static bool has_attribute(struct nlmsghdr *message, int type)
{
    return nlmsg_find_attr(message, sizeof(struct ifinfomsg), type) != NULL;
}

static bool read_event(struct nlmsghdr *message, int nsid,
                       struct link_event *ret)
{
    *ret = (struct link_event){.nsid = nsid};
    switch (message->nlmsg_type) {
    case RTM_DELNSID:
        ret->type = NAMESPACE_GONE;
        return read_nsid(message, &ret->nsid);
    case RTM_NEWLINK:
        ret->type = LINK_CHANGED;
        return link_read(message, &ret->link);
    case RTM_DELLINK:
        ret->type = LINK_GONE;
        if (!link_read(message, &ret->link))
            return false;
        ret->moved = has_attribute(message, IFLA_NEW_NETNSID) ||
                     has_attribute(message, IFLA_NEW_IFINDEX);
        return true;
    default:
        return false;
    }
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

static void show(char *bytes, int size, int nsid, event_visit *visit,
                 void *data)
{
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;
    struct link_event event;

    for (; nlmsg_ok(message, size); message = nlmsg_next(message, &size)) {
        if (read_event(message, nsid, &event))
            visit(data, &event);
    }
}

int events_read(struct events *events, event_visit *visit, void *data,
                struct err *err)
{
    for (;;) {
        struct sockaddr_nl from;
        char control[CMSG_SPACE(sizeof(int))];
        struct iovec io = {.iov_base = events->bytes,
                           .iov_len = sizeof(events->bytes)};
        struct msghdr head = {.msg_name = &from,
                              .msg_namelen = sizeof(from),
                              .msg_iov = &io,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof(control)};
        ssize_t size = recvmsg(events->fd, &head, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return 0;
        if (size < 0)
            return err_sys(err, "read the events of devices");
        if (head.msg_flags & MSG_TRUNC)
            return err_set(err, ENOBUFS, "an event of a device was cut off");
        /* A process may send to our socket; the kernel's port is 0. */
        if (from.nl_pid == 0)
            show(events->bytes, (int)size, nsid_in(&head), visit, data);
    }
}

static void keep_nsid(void *data, struct nlmsghdr *reply)
{
    if (reply->nlmsg_type == RTM_NEWNSID)
        (void)read_nsid(reply, data);
}

int nsid_of(struct net *net, int netns_fd, int *ret, struct err *err)
{
    struct rtgenmsg head = {.rtgen_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNSID, 0, &head, sizeof(head));

    *ret = NSID_NONE;
    request_put_u32(request, NETNSA_FD, (uint32_t)netns_fd);
    return request_ask(net, request, keep_nsid, ret, err,
                       "ask for the number of a network namespace");
}
