/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A device's state as a whole, in the order that the kernel needs. Settings
 * come before the device goes up, as they decide what it then does. Queueing
 * disciplines come before addresses: whoever is killed in between leaves no
 * device with all addresses and no limit. Addresses come before routes. Devices
 * upon it come when it is complete.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"

#define DEPTH_MAX 4 /* devices upon devices, at most so deep */
/* As of Linux 6.3. Debian 12's headers do not have them. */
#define GSO_IPV4_MAX_SIZE 63
#define GRO_IPV4_MAX_SIZE 64
/* IFF_MULTICAST and IFF_ALLMULTI: a device may have others than it began
 * with. */
#define SETTABLE_FLAGS                                                    \
    (IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI | IFF_MULTICAST | IFF_DEBUG | \
     IFF_NOTRAILERS | IFF_DYNAMIC)

static const int settable[] = {
    IFLA_MTU,          IFLA_TXQLEN,       IFLA_GROUP,        IFLA_LINKMODE,
    IFLA_GSO_MAX_SEGS, IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE, GSO_IPV4_MAX_SIZE,
    GRO_IPV4_MAX_SIZE, IFLA_MASTER};
/* With these a device upon another one is made. */
static const int making[] = {IFLA_IFNAME, IFLA_ADDRESS, IFLA_MTU, IFLA_LINK};

static struct ifinfomsg *head_of(const struct nlmsghdr *message)
{
    return nlmsg_data(message);
}

static struct nlattr *attribute(struct nlmsghdr *message, int type)
{
    return nlmsg_find_attr(message, sizeof(struct ifinfomsg), type);
}

static int u32_of(struct nlmsghdr *message, int type)
{
    struct nlattr *value = attribute(message, type);

    return value && nla_len(value) == sizeof(uint32_t) ? (int)nla_get_u32(value)
                                                       : 0;
}

static struct nlmsghdr *link_of(const struct device_state *state)
{
    return (struct nlmsghdr *)(void *)state->link.data;
}

static struct device_state *state_new(const struct nlmsghdr *message)
{
    struct device_state *state = mem_new(sizeof(*state));

    state->link = BUF_INIT(LIMIT_DEVICE_LISTING);
    state->sysctls = BUF_INIT(LIMIT_DEVICE_SETTINGS);
    state->made = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    state->addresses = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    state->routes = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    state->neighbours = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    state->disciplines = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    buf_add(&state->link, message, message->nlmsg_len);
    state->ifindex = head_of(message)->ifi_index;
    return state;
}

void device_state_free(struct device_state *state)
{
    if (!state)
        return;
    for (size_t i = 0; i < state->upper_count; i++)
        device_state_free(state->uppers[i]);
    buf_done(&state->link);
    buf_done(&state->sysctls);
    replay_done(&state->made);
    replay_done(&state->addresses);
    replay_done(&state->routes);
    replay_done(&state->neighbours);
    replay_done(&state->disciplines);
    free(state);
}

const struct link_info *device_state_link(const struct device_state *state)
{
    return &state->info;
}

static bool is_referred_to(const struct device_state *state)
{
    return state->is_bound || state->groups.count || state->upper_count;
}

int device_state_needs_index(int netns_fd, struct device_state *state,
                             struct err *err)
{
    int r = is_referred_to(state) ? 0 : device_bound_take(netns_fd, state, err);

    return r < 0 ? r : is_referred_to(state);
}

static void keep_message(void *data, struct nlmsghdr *reply)
{
    static const char padding[NLMSG_ALIGNTO];
    struct buf *all = data;

    if (reply->nlmsg_type != RTM_NEWLINK ||
        !nlmsg_valid_hdr(reply, sizeof(struct ifinfomsg)))
        return;
    buf_add(all, reply, reply->nlmsg_len);
    buf_add(all, padding, NLMSG_ALIGN(reply->nlmsg_len) - reply->nlmsg_len);
}

static int list_links(struct net *net, struct buf *ret, struct err *err)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETLINK, NLM_F_DUMP, &head, sizeof(head));

    request_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return request_ask(net, request, keep_message, ret, err,
                       "list the devices");
}

/* The message after `previous`, or NULL. */
static struct nlmsghdr *next_link(const struct buf *links,
                                  const struct nlmsghdr *previous)
{
    size_t at = previous ? (size_t)((const char *)previous - links->data) +
                               NLMSG_ALIGN(previous->nlmsg_len)
                         : 0;

    return at < links->size ? (struct nlmsghdr *)(void *)(links->data + at)
                            : NULL;
}

/* The kernel refuses a macvlan if it is told some things that it shows itself
 * (macvlan_validate() in drivers/net/macvlan.c). */
static bool is_settable(int type)
{
    return type != IFLA_MACVLAN_MACADDR_DATA &&
           type != IFLA_MACVLAN_MACADDR_COUNT &&
           type != IFLA_MACVLAN_BC_QUEUE_LEN_USED;
}

static void put_data(struct replay *nest, const struct nlattr *kind,
                     struct nlattr *data)
{
    bool is_macvlan = strncmp(nla_data(kind), "macv", 4) == 0;
    struct replay inner = REPLAY_INIT(1);
    struct nlattr *value;
    int left;

    for_each_nested(value, left, data)
    {
        if (!is_macvlan || is_settable(nla_type(value)))
            replay_copy(&inner, value);
    }
    if (!inner.next.overflow)
        replay_put(nest, IFLA_INFO_DATA, inner.next.data, inner.next.size);
    replay_done(&inner);
}

/* Its kind and settings, without what the listing adds. */
static void put_kind(struct replay *made, struct nlmsghdr *message)
{
    struct nlattr *attrs[IFLA_INFO_MAX + 1];
    struct nlattr *info = attribute(message, IFLA_LINKINFO);
    struct replay nest = REPLAY_INIT(1);

    if (!info || nla_parse_nested(attrs, IFLA_INFO_MAX, info, NULL) < 0 ||
        !attrs[IFLA_INFO_KIND])
        return;
    replay_copy(&nest, attrs[IFLA_INFO_KIND]);
    if (attrs[IFLA_INFO_DATA])
        put_data(&nest, attrs[IFLA_INFO_KIND], attrs[IFLA_INFO_DATA]);
    if (!nest.next.overflow)
        replay_put(made, IFLA_LINKINFO, nest.next.data, nest.next.size);
    replay_done(&nest);
}

static void keep_making(struct device_state *state)
{
    struct nlmsghdr *message = link_of(state);
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_index = state->ifindex};

    replay_begin(&state->made, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head,
                 sizeof(head));
    for (size_t i = 0; i < ARRAY_LEN(making); i++) {
        struct nlattr *value = attribute(message, making[i]);
        if (value)
            replay_copy(&state->made, value);
    }
    put_kind(&state->made, message);
    replay_end(&state->made);
}

static struct device_state *take_links(const struct buf *links, int ifindex,
                                       int depth)
{
    struct device_state *state = NULL;
    struct nlmsghdr *message = NULL;

    while (!state && (message = next_link(links, message))) {
        if (head_of(message)->ifi_index == ifindex)
            state = state_new(message);
    }
    if (!state || !link_read(link_of(state), &state->info))
        return state;
    keep_making(state);
    message = NULL;
    while ((message = next_link(links, message)) && depth < DEPTH_MAX) {
        struct device_state *upper;
        if (u32_of(message, IFLA_LINK) != ifindex ||
            head_of(message)->ifi_index == ifindex ||
            attribute(message, IFLA_LINK_NETNSID) ||
            state->upper_count == LIMIT_DEVICE_UPPERS)
            continue;
        upper = take_links(links, head_of(message)->ifi_index, depth + 1);
        if (upper)
            state->uppers[state->upper_count++] = upper;
    }
    return state;
}

static int take_listed(struct net *net, struct device_state *state,
                       struct err *err)
{
    int r = device_addresses_take(net, state, err);

    if (r >= 0)
        r = device_routes_take(net, state, err);
    if (r >= 0)
        r = device_neighbours_take(net, state, err);
    if (r >= 0)
        r = device_tc_take(net, state, err);
    for (size_t i = 0; r >= 0 && i < state->upper_count; i++)
        r = take_listed(net, state->uppers[i], err);
    return r;
}

int device_state_take(struct net *net, int netns_fd, int ifindex,
                      struct device_state **ret, struct err *err)
{
    auto_buf struct buf links = BUF_INIT(16u << 20);
    auto_device_state struct device_state *state = NULL;

    int r = list_links(net, &links, err);
    if (r < 0)
        return r;
    state = take_links(&links, ifindex, 0);
    if (!state)
        return err_set(err, ENODEV, "device %d is not there any more", ifindex);
    r = take_listed(net, state, err);
    if (r >= 0)
        r = device_members_take(netns_fd, state, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(state);
    return 0;
}

int device_state_take_settings(int netns_fd, struct device_state *state,
                               struct err *err)
{
    return state->has_settings ? 0 : device_settings_take(netns_fd, state, err);
}

int device_state_free_names(struct net *net, const struct device_state *state,
                            struct err *err)
{
    struct nlattr *names = attribute(link_of(state), IFLA_PROP_LIST);
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_index = state->info.ifindex};
    struct replay one = REPLAY_INIT(LIMIT_DEVICE_LISTING);
    int r = 0;

    if (!names)
        return 0;
    replay_begin(&one, RTM_DELLINKPROP, 0, &head, sizeof(head));
    replay_copy(&one, names);
    replay_end(&one);
    const struct nlmsghdr *request = replay_next(&one, NULL);
    if (request)
        r = replay_do(net, request, RTM_DELLINKPROP, 0, err,
                      "take its names from a dead device");
    replay_done(&one);
    return r;
}

static void retarget_u32(struct nlattr *value, int from, int to)
{
    uint32_t number = (uint32_t)to;

    if (value && nla_len(value) == sizeof(number) &&
        (int)nla_get_u32(value) == from)
        memcpy(nla_data(value), &number, sizeof(number));
}

static void retarget_legs(struct nlattr *multipath, int from, int to)
{
    struct rtnexthop *hop = multipath ? nla_data(multipath) : NULL;
    int left = multipath ? nla_len(multipath) : 0;

    while (left >= (int)sizeof(*hop) && RTNH_OK(hop, left)) {
        if (hop->rtnh_ifindex == from)
            hop->rtnh_ifindex = to;
        left -= (int)NLMSG_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
}

/* In every header but that of a route the index follows the family. */
static void retarget_all(const struct replay *all, int to)
{
    struct nlmsghdr *request = NULL;

    while ((request = replay_next(all, request)))
        memcpy((char *)nlmsg_data(request) + 4, &to, sizeof(to));
}

static void forget_done(const struct replay *all)
{
    struct nlmsghdr *request = NULL;

    while ((request = replay_next(all, request)))
        request->nlmsg_seq = 0;
}

/* The state may be given once more, if the first time has failed half way. */
static void begin_again(const struct device_state *state)
{
    forget_done(&state->addresses);
    forget_done(&state->routes);
    forget_done(&state->neighbours);
    forget_done(&state->disciplines);
}

static void retarget(struct device_state *state, int to)
{
    struct nlmsghdr *route = NULL;
    int from = state->ifindex;

    if (from == to)
        return;
    retarget_all(&state->addresses, to);
    retarget_all(&state->neighbours, to);
    retarget_all(&state->disciplines, to);
    while ((route = replay_next(&state->routes, route))) {
        retarget_u32(nlmsg_find_attr(route, sizeof(struct rtmsg), RTA_OIF),
                     from, to);
        retarget_legs(
            nlmsg_find_attr(route, sizeof(struct rtmsg), RTA_MULTIPATH), from,
            to);
    }
    for (size_t i = 0; i < state->upper_count; i++) {
        struct nlmsghdr *made = replay_next(&state->uppers[i]->made, NULL);
        if (made)
            retarget_u32(attribute(made, IFLA_LINK), from, to);
    }
    state->ifindex = to;
}

static void set_link(struct net *net, int ifindex, const struct nlattr *value,
                     unsigned flags, struct replay_result *result)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_index = ifindex,
                             .ifi_flags = flags,
                             .ifi_change = value ? 0 : SETTABLE_FLAGS};
    struct replay one = REPLAY_INIT(64u << 10);
    struct err err = {0};

    replay_begin(&one, RTM_NEWLINK, 0, &head, sizeof(head));
    if (value)
        replay_copy(&one, value);
    replay_end(&one);
    const struct nlmsghdr *request = replay_next(&one, NULL);
    if (request && replay_do(net, request, RTM_NEWLINK, 0, &err,
                             "set a property of the next device") < 0)
        replay_refused(result, &err);
    replay_done(&one);
}

static bool same_value(const struct nlattr *left, const struct nlattr *right)
{
    return right && nla_len(left) == nla_len(right) &&
           memcmp(nla_data(left), nla_data(right), (size_t)nla_len(left)) == 0;
}

/* Usually nothing differs, and nothing is sent. */
static void give_link(struct net *net, struct device_state *state,
                      struct nlmsghdr *is, struct replay_result *result)
{
    struct nlmsghdr *was = link_of(state);
    unsigned flags = head_of(was)->ifi_flags & SETTABLE_FLAGS;

    for (size_t i = 0; i < ARRAY_LEN(settable); i++) {
        struct nlattr *value = attribute(was, settable[i]);
        if (value && !same_value(value, attribute(is, settable[i])))
            set_link(net, state->ifindex, value, 0, result);
    }
    if ((head_of(is)->ifi_flags & SETTABLE_FLAGS) != flags)
        set_link(net, state->ifindex, NULL, flags, result);
}

static void give_altnames(struct net *net, struct device_state *state,
                          struct replay_result *result)
{
    struct nlattr *list = attribute(link_of(state), IFLA_PROP_LIST);
    struct nlattr *name;
    int left;

    if (!list)
        return;
    for_each_nested(name, left, list)
    {
        struct err err = {0};
        if (nla_type(name) == IFLA_ALT_IFNAME &&
            link_add_altname(net, state->ifindex, nla_data(name), &err) < 0)
            replay_refused(result, &err);
    }
}

static int find_link(struct net *net, const char *name, struct buf *ret,
                     struct err *err)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETLINK, 0, &head, sizeof(head));

    request_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    request_put_text(request, IFLA_ALT_IFNAME, name);
    int r = request_ask(net, request, keep_message, ret, err,
                        "look for device '%s'", name);
    if (r >= 0 && ret->size == 0)
        return err_set(err, ENODEV, "device '%s' is not there", name);
    return r;
}

static int give_one(struct net *net, int netns_fd, const char *name,
                    struct device_state *state, struct replay_result *result,
                    struct err *err);

/* With the device beneath, the kernel has removed most of them. One that it has
 * not removed is there with all that it had. */
static int give_upper(struct net *net, int netns_fd, struct device_state *upper,
                      struct replay_result *result, struct err *err)
{
    const struct nlmsghdr *made = replay_next(&upper->made, NULL);
    struct err inner = {0};
    struct link_info there;

    int r = link_by_index(net, upper->ifindex, &there, err);
    if (r != 0 || !made)
        return r < 0 ? r : 0;
    r = replay_do(net, made, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &inner,
                  "make the device upon the next device");
    if (r < 0) {
        replay_refused(result, &inner);
        return 0;
    }
    struct nlattr *alias = attribute(link_of(upper), IFLA_IFALIAS);
    r = give_one(net, netns_fd, upper->info.name, upper, result, err);
    if (r >= 0 && alias)
        set_link(net, upper->ifindex, alias, 0, result);
    return r;
}

static int give_settings(struct net *net, int netns_fd,
                         struct device_state *state, struct nlmsghdr *is,
                         struct replay_result *result, struct err *err)
{
    struct link_info next, first;
    int r;

    if (!link_read(is, &next))
        return 0;
    if (!state->has_settings) {
        r = device_settings_differ(net, state, is, err);
        if (r > 0)
            r = link_by_index(net, state->info.ifindex, &first, err);
        if (r <= 0)
            return r; /* they do not differ, or the first device is gone */
        memcpy(state->info.name, first.name, sizeof(first.name));
        r = device_settings_take(netns_fd, state, err);
        if (r < 0)
            return r;
    }
    return device_settings_give(netns_fd, next.name, state, result, err);
}

static int give_running(struct net *net, struct device_state *state,
                        struct replay_result *result, struct err *err)
{
    int r = state->info.up ? link_set_up(net, state->ifindex, err) : 0;

    if (r < 0)
        return r;
    device_addresses_give(net, state, result);
    r = device_routes_give(net, state, result, err);
    if (r < 0)
        return r;
    replay_send(net, &state->neighbours, NULL,
                "give a neighbour to the next device", result);
    return 0;
}

void replay_lost(struct replay_result *result, const struct device_loss *loss)
{
    if (loss->count > 0 && result->refused == 0)
        result->err = loss->err;
    result->refused += loss->count;
}

void device_state_aim(struct device_state *state, int ifindex)
{
    begin_again(state);
    retarget(state, ifindex);
}

static int give_one(struct net *net, int netns_fd, const char *name,
                    struct device_state *state, struct replay_result *result,
                    struct err *err)
{
    auto_buf struct buf link = BUF_INIT(LIMIT_DEVICE_LISTING);

    int r = find_link(net, name, &link, err);
    if (r < 0)
        return r;
    struct nlmsghdr *is = (struct nlmsghdr *)(void *)link.data;
    device_state_aim(state, head_of(is)->ifi_index);
    r = give_settings(net, netns_fd, state, is, result, err);
    if (r < 0)
        return r;
    give_link(net, state, is, result);
    give_altnames(net, state, result);
    device_tc_give(net, state, result);
    device_addresses_give_local(net, state, result);
    r = give_running(net, state, result, err);
    for (size_t i = 0; r >= 0 && i < state->upper_count; i++)
        r = give_upper(net, netns_fd, state->uppers[i], result, err);
    if (r >= 0 && state->groups.count)
        r = device_groups_give(net, netns_fd, state, result, err);
    return r;
}

static unsigned left_out(const struct device_state *state)
{
    unsigned count = state->addresses.left_out + state->routes.left_out +
                     state->neighbours.left_out + state->disciplines.left_out;

    for (size_t i = 0; i < state->upper_count; i++)
        count += left_out(state->uppers[i]);
    return count;
}

int device_state_give_alias(struct net *net, const char *name,
                            const struct device_state *state, struct err *err)
{
    const struct nlattr *alias =
        state ? attribute(link_of(state), IFLA_IFALIAS) : NULL;

    return link_set_alias(net, name, alias ? nla_get_string(alias) : "", err);
}

int device_state_give(struct net *net, int netns_fd, const char *name,
                      struct device_state *state, struct device_loss *ret,
                      struct err *err)
{
    struct replay_result result = {0};
    struct err full = {0};

    int r = give_one(net, netns_fd, name, state, &result, err);
    unsigned lost = left_out(state);
    if (lost && err_set(&full, E2BIG,
                        "the device had more than %u MiB of addresses, routes "
                        "or the like",
                        LIMIT_DEVICE_LISTING >> 20) < 0)
        replay_refused(&result, &full);
    *ret =
        (struct device_loss){.count = result.refused + lost, .err = result.err};
    return r;
}
