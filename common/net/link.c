/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Looks devices up, and changes them.
 *
 * To look one up costs one message each way: nobody builds a cache of all
 * devices. Changes that belong together go into one message, because every
 * event in the host's namespace makes ovs-vswitchd walk over all its ports.
 */
#include "ovsint/net/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/route/link/veth.h>
#include <stdio.h>
#include <string.h>

#include "common/net/by_hand.h"
#include "common/net/object.h"

#define ALTNAME_SIZE 128 /* ALTIFNAMSIZ */

bool link_read(struct nlmsghdr *message, struct link_info *ret)
{
    if (message->nlmsg_type != RTM_NEWLINK &&
        message->nlmsg_type != RTM_DELLINK)
        return false;
    return by_hand_read_link(message, ret);
}

static void keep_link(void *data, struct nlmsghdr *reply)
{
    (void)link_read(reply, data);
}

/* `what` is looked for: "device 'eth0'". */
static int link_look(struct net *net, struct nl_msg *request, const char *what,
                     struct link_info *ret, struct err *err)
{
    struct link_info info = {0};
    struct err inner = {0};

    int r = request_ask(net, request, keep_link, &info, &inner, "look for %s",
                        what);
    if (r == -ENODEV)
        return 0;
    if (r < 0) {
        *err = inner;
        return r;
    }
    if (info.ifindex == 0)
        return err_set(err, EPROTO,
                       "look for %s: the kernel's answer names no device",
                       what);
    *ret = info;
    return 1;
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    auto_request struct nl_msg *request = by_hand_link_question(0, name, 0);
    char what[ERR_TEXT_SIZE];

    snprintf(what, sizeof(what), "device '%s'", name);
    return link_look(net, request, what, ret, err);
}

int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err)
{
    auto_request struct nl_msg *request =
        by_hand_link_question(ifindex, NULL, 0);
    char what[ERR_TEXT_SIZE];

    snprintf(what, sizeof(what), "device %d", ifindex);
    return link_look(net, request, what, ret, err);
}

struct link_listing {
    link_visit *visit;
    void *data;
};

static void show_link(void *data, struct nlmsghdr *reply)
{
    const struct link_listing *listing = data;
    struct link_info info;

    if (link_read(reply, &info))
        listing->visit(listing->data, &info);
}

int link_each(struct net *net, link_visit *visit, void *data, struct err *err)
{
    auto_request struct nl_msg *request =
        by_hand_link_question(0, NULL, NLM_F_DUMP);
    struct link_listing listing = {.visit = visit, .data = data};

    return request_ask(net, request, show_link, &listing, err,
                       "list the devices");
}

/* All that is set in `changes`, in one request. */
static struct nl_msg *change(int ifindex, struct rtnl_link *changes)
{
    auto_rtnl_link struct rtnl_link *link = object_new(rtnl_link_alloc());
    struct nl_msg *request;

    rtnl_link_set_ifindex(link, ifindex);
    object_must(rtnl_link_build_change_request(link, changes, 0, &request));
    return request;
}

static void set_mac(struct rtnl_link *link, const struct mac *mac)
{
    auto_nl_addr struct nl_addr *addr = object_mac(mac);

    rtnl_link_set_addr(link, addr);
}

int link_move_in(struct net *host, int ifindex, int netns_fd,
                 const struct link_move *move, struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_set_ns_fd(changes, netns_fd);
    if (move->mac)
        set_mac(changes, move->mac);
    if (move->mtu)
        rtnl_link_set_mtu(changes, move->mtu);
    if (move->up)
        rtnl_link_set_flags(changes, IFF_UP);
    rtnl_link_unset_flags(changes, IFF_PROMISC);
    if (move->unfinished)
        rtnl_link_set_ifalias(changes, LINK_UNFINISHED);
    auto_request struct nl_msg *request = change(ifindex, changes);
    if (move->index)
        by_hand_put_index(request, move->index);
    return request_do(host, request, err,
                      "move device %d into the other namespace", ifindex);
}

/* Without an index the kernel goes by the name, and renames nothing. */
int link_set_alias(struct net *net, const char *name, const char *alias,
                   struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_set_name(changes, name);
    rtnl_link_set_ifalias(changes, alias);
    auto_request struct nl_msg *request = change(0, changes);
    return request_do(net, request, err, "set the alias of device '%s'", name);
}

int link_set_up(struct net *net, int ifindex, struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_set_flags(changes, IFF_UP);
    auto_request struct nl_msg *request = change(ifindex, changes);
    return request_do(net, request, err, "set device %d up", ifindex);
}

int link_set_down(struct net *net, int ifindex, struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_unset_flags(changes, IFF_UP);
    auto_request struct nl_msg *request = change(ifindex, changes);
    return request_do(net, request, err, "set device %d down", ifindex);
}

int link_set_mtu(struct net *net, int ifindex, unsigned mtu, struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_set_mtu(changes, mtu);
    auto_request struct nl_msg *request = change(ifindex, changes);
    return request_do(net, request, err, "set the MTU of device %d to %u",
                      ifindex, mtu);
}

int link_set_mac(struct net *net, int ifindex, const struct mac *mac,
                 struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());
    char text[MAC_TEXT_SIZE];

    set_mac(changes, mac);
    mac_format(mac, text);
    auto_request struct nl_msg *request = change(ifindex, changes);
    return request_do(net, request, err, "set the MAC of device %d to %s",
                      ifindex, text);
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
        by_hand_altname(RTM_NEWLINKPROP, ifindex, altname);

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
        by_hand_altname(RTM_DELLINKPROP, ifindex, altname);

    return request_do(net, request, err, "take the name '%s' from device %d",
                      altname, ifindex);
}

/* The peer is an object within the object. */
static void describe_peer(struct rtnl_link *link, const struct link_veth *veth,
                          int netns_fd)
{
    auto_rtnl_link struct rtnl_link *peer = rtnl_link_veth_get_peer(link);

    rtnl_link_set_name(peer, veth->peer_name);
    rtnl_link_set_ns_fd(peer, netns_fd);
    if (veth->peer_mac)
        set_mac(peer, veth->peer_mac);
    if (veth->mtu)
        rtnl_link_set_mtu(peer, veth->mtu);
}

int link_create_veth(struct net *host, const struct link_veth *veth,
                     int peer_netns_fd, struct err *err)
{
    auto_rtnl_link struct rtnl_link *link = object_new(rtnl_link_veth_alloc());
    auto_request struct nl_msg *request = NULL;

    rtnl_link_set_name(link, veth->name);
    if (veth->mtu)
        rtnl_link_set_mtu(link, veth->mtu);
    if (veth->up)
        rtnl_link_set_flags(link, IFF_UP);
    describe_peer(link, veth, peer_netns_fd);
    object_must(
        rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &request));
    return request_do(host, request, err, "create the veth pair '%s' and '%s'",
                      veth->name, veth->peer_name);
}

int link_delete(struct net *net, int ifindex, struct err *err)
{
    auto_rtnl_link struct rtnl_link *link = object_new(rtnl_link_alloc());
    auto_request struct nl_msg *request = NULL;

    rtnl_link_set_ifindex(link, ifindex);
    object_must(rtnl_link_build_delete_request(link, &request));
    return request_do(net, request, err, "delete device %d", ifindex);
}

static int try_rename(struct net *net, int ifindex, const char *name,
                      struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());

    rtnl_link_set_name(changes, name);
    auto_request struct nl_msg *request = change(ifindex, changes);
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
    /* Sets it up again in either case. The first error is reported. */
    int raised = link_set_up(net, ifindex, r < 0 ? &ignored : err);
    return r < 0 ? r : raised;
}

/* Before Linux 6.2 a device that is up cannot be renamed (dev_change_name() in
 * net/core/dev.c), and the kernel handles the name before the flags: there it
 * takes two requests. */
int link_rename_down(struct net *net, int ifindex, const char *name,
                     struct err *err)
{
    auto_rtnl_link struct rtnl_link *changes = object_new(rtnl_link_alloc());
    struct err busy = {0};

    rtnl_link_unset_flags(changes, IFF_UP);
    rtnl_link_set_name(changes, name);
    auto_request struct nl_msg *request = change(ifindex, changes);
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
