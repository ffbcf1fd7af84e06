/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sockets, and a device that is replaced. A socket that is bound to the device
 * knows its number: it works again if the next device has that number. A socket
 * that has joined a group still believes to be a member (ip_mc_destroy_dev() in
 * net/ipv4/igmp.c drops the device's list, not the socket's), but the next
 * device does not listen to the group. So the socket has to leave and join
 * again. Only a process that has the socket can do that, so we borrow it from
 * its process for a moment (pidfd_getfd(2)).
 *
 * Groups that sockets have joined and packet sockets are read from files of
 * /proc/net, which show the namespace of the thread that opens them. Sockets
 * that are bound to the device are asked for by sock_diag(7).
 *
 * Pitfall: leaving decrements the device's count of users of a group, also when
 * another socket has joined it again already. So all sockets leave before any
 * of them joins.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

#include "common/net/device_state.h"
#include "common/net/netns_visit.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/net/inside.h"
#include "ovsint/net/netns.h"

#define MEMBERSHIPS_MAX 256
#define SOCKETS_MAX 4096 /* that are looked at in one namespace */
#define SOURCES_MAX 64   /* of one membership */
#define PATH_SIZE 64
#define TABLE_SIZE (4u << 20) /* of /proc/net/igmp and similar files */

static void note_group(struct device_state *state, const struct ip *ip)
{
    if (state->groups.count < LIMIT_DEVICE_GROUPS)
        state->groups.ip[state->groups.count++] = *ip;
}

/* Does the kernel itself join this group on each device? */
static bool is_the_kernels(const struct ip *ip)
{
    static const uint8_t all_hosts[] = {224, 0, 0, 1};
    static const uint8_t solicited[] = {0xff, 2, 0, 0, 0, 0,   0,
                                        0,    0, 0, 0, 1, 0xff};

    if (ip->family == AF_INET)
        return memcmp(ip->bytes, all_hosts, sizeof(all_hosts)) == 0;
    if (memcmp(ip->bytes, solicited, sizeof(solicited)) == 0)
        return true;
    /* all nodes; and all routers, if it forwards */
    for (size_t i = 2; i < 15; i++) {
        if (ip->bytes[i])
            return false;
    }
    return ip->bytes[15] == 1 || ip->bytes[15] == 2;
}

/* A line for the device, then one for each group, which begins with a tab. */
static void see_igmp(struct device_state *state, const char *line, int *index)
{
    struct ip ip = {.family = AF_INET};
    unsigned group;

    if (*line != '\t') {
        if (sscanf(line, "%d", index) != 1)
            *index = 0;
        return;
    }
    if (*index != state->ifindex || sscanf(line, " %8x", &group) != 1)
        return;
    uint32_t bytes = group;
    memcpy(ip.bytes, &bytes, sizeof(bytes));
    if (!is_the_kernels(&ip))
        note_group(state, &ip);
}

static void see_igmp6(struct device_state *state, const char *line, int *index)
{
    struct ip ip = {.family = AF_INET6};
    char text[33];

    if (sscanf(line, "%d %*s %32[0-9a-f]", index, text) != 2 ||
        *index != state->ifindex || strlen(text) != 32)
        return;
    for (size_t i = 0; i < 16; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return;
        ip.bytes[i] = (uint8_t)byte;
    }
    if (!is_the_kernels(&ip))
        note_group(state, &ip);
}

static void see_packet(struct device_state *state, const char *line, int *index)
{
    if (sscanf(line, "%*s %*d %*d %*x %d", index) == 1 &&
        *index == state->ifindex)
        state->is_bound = true;
}

typedef void see_line(struct device_state *state, const char *line, int *index);

/* If the kernel has no IPv6 or no packet sockets, there is no such file. */
static int take_table(struct device_state *state, int netns_fd,
                      enum helper_file file, see_line *see, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(TABLE_SIZE);
    auto_close int fd = inside_file(netns_fd, file, err);
    int index = 0;

    if (fd == -ENOENT)
        return 0;
    int r = fd < 0 ? fd
                   : io_read_all(fd, "what sockets have joined",
                                 deadline_in(NET_TIMEOUT_MS), &text, err);
    if (r < 0)
        return r;
    for (const char *line = buf_text(&text); *line;) {
        const char *end = strchr(line, '\n');
        see(state, line, &index);
        line = end ? end + 1 : "";
    }
    return 0;
}

int device_members_take(int netns_fd, struct device_state *state,
                        struct err *err)
{
    int r = take_table(state, netns_fd, HELPER_IGMP, see_igmp, err);

    if (r >= 0)
        r = take_table(state, netns_fd, HELPER_IGMP6, see_igmp6, err);
    if (r >= 0)
        r = take_table(state, netns_fd, HELPER_PACKET, see_packet, err);
    for (size_t i = 0; r >= 0 && i < state->upper_count; i++)
        r = device_members_take(netns_fd, state->uppers[i], err);
    return r;
}

static void note_bound(void *data, struct nlmsghdr *reply)
{
    bool *is_bound = data;

    if (reply->nlmsg_type == SOCK_DIAG_BY_FAMILY)
        *is_bound = true;
}

/* Of TCP only listening sockets are asked for: the kernel walks the whole table
 * of the others, which is as large as the host's memory makes it. */
static int ask_bound(struct net *diag, uint8_t family, uint8_t protocol,
                     struct device_state *state, struct err *err)
{
    struct inet_diag_req_v2 head = {
        .sdiag_family = family,
        .sdiag_protocol = protocol,
        .idiag_states = protocol == IPPROTO_TCP ? 1u << 10 : ~0u};
    struct {
        struct inet_diag_bc_op op;
        uint32_t ifindex;
    } filter = {.op = {.code = INET_DIAG_BC_DEV_COND,
                       .yes = sizeof(filter),
                       .no = sizeof(filter) + 4},
                .ifindex = (uint32_t)state->ifindex};
    struct err inner = {0};

    auto_request struct nl_msg *request =
        request_new(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &head, sizeof(head));
    request_put(request, INET_DIAG_REQ_BYTECODE, &filter, sizeof(filter));
    int r = request_ask(diag, request, note_bound, &state->is_bound, &inner,
                        "list the sockets bound to device %d", state->ifindex);
    if (r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP)
        return 0; /* a kernel that cannot tell */
    if (r < 0)
        *err = inner;
    return r;
}

static int open_diag(void *data, struct err *err)
{
    struct net *net = data;

    net->sock = nl_socket_alloc();
    if (!net->sock)
        mem_exhausted();
    int r = nl_connect(net->sock, NETLINK_SOCK_DIAG);
    if (r < 0)
        return err_set(err, EIO, "open a socket that tells of sockets: %s",
                       nl_geterror(r));
    return request_prepare(net, err);
}

int device_bound_take(int netns_fd, struct device_state *state, struct err *err)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_RAW, IPPROTO_TCP};
    auto_net struct net *diag = mem_new(sizeof(*diag));

    diag->packet_fd = -1;
    diag->timeout_ms = NET_TIMEOUT_MS;
    int r = helper_is_used() ? net_take_socket(diag, netns_fd, HELPER_DIAG, err)
                             : netns_visit(netns_fd, open_diag, diag, err);
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        for (size_t j = 0; r >= 0 && j < ARRAY_LEN(protocols); j++) {
            if (!state->is_bound)
                r = ask_bound(diag, families[i], protocols[j], state, err);
        }
    }
    return r < 0 ? r : 0;
}

struct membership {
    int fd;
    const struct ip *group;
    uint32_t mode;
    uint32_t source_count;
    struct sockaddr_storage sources[SOURCES_MAX];
};

struct members {
    const struct inside_groups *of;
    uint64_t cookie;
    ino_t seen[SOCKETS_MAX];
    size_t seen_count;
    struct membership all[MEMBERSHIPS_MAX];
    size_t count;
};

static void members_free(struct members *members)
{
    int last = -1;

    if (!members)
        return;
    for (size_t i = 0; i < members->count; i++) {
        if (members->all[i].fd != last)
            close(members->all[i].fd);
        last = members->all[i].fd;
    }
    free(members);
}
DEFINE_AUTO(members, struct members *, members_free)
#define auto_members AUTO(members)

static int level_of(const struct ip *group)
{
    return group->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static struct sockaddr_storage address_of(const struct ip *ip)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)ip->family};

    if (ip->family == AF_INET)
        memcpy(&((struct sockaddr_in *)&address)->sin_addr, ip->bytes, 4);
    else
        memcpy(&((struct sockaddr_in6 *)&address)->sin6_addr, ip->bytes, 16);
    return address;
}

static int join_or_leave(int fd, int option, const struct ip *group,
                         int ifindex)
{
    struct group_req request = {.gr_interface = (uint32_t)ifindex,
                                .gr_group = address_of(group)};

    return setsockopt(fd, level_of(group), option, &request, sizeof(request));
}

/* A struct group_filter with room for its sources. */
union filter {
    struct group_filter head;
    char room[GROUP_FILTER_SIZE(SOURCES_MAX)];
};

/* False if the socket is no member. */
static bool read_filter(struct membership *member, int ifindex)
{
    union filter filter = {.head = {.gf_interface = (uint32_t)ifindex,
                                    .gf_group = address_of(member->group),
                                    .gf_numsrc = SOURCES_MAX}};
    socklen_t size = sizeof(filter);

    if (getsockopt(member->fd, level_of(member->group), MCAST_MSFILTER, &filter,
                   &size) < 0)
        return false;
    member->mode = filter.head.gf_fmode;
    member->source_count = filter.head.gf_numsrc;
    if (member->source_count > SOURCES_MAX)
        member->source_count = SOURCES_MAX;
    memcpy(member->sources, filter.head.gf_slist,
           member->source_count * sizeof(member->sources[0]));
    return true;
}

static int write_filter(const struct membership *member, int ifindex)
{
    union filter filter = {.head = {.gf_interface = (uint32_t)ifindex,
                                    .gf_group = address_of(member->group),
                                    .gf_fmode = member->mode,
                                    .gf_numsrc = member->source_count}};

    if (member->mode == MCAST_EXCLUDE && member->source_count == 0)
        return 0;
    memcpy(filter.head.gf_slist, member->sources,
           member->source_count * sizeof(member->sources[0]));
    return setsockopt(member->fd, level_of(member->group), MCAST_MSFILTER,
                      &filter,
                      (socklen_t)GROUP_FILTER_SIZE(member->source_count));
}

static bool option_is(int fd, int option, int value)
{
    int is;
    socklen_t size = sizeof(is);

    return getsockopt(fd, SOL_SOCKET, option, &is, &size) == 0 && is == value;
}

static bool is_in_netns(int fd, uint64_t wanted)
{
    uint64_t cookie;
    socklen_t size = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ||
           wanted == 0 || cookie == wanted;
}

/* Leaves the groups that the socket is in, and keeps it to join them again. */
static void try_socket(struct members *members, int fd)
{
    const struct inside_groups *groups = members->of;
    int ifindex = groups->before;
    bool is_v4 = option_is(fd, SO_DOMAIN, AF_INET), is_kept = false;

    if ((!is_v4 && !option_is(fd, SO_DOMAIN, AF_INET6)) ||
        option_is(fd, SO_TYPE, SOCK_STREAM) ||
        !is_in_netns(fd, members->cookie)) {
        close(fd);
        return;
    }
    for (size_t i = 0; i < groups->count; i++) {
        struct membership *member = &members->all[members->count];
        if (members->count == MEMBERSHIPS_MAX)
            break;
        *member = (struct membership){.fd = fd, .group = &groups->groups[i]};
        if ((is_v4 && member->group->family != AF_INET) ||
            !read_filter(member, ifindex) ||
            join_or_leave(fd, MCAST_LEAVE_GROUP, member->group, ifindex) < 0)
            continue;
        members->count++;
        is_kept = true;
    }
    if (!is_kept)
        close(fd);
}

/* True if it is new. Processes share sockets, so one may be seen twice. */
static bool note_socket(struct members *members, const char *link)
{
    unsigned long inode;

    if (sscanf(link, "socket:[%lu]", &inode) != 1 ||
        members->seen_count == SOCKETS_MAX)
        return false;
    for (size_t i = 0; i < members->seen_count; i++) {
        if (members->seen[i] == inode)
            return false;
    }
    members->seen[members->seen_count++] = inode;
    return true;
}

static bool try_process(void *data, pid_t pid)
{
    struct members *members = data;
    char path[PATH_SIZE];
    const struct dirent *entry;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    auto_dir DIR *fds = opendir(path);
    auto_close int pidfd = pidfd_open(pid, 0);
    if (!fds || pidfd < 0)
        return false;
    while ((entry = readdir(fds))) {
        char link[PATH_SIZE];
        ssize_t size =
            readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);
        uint64_t number;
        if (size <= 0 || parse_number(entry->d_name, 0, INT32_MAX, &number) < 0)
            continue;
        link[size] = '\0';
        if (!note_socket(members, link))
            continue;
        int fd = pidfd_getfd(pidfd, (int)number, 0);
        if (fd >= 0)
            try_socket(members, fd);
    }
    return false;
}

static void join_again(const struct members *members,
                       struct device_loss *result)
{
    int ifindex = members->of->now;

    for (size_t i = 0; i < members->count; i++) {
        const struct membership *member = &members->all[i];
        char text[IP_TEXT_SIZE];
        struct err err = {0};
        if (join_or_leave(member->fd, MCAST_JOIN_GROUP, member->group,
                          ifindex) == 0 &&
            write_filter(member, ifindex) == 0)
            continue;
        ip_format(member->group, text);
        int r = err_sys(&err, "join group %s again", text);
        if (r < 0 && result->count++ == 0)
            result->err = err;
    }
}

int device_ask_loss(const struct helper_call *call, struct device_loss *ret,
                    struct err *err)
{
    auto_buf struct buf why = BUF_INIT(ERR_TEXT_SIZE);
    struct helper_call asked = *call;

    asked.ret_text = &why;
    int r = helper_ask(&asked, err);
    if (r < 0)
        return r;
    *ret = (struct device_loss){.count = (unsigned)asked.ret_number};
    if (ret->count)
        (void)err_set(&ret->err, r > 0 ? r : EIO, "%s", buf_text(&why));
    return 0;
}

static int ask_to_join(int netns_fd, const struct inside_groups *groups,
                       struct device_loss *ret, struct err *err)
{
    struct helper_call call = {
        .verb = HELPER_GROUPS,
        .number = {(uint64_t)groups->before, (uint64_t)groups->now},
        .fd = netns_fd,
        .text = groups->groups,
        .size = groups->count * sizeof(struct ip)};

    return device_ask_loss(&call, ret, err);
}

int inside_join_groups(struct net *net, int netns_fd,
                       const struct inside_groups *groups,
                       struct device_loss *ret, struct err *err)
{
    auto_members struct members *members = mem_new(sizeof(*members));
    struct netns_id id;

    *ret = (struct device_loss){0};
    if (helper_is_used())
        return ask_to_join(netns_fd, groups, ret, err);
    members->of = groups;
    int r = netns_id(netns_fd, &id, err);
    if (r >= 0)
        r = net_cookie(net, &members->cookie, err);
    if (r >= 0)
        r = netns_each_process(&id, try_process, members, err);
    if (r >= 0)
        join_again(members, ret);
    return r < 0 ? r : 0;
}

int device_groups_give(struct net *net, int netns_fd,
                       const struct device_state *state,
                       struct replay_result *result, struct err *err)
{
    const struct inside_groups groups = {.groups = state->groups.ip,
                                         .count = state->groups.count,
                                         .before = state->info.ifindex,
                                         .now = state->ifindex};
    struct device_loss loss;
    int r = inside_join_groups(net, netns_fd, &groups, &loss, err);

    replay_lost(result, &loss);
    return r;
}
