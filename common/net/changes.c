/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket of its own, as what comes unasked must not mix with answers.
 */
#include "ovsint/changes.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/request.h"

#define CHANGES_READ_SIZE 32768

struct changes {
    int fd;
    char bytes[CHANGES_READ_SIZE];
};

static int listen_to(int fd, struct err *err)
{
    static const int groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                 RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF};
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};

    if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return err_sys(err, "bind a netlink socket");
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
                       sizeof(groups[i])) < 0)
            return err_sys(err, "listen to addresses and settings");
    }
    return 0;
}

int changes_open(struct changes **ret, struct err *err)
{
    auto_close int fd = socket(
        AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd < 0)
        return err_sys(err, "open a netlink socket");
    int r = listen_to(fd, err);
    if (r < 0)
        return r;
    struct changes *changes = mem_new(sizeof(*changes));
    changes->fd = TAKE_FD(fd);
    *ret = changes;
    return 0;
}

void changes_close(struct changes *changes)
{
    if (!changes)
        return;
    close(changes->fd);
    free(changes);
}

int changes_fd(const struct changes *changes)
{
    return changes->fd;
}

/* A setting of all devices, or of those to come, has a negative index. */
static int read_setting(struct nlmsghdr *message)
{
    struct nlattr *attrs[NETCONFA_MAX + 1];

    reply_parse(message, sizeof(struct netconfmsg), attrs, NETCONFA_MAX);
    if (!attrs[NETCONFA_IFINDEX] ||
        nla_len(attrs[NETCONFA_IFINDEX]) != sizeof(int32_t) ||
        nla_get_s32(attrs[NETCONFA_IFINDEX]) < 0)
        return CHANGES_ALL;
    return nla_get_s32(attrs[NETCONFA_IFINDEX]);
}

static void show(char *bytes, int size, change_visit *visit, void *data)
{
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;

    for (; nlmsg_ok(message, size); message = nlmsg_next(message, &size)) {
        switch (message->nlmsg_type) {
        case RTM_NEWADDR:
        case RTM_DELADDR:
            if (nlmsg_valid_hdr(message, sizeof(struct ifaddrmsg))) {
                const struct ifaddrmsg *head = nlmsg_data(message);
                visit(data, (int)head->ifa_index);
            }
            break;
        case RTM_NEWNETCONF:
            if (nlmsg_valid_hdr(message, sizeof(struct netconfmsg)))
                visit(data, read_setting(message));
            break;
        default:
            break;
        }
    }
}

int changes_read(struct changes *changes, change_visit *visit, void *data,
                 struct err *err)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size =
            recvfrom(changes->fd, changes->bytes, sizeof(changes->bytes),
                     MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return 0;
        if (size < 0)
            return err_sys(err, "read the changes of addresses and settings");
        /* A process may send to our socket; the kernel's port is 0. */
        if (from.nl_pid == 0)
            show(changes->bytes, (int)size, visit, data);
    }
}
