/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel does not ask earlier for an entry that it waits for, whatever it
 * is told (__neigh_event_send() in net/core/neighbour.c), but does for a new
 * one. So the entry goes. An IPv4 one comes back by NTF_USE; without a packet
 * an IPv6 one would ask from the link-local address, which a fresh device may
 * not use yet (ndisc_send_ns() in net/ipv6/ndisc.c), and then wait in vain.
 */
#include "ovsint/net/neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/request.h"

/* More than a container talks to at once; who is left out waits a second. */
#define ASKED_AT_ONCE 64

struct unanswered {
    int ifindex;
    struct ip ip[ASKED_AT_ONCE];
    size_t count;
};

static void note(void *data, struct nlmsghdr *reply)
{
    struct unanswered *unanswered = data;
    struct nlattr *attrs[NDA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWNEIGH ||
        !nlmsg_valid_hdr(reply, sizeof(struct ndmsg)))
        return;
    const struct ndmsg *head = nlmsg_data(reply);
    if (head->ndm_ifindex != unanswered->ifindex ||
        !(head->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) ||
        unanswered->count == ASKED_AT_ONCE)
        return;
    reply_parse(reply, sizeof(*head), attrs, NDA_MAX);
    struct ip ip = reply_ip(head->ndm_family, attrs[NDA_DST]);
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
    bool is_new = type == RTM_NEWNEIGH;
    struct ndmsg head = {.ndm_family = (uint8_t)ip->family,
                         .ndm_ifindex = ifindex,
                         .ndm_flags = is_new ? NTF_USE : 0};
    char text[IP_TEXT_SIZE];

    ip_format(ip, text);
    auto_request struct nl_msg *request =
        request_new(type, is_new ? NLM_F_CREATE : 0, &head, sizeof(head));
    request_put_ip(request, NDA_DST, ip);
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
            r = 0; /* gone by itself */
        if (r >= 0 && ip->family == AF_INET)
            r = neighbour_change(net, RTM_NEWNEIGH, ifindex, ip, what, err);
    }
    return r < 0 ? r : (int)unanswered.count;
}
