/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Routes of all tables that lead over a device, permanent neighbours, proxies.
 * The kernel makes some routes by itself, when the device goes up and gets its
 * addresses. So what is there by then is compared with what should be, and only
 * the difference is made. A route of several legs is replaced as a whole.
 *
 * Nexthop objects cannot be kept: as soon as no program holds the TAP, the
 * kernel removes them with the routes by them (nexthop_flush_dev() in
 * net/ipv4/nexthop.c).
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"

#define SETTABLE_FLAGS (RTNH_F_ONLINK | RTNH_F_PERVASIVE)
#define TICKS_PER_S 100 /* USER_HZ */

static struct rtmsg *head_of(const struct nlmsghdr *request)
{
    return nlmsg_data(request);
}

struct route_list {
    int ifindex;
    struct replay routes;
    bool has_legs;
};

static bool legs_include(const struct nlattr *multipath, int ifindex)
{
    struct rtnexthop *hop = nla_data(multipath);
    int left = nla_len(multipath);

    while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
        if (hop->rtnh_ifindex == ifindex)
            return true;
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
    return false;
}

static bool leads_over(struct nlattr *const *attrs, int ifindex)
{
    if (attrs[RTA_MULTIPATH])
        return legs_include(attrs[RTA_MULTIPATH], ifindex);
    return attrs[RTA_OIF] && (int)nla_get_u32(attrs[RTA_OIF]) == ifindex;
}

/* The kernel refuses a request that says that a leg is dead. */
static void clean_legs(struct nlattr *multipath)
{
    struct rtnexthop *hop = nla_data(multipath);
    int left = nla_len(multipath);

    while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
        hop->rtnh_flags &= SETTABLE_FLAGS;
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
}

/* In seconds, 0 = never. */
static uint32_t expires_in(const struct nlattr *info)
{
    struct rta_cacheinfo cache;

    if (!info || nla_len(info) < (int)sizeof(cache))
        return 0;
    memcpy(&cache, nla_data(info), sizeof(cache));
    return cache.rta_expires > 0
               ? ((uint32_t)cache.rta_expires + TICKS_PER_S - 1) / TICKS_PER_S
               : 0;
}

static void keep_route(void *data, struct nlmsghdr *reply)
{
    struct route_list *list = data;
    struct replay *all = &list->routes;
    struct nlattr *attrs[RTA_MAX + 1], *attribute;
    int left;

    if (reply->nlmsg_type != RTM_NEWROUTE ||
        !nlmsg_valid_hdr(reply, sizeof(struct rtmsg)))
        return;
    struct rtmsg head = *head_of(reply);
    reply_parse(reply, sizeof(head), attrs, RTA_MAX);
    if ((head.rtm_family != AF_INET && head.rtm_family != AF_INET6) ||
        head.rtm_flags & RTM_F_CLONED || attrs[RTA_NH_ID] ||
        !leads_over(attrs, list->ifindex))
        return;
    bool is_v6 = head.rtm_family == AF_INET6;
    bool has_legs = attrs[RTA_MULTIPATH] != NULL;
    list->has_legs |= has_legs;
    head.rtm_flags &= SETTABLE_FLAGS;
    /* With IPv4 the order of equal routes counts. With IPv6 the legs that are
     * left are replaced. */
    replay_begin(all, RTM_NEWROUTE,
                 NLM_F_CREATE | (!is_v6     ? NLM_F_APPEND
                                 : has_legs ? NLM_F_REPLACE
                                            : 0),
                 &head, sizeof(head));
    for_each_attribute(attribute, left, reply, sizeof(head))
    {
        size_t at = all->next.size;
        if (nla_type(attribute) == RTA_CACHEINFO ||
            nla_type(attribute) == RTA_EXPIRES)
            continue;
        replay_copy(all, attribute);
        if (nla_type(attribute) == RTA_MULTIPATH && !all->next.overflow)
            clean_legs((struct nlattr *)(void *)(all->next.data + at));
    }
    uint32_t seconds = expires_in(attrs[RTA_CACHEINFO]);
    if (is_v6 && seconds)
        replay_put(all, RTA_EXPIRES, &seconds, sizeof(seconds));
    replay_end(all);
}

static int list_routes(struct net *net, struct route_list *list,
                       struct err *err)
{
    struct rtmsg head = {.rtm_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));

    request_put_u32(request, RTA_OIF, (uint32_t)list->ifindex);
    return request_ask(net, request, keep_route, list, err,
                       "list the routes over device %d", list->ifindex);
}

int device_routes_take(struct net *net, struct device_state *state,
                       struct err *err)
{
    struct route_list list = {.ifindex = state->ifindex,
                              .routes = REPLAY_INIT(LIMIT_DEVICE_LISTING)};

    int r = list_routes(net, &list, err);
    replay_done(&state->routes);
    state->routes = list.routes;
    state->is_bound |= list.has_legs;
    return r;
}

static bool same_but_for_expiry(struct nlmsghdr *left, struct nlmsghdr *right)
{
    struct nlattr *expiry[2] = {
        nlmsg_find_attr(left, sizeof(struct rtmsg), RTA_EXPIRES),
        nlmsg_find_attr(right, sizeof(struct rtmsg), RTA_EXPIRES)};

    if (!expiry[0] || !expiry[1])
        return replay_same(left, right);
    size_t size = (size_t)((char *)expiry[0] - (char *)nlmsg_data(left));
    return size == (size_t)((char *)expiry[1] - (char *)nlmsg_data(right)) &&
           memcmp(nlmsg_data(left), nlmsg_data(right), size) == 0;
}

/* Marks in both lists what is in both. */
static void match(const struct replay *want, const struct replay *is)
{
    struct nlmsghdr *wanted = NULL, *there;

    while ((wanted = replay_next(want, wanted))) {
        there = NULL;
        while ((there = replay_next(is, there))) {
            if (!there->nlmsg_seq && same_but_for_expiry(wanted, there)) {
                there->nlmsg_seq = 1;
                wanted->nlmsg_seq = 1;
                break;
            }
        }
    }
}

/* Did the kernel make it, for an address or for each device? */
static bool is_the_kernels(const struct rtmsg *head)
{
    return head->rtm_protocol == RTPROT_KERNEL &&
           (head->rtm_type != RTN_UNICAST || head->rtm_table == RT_TABLE_LOCAL);
}

static void delete_others(struct net *net, const struct replay *is,
                          struct replay_result *result)
{
    struct nlmsghdr *there = NULL;

    while ((there = replay_next(is, there))) {
        struct err err = {0};
        if (there->nlmsg_seq || is_the_kernels(head_of(there)))
            continue;
        int r = replay_do(net, there, RTM_DELROUTE, 0, &err,
                          "remove a route that was not there");
        if (r < 0 && r != -ESRCH)
            replay_refused(result, &err);
    }
}

static bool route_is_done(const struct nlmsghdr *request, int code)
{
    return code ? code == EEXIST : is_the_kernels(head_of(request));
}

int device_routes_give(struct net *net, const struct device_state *state,
                       struct replay_result *result, struct err *err)
{
    struct route_list is = {.ifindex = state->ifindex,
                            .routes = REPLAY_INIT(LIMIT_DEVICE_LISTING)};

    int r = list_routes(net, &is, err);
    if (r >= 0) {
        match(&state->routes, &is.routes);
        delete_others(net, &is.routes, result);
        replay_send(net, &state->routes, route_is_done,
                    "give a route to the next device", result);
    }
    replay_done(&is.routes);
    return r;
}

/* Did somebody set it? The kernel learns all others by itself again. */
static bool is_given(const struct ndmsg *head)
{
    return head->ndm_state & NUD_PERMANENT ||
           head->ndm_flags & (NTF_PROXY | NTF_EXT_LEARNED);
}

static void keep_neighbour(void *data, struct nlmsghdr *reply)
{
    struct device_state *state = data;
    struct replay *all = &state->neighbours;
    struct nlattr *attribute;
    int left;

    if (reply->nlmsg_type != RTM_NEWNEIGH ||
        !nlmsg_valid_hdr(reply, sizeof(struct ndmsg)))
        return;
    struct ndmsg head = *(struct ndmsg *)nlmsg_data(reply);
    if (head.ndm_ifindex != state->ifindex || !is_given(&head))
        return;
    /* The listing does not tell it. It must be permanent: one that is not goes
     * as soon as no program holds the TAP (neigh_carrier_down() in
     * net/core/neighbour.c). */
    if (head.ndm_flags & NTF_PROXY)
        head.ndm_state = NUD_PERMANENT;
    replay_begin(all, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &head,
                 sizeof(head));
    for_each_attribute(attribute, left, reply, sizeof(head))
    {
        int type = nla_type(attribute);
        if (type != NDA_CACHEINFO && type != NDA_PROBES)
            replay_copy(all, attribute);
    }
    replay_end(all);
}

static int list_neighbours(struct net *net, struct device_state *state,
                           uint8_t flags, struct err *err)
{
    struct ndmsg head = {.ndm_family = AF_UNSPEC, .ndm_flags = flags};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));

    request_put_u32(request, NDA_IFINDEX, (uint32_t)state->ifindex);
    return request_ask(net, request, keep_neighbour, state, err,
                       "list the neighbours on device %d", state->ifindex);
}

int device_neighbours_take(struct net *net, struct device_state *state,
                           struct err *err)
{
    int r = list_neighbours(net, state, 0, err);

    return r < 0 ? r : list_neighbours(net, state, NTF_PROXY, err);
}
