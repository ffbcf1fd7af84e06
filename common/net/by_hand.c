/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads and writes attributes one by one, as the kernel's headers have them.
 */
#include "common/net/by_hand.h"

#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define BUCKET_HANDLE 0x10000u /* 1:0 */
#define LOWER_UP (1u << 16)    /* IFF_LOWER_UP */

struct nl_msg *by_hand_link_question(int ifindex, const char *name, int flags)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
    struct nl_msg *request =
        request_new(RTM_GETLINK, flags, &head, sizeof(head));

    request_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    /* The kernel keeps names and altnames in one table, and searches that. */
    if (name)
        request_put_text(request, IFLA_ALT_IFNAME, name);
    return request;
}

static uint32_t read_u32(const struct nlattr *attribute)
{
    return attribute && nla_len(attribute) >= (int)sizeof(uint32_t)
               ? nla_get_u32(attribute)
               : 0;
}

/* The kernel ends a text with NUL, and libnl does not look whether it has. */
static void read_text(const struct nlattr *attribute, char *ret, size_t size)
{
    size_t room = attribute ? (size_t)nla_len(attribute) : 0;
    size_t len = room ? strnlen(nla_data(attribute), room) : 0;

    if (len >= size)
        len = size - 1;
    if (len)
        memcpy(ret, nla_data(attribute), len);
    ret[len] = '\0';
}

static void read_kind(struct nlattr *info, struct link_info *ret)
{
    struct nlattr *attrs[IFLA_INFO_KIND + 1] = {NULL};

    if (info)
        nla_parse(attrs, IFLA_INFO_KIND, nla_data(info), nla_len(info), NULL);
    read_text(attrs[IFLA_INFO_KIND], ret->kind, sizeof(ret->kind));
}

bool by_hand_read_link(struct nlmsghdr *message, struct link_info *ret)
{
    struct nlattr *attrs[IFLA_CARRIER + 1];
    char alias[sizeof(LINK_UNFINISHED) + 1];

    if (!nlmsg_valid_hdr(message, sizeof(struct ifinfomsg)))
        return false;
    const struct ifinfomsg *head = nlmsg_data(message);
    reply_parse(message, sizeof(*head), attrs, IFLA_CARRIER);
    const struct nlattr *mac = attrs[IFLA_ADDRESS];
    uint32_t peer = read_u32(attrs[IFLA_LINK]);
    read_text(attrs[IFLA_IFALIAS], alias, sizeof(alias));
    *ret = (struct link_info){
        .ifindex = head->ifi_index,
        .master = (int)read_u32(attrs[IFLA_MASTER]),
        /* The kernel leaves it out if both are the same (nla_put_iflink()). */
        .peer = peer ? (int)peer : head->ifi_index,
        .mtu = read_u32(attrs[IFLA_MTU]),
        .up = head->ifi_flags & IFF_UP,
        .carrier = head->ifi_flags & LOWER_UP,
        .attached = attrs[IFLA_CARRIER] && nla_len(attrs[IFLA_CARRIER]) >= 1 &&
                    nla_get_u8(attrs[IFLA_CARRIER]),
        .loopback = head->ifi_flags & IFF_LOOPBACK,
        .unfinished = strcmp(alias, LINK_UNFINISHED) == 0,
        .promiscuous = head->ifi_flags & IFF_PROMISC,
    };
    if (mac && nla_len(mac) == sizeof(ret->mac.bytes))
        memcpy(ret->mac.bytes, nla_data(mac), sizeof(ret->mac.bytes));
    read_text(attrs[IFLA_IFNAME], ret->name, sizeof(ret->name));
    read_kind(attrs[IFLA_LINKINFO], ret);
    return ret->ifindex > 0;
}

struct nl_msg *by_hand_altname(int type, int ifindex, const char *altname)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
    struct nl_msg *request = request_new(type, 0, &head, sizeof(head));
    struct nlattr *list = request_nest(request, IFLA_PROP_LIST);

    request_put_text(request, IFLA_ALT_IFNAME, altname);
    request_nest_end(request, list);
    return request;
}

void by_hand_put_index(struct nl_msg *request, int index)
{
    request_put_u32(request, IFLA_NEW_IFINDEX, (uint32_t)index);
}

/* A prefix that a router has advertised is the kernel's route, as other
 * connected ones are, but it expires. */
static bool is_advertised(const struct rtmsg *head, struct nlattr **attrs)
{
    struct rta_cacheinfo info;

    if (head->rtm_protocol == RTPROT_RA)
        return true;
    if (head->rtm_family != AF_INET6 || head->rtm_protocol != RTPROT_KERNEL ||
        !attrs[RTA_CACHEINFO] ||
        nla_len(attrs[RTA_CACHEINFO]) < (int)sizeof(info))
        return false;
    memcpy(&info, nla_data(attrs[RTA_CACHEINFO]), sizeof(info));
    return info.rta_expires != 0;
}

static void show_hops(struct route_info *info, struct nlattr *multipath,
                      route_visit *visit, void *data)
{
    struct rtnexthop *hop = nla_data(multipath);
    int left = nla_len(multipath);

    /* RTNH_OK() itself reads the hop's size. */
    while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
        struct nlattr *attrs[RTA_MAX + 1];
        int size = hop->rtnh_len - (int)sizeof(*hop);
        nla_parse(attrs, RTA_MAX, (struct nlattr *)RTNH_DATA(hop), size, NULL);
        info->ifindex = hop->rtnh_ifindex;
        info->via = reply_ip(info->to.ip.family, attrs[RTA_GATEWAY]);
        /* If a device has gone down, its hop stays in the route. */
        if (!(hop->rtnh_flags & RTNH_F_DEAD))
            visit(data, info);
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
}

void by_hand_show_route(struct nlmsghdr *reply, route_visit *visit, void *data)
{
    struct nlattr *attrs[RTA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWROUTE ||
        !nlmsg_valid_hdr(reply, sizeof(struct rtmsg)))
        return;
    const struct rtmsg *head = nlmsg_data(reply);
    if (head->rtm_type != RTN_UNICAST || head->rtm_table != RT_TABLE_MAIN ||
        (head->rtm_family != AF_INET && head->rtm_family != AF_INET6))
        return;
    reply_parse(reply, sizeof(*head), attrs, RTA_MAX);
    struct route_info info = {
        .to = {.ip = reply_ip(head->rtm_family, attrs[RTA_DST]),
               .len = head->rtm_dst_len},
        .via = reply_ip(head->rtm_family, attrs[RTA_GATEWAY]),
        .advertised = is_advertised(head, attrs),
    };
    info.to.ip.family = head->rtm_family; /* a default route has no RTA_DST */
    if (attrs[RTA_PRIORITY])
        info.metric = nla_get_u32(attrs[RTA_PRIORITY]);
    if (attrs[RTA_MULTIPATH]) {
        show_hops(&info, attrs[RTA_MULTIPATH], visit, data);
        return;
    }
    if (attrs[RTA_OIF])
        info.ifindex = (int)nla_get_u32(attrs[RTA_OIF]);
    visit(data, &info);
}

struct nl_msg *by_hand_nsid_question(int netns_fd)
{
    struct rtgenmsg head = {.rtgen_family = AF_UNSPEC};
    struct nl_msg *request = request_new(RTM_GETNSID, 0, &head, sizeof(head));

    request_put_u32(request, NETNSA_FD, (uint32_t)netns_fd);
    return request;
}

bool by_hand_read_nsid(struct nlmsghdr *message, int *ret)
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

static uint32_t at_most_u32(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* The burst is sent in bytes, and the link layer is named. So neither the
 * kernel's clock (/proc/net/psched) nor the old rate tables are needed. */
struct nl_msg *by_hand_token_bucket(int ifindex, uint64_t rate, uint64_t burst,
                                    uint64_t limit)
{
    struct tcmsg head = {.tcm_family = AF_UNSPEC,
                         .tcm_ifindex = ifindex,
                         .tcm_handle = BUCKET_HANDLE,
                         .tcm_parent = TC_H_ROOT};
    struct tc_tbf_qopt parameters = {
        .rate = {.rate = at_most_u32(rate), .linklayer = TC_LINKLAYER_ETHERNET},
        .limit = at_most_u32(limit),
    };
    struct nl_msg *request = request_new(
        RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));

    request_put_text(request, TCA_KIND, "tbf");
    struct nlattr *options = request_nest(request, TCA_OPTIONS);
    request_put(request, TCA_TBF_PARMS, &parameters, sizeof(parameters));
    if (rate > UINT32_MAX)
        request_put(request, TCA_TBF_RATE64, &rate, sizeof(rate));
    request_put_u32(request, TCA_TBF_BURST, (uint32_t)burst);
    request_nest_end(request, options);
    return request;
}
