/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses. The one translation done here: the kernel refuses an IPv6
 * address on a device without IPv6 with "Permission denied", which sends an
 * operator looking for capabilities.
 */
#include "ovsint/net/addr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/request.h"

#define BROADCAST_LONGEST 30 /* a /31 or /32 has no broadcast address */

static struct ip broadcast_of(const struct ip_prefix *prefix)
{
    struct ip broadcast = prefix->ip;

    for (unsigned bit = prefix->len; bit < ip_bits(&broadcast); bit++)
        broadcast.bytes[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
    return broadcast;
}

static struct nl_msg *address_request(int type, int flags, int ifindex,
                                      const struct ip_prefix *address)
{
    struct ifaddrmsg head = {.ifa_family = (uint8_t)address->ip.family,
                             .ifa_prefixlen = address->len,
                             .ifa_scope = RT_SCOPE_UNIVERSE,
                             .ifa_index = (uint32_t)ifindex};
    struct nl_msg *request = request_new(type, flags, &head, sizeof(head));

    request_put_ip(request, IFA_LOCAL, &address->ip);
    request_put_ip(request, IFA_ADDRESS, &address->ip);
    return request;
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

int addr_add(struct net *net, int ifindex, const struct ip_prefix *address,
             bool skip_dad, struct err *err)
{
    auto_request struct nl_msg *request = address_request(
        RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, address);
    bool is_ipv6 = address->ip.family == AF_INET6;
    char text[PREFIX_TEXT_SIZE];
    struct err inner = {0};

    if (!is_ipv6 && address->len <= BROADCAST_LONGEST) {
        struct ip broadcast = broadcast_of(address);
        request_put_ip(request, IFA_BROADCAST, &broadcast);
    }
    if (is_ipv6 && skip_dad)
        request_put_u32(request, IFA_FLAGS, IFA_F_NODAD);
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
    auto_request struct nl_msg *request =
        address_request(RTM_DELADDR, 0, ifindex, address);
    char text[PREFIX_TEXT_SIZE];

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
    struct nlattr *attrs[IFA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWADDR ||
        !nlmsg_valid_hdr(reply, sizeof(struct ifaddrmsg)))
        return;
    const struct ifaddrmsg *head = nlmsg_data(reply);
    int ifindex = (int)head->ifa_index;
    if (listing->ifindex && listing->ifindex != ifindex)
        return;
    reply_parse(reply, sizeof(*head), attrs, IFA_MAX);
    uint32_t flags = head->ifa_flags;
    if (attrs[IFA_FLAGS] && nla_len(attrs[IFA_FLAGS]) == sizeof(flags))
        flags = nla_get_u32(attrs[IFA_FLAGS]);
    /* On a point-to-point device IFA_ADDRESS is the other end. */
    const struct nlattr *own =
        attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
    struct addr_info info = {
        .ifindex = ifindex,
        .address = {.ip = reply_ip(head->ifa_family, own),
                    .len = head->ifa_prefixlen},
        .broadcast = reply_ip(head->ifa_family, attrs[IFA_BROADCAST]),
        .permanent = flags & IFA_F_PERMANENT,
        .no_dad = flags & IFA_F_NODAD,
        .tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED),
        .link_scope = head->ifa_scope == RT_SCOPE_LINK,
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
