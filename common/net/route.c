/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Routes of the main table. The default is taken over by setting the other
 * devices down: then the kernel itself drops their routes. If we deleted the
 * routes instead, the next router advertisement would put them back.
 */
#include "ovsint/net/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/by_hand.h"
#include "common/net/object.h"
#include "ovsint/net/link.h"

#define TAKEN_AT_ONCE 16
#define TAKE_TRIES 8
#define LOOPBACK_IFINDEX 1 /* in every network namespace */

/* `network` has no host bits. If the family of `via` is 0, the route is on the
 * link. */
static struct rtnl_route *route_new(int ifindex,
                                    const struct ip_prefix *network,
                                    const struct ip *via, unsigned flags)
{
    struct rtnl_route *route = object_new(rtnl_route_alloc());
    struct rtnl_nexthop *hop = object_new(rtnl_route_nh_alloc());
    auto_nl_addr struct nl_addr *to = object_ip(&network->ip, network->len);
    auto_nl_addr struct nl_addr *gateway = object_ip(via, ip_bits(via));

    object_must(rtnl_route_set_dst(route, to));
    rtnl_route_nh_set_ifindex(hop, ifindex);
    rtnl_route_nh_set_flags(hop, flags);
    if (gateway)
        rtnl_route_nh_set_gateway(hop, gateway);
    rtnl_route_add_nexthop(route, hop);
    return route;
}

static int route_new_add(struct net *net, int ifindex,
                         const struct ip_prefix *to, const struct ip *via,
                         unsigned flags, struct err *err)
{
    static const struct ip none = {.family = AF_UNSPEC};
    bool on_link = !via || via->family == AF_UNSPEC;
    struct ip_prefix network = {.ip = ip_network(to), .len = to->len};
    char to_text[PREFIX_TEXT_SIZE], via_text[IP_TEXT_SIZE];
    auto_request struct nl_msg *request = NULL;

    prefix_format(to, to_text);
    if (!on_link && via->family != to->ip.family)
        return err_set(err, EINVAL,
                       "route %s: the gateway is of the other address family",
                       to_text);
    auto_rtnl_route struct rtnl_route *route =
        route_new(ifindex, &network, on_link ? &none : via, flags);
    rtnl_route_set_scope(route, on_link && to->ip.family == AF_INET
                                    ? RT_SCOPE_LINK
                                    : RT_SCOPE_UNIVERSE);
    object_must(rtnl_route_build_add_request(route, NLM_F_REPLACE, &request));
    if (on_link)
        return request_do(net, request, err, "route %s by device %d on link",
                          to_text, ifindex);
    ip_format(via, via_text);
    return request_do(net, request, err, "route %s via %s by device %d",
                      to_text, via_text, ifindex);
}

int route_del(struct net *net, const struct route_info *info, struct err *err)
{
    auto_rtnl_route struct rtnl_route *route =
        route_new(info->ifindex, &info->to, &info->via, 0);
    char text[PREFIX_TEXT_SIZE];
    auto_request struct nl_msg *request = NULL;

    /* Whoever has made it. */
    rtnl_route_set_protocol(route, RTPROT_UNSPEC);
    rtnl_route_set_type(route, RTN_UNSPEC);
    rtnl_route_set_scope(route, RT_SCOPE_NOWHERE);
    if (info->metric)
        rtnl_route_set_priority(route, info->metric);
    object_must(rtnl_route_build_del_request(route, 0, &request));
    prefix_format(&info->to, text);
    return request_do(net, request, err, "delete route %s by device %d", text,
                      info->ifindex);
}

int route_add(struct net *net, int ifindex, const struct ip_prefix *to,
              const struct ip *via, struct err *err)
{
    return route_new_add(net, ifindex, to, via, 0, err);
}

int route_add_far(struct net *net, int ifindex, const struct ip_prefix *to,
                  const struct ip *via, struct err *err)
{
    return route_new_add(net, ifindex, to, via, RTNH_F_ONLINK, err);
}

struct route_listing {
    route_visit *visit;
    void *data;
};

static void show_route(void *data, struct nlmsghdr *reply)
{
    const struct route_listing *listing = data;

    by_hand_show_route(reply, listing->visit, listing->data);
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

struct lookup {
    struct route_answer answer;
    int family;
    uint8_t type;
};

static void note_answer(void *data, struct nlmsghdr *reply)
{
    struct lookup *lookup = data;
    struct nlattr *attrs[RTA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWROUTE ||
        !nlmsg_valid_hdr(reply, sizeof(struct rtmsg)))
        return;
    const struct rtmsg *head = nlmsg_data(reply);
    reply_parse(reply, sizeof(*head), attrs, RTA_MAX);
    lookup->type = head->rtm_type;
    lookup->answer = (struct route_answer){
        .via = reply_ip(lookup->family, attrs[RTA_GATEWAY]),
        .from = reply_ip(lookup->family, attrs[RTA_PREFSRC]),
        .table = head->rtm_table,
        .len = head->rtm_dst_len,
    };
    if (attrs[RTA_TABLE])
        lookup->answer.table = nla_get_u32(attrs[RTA_TABLE]);
    if (attrs[RTA_OIF])
        lookup->answer.ifindex = (int)nla_get_u32(attrs[RTA_OIF]);
}

/* For IPv6 the kernel shows a route that refuses, for IPv4 it answers with its
 * error. */
static int refusal_of(int r, uint8_t type)
{
    if (r < 0)
        return r;
    return type == RTN_UNREACHABLE ? -EHOSTUNREACH
           : type == RTN_PROHIBIT  ? -EACCES
           : type == RTN_BLACKHOLE ? -EINVAL
                                   : 0;
}

static int refuse(int r, const struct ip *to, struct err *err)
{
    char text[IP_TEXT_SIZE];

    ip_format(to, text);
    if (r == -ENETUNREACH)
        return err_set(err, ENETUNREACH, "there is no route to %s", text);
    if (r == -EXDEV)
        return err_set(err, EXDEV,
                       "a packet to %s comes in by another device than its "
                       "answer would leave by, and rp_filter drops it",
                       text);
    if (r == -EHOSTUNREACH || r == -EACCES || r == -EINVAL)
        return err_set(err, -r,
                       "a route or rule that is unreachable, prohibit or "
                       "blackhole refuses packets to %s: 'ip route get %s' "
                       "there shows the same",
                       text, text);
    return r;
}

static struct nl_msg *lookup_request(const struct route_question *question)
{
    const struct ip *to = &question->to, *from = &question->from;
    struct rtmsg head = {.rtm_family = (unsigned char)to->family,
                         .rtm_dst_len = (unsigned char)ip_bits(to),
                         .rtm_src_len =
                             from->family ? (unsigned char)ip_bits(from) : 0,
                         .rtm_flags = question->matched ? RTM_F_FIB_MATCH : 0};

    /* IPv6 names the table unasked, and refuses the flag. */
    if (to->family == AF_INET)
        head.rtm_flags |= RTM_F_LOOKUP_TABLE;
    struct nl_msg *request = request_new(RTM_GETROUTE, 0, &head, sizeof(head));
    request_put_ip(request, RTA_DST, to);
    if (from->family)
        request_put_ip(request, RTA_SRC, from);
    if (question->out)
        request_put_u32(request, RTA_OIF, (uint32_t)question->out);
    if (question->in)
        request_put_u32(request, RTA_IIF, (uint32_t)question->in);
    return request;
}

int route_look(struct net *net, const struct route_question *question,
               struct route_answer *ret, struct err *err)
{
    struct lookup lookup = {.family = question->to.family};
    auto_request struct nl_msg *request = lookup_request(question);
    char text[IP_TEXT_SIZE];

    ip_format(&question->to, text);
    int r = request_ask(net, request, note_answer, &lookup, err,
                        "look for a route to %s", text);
    r = refusal_of(r, lookup.type);
    if (r < 0)
        return refuse(r, &question->to, err);
    *ret = lookup.answer;
    return 0;
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
    /* If there are more, the next listing finds them. */
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
