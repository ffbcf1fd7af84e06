/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From messages to objects. libnl-route has a parser for each type of message.
 * Its public function for them takes a message of libnl's own: hence the
 * copy.
 */
#include "common/net/object.h"

#include <netlink/object.h>
#include <string.h>
#include <sys/socket.h>

static void keep_object(struct nl_object *object, void *data)
{
    struct nl_object **ret = data;

    nl_object_get(object);
    *ret = object;
}

void *object_read(struct nlmsghdr *message)
{
    auto_request struct nl_msg *copy = object_new(nlmsg_convert(message));
    struct nl_object *object = NULL;

    nlmsg_set_proto(copy, NETLINK_ROUTE);
    return nl_msg_parse(copy, keep_object, &object) < 0 ? NULL : object;
}

void *object_new(void *allocated)
{
    if (!allocated)
        mem_exhausted();
    return allocated;
}

void object_must(int r)
{
    if (r < 0)
        mem_exhausted();
}

struct nl_addr *object_ip(const struct ip *ip, unsigned len)
{
    if (ip->family == AF_UNSPEC)
        return NULL;
    struct nl_addr *addr =
        object_new(nl_addr_build(ip->family, ip->bytes, ip_bits(ip) / 8));
    nl_addr_set_prefixlen(addr, (int)len);
    return addr;
}

struct nl_addr *object_mac(const struct mac *mac)
{
    return object_new(nl_addr_build(AF_LLC, mac->bytes, sizeof(mac->bytes)));
}

struct ip object_to_ip(const struct nl_addr *addr)
{
    struct ip ip = {.family = addr ? nl_addr_get_family(addr) : AF_UNSPEC};

    if (ip_bits(&ip) == 0 || nl_addr_get_len(addr) != ip_bits(&ip) / 8)
        return (struct ip){0};
    memcpy(ip.bytes, nl_addr_get_binary_addr(addr), ip_bits(&ip) / 8);
    return ip;
}
