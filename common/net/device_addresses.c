/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Addresses are given in the order of the listing: of an IPv4 subnet the first
 * one is the primary one. Lifetimes continue.
 *
 * An IPv6 address was on the wire a moment ago, so it need not be detected
 * again. It is added with IFA_F_NODAD, and then gets the flags that it had
 * (inet6_addr_modify() in net/ipv6/addrconf.c replaces them).
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"

/* The flags that a request may have; the kernel sets the others. */
#define SETTABLE_FLAGS                                        \
    (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | \
     IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)
#define UNDETECTED_FLAGS (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_OPTIMISTIC)

static struct ifaddrmsg *head_of(const struct nlmsghdr *request)
{
    return nlmsg_data(request);
}

static uint32_t flags_of(struct nlmsghdr *message)
{
    struct nlattr *flags =
        nlmsg_find_attr(message, sizeof(struct ifaddrmsg), IFA_FLAGS);

    return flags && nla_len(flags) == sizeof(uint32_t)
               ? nla_get_u32(flags)
               : head_of(message)->ifa_flags;
}

/* If the detection of an address had not ended, it must be detected again. The
 * mark for that is kept in the header: it has no room for the flags that count,
 * so its field is free. */
static void keep_address(void *data, struct nlmsghdr *reply)
{
    struct device_state *state = data;
    struct replay *all = &state->addresses;
    struct nlattr *attribute;
    int left;

    if (reply->nlmsg_type != RTM_NEWADDR ||
        !nlmsg_valid_hdr(reply, sizeof(struct ifaddrmsg)))
        return;
    struct ifaddrmsg head = *head_of(reply);
    if ((int)head.ifa_index != state->ifindex)
        return;
    uint32_t flags = flags_of(reply);
    bool is_detected =
        head.ifa_family == AF_INET6 && !(flags & UNDETECTED_FLAGS);
    head.ifa_flags = is_detected ? IFA_F_NODAD : 0;
    flags &= SETTABLE_FLAGS;
    replay_begin(all, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head,
                 sizeof(head));
    for_each_attribute(attribute, left, reply, sizeof(head))
    {
        int type = nla_type(attribute);
        if (type != IFA_FLAGS && type != IFA_MULTICAST && type != IFA_ANYCAST)
            replay_copy(all, attribute);
    }
    replay_put(all, IFA_FLAGS, &flags, sizeof(flags));
    replay_end(all);
}

int device_addresses_take(struct net *net, struct device_state *state,
                          struct err *err)
{
    struct ifaddrmsg head = {.ifa_family = AF_UNSPEC,
                             .ifa_index = (uint32_t)state->ifindex};
    auto_request struct nl_msg *request =
        request_new(RTM_GETADDR, NLM_F_DUMP, &head, sizeof(head));

    return request_ask(net, request, keep_address, state, err,
                       "list the addresses of device %d", state->ifindex);
}

static void address_replay(struct net *net, struct nlmsghdr *request,
                           struct replay_result *result)
{
    static const char what[] = "give an address to the next device";
    struct nlattr *flags =
        nlmsg_find_attr(request, sizeof(struct ifaddrmsg), IFA_FLAGS);
    int how = NLM_F_CREATE | NLM_F_REPLACE;
    struct err err = {0};
    int r = 0;

    if (head_of(request)->ifa_flags & IFA_F_NODAD && flags) {
        uint32_t wanted = nla_get_u32(flags);
        uint32_t first = wanted | IFA_F_NODAD;
        memcpy(nla_data(flags), &first, sizeof(first));
        r = replay_do(net, request, RTM_NEWADDR, how, &err, what);
        memcpy(nla_data(flags), &wanted, sizeof(wanted));
        if (r >= 0 && wanted == first) {
            request->nlmsg_seq = 1;
            return;
        }
    }
    if (r >= 0)
        r = replay_do(net, request, RTM_NEWADDR, how, &err, what);
    request->nlmsg_seq = 1;
    if (r < 0)
        replay_refused(result, &err);
}

/* The listing shows the newest IPv6 address of a scope first
 * (ipv6_link_dev_addr()), and among equals the kernel chooses the first. So
 * they are given from the last one on. */
static void give_ipv6(struct net *net, const struct device_state *state,
                      bool only_local, struct replay_result *result)
{
    struct nlmsghdr *request = NULL;
    size_t count = 0;

    while ((request = replay_next(&state->addresses, request)))
        count++;
    auto_free struct nlmsghdr **all = mem_new(count * sizeof(*all));
    for (size_t i = 0; i < count; i++)
        all[i] = request = replay_next(&state->addresses, request);
    while (count-- > 0) {
        const struct ifaddrmsg *head = head_of(all[count]);
        if (!all[count]->nlmsg_seq && head->ifa_family == AF_INET6 &&
            (!only_local || head->ifa_scope == RT_SCOPE_LINK))
            address_replay(net, all[count], result);
    }
}

void device_addresses_give_local(struct net *net,
                                 const struct device_state *state,
                                 struct replay_result *result)
{
    give_ipv6(net, state, true, result);
}

void device_addresses_give(struct net *net, const struct device_state *state,
                           struct replay_result *result)
{
    struct nlmsghdr *request = NULL;

    while ((request = replay_next(&state->addresses, request))) {
        if (head_of(request)->ifa_family == AF_INET)
            address_replay(net, request, result);
    }
    give_ipv6(net, state, false, result);
}
