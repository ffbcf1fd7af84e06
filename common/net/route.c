/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of the main table. Taking over the default works by setting the
 * other devices down: the kernel then drops their routes itself, which leaves
 * no moment in which the route is gone but a router advertisement puts it back.
 */
#include "ovsint/net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/request.h"
#include "ovsint/net/link.h"

#define TAKEN_AT_ONCE 16
#define TAKE_TRIES 8
#define LOOPBACK_IFINDEX 1 /* in every network namespace */

static int add(struct net *net, int ifindex, const struct ip_prefix *to,
               const struct ip *via, unsigned flags, struct err *err)
{
    bool on_link = !via || via->family == AF_UNSPEC;
    struct rtmsg head = {
        .rtm_family = (uint8_t)to->ip.family,
        .rtm_dst_len = to->len,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = on_link && to->ip.family == AF_INET ? RT_SCOPE_LINK
                                                         : RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
        .rtm_flags = flags,
    };
    struct ip network = ip_network(to);
    char to_text[PREFIX_TEXT_SIZE], via_text[IP_TEXT_SIZE];

    prefix_format(to, to_text);
    if (!on_link && via->family != to->ip.family)
        return err_set(err, EINVAL,
                       "route %s: the gateway is of the other address family",
                       to_text);
    auto_request struct nl_msg *request = request_new(
        RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    request_put_u32(request, RTA_OIF, (uint32_t)ifindex);
    if (to->len)
        request_put_ip(request, RTA_DST, &network);
    if (on_link)
        return request_do(net, request, err, "route %s by device %d on link",
                          to_text, ifindex);
    request_put_ip(request, RTA_GATEWAY, via);
    ip_format(via, via_text);
    return request_do(net, request, err, "route %s via %s by device %d",
                      to_text, via_text, ifindex);
}

int route_del(struct net *net, const struct route_info *route, struct err *err)
{
    struct rtmsg head = {
        .rtm_family = (uint8_t)route->to.ip.family,
        .rtm_dst_len = route->to.len,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_scope = RT_SCOPE_NOWHERE,
    };
    char text[PREFIX_TEXT_SIZE];
    auto_request struct nl_msg *request =
        request_new(RTM_DELROUTE, 0, &head, sizeof(head));

    prefix_format(&route->to, text);
    request_put_u32(request, RTA_OIF, (uint32_t)route->ifindex);
    if (route->to.len)
        request_put_ip(request, RTA_DST, &route->to.ip);
    if (route->via.family != AF_UNSPEC)
        request_put_ip(request, RTA_GATEWAY, &route->via);
    if (route->metric)
        request_put_u32(request, RTA_PRIORITY, route->metric);
    return request_do(net, request, err, "delete route %s by device %d", text,
                      route->ifindex);
}

/* A prefix on link is the kernel's route, as others, but ends some time. */
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

int route_add(struct net *net, int ifindex, const struct ip_prefix *to,
              const struct ip *via, struct err *err)
{
    return add(net, ifindex, to, via, 0, err);
}

int route_add_far(struct net *net, int ifindex, const struct ip_prefix *to,
                  const struct ip *via, struct err *err)
{
    return add(net, ifindex, to, via, RTNH_F_ONLINK, err);
}

struct route_listing {
    route_visit *visit;
    void *data;
};

static void show_hops(const struct route_listing *listing,
                      struct route_info *info, struct nlattr *multipath)
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
        /* The hop over a device that went down stays in the route. */
        if (!(hop->rtnh_flags & RTNH_F_DEAD))
            listing->visit(listing->data, info);
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
}

static void show_route(void *data, struct nlmsghdr *reply)
{
    const struct route_listing *listing = data;
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
    info.to.ip.family = head->rtm_family; /* a default has no RTA_DST */
    if (attrs[RTA_PRIORITY])
        info.metric = nla_get_u32(attrs[RTA_PRIORITY]);
    if (attrs[RTA_MULTIPATH]) {
        show_hops(listing, &info, attrs[RTA_MULTIPATH]);
        return;
    }
    if (attrs[RTA_OIF])
        info.ifindex = (int)nla_get_u32(attrs[RTA_OIF]);
    listing->visit(listing->data, &info);
}

int route_each(struct net *net, route_visit *visit, void *data, struct err *err)
{
    struct rtmsg head = {.rtm_family = AF_UNSPEC, .rtm_table = RT_TABLE_MAIN};
    auto_request struct nl_msg *request =
        request_new(RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));
    struct route_listing listing = {.visit = visit, .data = data};

    return request_ask(net, request, show_route, &listing, err,
                       "list the routes");
}

struct default_devices {
    int own;
    int ifindex[TAKEN_AT_ONCE];
    size_t count;
};

static void note_default(void *data, const struct route_info *route)
{
    struct default_devices *devices = data;

    if (route->to.len != 0 || route->ifindex == 0 ||
        route->ifindex == devices->own || route->ifindex == LOOPBACK_IFINDEX)
        return;
    for (size_t i = 0; i < devices->count; i++) {
        if (devices->ifindex[i] == route->ifindex)
            return;
    }
    /* What does not fit is found by the next listing. */
    if (devices->count < TAKEN_AT_ONCE)
        devices->ifindex[devices->count++] = route->ifindex;
}

static int set_all_down(struct net *net, const struct default_devices *devices,
                        struct err *err)
{
    for (size_t i = 0; i < devices->count; i++) {
        struct err inner = {0};
        int r = link_set_down(net, devices->ifindex[i], &inner);
        if (r < 0 && r != -ENODEV) {
            *err = inner;
            return err_wrap(err, "take over the default route");
        }
    }
    return 0;
}

int route_take_default(struct net *net, int ifindex, struct err *err)
{
    for (int i = 0; i < TAKE_TRIES; i++) {
        struct default_devices devices = {.own = ifindex};

        int r = route_each(net, note_default, &devices, err);
        if (r < 0 || devices.count == 0)
            return r;
        r = set_all_down(net, &devices, err);
        if (r < 0)
            return r;
    }
    return err_set(err, EAGAIN,
                   "take over the default route: other devices keep getting "
                   "default routes");
}
