/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The kernel will not send another solicitation for a pending entry
 * (__neigh_event_send() in net/core/neighbour.c). So the entry is deleted and
 * made anew. IPv4: NTF_USE makes it ask at once. IPv6: it asks with the next
 * packet. If it asked now, it would do so from the link-local address, which a
 * new device may not use yet (ndisc_send_ns() in net/ipv6/ndisc.c), and then
 * wait in vain.
 */
#include "ovsint/net/neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/object.h"

/* More than a container talks to at once. If there are more, the rest wait a
 * second. */
#define ASKED_AT_ONCE 64

struct unanswered {
    int ifindex;
    struct ip ip[ASKED_AT_ONCE];
    size_t count;
};

static void note(void *data, struct nlmsghdr *reply)
{
    struct unanswered *unanswered = data;

    if (reply->nlmsg_type != RTM_NEWNEIGH || unanswered->count == ASKED_AT_ONCE)
        return;
    auto_rtnl_neigh struct rtnl_neigh *object = object_read(reply);
    if (!object || rtnl_neigh_get_ifindex(object) != unanswered->ifindex ||
        !(rtnl_neigh_get_state(object) & (NUD_INCOMPLETE | NUD_FAILED)))
        return;
    struct ip ip = object_to_ip(rtnl_neigh_get_dst(object));
    if (ip.family != AF_UNSPEC)
        unanswered->ip[unanswered->count++] = ip;
}

static int list(struct net *net, struct unanswered *ret, struct err *err)
{
    struct ndmsg head = {.ndm_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));

    request_put_u32(request, NDA_IFINDEX, (uint32_t)ret->ifindex);
    return request_ask(net, request, note, ret, err,
                       "list the neighbours on device %d", ret->ifindex);
}

int neighbour_change(struct net *net, int type, int ifindex,
                     const struct ip *ip, const char *what, struct err *err)
{
    auto_rtnl_neigh struct rtnl_neigh *object = object_new(rtnl_neigh_alloc());
    auto_nl_addr struct nl_addr *dst = object_ip(ip, ip_bits(ip));
    char text[IP_TEXT_SIZE];
    auto_request struct nl_msg *request = NULL;

    rtnl_neigh_set_ifindex(object, ifindex);
    rtnl_neigh_set_state(object, NUD_NONE);
    object_must(rtnl_neigh_set_dst(object, dst));
    if (type == RTM_NEWNEIGH) {
        rtnl_neigh_set_flags(object, NTF_USE);
        object_must(
            rtnl_neigh_build_add_request(object, NLM_F_CREATE, &request));
    } else {
        object_must(rtnl_neigh_build_delete_request(object, 0, &request));
    }
    ip_format(ip, text);
    return request_do(net, request, err, "%s %s on device %d", what, text,
                      ifindex);
}

int neighbours_ask_again(struct net *net, int ifindex, struct err *err)
{
    static const char what[] = "ask for neighbour";
    struct unanswered unanswered = {.ifindex = ifindex};

    int r = list(net, &unanswered, err);
    for (size_t i = 0; r >= 0 && i < unanswered.count; i++) {
        const struct ip *ip = &unanswered.ip[i];
        r = neighbour_change(net, RTM_DELNEIGH, ifindex, ip, what, err);
        if (r == -ENOENT)
            r = 0; /* it has gone by itself */
        if (r >= 0 && ip->family == AF_INET)
            r = neighbour_change(net, RTM_NEWNEIGH, ifindex, ip, what, err);
    }
    return r < 0 ? r : (int)unanswered.count;
}
