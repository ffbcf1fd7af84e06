/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Addresses. One error is translated: if a device has no IPv6, the kernel
 * refuses an IPv6 address with "Permission denied", and an operator would look
 * for capabilities.
 */
#include "ovsint/net/addr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/object.h"

#define BROADCAST_LONGEST 30 /* a /31 or /32 has no broadcast address */

static struct rtnl_addr *address_new(int ifindex,
                                     const struct ip_prefix *address)
{
    struct rtnl_addr *object = object_new(rtnl_addr_alloc());
    auto_nl_addr struct nl_addr *local = object_ip(&address->ip, address->len);

    rtnl_addr_set_ifindex(object, ifindex);
    rtnl_addr_set_scope(object, RT_SCOPE_UNIVERSE);
    object_must(rtnl_addr_set_local(object, local));
    return object;
}

static int explain_ipv6(int r, struct err *inner, const char *text,
                        struct err *err)
{
    if (r == -EACCES)
        return err_set(err, EACCES,
                       "add %s: IPv6 is disabled in the network namespace of "
                       "the device (sysctl net.ipv6.conf.all.disable_ipv6)",
                       text);
    if (r == -EAFNOSUPPORT || r == -EOPNOTSUPP)
        return err_set(err, EAFNOSUPPORT, "add %s: this kernel has no IPv6",
                       text);
    *err = *inner;
    return r;
}

static void set_broadcast(struct rtnl_addr *object,
                          const struct ip_prefix *address)
{
    struct ip last = ip_last(address);
    auto_nl_addr struct nl_addr *broadcast = object_ip(&last, address->len);

    object_must(rtnl_addr_set_broadcast(object, broadcast));
}

int addr_add(struct net *net, int ifindex, const struct ip_prefix *address,
             bool skip_dad, struct err *err)
{
    auto_rtnl_addr struct rtnl_addr *object = address_new(ifindex, address);
    bool is_ipv6 = address->ip.family == AF_INET6;
    char text[PREFIX_TEXT_SIZE];
    struct err inner = {0};
    auto_request struct nl_msg *request = NULL;

    if (!is_ipv6 && address->len <= BROADCAST_LONGEST)
        set_broadcast(object, address);
    if (is_ipv6 && skip_dad)
        rtnl_addr_set_flags(object, IFA_F_NODAD);
    object_must(rtnl_addr_build_add_request(
        object, NLM_F_CREATE | NLM_F_REPLACE, &request));
    prefix_format(address, text);
    int r = request_do(net, request, &inner, "add address %s to device %d",
                       text, ifindex);
    if (r < 0 && is_ipv6)
        return explain_ipv6(r, &inner, text, err);
    if (r < 0)
        *err = inner;
    return r;
}

int addr_del(struct net *net, int ifindex, const struct ip_prefix *address,
             struct err *err)
{
    auto_rtnl_addr struct rtnl_addr *object = address_new(ifindex, address);
    char text[PREFIX_TEXT_SIZE];
    auto_request struct nl_msg *request = NULL;

    object_must(rtnl_addr_build_delete_request(object, 0, &request));
    prefix_format(address, text);
    return request_do(net, request, err, "remove address %s from device %d",
                      text, ifindex);
}

struct addr_listing {
    int ifindex;
    addr_visit *visit;
    void *data;
};

static void show_address(void *data, struct nlmsghdr *reply)
{
    const struct addr_listing *listing = data;

    if (reply->nlmsg_type != RTM_NEWADDR)
        return;
    auto_rtnl_addr struct rtnl_addr *object = object_read(reply);
    if (!object ||
        (listing->ifindex && listing->ifindex != rtnl_addr_get_ifindex(object)))
        return;
    unsigned flags = rtnl_addr_get_flags(object);
    struct addr_info info = {
        .ifindex = rtnl_addr_get_ifindex(object),
        .address = {.ip = object_to_ip(rtnl_addr_get_local(object)),
                    .len = (uint8_t)rtnl_addr_get_prefixlen(object)},
        .broadcast = object_to_ip(rtnl_addr_get_broadcast(object)),
        .permanent = flags & IFA_F_PERMANENT,
        .no_dad = flags & IFA_F_NODAD,
        .tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED),
        .link_scope = rtnl_addr_get_scope(object) == RT_SCOPE_LINK,
    };
    if (info.address.ip.family)
        listing->visit(listing->data, &info);
}

int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err)
{
    struct ifaddrmsg head = {.ifa_family = AF_UNSPEC,
                             .ifa_index = (uint32_t)ifindex};
    auto_request struct nl_msg *request =
        request_new(RTM_GETADDR, NLM_F_DUMP, &head, sizeof(head));
    struct addr_listing listing = {
        .ifindex = ifindex, .visit = visit, .data = data};

    return request_ask(net, request, show_address, &listing, err,
                       "list the addresses");
}
