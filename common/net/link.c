/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks devices up. That costs one message each way for each device: nobody
 * builds a cache of all devices.
 */
#include "ovsint/net/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "common/net/by_hand.h"
#include "common/net/object.h"

#define LOWER_UP (1u << 16) /* IFF_LOWER_UP */

static struct mac read_mac(const struct nl_addr *addr)
{
    struct mac mac = {0};

    if (addr && nl_addr_get_len(addr) == sizeof(mac.bytes))
        memcpy(mac.bytes, nl_addr_get_binary_addr(addr), sizeof(mac.bytes));
    return mac;
}

bool link_read(struct nlmsghdr *message, struct link_info *ret)
{
    if (message->nlmsg_type != RTM_NEWLINK &&
        message->nlmsg_type != RTM_DELLINK)
        return false;
    auto_rtnl_link struct rtnl_link *link = object_read(message);
    if (!link)
        return false;
    unsigned flags = rtnl_link_get_flags(link);
    int peer = rtnl_link_get_link(link);
    const char *kind = rtnl_link_get_type(link);
    *ret = (struct link_info){
        .ifindex = rtnl_link_get_ifindex(link),
        .mac = read_mac(rtnl_link_get_addr(link)),
        .mtu = rtnl_link_get_mtu(link),
        .up = flags & IFF_UP,
        .carrier = flags & LOWER_UP,
        .attached = rtnl_link_get_carrier(link),
        .loopback = flags & IFF_LOOPBACK,
        .promiscuous = flags & IFF_PROMISC,
    };
    /* The kernel leaves it out if both are the same (nla_put_iflink()). */
    ret->peer = peer ? peer : ret->ifindex;
    snprintf(ret->name, sizeof(ret->name), "%s", rtnl_link_get_name(link));
    snprintf(ret->kind, sizeof(ret->kind), "%s", kind ? kind : "");
    return true;
}

static void keep_link(void *data, struct nlmsghdr *reply)
{
    (void)link_read(reply, data);
}

/* `what` is looked for: "device 'eth0'". */
static int look(struct net *net, struct nl_msg *request, const char *what,
                struct link_info *ret, struct err *err)
{
    struct link_info info = {0};
    struct err inner = {0};

    int r = request_ask(net, request, keep_link, &info, &inner, "look for %s",
                        what);
    if (r == -ENODEV)
        return 0;
    if (r < 0) {
        *err = inner;
        return r;
    }
    if (info.ifindex == 0)
        return err_set(err, EPROTO,
                       "look for %s: libnl does not understand the answer",
                       what);
    *ret = info;
    return 1;
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    auto_request struct nl_msg *request = by_hand_link_question(0, name, 0);
    char what[ERR_TEXT_SIZE];

    snprintf(what, sizeof(what), "device '%s'", name);
    return look(net, request, what, ret, err);
}

int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err)
{
    auto_request struct nl_msg *request =
        by_hand_link_question(ifindex, NULL, 0);
    char what[ERR_TEXT_SIZE];

    snprintf(what, sizeof(what), "device %d", ifindex);
    return look(net, request, what, ret, err);
}

struct link_listing {
    link_visit *visit;
    void *data;
};

static void show_link(void *data, struct nlmsghdr *reply)
{
    const struct link_listing *listing = data;
    struct link_info info;

    if (link_read(reply, &info))
        listing->visit(listing->data, &info);
}

int link_each(struct net *net, link_visit *visit, void *data, struct err *err)
{
    auto_request struct nl_msg *request =
        by_hand_link_question(0, NULL, NLM_F_DUMP);
    struct link_listing listing = {.visit = visit, .data = data};

    return request_ask(net, request, show_link, &listing, err,
                       "list the devices");
}
