/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * reach MS NETNS ADDRESS [PORT NETNS PORT]: does all that programs send get
 * from a network namespace, named by its path, to ADDRESS and back? It sends a
 * ping; a ping that fills a packet; datagrams that fill one; 2 MB by TCP each
 * way, comparing every byte. A ping alone proves little: its checksum is
 * finished and its packet is small, while those of others are not.
 *
 * Whoever on this machine has ADDRESS answers: it is searched for in the
 * network namespaces of all processes and those in /run/netns. Several may have
 * it, as in two VLANs. If a port is given, which is published for TCP and UDP,
 * NETNS and PORT behind it say who answers, and nothing is pinged. What has not
 * succeeded within MS milliseconds is reported.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define STREAM_SIZE (2 * 1024 * 1024)
#define CHUNK_SIZE 65536
#define DATAGRAMS 4
#define PACKET_MAX 16000 /* the loopback device would take more */
#define PACKET_MIN 68
#define PLAIN_MTU 1500
#define SMALL_SIZE 64
#define TRY_MS 100
#define LOOK_MS 20
#define NAMESPACES 512
#define HOLDERS 64

static const char *host;
static struct sockaddr_storage to; /* with the port that is asked */
static struct sockaddr_storage at; /* with the port that answers */
static socklen_t to_size;
static int64_t until;
static uint8_t pattern[CHUNK_SIZE + 256];

static int namespaces[NAMESPACES];
static struct stat seen[NAMESPACES];
static size_t namespace_count;

static bool is_v6(void)
{
    return to.ss_family == AF_INET6;
}

static bool readable(int fd, int64_t deadline)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left = deadline - now_ms();

    return poll(&poll_fd, 1, left > 0 ? (int)left : 0) == 1;
}

/* A process may end while it is looked at. */
static void add_namespace(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &info) < 0 || namespace_count == NAMESPACES) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (size_t i = 0; i < namespace_count; i++) {
        if (seen[i].st_ino == info.st_ino && seen[i].st_dev == info.st_dev) {
            close(fd);
            return;
        }
    }
    seen[namespace_count] = info;
    namespaces[namespace_count++] = fd;
}

static void add_all(const char *directory, const char *beneath)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    char path[300];

    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof(path), "%s/%s%s", directory, entry->d_name,
                 beneath);
        if (entry->d_name[0] != '.')
            add_namespace(path);
    }
    if (dir)
        closedir(dir);
}

static struct pollfd polled[2 * HOLDERS + HOLDERS];
static size_t polled_count, listener_count;
/* of the namespaces that have the address */
static size_t least_mtu = PACKET_MAX;

static int bound(int type)
{
    int fd = socket(to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;

    if (fd < 0)
        return -1; /* no IPv6 there */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, to_size) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The MTU of the device that has the address in the current namespace. The
 * kernel datapath drops a packet that is larger than the receiver's MTU. */
static void see_mtu(void)
{
    struct ifaddrs *all;
    struct ifreq request = {0};
    size_t at_byte = is_v6() ? offsetof(struct sockaddr_in6, sin6_addr)
                             : offsetof(struct sockaddr_in, sin_addr);

    if (getifaddrs(&all) < 0)
        err(2, "list addresses");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (struct ifaddrs *is = all; is; is = is->ifa_next) {
        if (!is->ifa_addr || is->ifa_addr->sa_family != at.ss_family ||
            memcmp((char *)is->ifa_addr + at_byte, (char *)&at + at_byte,
                   is_v6() ? 16 : 4) != 0)
            continue;
        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s",
                 is->ifa_name);
        if (ioctl(fd, SIOCGIFMTU, &request) == 0 &&
            (size_t)request.ifr_mtu < least_mtu)
            least_mtu = (size_t)request.ifr_mtu;
    }
    close(fd);
    freeifaddrs(all);
}

/* An address that is still tentative cannot be bound to. */
static void find_holders(void)
{
    for (size_t i = 0; i < namespace_count && listener_count < 2 * HOLDERS;
         i++) {
        enter_netns(namespaces[i]);
        int stream = bound(SOCK_STREAM);
        if (stream < 0)
            continue;
        int datagram = bound(SOCK_DGRAM);
        if (datagram < 0 || listen(stream, 16) < 0)
            err(2, "listen at %s", host);
        see_mtu();
        polled[listener_count++] = (struct pollfd){stream, POLLIN, 0};
        polled[listener_count++] = (struct pollfd){datagram, POLLIN, 0};
    }
    polled_count = listener_count;
}

static void echo(int fd)
{
    static uint8_t bytes[PACKET_MAX];
    struct sockaddr_storage from;
    socklen_t size = sizeof(from);
    ssize_t len =
        recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);

    if (len >= 0)
        sendto(fd, bytes, (size_t)len, 0, (struct sockaddr *)&from, size);
}

/* The stream's byte at `offset` is that of the pattern. Its period is 251, so a
 * piece that is lost or moved does not fit. */
static bool receive_stream(int fd)
{
    static uint8_t bytes[CHUNK_SIZE];
    size_t got = 0;

    while (got < STREAM_SIZE && readable(fd, until)) {
        size_t left = STREAM_SIZE - got;
        ssize_t len =
            recv(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes), 0);
        if (len <= 0)
            break;
        if (memcmp(bytes, pattern + got % 251, (size_t)len) != 0)
            errx(1, "%s: the stream arrives with other bytes", host);
        got += (size_t)len;
    }
    return got == STREAM_SIZE;
}

static bool send_stream(int fd)
{
    size_t sent = 0;

    while (sent < STREAM_SIZE) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
        int64_t left_ms = until - now_ms();
        size_t left = STREAM_SIZE - sent;
        if (left_ms <= 0 || poll(&poll_fd, 1, (int)left_ms) != 1)
            return false;
        ssize_t len = send(fd, pattern + sent % 251,
                           left < CHUNK_SIZE ? left : CHUNK_SIZE,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (len < 0)
            return false;
        sent += (size_t)len;
    }
    return true;
}

static void serve(void)
{
    for (;;) {
        if (poll(polled, polled_count, -1) < 0)
            err(2, "poll");
        for (size_t i = 0; i < listener_count; i += 2) {
            if (polled[i + 1].revents)
                echo(polled[i + 1].fd);
            if (!polled[i].revents)
                continue;
            int fd = accept4(polled[i].fd, NULL, NULL, SOCK_CLOEXEC);
            if (fd < 0)
                continue;
            if (receive_stream(fd))
                (void)send_stream(fd);
            close(fd);
        }
    }
}

static int connected(int type, int protocol)
{
    int fd =
        socket(to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    int discover = is_v6() ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO;
    struct sockaddr_storage peer = to;

    if (fd < 0)
        err(2, "socket");
    if (type == SOCK_RAW)
        ((struct sockaddr_in *)&peer)->sin_port = 0; /* both families' place */
    if (type != SOCK_STREAM)
        setsockopt(fd, is_v6() ? IPPROTO_IPV6 : IPPROTO_IP,
                   is_v6() ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &discover,
                   sizeof(discover));
    /* The route may come later. */
    while (connect(fd, (struct sockaddr *)&peer, to_size) < 0 &&
           errno != EINPROGRESS) {
        if (now_ms() >= until)
            err(1, "%s", host);
        poll(NULL, 0, LOOK_MS);
    }
    return fd;
}

static uint16_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static size_t ping(uint8_t *bytes, size_t size, unsigned turn)
{
    struct icmphdr head = {.type = is_v6() ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
                           .un.echo.id = htons((uint16_t)getpid()),
                           .un.echo.sequence = htons((uint16_t)turn)};

    memcpy(bytes, pattern, size);
    memcpy(bytes, &head, sizeof(head));
    if (!is_v6()) {
        head.checksum = checksum(bytes, size);
        memcpy(bytes, &head, sizeof(head));
    }
    return size;
}

/* Is that the answer to `asked`? */
static bool answers(const uint8_t *asked, size_t size, uint8_t *got,
                    ssize_t got_size, bool is_ping)
{
    size_t skip = is_ping && !is_v6() ? (got[0] & 15) * 4u : 0;

    if (got_size != (ssize_t)(size + skip))
        return false;
    if (!is_ping)
        return memcmp(asked, got, size) == 0;
    /* The checksum differs, as the type does. */
    return got[skip] == (is_v6() ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
           memcmp(asked + 4, got + skip + 4, size - 4) == 0;
}

static int connected_for(bool is_ping)
{
    if (!is_ping)
        return connected(SOCK_DGRAM, 0);
    return connected(SOCK_RAW,
                     is_v6() ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
}

/* Sends `size` bytes again and again until they have come back. Each time by a
 * new socket: a socket keeps the source address that the routes gave it first,
 * and at that moment some routes may have been missing. */
static void exchange(size_t size, unsigned turn, bool is_ping, const char *what)
{
    static uint8_t asked[PACKET_MAX], got[PACKET_MAX + 64];
    int fd = connected_for(is_ping);
    int64_t next = 0;
    int error = 0;

    if (is_ping)
        ping(asked, size, turn);
    else
        memcpy(asked, pattern + turn, size);
    while (now_ms() < until) {
        if (now_ms() >= next) {
            if (next > 0) {
                close(fd);
                fd = connected_for(is_ping);
            }
            if (send(fd, asked, size, MSG_NOSIGNAL) < 0) {
                error = errno;
                poll(NULL, 0, LOOK_MS);
            }
            next = now_ms() + TRY_MS;
        }
        if (!readable(fd, next < until ? next : until))
            continue;
        ssize_t len = recv(fd, got, sizeof(got), 0);
        if (len < 0)
            error = errno;
        else if (answers(asked, size, got, len, is_ping)) {
            close(fd);
            return;
        }
    }
    errx(1, "%s: no answer to %s of %zu bytes%s%s", host, what, size,
         error ? ", the last error being: " : "", error ? strerror(error) : "");
}

static size_t packet_size(int datagrams)
{
    int mtu;
    socklen_t size = sizeof(mtu);

    if (getsockopt(datagrams, is_v6() ? IPPROTO_IPV6 : IPPROTO_IP,
                   is_v6() ? IPV6_MTU : IP_MTU, &mtu, &size) < 0)
        err(1, "the MTU of the way to %s", host);
    size_t most = (size_t)mtu < least_mtu ? (size_t)mtu : least_mtu;
    return most < PACKET_MIN ? PACKET_MIN : most;
}

static void stream(void)
{
    int fd = connected(SOCK_STREAM, 0), error = 0;
    socklen_t size = sizeof(error);
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    int64_t left = until - now_ms();

    if (left <= 0 || poll(&poll_fd, 1, (int)left) != 1)
        errx(1, "%s: TCP does not connect", host);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
        errx(1, "%s: TCP does not connect: %s", host, strerror(error));
    if (!send_stream(fd))
        errx(1, "%s: a stream of %d bytes gets stuck on its way there", host,
             STREAM_SIZE);
    if (!receive_stream(fd))
        errx(1, "%s: a stream of %d bytes does not come back", host,
             STREAM_SIZE);
    close(fd);
}

static void ask(bool may_ping)
{
    if (may_ping)
        exchange(SMALL_SIZE, 0, true, "a ping");
    int datagrams = connected_for(false);
    size_t head = is_v6() ? 40 : 20;
    size_t size = packet_size(datagrams);
    close(datagrams);
    /* The host's loopback device has a larger MTU than what follows after
     * NAT. */
    if (!may_ping && size > PLAIN_MTU)
        size = PLAIN_MTU;
    size -= head + 8;
    if (may_ping)
        exchange(size + 8, 1, true, "a ping");
    for (unsigned i = 0; i < DATAGRAMS; i++)
        exchange(size, i, false, "a datagram");
    stream();
}

/* A link-local address names a device, which exists in one namespace only. */
static void resolve(const char *text)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *info;
    host = text;
    if (getaddrinfo(text, NULL, &hints, &info) != 0)
        errx(2, "'%s' is no address", text);
    memcpy(&to, info->ai_addr, info->ai_addrlen);
    to_size = info->ai_addrlen;
    freeaddrinfo(info);
}

/* The port is at the same place in both families. */
static void set_port(struct sockaddr_storage *address, unsigned value)
{
    uint16_t port = htons((uint16_t)value);

    memcpy((char *)address + 2, &port, sizeof(port));
}

int main(int argc, char **argv)
{
    bool is_published = argc == 7;

    if (argc != 4 && !is_published)
        errx(2, "usage: reach MS NETNS ADDRESS [PORT NETNS PORT]");
    until = now_ms() + number(argv[1]);
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = (uint8_t)(i % 251);
    int from = open_netns(argv[2]);
    enter_netns(from);
    resolve(argv[3]);
    if (is_published) {
        at.ss_family = to.ss_family;
        set_port(&to, number(argv[4]));
        set_port(&at, number(argv[6]));
        add_namespace(argv[5]);
    } else {
        set_port(&to, 20000 + (unsigned)getpid() % 12000);
        at = to;
        add_all("/proc", "/ns/net");
        add_all("/run/netns", "");
    }
    for (find_holders(); listener_count == 0; find_holders()) {
        if (now_ms() >= until)
            errx(1, "%s: nobody has that address", host);
        poll(NULL, 0, LOOK_MS);
    }
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            serve();
        return 0;
    }
    enter_netns(from);
    ask(!is_published);
    kill(child, SIGKILL);
    return 0;
}
