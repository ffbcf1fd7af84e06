/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * moves: how long the kernel takes to bring a device into another network
 * namespace, in ways that one could think of. It works in namespaces of its
 * own, so it needs root and touches nothing. Prints a table.
 *
 *   moves [DEVICES]      of each way, default 20; see move-study
 *
 * The devices are TAPs, as the userspace datapath makes them. What an internal
 * port of the kernel datapath is does not matter to the move: it is the same
 * function of the kernel, __dev_change_net_namespace().
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "common/base/banned.h"

enum { DEVICES_MAX = 200, MESSAGE_SIZE = 256, SMALL_MTU = 68 };

struct message {
    struct nlmsghdr head;
    char rest[MESSAGE_SIZE];
};

/* One device, and where it goes. */
struct device {
    char name[IFNAMSIZ];
    int tap, target, socket;
    double ms;
};

/* What is done before the clock starts, and how the devices are moved. */
struct way {
    const char *name;
    unsigned up : 1, addresses : 1, no_ipv6 : 1, no_queue : 1, small_mtu : 1;
    unsigned close_first : 1, batch : 1, threads : 1, born : 1, one_target : 1;
    unsigned rest_ms;
};

static const struct way ways[] = {
    {.name = "down, one after another"},
    {.name = "up", .up = 1},
    {.name = "up, with addresses", .up = 1, .addresses = 1},
    {.name = "up; set down by a request of its own", .up = 1, .close_first = 1},
    {.name = "down, IPv6 disabled", .no_ipv6 = 1},
    {.name = "down, no queueing discipline", .no_queue = 1},
    {.name = "up, no queueing discipline", .up = 1, .no_queue = 1},
    {.name = "down, no IPv6 (MTU 68)", .small_mtu = 1},
    {.name = "down, 100 ms of rest before each", .rest_ms = 100},
    {.name = "all into one namespace", .one_target = 1},
    {.name = "all in one netlink batch", .batch = 1},
    {.name = "a thread for each", .threads = 1},
    {.name = "not moved: made in its namespace", .born = 1},
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void rest(unsigned ms)
{
    poll(NULL, 0, (int)ms);
}

static void must(int r, const char *what)
{
    if (r < 0)
        err(1, "%s", what);
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

static struct message request(int type, const void *header, size_t size)
{
    struct message m = {.head = {.nlmsg_type = (uint16_t)type,
                                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};

    m.head.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    memcpy(NLMSG_DATA(&m.head), header, size);
    return m;
}

static void answers(int socket, unsigned count)
{
    char reply[8192] __attribute__((aligned(8)));

    while (count) {
        ssize_t got = recv(socket, reply, sizeof(reply), 0);
        unsigned left = (unsigned)(got > 0 ? got : 0);
        for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, left);
             h = NLMSG_NEXT(h, left)) {
            const struct nlmsgerr *e = NLMSG_DATA(h);
            errno = h->nlmsg_type == NLMSG_ERROR ? -e->error : EPROTO;
            must(errno ? -1 : 0, "a netlink request");
            count--;
        }
        must(got > 0 ? 0 : -1, "netlink");
    }
}

static void ask(int socket, const struct message *m)
{
    must((int)send(socket, m, m->head.nlmsg_len, 0), "send");
    answers(socket, 1);
}

static int netlink_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    must(fd, "a netlink socket");
    return fd;
}

static int this_netns(void)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    must(fd, "/proc/thread-self/ns/net");
    return fd;
}

static void enter(int netns)
{
    must(setns(netns, CLONE_NEWNET), "setns");
}

static int new_netns(int back)
{
    must(unshare(CLONE_NEWNET), "a namespace");
    int fd = this_netns();
    enter(back);
    return fd;
}

static struct message link_request(const char *name, unsigned flags,
                                   unsigned mask)
{
    struct ifinfomsg link = {.ifi_flags = flags, .ifi_change = mask};

    link.ifi_index = (int)if_nametoindex(name);
    return request(RTM_NEWLINK, &link, sizeof(link));
}

static void make_tap(struct device *d)
{
    struct ifreq wanted = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    d->tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    must(d->tap, "/dev/net/tun");
    memcpy(wanted.ifr_name, d->name, sizeof(d->name));
    must(ioctl(d->tap, TUNSETIFF, &wanted), d->name);
}

static void disable_ipv6(const char *name)
{
    char path[64 + IFNAMSIZ];

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.15s/disable_ipv6",
             name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd, path);
    must((int)write(fd, "1", 1), path);
    close(fd);
}

static void add_address(int socket, const char *name, unsigned number)
{
    uint8_t address[] = {10, 9, (uint8_t)(number >> 8), (uint8_t)number};
    struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 32};

    header.ifa_index = if_nametoindex(name);
    struct message m = request(RTM_NEWADDR, &header, sizeof(header));
    m.head.nlmsg_flags |= NLM_F_CREATE;
    put(&m, IFA_LOCAL, address, sizeof(address));
    ask(socket, &m);
}

static void prepare(const struct way *way, struct device *d, unsigned number)
{
    make_tap(d);
    if (way->no_ipv6)
        disable_ipv6(d->name);
    if (way->no_queue || way->small_mtu) {
        uint32_t zero = 0, mtu = SMALL_MTU;
        struct message m = link_request(d->name, 0, 0);
        if (way->no_queue)
            put(&m, IFLA_TXQLEN, &zero, sizeof(zero));
        else
            put(&m, IFLA_MTU, &mtu, sizeof(mtu));
        ask(d->socket, &m);
    }
    if (way->up) {
        struct message m = link_request(d->name, IFF_UP, IFF_UP);
        ask(d->socket, &m);
    }
    if (way->addresses)
        add_address(d->socket, d->name, number);
}

static struct message move_request(const struct device *d)
{
    struct message m = link_request(d->name, 0, 0);

    put(&m, IFLA_NET_NS_FD, &d->target, sizeof(d->target));
    return m;
}

static void *move(void *arg)
{
    struct device *d = arg;
    struct message m = move_request(d);
    double begin = now_ms();

    ask(d->socket, &m);
    d->ms = now_ms() - begin;
    return NULL;
}

static void move_batch(struct device *devices, unsigned count)
{
    static char text[DEVICES_MAX * sizeof(struct message)];
    size_t size = 0;

    for (unsigned i = 0; i < count; i++) {
        struct message m = move_request(&devices[i]);
        memcpy(text + size, &m, m.head.nlmsg_len);
        size += NLMSG_ALIGN(m.head.nlmsg_len);
    }
    must((int)send(devices->socket, text, size, 0), "send");
    answers(devices->socket, count);
}

static void move_threads(struct device *devices, unsigned count)
{
    pthread_t threads[DEVICES_MAX];

    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, move, &devices[i]))
            errx(1, "no thread");
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void move_each(const struct way *way, struct device *devices,
                      unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        double begin = now_ms();
        if (way->close_first) {
            struct message m = link_request(devices[i].name, 0, IFF_UP);
            ask(devices[i].socket, &m);
        }
        move(&devices[i]);
        devices[i].ms = now_ms() - begin;
        rest(way->rest_ms);
    }
}

static void make_each_there(struct device *devices, unsigned count, int home)
{
    for (unsigned i = 0; i < count; i++) {
        double begin = now_ms();
        enter(devices[i].target);
        make_tap(&devices[i]);
        enter(home);
        devices[i].ms = now_ms() - begin;
    }
}

static int compare(const void *a, const void *b)
{
    const struct device *left = a, *right = b;

    return (left->ms > right->ms) - (left->ms < right->ms);
}

/* Of the last column only ways that share a wait are less than the others. */
static void report(const char *name, struct device *devices, unsigned count,
                   double all)
{
    qsort(devices, count, sizeof(*devices), compare);
    if (devices->ms > 0)
        printf("| %-37s | %6.1f | %6.1f | %6.1f |\n", name,
               devices[count / 2].ms, devices[count - 1].ms, all / count);
    else
        printf("| %-37s |        |        | %6.1f |\n", name, all / count);
    must(fflush(stdout), "standard output");
}

static void measure(const struct way *way, unsigned count)
{
    static struct device devices[DEVICES_MAX];
    int home = this_netns(), target = -1;

    memset(devices, 0, sizeof(devices));
    for (unsigned i = 0; i < count; i++) {
        struct device *d = &devices[i];
        snprintf(d->name, sizeof(d->name), "move%u", i);
        d->socket = netlink_socket();
        if (target < 0 || !way->one_target)
            target = new_netns(home);
        d->target = target;
        if (!way->born)
            prepare(way, d, i);
    }
    rest(way->rest_ms);
    double begin = now_ms();
    if (way->born)
        make_each_there(devices, count, home);
    else if (way->batch)
        move_batch(devices, count);
    else if (way->threads)
        move_threads(devices, count);
    else
        move_each(way, devices, count);
    double all = now_ms() - begin - (double)count * way->rest_ms;
    report(way->name, devices, count, all);
    for (unsigned i = 0; i < count; i++) {
        close(devices[i].tap);
        close(devices[i].socket);
        if (!i || !way->one_target)
            close(devices[i].target);
    }
    close(home);
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
    struct utsname kernel;

    if (count < 1 || count > DEVICES_MAX)
        errx(2, "DEVICES is of 1 to %d", DEVICES_MAX);
    /* Devices of nobody else's are in it. */
    must(unshare(CLONE_NEWNET), "a namespace");
    must(uname(&kernel), "uname");
    printf("Linux %s, %ld processors, %u devices; ms\n\n", kernel.release,
           sysconf(_SC_NPROCESSORS_ONLN), count);
    printf("| %-37s | median | worst  | all/n  |\n|---|---|---|---|\n", "way");
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
        measure(&ways[i], count);
    return 0;
}
