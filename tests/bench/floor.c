/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The floor that ovsint-hook is measured against: the same words to the same
 * OVSDB server, the same wait, the same netlink messages, and nothing else. No
 * state is parsed, no configuration read, no right given up. What the hook
 * computes is given on the command line, and replies are searched, not parsed.
 *
 *   floor attach SOCKET BRIDGE ID NETNS BOOT PORT MAC IP/LEN GATEWAY MTU
 *   floor detach SOCKET ID
 *
 * The texts must stay what the hook sends. Compare with
 *   strace -s 9999 -e trace=network ovsint-hook createRuntime <state
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/base/banned.h"

#define TEXT_SIZE 16384
#define MAC_SIZE 6

struct attach { /* the arguments come first, in their order */
    const char *bridge, *id, *netns, *boot, *port, *mac, *cidr, *gateway;
    unsigned mtu;
    int netns_fd, host, inside;
    char netns_id[64];
    char ip[INET_ADDRSTRLEN];
    uint8_t mac_bytes[MAC_SIZE], len;
    struct in_addr address, broadcast;
};
struct message {
    struct nlmsghdr head;
    char rest[512];
};

/* If FLOOR_PHASES is in the environment: prints how long the phase took that
 * ends now. */
static void phase(const char *name)
{
    static int64_t before;
    struct timespec now;

    if (!getenv("FLOOR_PHASES"))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    if (before)
        printf("%lld %s\n", (long long)(us - before), name);
    before = us;
}

static int ovsdb_connect(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(1, "%s", path);
    return fd;
}

__attribute__((format(printf, 2, 3))) static void say(int fd, const char *fmt,
                                                      ...)
{
    static char text[TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    int size = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (size >= TEXT_SIZE || send(fd, text, (size_t)size, 0) != size)
        err(1, "send");
}

/* Reads until both words have come. Returns all that came since the last
 * call. */
static const char *hear(int fd, const char *word, const char *other)
{
    static char text[TEXT_SIZE];
    size_t size = 0;

    do {
        ssize_t got = recv(fd, text + size, sizeof(text) - 1 - size, 0);
        if (got <= 0)
            err(1, "the connection is gone");
        size += (size_t)got;
        text[size] = '\0';
        if (strstr(text, "\"error\":\"") || strstr(text, "\"error\":{") ||
            strstr(text, "\"ofport\":-1"))
            errx(1, "it failed: %s", text);
    } while (!strstr(text, word) || (other && !strstr(text, other)));
    return text;
}

static void watch(int fd, const struct attach *a)
{
    say(fd,
        "{\"id\":1,\"method\":\"monitor_cond\",\"params\":[\"Open_vSwitch\","
        "\"ovsint\",{\"Interface\":[{\"columns\":[\"name\",\"ofport\","
        "\"ifindex\",\"error\",\"external_ids\"],\"where\":[[\"external_ids\","
        "\"includes\",[\"map\",[[\"ovsint-member-%s\",\"\"]]]],"
        "[\"external_ids\",\"includes\",[\"map\",[[\"ovsint-netns-id\","
        "\"%s\"]]]]]}],\"Port\":[{\"columns\":[\"name\",\"external_ids\"],"
        "\"where\":[[\"external_ids\",\"includes\",[\"map\",[["
        "\"ovsint-member-%s\",\"\"]]]],[\"external_ids\",\"includes\",[\"map\","
        "[[\"ovsint-netns-id\",\"%s\"]]]]]}]}]}",
        a->id, a->netns_id, a->id, a->netns_id);
    hear(fd, "\"id\":1,", NULL);
}

static void lookup_pairs(const struct attach *a, char *ret, size_t size)
{
    snprintf(ret, size,
             "[\"ovsint-owner\",\"hook\"],[\"ovsint-container\",\"%s\"],"
             "[\"ovsint-netns-id\",\"%s\"],[\"ovsint-ifname\",\"eth0\"],"
             "[\"ovsint-boot\",\"%s\"],[\"ovsint-member-%s\",\"\"]",
             a->id, a->netns_id, a->boot, a->id);
}

static void plug(int fd, const struct attach *a)
{
    char pairs[1024];

    lookup_pairs(a, pairs, sizeof(pairs));
    say(fd,
        "{\"id\":2,\"method\":\"transact\",\"params\":[\"Open_vSwitch\","
        "{\"op\":\"wait\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
        "\"%s\"]],\"columns\":[\"_uuid\"],\"until\":\"!=\",\"timeout\":0,"
        "\"rows\":[]},{\"op\":\"wait\",\"table\":\"Interface\",\"where\":[["
        "\"external_ids\",\"includes\",[\"map\",[[\"ovsint-netns-id\","
        "\"%s\"]]]],[\"external_ids\",\"includes\",[\"map\",[["
        "\"ovsint-ifname\",\"eth0\"]]]]],\"columns\":[\"_uuid\"],"
        "\"until\":\"==\",\"timeout\":0,\"rows\":[]},{\"op\":\"wait\","
        "\"table\":\"Port\",\"where\":[[\"external_ids\",\"includes\","
        "[\"map\",[[\"ovsint-ip-%s\",\"%s/0\"]]]]],\"columns\":[\"_uuid\"],"
        "\"until\":\"==\",\"timeout\":0,\"rows\":[]},{\"op\":\"insert\","
        "\"table\":\"Interface\",\"uuid-name\":\"interface0\",\"row\":{"
        "\"name\":\"%s\",\"type\":\"internal\",\"external_ids\":[\"map\",[%s,"
        "[\"ovsint-netns\",\"%s\"],[\"ovsint-spec\",\"{\\\"ifname\\\":"
        "\\\"eth0\\\",\\\"bridge\\\":\\\"%s\\\",\\\"ip\\\":[\\\"%s\\\"],"
        "\\\"gateway\\\":[\\\"%s\\\"],\\\"mtu\\\":%u}\"],[\"iface-id\","
        "\"%s/eth0\"],[\"attached-mac\",\"%s\"],[\"iface-status\","
        "\"active\"],[\"container_id\",\"%s\"],[\"container_iface\","
        "\"eth0\"]]]}},{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":"
        "\"port0\",\"row\":{\"name\":\"%s\",\"interfaces\":[\"named-uuid\","
        "\"interface0\"],\"external_ids\":[\"map\",[%s,[\"ovsint-segment\","
        "\"%s/0\"],[\"ovsint-ip-%s\",\"%s/0\"]]]}},{\"op\":\"mutate\","
        "\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"%s\"]],"
        "\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\",\"port0\"]]]}]}",
        a->bridge, a->netns_id, a->ip, a->bridge, a->port, pairs, a->netns,
        a->bridge, a->cidr, a->gateway, a->mtu, a->id, a->mac, a->id, a->port,
        pairs, a->bridge, a->ip, a->bridge, a->bridge);
}

static void begin(struct message *m, int type, int flags, const void *header,
                  size_t size)
{
    memset(m, 0, sizeof(*m));
    m->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    m->head.nlmsg_type = (uint16_t)type;
    m->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    memcpy(NLMSG_DATA(&m->head), header, size);
}

static void put(struct message *m, int type, const void *value, size_t size)
{
    struct rtattr *attribute =
        (void *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

    attribute->rta_type = (uint16_t)type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), value, size);
    m->head.nlmsg_len =
        NLMSG_ALIGN(m->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

static struct ifinfomsg *ask(int fd, const struct message *m)
{
    static char reply[8192] __attribute__((aligned(8)));
    struct nlmsghdr *head = (void *)reply;

    if (send(fd, m, m->head.nlmsg_len, 0) < 0 ||
        recv(fd, reply, sizeof(reply), 0) < (ssize_t)sizeof(*head))
        err(1, "netlink");
    const struct nlmsgerr *error = NLMSG_DATA(head);
    if (head->nlmsg_type == NLMSG_ERROR && error->error) {
        errno = -error->error;
        err(1, "netlink message %d", m->head.nlmsg_type);
    }
    return NLMSG_DATA(head);
}

static void move(const struct attach *a, int ifindex)
{
    struct ifinfomsg head = {
        .ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct message m;

    begin(&m, RTM_NEWLINK, NLM_F_ACK, &head, sizeof(head));
    put(&m, IFLA_NET_NS_FD, &a->netns_fd, sizeof(a->netns_fd));
    put(&m, IFLA_ADDRESS, a->mac_bytes, MAC_SIZE);
    put(&m, IFLA_MTU, &a->mtu, sizeof(a->mtu));
    ask(a->host, &m);
}

static int find(const struct attach *a)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    uint32_t mask = RTEXT_FILTER_SKIP_STATS;
    struct message m;

    begin(&m, RTM_GETLINK, 0, &head, sizeof(head));
    put(&m, IFLA_EXT_MASK, &mask, sizeof(mask));
    put(&m, IFLA_IFNAME, a->port, strlen(a->port) + 1);
    return ask(a->inside, &m)->ifi_index;
}

static void add_altname(const struct attach *a, int ifindex)
{
    struct ifinfomsg head = {.ifi_index = ifindex};
    struct {
        struct rtattr head;
        char name[8];
    } name = {{RTA_LENGTH(5), IFLA_ALT_IFNAME}, "eth0"};
    struct message m;

    begin(&m, RTM_NEWLINKPROP,
          NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, &head,
          sizeof(head));
    put(&m, IFLA_PROP_LIST | NLA_F_NESTED, &name, sizeof(name));
    ask(a->inside, &m);
}

static void add_address(const struct attach *a, int ifindex)
{
    struct ifaddrmsg head = {.ifa_family = AF_INET,
                             .ifa_prefixlen = a->len,
                             .ifa_index = (uint32_t)ifindex};
    struct message m;

    begin(&m, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &head,
          sizeof(head));
    put(&m, IFA_LOCAL, &a->address, sizeof(a->address));
    put(&m, IFA_ADDRESS, &a->address, sizeof(a->address));
    put(&m, IFA_BROADCAST, &a->broadcast, sizeof(a->broadcast));
    ask(a->inside, &m);
}

static void add_route(const struct attach *a, int ifindex)
{
    struct rtmsg head = {.rtm_family = AF_INET,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_STATIC,
                         .rtm_scope = RT_SCOPE_UNIVERSE,
                         .rtm_type = RTN_UNICAST};
    struct in_addr gateway;
    struct message m;

    inet_pton(AF_INET, a->gateway, &gateway);
    begin(&m, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &head,
          sizeof(head));
    put(&m, RTA_OIF, &ifindex, sizeof(ifindex));
    put(&m, RTA_GATEWAY, &gateway, sizeof(gateway));
    ask(a->inside, &m);
}

/* Announces by a probe of the own address, as announce_by_probe() does. */
static void announce(const struct attach *a, int ifindex)
{
    struct ndmsg head = {
        .ndm_family = AF_INET, .ndm_ifindex = ifindex, .ndm_flags = NTF_USE};
    struct message m;

    begin(&m, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE, &head, sizeof(head));
    put(&m, NDA_DST, &a->address, sizeof(a->address));
    ask(a->inside, &m);
    head.ndm_flags = 0;
    begin(&m, RTM_DELNEIGH, NLM_F_ACK, &head, sizeof(head));
    put(&m, NDA_DST, &a->address, sizeof(a->address));
    ask(a->inside, &m);
}

static void read_arguments(struct attach *a, char **argv)
{
    *a = (struct attach){argv[0], argv[1], argv[2], argv[3],
                         argv[4], argv[5], argv[6], argv[7]};
    a->mtu = (unsigned)strtoul(argv[8], NULL, 10);
    int n = (int)strcspn(a->cidr, "/");

    snprintf(a->ip, sizeof(a->ip), "%.*s", n, a->cidr);
    inet_pton(AF_INET, a->ip, &a->address);
    a->len = (uint8_t)strtoul(a->cidr + n + 1, NULL, 10);
    a->broadcast.s_addr = a->address.s_addr | htonl(UINT32_MAX >> a->len);
    for (size_t i = 0; i < MAC_SIZE; i++)
        a->mac_bytes[i] = (uint8_t)strtoul(a->mac + 3 * i, NULL, 16);
}

static void open_sockets(struct attach *a)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    struct stat stat;

    a->netns_fd = open(a->netns, O_RDONLY | O_CLOEXEC);
    a->host = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (a->netns_fd < 0 || fstat(a->netns_fd, &stat) < 0 ||
        setns(a->netns_fd, CLONE_NEWNET) < 0)
        err(1, "%s", a->netns);
    a->inside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (setns(home, CLONE_NEWNET) < 0)
        err(1, "setns");
    snprintf(a->netns_id, sizeof(a->netns_id), "%ju:%ju",
             (uintmax_t)stat.st_dev, (uintmax_t)stat.st_ino);
}

static void attach(const char *socket, char **argv)
{
    struct attach a;

    read_arguments(&a, argv);
    open_sockets(&a);
    phase("open");
    int fd = ovsdb_connect(socket);
    watch(fd, &a);
    phase("look up");
    plug(fd, &a);
    const char *text = hear(fd, "\"id\":2,", "\"modify\":{\"ofport\":");
    phase("plug");
    text = strstr(text, "\"ifindex\":");
    move(&a, (int)strtol(text + strlen("\"ifindex\":"), NULL, 10));
    phase("move");
    int ifindex = find(&a);
    add_altname(&a, ifindex);
    add_address(&a, ifindex);
    add_route(&a, ifindex);
    announce(&a, ifindex);
    phase("set up");
}

/* The uuid of the only row of `table`. */
static const char *uuid_of(const char *text, const char *table)
{
    const char *found = strstr(text, table);

    if (!found)
        errx(1, "no row in %s of: %s", table, text);
    return found + strlen(table);
}

static void detach(const char *socket, const char *id)
{
    int fd = ovsdb_connect(socket);

    say(fd,
        "{\"id\":1,\"method\":\"monitor_cond\",\"params\":[\"Open_vSwitch\","
        "\"%s\",{\"Interface\":[{\"columns\":[\"name\",\"ofport\","
        "\"ifindex\",\"error\",\"external_ids\"],\"where\":[[\"external_ids\","
        "\"includes\",[\"map\",[[\"ovsint-member-%s\",\"\"]]]]]}],"
        "\"Port\":[{\"columns\":[\"name\",\"external_ids\"],\"where\":[["
        "\"external_ids\",\"includes\",[\"map\",[[\"ovsint-member-%s\","
        "\"\"]]]]]}]}]}",
        id, id, id);
    const char *text = hear(fd, "\"error\":null}", NULL);
    const char *interface = uuid_of(text, "\"Interface\":{\"");
    const char *port = uuid_of(text, "\"Port\":{\"");
    const char *ids = strstr(interface, "\"external_ids\":[\"map\",[");
    const char *end = ids ? strstr(ids, "\"]]]") : NULL;
    if (!end)
        errx(1, "no external_ids in: %s", text);
    say(fd,
        "{\"id\":2,\"method\":\"transact\",\"params\":[\"Open_vSwitch\","
        "{\"op\":\"wait\",\"table\":\"Interface\",\"where\":[[\"_uuid\","
        "\"==\",[\"uuid\",\"%.36s\"]]],\"columns\":[\"external_ids\"],"
        "\"until\":\"==\",\"timeout\":0,\"rows\":[{%.*s]]]}]},{\"op\":"
        "\"mutate\",\"table\":\"Bridge\",\"where\":[[\"ports\",\"includes\","
        "[\"uuid\",\"%.36s\"]]],\"mutations\":[[\"ports\",\"delete\","
        "[\"uuid\",\"%.36s\"]]]}]}",
        interface, (int)(end + 1 - ids), ids, port, port);
    hear(fd, "\"id\":2,", NULL);
}

int main(int argc, char **argv)
{
    if (argc == 12 && strcmp(argv[1], "attach") == 0)
        attach(argv[2], argv + 3);
    else if (argc == 4 && strcmp(argv[1], "detach") == 0)
        detach(argv[2], argv[3]);
    else
        errx(1, "usage: see the head of floor.c");
    return 0;
}
