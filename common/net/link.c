/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking devices up. One device costs one message each way: no cache of all
 * devices is ever built.
 */
#include "ovsint/net/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "common/net/request.h"

static void read_kind(struct nlattr *linkinfo, struct link_info *info)
{
    struct nlattr *attrs[IFLA_INFO_MAX + 1];

    if (!linkinfo || nla_parse_nested(attrs, IFLA_INFO_MAX, linkinfo, NULL) < 0)
        return;
    if (attrs[IFLA_INFO_KIND])
        nla_strlcpy(info->kind, attrs[IFLA_INFO_KIND], sizeof(info->kind));
}

bool link_read(struct nlmsghdr *message, struct link_info *ret)
{
    struct nlattr *attrs[IFLA_MAX + 1];
    struct link_info info = {0};

    if ((message->nlmsg_type != RTM_NEWLINK &&
         message->nlmsg_type != RTM_DELLINK) ||
        !nlmsg_valid_hdr(message, sizeof(struct ifinfomsg)))
        return false;
    const struct ifinfomsg *head = nlmsg_data(message);
    reply_parse(message, sizeof(*head), attrs, IFLA_MAX);
    info.ifindex = head->ifi_index;
    info.up = head->ifi_flags & IFF_UP;
    info.carrier = head->ifi_flags & (1u << 16); /* IFF_LOWER_UP */
    info.promiscuous = head->ifi_flags & IFF_PROMISC;
    info.loopback = head->ifi_flags & IFF_LOOPBACK;
    /* Left out where both are the same (nla_put_iflink() in the kernel). */
    info.peer = attrs[IFLA_LINK] && nla_len(attrs[IFLA_LINK]) == sizeof(int32_t)
                    ? (int)nla_get_u32(attrs[IFLA_LINK])
                    : info.ifindex;
    if (attrs[IFLA_IFNAME])
        nla_strlcpy(info.name, attrs[IFLA_IFNAME], sizeof(info.name));
    if (attrs[IFLA_ADDRESS] &&
        nla_len(attrs[IFLA_ADDRESS]) == sizeof(info.mac.bytes))
        memcpy(info.mac.bytes, nla_data(attrs[IFLA_ADDRESS]),
               sizeof(info.mac.bytes));
    if (attrs[IFLA_MTU] && nla_len(attrs[IFLA_MTU]) == sizeof(uint32_t))
        info.mtu = nla_get_u32(attrs[IFLA_MTU]);
    if (attrs[IFLA_CARRIER] && nla_len(attrs[IFLA_CARRIER]) == 1)
        info.attached = nla_get_u8(attrs[IFLA_CARRIER]);
    read_kind(attrs[IFLA_LINKINFO], &info);
    *ret = info;
    return true;
}

static void keep_link(void *data, struct nlmsghdr *reply)
{
    (void)link_read(reply, data);
}

static struct nl_msg *question(int ifindex, int flags)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
    struct nl_msg *request =
        request_new(RTM_GETLINK, flags, &head, sizeof(head));

    /* Statistics are half of the answer. */
    request_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return request;
}

static int found(int r, const struct link_info *info, struct link_info *ret,
                 struct err *inner, struct err *err)
{
    if (r == -ENODEV)
        return 0;
    if (r < 0) {
        *err = *inner;
        return r;
    }
    *ret = *info;
    return 1;
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    auto_request struct nl_msg *request = question(0, 0);
    struct link_info info = {0};
    struct err inner = {0};

    /* The kernel keeps names and altnames in one table and looks there. */
    request_put_text(request, IFLA_ALT_IFNAME, name);
    int r = request_ask(net, request, keep_link, &info, &inner,
                        "look for device '%s'", name);
    return found(r, &info, ret, &inner, err);
}

int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err)
{
    auto_request struct nl_msg *request = question(ifindex, 0);
    struct link_info info = {0};
    struct err inner = {0};

    int r = request_ask(net, request, keep_link, &info, &inner,
                        "look for device %d", ifindex);
    return found(r, &info, ret, &inner, err);
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
    auto_request struct nl_msg *request = question(0, NLM_F_DUMP);
    struct link_listing listing = {.visit = visit, .data = data};

    return request_ask(net, request, show_link, &listing, err,
                       "list the devices");
}
