/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing devices. Whatever belongs together goes into one message, as every
 * event in the host's namespace makes the switch walk over all its ports.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "common/net/request.h"
#include "ovsint/base/buf.h"
#include "ovsint/net/link.h"

#define ALTNAME_SIZE 128 /* ALTIFNAMSIZ */

static struct nl_msg *change(int type, int ifindex)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};

    return request_new(type, 0, &head, sizeof(head));
}

/* Without the change mask a request leaves the flags alone. */
static struct nl_msg *change_flags(int ifindex, unsigned flags)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_index = ifindex,
                             .ifi_flags = flags,
                             .ifi_change = IFF_UP};

    return request_new(RTM_NEWLINK, 0, &head, sizeof(head));
}

static void put_mac(struct nl_msg *request, const struct mac *mac)
{
    request_put(request, IFLA_ADDRESS, mac->bytes, sizeof(mac->bytes));
}

int link_move_in(struct net *host, int ifindex, int netns_fd,
                 const struct link_move *move, struct err *err)
{
    auto_request struct nl_msg *request =
        move->up ? change_flags(ifindex, IFF_UP) : change(RTM_NEWLINK, ifindex);

    request_put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    if (move->mac)
        put_mac(request, move->mac);
    if (move->mtu)
        request_put_u32(request, IFLA_MTU, move->mtu);
    if (move->index)
        request_put_u32(request, IFLA_NEW_IFINDEX, (uint32_t)move->index);
    return request_do(host, request, err,
                      "move device %d into the other namespace", ifindex);
}

int link_set_up(struct net *net, int ifindex, struct err *err)
{
    auto_request struct nl_msg *request = change_flags(ifindex, IFF_UP);

    return request_do(net, request, err, "set device %d up", ifindex);
}

int link_set_down(struct net *net, int ifindex, struct err *err)
{
    auto_request struct nl_msg *request = change_flags(ifindex, 0);

    return request_do(net, request, err, "set device %d down", ifindex);
}

int link_set_mtu(struct net *net, int ifindex, unsigned mtu, struct err *err)
{
    auto_request struct nl_msg *request = change(RTM_NEWLINK, ifindex);

    request_put_u32(request, IFLA_MTU, mtu);
    return request_do(net, request, err, "set the MTU of device %d to %u",
                      ifindex, mtu);
}

int link_set_mac(struct net *net, int ifindex, const struct mac *mac,
                 struct err *err)
{
    auto_request struct nl_msg *request = change(RTM_NEWLINK, ifindex);
    char text[MAC_TEXT_SIZE];

    put_mac(request, mac);
    mac_format(mac, text);
    return request_do(net, request, err, "set the MAC of device %d to %s",
                      ifindex, text);
}

static struct nl_msg *altname_request(int type, int ifindex,
                                      const char *altname)
{
    struct nl_msg *request = change(type, ifindex);
    struct nlattr *list = request_nest(request, IFLA_PROP_LIST);

    request_put_text(request, IFLA_ALT_IFNAME, altname);
    request_nest_end(request, list);
    return request;
}

static int check_altname(const char *altname, struct err *err)
{
    size_t len = strlen(altname);

    if (len == 0 || len >= ALTNAME_SIZE)
        return err_set(err, EINVAL, "an altname has 1 to %d bytes, not %zu",
                       ALTNAME_SIZE - 1, len);
    return 0;
}

int link_add_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err)
{
    int r = check_altname(altname, err);
    if (r < 0)
        return r;
    auto_request struct nl_msg *request =
        altname_request(RTM_NEWLINKPROP, ifindex, altname);

    return request_do(net, request, err, "name device %d '%s' as well", ifindex,
                      altname);
}

int link_del_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err)
{
    int r = check_altname(altname, err);
    if (r < 0)
        return r;
    auto_request struct nl_msg *request =
        altname_request(RTM_DELLINKPROP, ifindex, altname);

    return request_do(net, request, err, "take the name '%s' from device %d",
                      altname, ifindex);
}

/* A veth's peer is described by a message within the message. */
static void put_peer(struct nl_msg *request, const struct link_veth *veth,
                     int netns_fd)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    struct nlattr *info = request_nest(request, IFLA_LINKINFO);

    request_put_text(request, IFLA_INFO_KIND, "veth");
    struct nlattr *data = request_nest(request, IFLA_INFO_DATA);
    struct nlattr *peer = request_nest(request, VETH_INFO_PEER);
    if (nlmsg_append(request, &head, sizeof(head), NLMSG_ALIGNTO) < 0)
        mem_exhausted();
    request_put_text(request, IFLA_IFNAME, veth->peer_name);
    request_put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    if (veth->peer_mac)
        put_mac(request, veth->peer_mac);
    if (veth->mtu)
        request_put_u32(request, IFLA_MTU, veth->mtu);
    request_nest_end(request, peer);
    request_nest_end(request, data);
    request_nest_end(request, info);
}

int link_create_veth(struct net *host, const struct link_veth *veth,
                     int peer_netns_fd, struct err *err)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};

    if (veth->up) {
        head.ifi_flags = IFF_UP;
        head.ifi_change = IFF_UP;
    }
    auto_request struct nl_msg *request = request_new(
        RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    request_put_text(request, IFLA_IFNAME, veth->name);
    if (veth->mtu)
        request_put_u32(request, IFLA_MTU, veth->mtu);
    put_peer(request, veth, peer_netns_fd);
    return request_do(host, request, err, "create the veth pair '%s' and '%s'",
                      veth->name, veth->peer_name);
}

int link_delete(struct net *net, int ifindex, struct err *err)
{
    auto_request struct nl_msg *request = change(RTM_DELLINK, ifindex);

    return request_do(net, request, err, "delete device %d", ifindex);
}

static int try_rename(struct net *net, int ifindex, const char *name,
                      struct err *err)
{
    auto_request struct nl_msg *request = change(RTM_NEWLINK, ifindex);

    request_put_text(request, IFLA_IFNAME, name);
    return request_do(net, request, err, "rename device %d to '%s'", ifindex,
                      name);
}

int link_rename(struct net *net, int ifindex, const char *name, struct err *err)
{
    struct err busy = {0}, ignored = {0};

    int r = try_rename(net, ifindex, name, &busy);
    if (r != -EBUSY) {
        if (r < 0)
            *err = busy;
        return r;
    }
    r = link_set_down(net, ifindex, err);
    if (r < 0)
        return r;
    r = try_rename(net, ifindex, name, err);
    /* Up again in either case; the first error is the one to tell. */
    int raised = link_set_up(net, ifindex, r < 0 ? &ignored : err);
    return r < 0 ? r : raised;
}

/* Before Linux 6.2 a device that is up cannot be renamed (dev_change_name() in
 * net/core/dev.c), and the name comes before the flags. */
int link_lay_aside(struct net *net, int ifindex, const char *name,
                   struct err *err)
{
    auto_request struct nl_msg *request = change_flags(ifindex, 0);
    struct err busy = {0};

    request_put_text(request, IFLA_IFNAME, name);
    int r = request_do(net, request, &busy, "set device %d down as '%s'",
                       ifindex, name);
    if (r != -EBUSY) {
        if (r < 0)
            *err = busy;
        return r;
    }
    r = link_set_down(net, ifindex, err);
    return r < 0 ? r : try_rename(net, ifindex, name, err);
}
