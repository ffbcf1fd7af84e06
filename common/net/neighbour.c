/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A dump of the table, and one entry of it. */
#include "ovsint/net/neighbour.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/object.h"

struct dump {
    int ifindex;
    struct neighbours *awaited;
};

static void note(void *data, struct nlmsghdr *reply)
{
    const struct dump *dump = data;
    struct neighbours *awaited = dump->awaited;

    if (reply->nlmsg_type != RTM_NEWNEIGH ||
        awaited->count == NEIGHBOURS_AWAITED)
        return;
    auto_rtnl_neigh struct rtnl_neigh *object = object_read(reply);
    if (!object || rtnl_neigh_get_ifindex(object) != dump->ifindex ||
        !(rtnl_neigh_get_state(object) & NUD_INCOMPLETE))
        return;
    struct ip ip = object_to_ip(rtnl_neigh_get_dst(object));
    if (ip.family != AF_UNSPEC)
        awaited->ip[awaited->count++] = ip;
}

int neighbours_awaited(struct net *net, int ifindex, struct neighbours *ret,
                       struct err *err)
{
    struct dump dump = {.ifindex = ifindex, .awaited = ret};
    struct ndmsg head = {.ndm_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));

    ret->count = 0;
    request_put_u32(request, NDA_IFINDEX, (uint32_t)ifindex);
    return request_ask(net, request, note, &dump, err,
                       "list the neighbours on device %d", ifindex);
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
