/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The namespace of a message comes beside the message. If a namespace has
 * ended, its number comes in the message.
 */
#include "ovsint/net/link_watch.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/by_hand.h"
#include "common/net/listener.h"
#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"

struct link_watch {
    struct listener *listener;
};

int link_watch_socket(struct err *err)
{
    int on = 1;

    if (helper_is_used())
        return helper_socket(HELPER_LINKS, -1, err);
    auto_close int fd = socket(
        AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return err_sys(err, "open a netlink socket");
    if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) <
        0)
        return err_sys(err, "listen to the devices of other namespaces");
    return TAKE_FD(fd);
}

int link_watch_open(struct link_watch **ret, struct err *err)
{
    static const int groups[] = {RTNLGRP_LINK, RTNLGRP_NSID};
    struct listener *listener = NULL;

    int fd = link_watch_socket(err);
    int r = fd < 0 ? fd
                   : listener_adopt(&listener, fd, "devices", groups,
                                    ARRAY_LEN(groups), err);
    if (r < 0)
        return r;
    struct link_watch *watch = mem_new(sizeof(*watch));
    watch->listener = listener;
    *ret = watch;
    return 0;
}

void link_watch_close(struct link_watch *watch)
{
    if (!watch)
        return;
    listener_close(watch->listener);
    free(watch);
}

int link_watch_fd(const struct link_watch *watch)
{
    return listener_fd(watch->listener);
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
        return by_hand_read_nsid(message, &ret->nsid);
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

struct showing {
    link_watch_visit *visit;
    void *data;
};

static void show(void *data, struct nlmsghdr *message, int nsid)
{
    const struct showing *showing = data;
    struct link_event event;

    if (read_event(message, nsid, &event))
        showing->visit(showing->data, &event);
}

int link_watch_read(struct link_watch *watch, link_watch_visit *visit,
                    void *data, struct err *err)
{
    struct showing showing = {visit, data};

    return listener_read(watch->listener, show, &showing, err);
}

static void keep_nsid(void *data, struct nlmsghdr *reply)
{
    if (reply->nlmsg_type == RTM_NEWNSID)
        (void)by_hand_read_nsid(reply, data);
}

int nsid_of(struct net *net, int netns_fd, int *ret, struct err *err)
{
    auto_request struct nl_msg *request = by_hand_nsid_question(netns_fd);

    *ret = NSID_NONE;
    return request_ask(net, request, keep_nsid, ret, err,
                       "ask for the number of a network namespace");
}
