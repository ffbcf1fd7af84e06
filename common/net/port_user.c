/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Only trying is certain: bind(2) knows of sockets that are bound and do not
 * listen, and before Linux 6.8 no table shows them. Whose socket it is comes
 * from the tables of sock_diag(7), then from /proc, where the process that has
 * the socket open is searched for.
 */
#include "ovsint/net/port_user.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"

#define ANSWER_SIZE 32768
#define ANSWER_TIMEOUT_S 1
#define PATH_SIZE 64
#define SOCKET_LINK_SIZE 40 /* "socket:[4294967295]" */

static socklen_t socket_address(const struct host_socket *wanted,
                                struct sockaddr_storage *ret)
{
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)ret;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ret;

    memset(ret, 0, sizeof(*ret));
    ret->ss_family = (sa_family_t)wanted->ip.family;
    if (wanted->ip.family == AF_INET6) {
        in6->sin6_port = htons(wanted->port);
        memcpy(&in6->sin6_addr, wanted->ip.bytes, sizeof(in6->sin6_addr));
        return sizeof(*in6);
    }
    in->sin_port = htons(wanted->port);
    memcpy(&in->sin_addr, wanted->ip.bytes, sizeof(in->sin_addr));
    return sizeof(*in);
}

int port_user_try(const struct host_socket *wanted)
{
    bool datagrams = wanted->protocol == IPPROTO_UDP;
    struct sockaddr_storage address;
    socklen_t size = socket_address(wanted, &address);
    auto_close int fd =
        socket(wanted->ip.family,
               (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
               wanted->protocol);
    int one = 1;

    if (fd < 0)
        return -errno;
    /* What remains of closed connections does not count. For datagrams the
     * option would let two sockets have one port. */
    if (!datagrams)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (wanted->ip.family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    return bind(fd, (struct sockaddr *)&address, size) < 0 ? -errno : 0;
}

/* Of sockets that are open in one process. */
struct inodes {
    uint32_t *list; /* sorted */
    size_t count;
    size_t room;
};

struct search {
    const struct host_socket *wanted;
    uint32_t inode; /* 0 = not found */
    /* Not NULL = not one is searched for, but all that are among these. */
    const struct inodes *among;
    uint8_t *ports;
};

static bool is_zero(const void *bytes, size_t size)
{
    static const char zero[16];

    return memcmp(bytes, zero, size) == 0;
}

static bool is_in_the_way_at(const struct host_socket *wanted,
                             const struct inet_diag_msg *shown)
{
    bool shown_v4 = shown->idiag_family == AF_INET;
    const void *ip = shown->id.idiag_src;
    size_t size = ip_bits(&wanted->ip) / 8;

    if (shown->idiag_family != wanted->ip.family)
        /* A socket of IPv6 that takes IPv4 as well. */
        return !shown_v4 && is_zero(ip, sizeof(struct in6_addr));
    return is_zero(ip, size) || is_zero(wanted->ip.bytes, size) ||
           memcmp(ip, wanted->ip.bytes, size) == 0;
}

static int ask_for_sockets(int family, uint8_t protocol, struct err *err)
{
    auto_close int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof(request),
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = (uint8_t)family,
                 .sdiag_protocol = protocol,
                 .idiag_states = ~0u},
    };

    if (fd < 0)
        return err_sys(err, "open a netlink socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) <
            0 ||
        send(fd, &request, sizeof(request), 0) < 0)
        return err_sys(err, "ask for sockets");
    return TAKE_FD(fd);
}

static int compare_inodes(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return (*x > *y) - (*x < *y);
}

static void see_socket(struct search *search, const struct inet_diag_msg *shown)
{
    uint16_t port = ntohs(shown->id.idiag_sport);
    const struct inodes *among = search->among;

    if (shown->idiag_inode == 0 || !is_in_the_way_at(search->wanted, shown))
        return;
    if (!among && port == search->wanted->port)
        search->inode = shown->idiag_inode;
    if (among && among->count &&
        bsearch(&shown->idiag_inode, among->list, among->count,
                sizeof(*among->list), compare_inodes))
        search->ports[port / 8] |= (uint8_t)(1u << port % 8);
}

/* True if nothing more will come. */
static bool look_through(struct search *search, char *bytes, int left)
{
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;

    for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
        if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
            return true;
        const struct inet_diag_msg *shown = nlmsg_data(message);
        if (nlmsg_valid_hdr(message, sizeof(*shown)))
            see_socket(search, shown);
    }
    return search->inode != 0;
}

static void search_family(struct search *search, int family)
{
    struct err ignored = {0};
    auto_free char *bytes = mem_new(ANSWER_SIZE);
    auto_close int fd =
        ask_for_sockets(family, search->wanted->protocol, &ignored);
    ssize_t size;

    do
        size = fd < 0 ? -1 : recv(fd, bytes, ANSWER_SIZE, 0);
    while (size > 0 && !look_through(search, bytes, (int)size));
}

static DIR *open_fds(int proc, pid_t pid)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%d/fd", (int)pid);
    int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? NULL : fdopendir(fd);
}

static bool has_socket(int proc, pid_t pid, const char *wanted)
{
    char link[SOCKET_LINK_SIZE];
    const struct dirent *entry;
    auto_dir DIR *dir = open_fds(proc, pid);

    if (!dir)
        return false;
    while ((entry = readdir(dir))) {
        ssize_t size =
            readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
        if (size <= 0)
            continue;
        link[size] = '\0';
        if (strcmp(link, wanted) == 0)
            return true;
    }
    return false;
}

static void read_name(int proc, struct port_user *user)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%d/comm", (int)user->pid);
    auto_close int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, user->name, sizeof(user->name) - 1);
    user->name[size > 0 ? size : 0] = '\0';
    user->name[strcspn(user->name, "\n")] = '\0';
}

static void list_sockets(int proc, pid_t pid, struct inodes *ret)
{
    char link[SOCKET_LINK_SIZE];
    const struct dirent *entry;
    auto_dir DIR *dir = open_fds(proc, pid);

    while (dir && ret->count < LIMIT_PORT_USER_SOCKETS &&
           (entry = readdir(dir))) {
        ssize_t size =
            readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
        unsigned inode;
        link[size > 0 ? size : 0] = '\0';
        if (sscanf(link, "socket:[%u]", &inode) != 1)
            continue;
        ret->list =
            mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
        ret->list[ret->count++] = inode;
    }
    if (ret->count > 1)
        qsort(ret->list, ret->count, sizeof(*ret->list), compare_inodes);
}

static void find_process(uint32_t inode, struct port_user *ret,
                         struct inodes *ret_sockets)
{
    auto_dir DIR *proc = opendir("/proc");
    char wanted[SOCKET_LINK_SIZE];
    const struct dirent *entry;
    uint64_t pid;

    snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
    while (proc && (entry = readdir(proc))) {
        if (parse_number(entry->d_name, 1, INT32_MAX, &pid) < 0 ||
            !has_socket(dirfd(proc), (pid_t)pid, wanted))
            continue;
        ret->pid = (pid_t)pid;
        read_name(dirfd(proc), ret);
        if (ret_sockets)
            list_sockets(dirfd(proc), ret->pid, ret_sockets);
        return;
    }
}

/* The text is the name, and with the ports a NUL and these. */
static void ask_for_user(const struct host_socket *wanted,
                         struct port_user *ret, uint8_t *ports)
{
    auto_buf struct buf text =
        BUF_INIT(PORT_USER_NAME_SIZE + PORT_USER_PORTS_SIZE);
    struct helper_call call = {.verb = HELPER_PORT_USER,
                               .what = wanted->protocol,
                               .number = {wanted->port, ports != NULL},
                               .fd = -1,
                               .text = &wanted->ip,
                               .size = sizeof(wanted->ip),
                               .ret_text = &text};
    struct err ignored = {0};

    if (helper_ask(&call, &ignored) < 0)
        return;
    ret->pid = (pid_t)call.ret_number;
    snprintf(ret->name, sizeof(ret->name), "%s", buf_text(&text));
    size_t head = strlen(buf_text(&text)) + 1;
    if (ports && text.size == head + PORT_USER_PORTS_SIZE)
        memcpy(ports, buf_text(&text) + head, PORT_USER_PORTS_SIZE);
}

static void search_families(struct search *search)
{
    search_family(search, search->wanted->ip.family);
    if (search->inode == 0 && search->wanted->ip.family == AF_INET)
        search_family(search, AF_INET6);
}

void port_user_find(const struct host_socket *wanted, struct port_user *ret,
                    uint8_t ports[PORT_USER_PORTS_SIZE])
{
    struct search search = {.wanted = wanted};
    struct inodes sockets = {0};

    *ret = (struct port_user){0};
    if (ports)
        memset(ports, 0, PORT_USER_PORTS_SIZE);
    if (helper_is_used()) {
        ask_for_user(wanted, ret, ports);
        return;
    }
    search_families(&search);
    if (search.inode != 0)
        find_process(search.inode, ret, ports ? &sockets : NULL);
    if (sockets.count) {
        struct search all = {
            .wanted = wanted, .among = &sockets, .ports = ports};
        search_families(&all);
    }
    free(sockets.list);
}
