/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Addresses and settings have groups of their own: so we hear of them without
 * the flood of messages about devices.
 */
#include "ovsint/net/setting_watch.h"

#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "common/net/listener.h"
#include "common/net/request.h"

struct setting_watch {
    struct listener *listener;
};

int setting_watch_open(struct setting_watch **ret, struct err *err)
{
    static const int groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                 RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF};
    struct listener *listener;

    int r = listener_open(&listener, "addresses and settings", groups,
                          ARRAY_LEN(groups), err);
    if (r < 0)
        return r;
    struct setting_watch *watch = mem_new(sizeof(*watch));
    watch->listener = listener;
    *ret = watch;
    return 0;
}

void setting_watch_close(struct setting_watch *watch)
{
    if (!watch)
        return;
    listener_close(watch->listener);
    free(watch);
}

int setting_watch_fd(const struct setting_watch *watch)
{
    return listener_fd(watch->listener);
}

/* A negative index stands for the setting of all devices, or of those to
 * come. */
static int read_setting(struct nlmsghdr *message)
{
    struct nlattr *attrs[NETCONFA_MAX + 1];

    reply_parse(message, sizeof(struct netconfmsg), attrs, NETCONFA_MAX);
    if (!attrs[NETCONFA_IFINDEX] ||
        nla_len(attrs[NETCONFA_IFINDEX]) != sizeof(int32_t) ||
        nla_get_s32(attrs[NETCONFA_IFINDEX]) < 0)
        return SETTING_WATCH_ALL;
    return nla_get_s32(attrs[NETCONFA_IFINDEX]);
}

struct showing {
    setting_watch_visit *visit;
    void *data;
};

static void show(void *data, struct nlmsghdr *message, int nsid)
{
    const struct showing *showing = data;

    (void)nsid;
    switch (message->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (nlmsg_valid_hdr(message, sizeof(struct ifaddrmsg))) {
            const struct ifaddrmsg *head = nlmsg_data(message);
            showing->visit(showing->data, (int)head->ifa_index);
        }
        break;
    case RTM_NEWNETCONF:
        if (nlmsg_valid_hdr(message, sizeof(struct netconfmsg)))
            showing->visit(showing->data, read_setting(message));
        break;
    default:
        break;
    }
}

int setting_watch_read(struct setting_watch *watch, setting_watch_visit *visit,
                       void *data, struct err *err)
{
    struct showing showing = {visit, data};

    return listener_read(watch->listener, show, &showing, err);
}
