/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The parts of a device's state that belong to IP, by the files that read and
 * give them. As text each request is a row of hexadecimal digits.
 */
#include "ovsint/net/device_ip.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"

struct device_ip {
    struct device_state state;
};

static struct device_ip *device_ip_new(int ifindex)
{
    struct device_ip *ip = mem_new(sizeof(*ip));

    ip->state.ifindex = ifindex;
    ip->state.addresses = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    ip->state.routes = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    ip->state.neighbours = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    return ip;
}

void device_ip_free(struct device_ip *ip)
{
    if (!ip)
        return;
    replay_done(&ip->state.addresses);
    replay_done(&ip->state.routes);
    replay_done(&ip->state.neighbours);
    free(ip);
}

/* A label is the name of the device, unless somebody has chosen one, which then
 * has a colon. The kernel labels an address that comes without one. */
static void drop_labels(struct replay *addresses)
{
    struct replay kept = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    struct nlmsghdr *request = NULL;
    struct nlattr *attribute;
    int left;

    while ((request = replay_next(addresses, request))) {
        const size_t head = sizeof(struct ifaddrmsg);
        replay_begin(&kept, request->nlmsg_type, request->nlmsg_flags,
                     nlmsg_data(request), head);
        for_each_attribute(attribute, left, request, head)
        {
            if (nla_type(attribute) != IFA_LABEL ||
                strchr(nla_get_string(attribute), ':'))
                replay_copy(&kept, attribute);
        }
        replay_end(&kept);
    }
    replay_done(addresses);
    *addresses = kept;
}

int device_ip_take(struct net *net, int ifindex, struct device_ip **ret,
                   struct err *err)
{
    auto_device_ip struct device_ip *ip = device_ip_new(ifindex);

    int r = device_addresses_take(net, &ip->state, err);
    if (r >= 0)
        r = device_routes_take(net, &ip->state, err);
    if (r >= 0)
        r = device_neighbours_take(net, &ip->state, err);
    if (r < 0)
        return r;
    if (ip->state.addresses.left_out + ip->state.routes.left_out +
        ip->state.neighbours.left_out)
        return err_set(err, E2BIG,
                       "device %d has more than %u MiB of addresses, routes or "
                       "neighbours",
                       ifindex, LIMIT_DEVICE_LISTING >> 20);
    drop_labels(&ip->state.addresses);
    *ret = TAKE_PTR(ip);
    return 0;
}

/* Text. */

static void write_all(const struct replay *all, struct buf *ret)
{
    static const char digits[] = "0123456789abcdef";
    struct nlmsghdr *request = NULL;

    while ((request = replay_next(all, request))) {
        const uint8_t *bytes = (const uint8_t *)request;
        char *to = buf_reserve(ret, 2 * (size_t)request->nlmsg_len + 1);
        if (!to)
            return;
        for (size_t i = 0; i < request->nlmsg_len; i++) {
            *to++ = digits[bytes[i] >> 4];
            *to++ = digits[bytes[i] & 0xf];
        }
        *to = ',';
        buf_grew(ret, 2 * (size_t)request->nlmsg_len + 1);
    }
}

void device_ip_write(const struct device_ip *ip, struct buf *ret)
{
    write_all(&ip->state.addresses, ret);
    write_all(&ip->state.routes, ret);
    write_all(&ip->state.neighbours, ret);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of the text up to a comma, or NULL. */
static const char *read_one(const char *text, struct buf *ret)
{
    buf_clear(ret);
    for (; text[0] && text[0] != ','; text += 2) {
        int high = digit_of(text[0]), low = digit_of(text[1]);
        if (high < 0 || low < 0)
            return NULL;
        uint8_t byte = (uint8_t)(high << 4 | low);
        buf_add(ret, &byte, 1);
    }
    return text[0] == ',' && !ret->overflow ? text + 1 : NULL;
}

/* The list that a request belongs to, and the size of its header. */
static struct replay *list_of(struct device_ip *ip,
                              const struct nlmsghdr *request, size_t *ret_head)
{
    switch (request->nlmsg_type) {
    case RTM_NEWADDR:
        *ret_head = sizeof(struct ifaddrmsg);
        return &ip->state.addresses;
    case RTM_NEWROUTE:
        *ret_head = sizeof(struct rtmsg);
        return &ip->state.routes;
    case RTM_NEWNEIGH:
        *ret_head = sizeof(struct ndmsg);
        return &ip->state.neighbours;
    default:
        return NULL;
    }
}

static bool take_request(struct device_ip *ip, const struct buf *bytes)
{
    const struct nlmsghdr *request =
        (const struct nlmsghdr *)(const void *)bytes->data;
    struct nlattr *attribute;
    struct replay *all;
    size_t head;
    int left;

    if (bytes->size < sizeof(*request) || request->nlmsg_len != bytes->size ||
        request->nlmsg_len % NLMSG_ALIGNTO != 0)
        return false;
    all = list_of(ip, request, &head);
    if (!all || !nlmsg_valid_hdr(request, (int)head))
        return false;
    replay_begin(all, request->nlmsg_type,
                 request->nlmsg_flags &
                     (NLM_F_CREATE | NLM_F_APPEND | NLM_F_REPLACE),
                 nlmsg_data(request), head);
    for_each_attribute(attribute, left, request, head)
        replay_copy(all, attribute);
    replay_end(all);
    return true;
}

/* The index that the requests name: where the first address or neighbour has
 * it. A route may have several. */
static int index_of(const struct device_ip *ip)
{
    const struct nlmsghdr *first = replay_next(&ip->state.addresses, NULL);
    const struct nlmsghdr *route = NULL;
    int ifindex = 0;

    if (first)
        memcpy(&ifindex, (char *)nlmsg_data(first) + 4, sizeof(ifindex));
    while (!ifindex && (route = replay_next(&ip->state.routes, route))) {
        struct nlattr *out = nlmsg_find_attr(
            (struct nlmsghdr *)(uintptr_t)route, sizeof(struct rtmsg), RTA_OIF);
        if (out && nla_len(out) == sizeof(uint32_t))
            ifindex = (int)nla_get_u32(out);
    }
    return ifindex;
}

int device_ip_read(const char *text, struct device_ip **ret, struct err *err)
{
    auto_device_ip struct device_ip *ip = device_ip_new(0);
    auto_buf struct buf bytes = BUF_INIT(64u << 10);

    while (text && *text) {
        text = read_one(text, &bytes);
        if (!text || !take_request(ip, &bytes))
            return err_set(err, EINVAL,
                           "this is no list of addresses, routes and "
                           "neighbours");
    }
    ip->state.ifindex = index_of(ip);
    *ret = TAKE_PTR(ip);
    return 0;
}

/* Link-local addresses. */

static bool is_local(const struct nlmsghdr *request)
{
    const struct ifaddrmsg *head = nlmsg_data(request);

    return head->ifa_family == AF_INET6 && head->ifa_scope == RT_SCOPE_LINK;
}

static void copy_addresses(struct replay *ret, const struct replay *from,
                           bool local)
{
    const struct nlmsghdr *request = NULL;

    while ((request = replay_next(from, request))) {
        if (is_local(request) != local)
            continue;
        buf_clear(&ret->next);
        buf_add(&ret->next, request, request->nlmsg_len);
        replay_end(ret);
    }
}

void device_ip_take_local(struct device_ip *ip, const struct device_ip *other)
{
    struct replay merged = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    struct nlmsghdr *request = NULL;

    copy_addresses(&merged, &ip->state.addresses, false);
    copy_addresses(&merged, &other->state.addresses, true);
    while ((request = replay_next(&merged, request)))
        memcpy((char *)nlmsg_data(request) + 4, &ip->state.ifindex,
               sizeof(ip->state.ifindex));
    replay_done(&ip->state.addresses);
    ip->state.addresses = merged;
}

/* Counting. */

static const struct rtmsg *route_of(const struct nlmsghdr *request)
{
    return nlmsg_data(request);
}

struct device_ip_count device_ip_count(const struct device_ip *ip)
{
    struct device_ip_count count = {0};
    const struct nlmsghdr *at = NULL;

    while ((at = replay_next(&ip->state.addresses, at))) {
        count.addresses++;
        count.global += !is_local(at);
    }
    while ((at = replay_next(&ip->state.routes, at)))
        count.routes += route_of(at)->rtm_protocol != RTPROT_KERNEL;
    while ((at = replay_next(&ip->state.neighbours, at)))
        count.neighbours++;
    return count;
}

/* Giving. */

static struct device_loss loss_of(const struct replay_result *result)
{
    return (struct device_loss){.count = result->refused, .err = result->err};
}

int device_ip_give_addresses(struct net *net, int ifindex, struct device_ip *ip,
                             struct device_loss *ret, struct err *err)
{
    struct replay_result result = {0};

    (void)err;
    device_state_aim(&ip->state, ifindex);
    device_addresses_give(net, &ip->state, &result);
    *ret = loss_of(&result);
    return 0;
}

int device_ip_give_routes(struct net *net, int ifindex, struct device_ip *ip,
                          struct device_loss *ret, struct err *err)
{
    struct replay_result result = {0};

    device_state_aim(&ip->state, ifindex);
    int r = device_routes_give(net, &ip->state, &result, err);
    if (r < 0)
        return r;
    replay_send(net, &ip->state.neighbours, NULL,
                "give a neighbour to the next device", &result);
    *ret = loss_of(&result);
    return 0;
}

/* Taking away. */

/* Routes that the kernel has made for an address go with it. */
static int remove_routes(struct net *net, const struct replay *routes,
                         struct err *err)
{
    const struct nlmsghdr *route = NULL;

    while ((route = replay_next(routes, route))) {
        if (route_of(route)->rtm_protocol == RTPROT_KERNEL)
            continue;
        int r = replay_do(net, route, RTM_DELROUTE, 0, err, "remove a route");
        if (r < 0 && r != -ESRCH && r != -ENOENT)
            return r;
    }
    return 0;
}

static int remove_each(struct net *net, const struct replay *all, int type,
                       const char *what, struct err *err)
{
    const struct nlmsghdr *request = NULL;

    while ((request = replay_next(all, request))) {
        int r = replay_do(net, request, type, 0, err, what);
        if (r < 0 && r != -EADDRNOTAVAIL && r != -ENOENT)
            return r;
    }
    return 0;
}

int device_ip_strip(struct net *net, int ifindex, struct err *err)
{
    auto_device_ip struct device_ip *is = NULL;

    int r = device_ip_take(net, ifindex, &is, err);
    if (r >= 0)
        r = remove_routes(net, &is->state.routes, err);
    if (r >= 0)
        r = remove_each(net, &is->state.neighbours, RTM_DELNEIGH,
                        "remove a neighbour", err);
    if (r >= 0)
        r = remove_each(net, &is->state.addresses, RTM_DELADDR,
                        "remove an address", err);
    return r;
}
