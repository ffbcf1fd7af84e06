/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who answers there, and whom does it see? What tests of NAT ask.
 *
 *   talk serve NAME PROTO FIRST[-LAST]...   answers "NAME PORT PEER" on these
 *                       ports of both families, PORT and PEER as it sees them;
 *                       prints "ready" when it does
 *   talk ask PROTO ADDRESS FIRST[-LAST]     prints the answer of each port;
 *                       fails unless each of them answers within TALK_MS
 *                       milliseconds (default 3000)
 *   talk hold ADDRESS PORT                  one TCP connection that is asked
 *                       all the time; prints each answer
 *   talk rate ADDRESS PORT MS CLIENTS       new TCP connections per second,
 *                       each of them answered, with so many clients at once
 *
 * PROTO is tcp, udp or sctp. Few kernels of tests have SCTP, so its INIT and
 * INIT ACK are made by hand, and the answer is the cookie. That is all that NAT
 * has to understand: ports, tags, and a checksum over everything.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define LISTENERS_LIMIT 65536
#define ANSWER_SIZE 160
#define PACKET_SIZE 512
#define TRY_MS 250
#define CLIENTS_LIMIT 64

enum { SCTP_INIT = 1, SCTP_INIT_ACK = 2, SCTP_COOKIE = 7 };

struct __attribute__((packed)) sctp {
    uint16_t from, to;
    uint32_t tag, checksum;
    uint8_t type, flags;
    uint16_t length;
    uint32_t own_tag, window;
    uint16_t out, in;
    uint32_t tsn;
};

struct range {
    unsigned first, last;
};

static const char *own_name;
static struct range sctp_ranges[16];
static size_t n_sctp_ranges;

static struct range range_of(const char *text)
{
    char first[16];
    const char *dash = strchr(text, '-');
    size_t len = dash ? (size_t)(dash - text) : strlen(text);

    if (len >= sizeof(first))
        errx(2, "'%s' is no range", text);
    memcpy(first, text, len);
    first[len] = '\0';
    struct range range = {.first = number(first)};
    range.last = dash ? number(dash + 1) : range.first;
    if (range.last > 65535 || range.last < range.first)
        errx(2, "'%s' is no range", text);
    return range;
}

static const char *plain(const struct sockaddr_storage *addr)
{
    static char text[NI_MAXHOST];

    if (getnameinfo((const struct sockaddr *)addr, sizeof(*addr), text,
                    sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
        errx(1, "an address that is none");
    return strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text;
}

static size_t answer(char text[ANSWER_SIZE], unsigned port,
                     const struct sockaddr_storage *peer)
{
    return (size_t)snprintf(text, ANSWER_SIZE, "%s %u %s\n", own_name, port,
                            plain(peer));
}

static uint32_t crc32c(const uint8_t *data, size_t len)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

static size_t sctp_packet(uint8_t packet[PACKET_SIZE], struct sctp head,
                          const char *cookie)
{
    size_t len = strlen(cookie), size = sizeof(head);

    if (len > 0) {
        uint16_t param[2] = {htons(SCTP_COOKIE), htons((uint16_t)(len + 4))};
        memcpy(packet + size, param, 4);
        memset(packet + size + 4, 0, (len + 3) & ~3u);
        memcpy(packet + size + 4, cookie, len);
        size += 4 + len;
    }
    head.length = htons((uint16_t)(size - 12));
    head.window = htonl(65536);
    head.in = head.out = htons(1);
    head.checksum = 0;
    size = (size + 3) & ~3u;
    memcpy(packet, &head, sizeof(head));
    uint32_t sum = crc32c(packet, size);
    uint8_t bytes[4] = {(uint8_t)sum, (uint8_t)(sum >> 8), (uint8_t)(sum >> 16),
                        (uint8_t)(sum >> 24)};
    memcpy(packet + 8, bytes, 4);
    return size;
}

/* Where SCTP begins in what a raw socket has read, if its checksum is right. */
static bool sctp_parse(int family, uint8_t *packet, ssize_t size,
                       struct sctp *head, uint8_t **rest)
{
    ssize_t skip = family == AF_INET ? (packet[0] & 15) * 4 : 0;

    if (size < skip + (ssize_t)sizeof(*head))
        return false;
    memcpy(head, packet + skip, sizeof(*head));
    memset(packet + skip + 8, 0, 4);
    uint32_t sum = crc32c(packet + skip, (size_t)(size - skip));
    packet[size] = '\0';
    *rest = packet + skip + sizeof(*head);
    return le32toh(head->checksum) == sum;
}

static void set(int fd, int level, int option)
{
    int one = 1;

    if (setsockopt(fd, level, option, &one, sizeof(one)) < 0)
        err(1, "socket option");
}

static void watch(int loop, int fd, char kind, unsigned port)
{
    struct epoll_event event = {
        .events = EPOLLIN,
        .data.u64 = (uint64_t)kind << 56 | (uint64_t)port << 32 | (uint32_t)fd};

    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0)
        err(1, "epoll");
}

static void open_port(int loop, bool tcp, unsigned port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)port)};
    int fd = socket(
        AF_INET6,
        (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        err(1, "socket");
    set(fd, SOL_SOCKET, SO_REUSEADDR);
    if (!tcp)
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
        err(1, "port %u", port);
    if (tcp && listen(fd, 4096) < 0)
        err(1, "port %u", port);
    watch(loop, fd, tcp ? 't' : 'u', port);
}

static void open_raw(int loop, int family)
{
    int fd =
        socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_SCTP);

    if (fd < 0)
        err(1, "raw socket");
    if (family == AF_INET)
        set(fd, IPPROTO_IP, IP_PKTINFO);
    else
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    watch(loop, fd, family == AF_INET ? '4' : '6', 0);
}

/* Lets the answer come from the address that was asked, whichever device it
 * leaves by. */
static void any_device(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            ((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            ((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
    }
}

static bool served(unsigned port)
{
    for (size_t i = 0; i < n_sctp_ranges; i++) {
        if (port >= sctp_ranges[i].first && port <= sctp_ranges[i].last)
            return true;
    }
    return false;
}

/* 0 if there is nothing to answer. */
static size_t sctp_answer(int family, uint8_t packet[PACKET_SIZE], ssize_t size,
                          const struct sockaddr_storage *peer)
{
    char text[ANSWER_SIZE];
    struct sctp head;
    uint8_t *rest;

    if (!sctp_parse(family, packet, size, &head, &rest) ||
        head.type != SCTP_INIT || !served(ntohs(head.to)))
        return 0;
    answer(text, ntohs(head.to), peer);
    return sctp_packet(packet,
                       (struct sctp){.from = head.to,
                                     .to = head.from,
                                     .tag = head.own_tag,
                                     .type = SCTP_INIT_ACK,
                                     .own_tag = htonl(1),
                                     .tsn = htonl(1)},
                       text);
}

static void datagram(int fd, char kind, unsigned port)
{
    uint8_t packet[PACKET_SIZE + 1];
    struct sockaddr_storage peer;
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    struct iovec data = {packet, PACKET_SIZE};
    struct msghdr msg = {.msg_name = &peer,
                         .msg_namelen = sizeof(peer),
                         .msg_iov = &data,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    ssize_t size = recvmsg(fd, &msg, 0);

    if (size < 0)
        return;
    if (kind == 'u')
        data.iov_len = answer((char *)packet, port, &peer);
    else
        data.iov_len =
            sctp_answer(kind == '4' ? AF_INET : AF_INET6, packet, size, &peer);
    any_device(&msg);
    if (data.iov_len > 0)
        sendmsg(fd, &msg, 0);
}

static void say(int fd, unsigned port)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    char text[ANSWER_SIZE];

    if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0)
        send(fd, text, answer(text, port, &peer), MSG_NOSIGNAL);
}

static void connected(int loop, int listener, unsigned port)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    say(fd, port);
    watch(loop, fd, 'c', port);
}

static void asked_again(int fd, unsigned port)
{
    char bytes[64];
    ssize_t size = recv(fd, bytes, sizeof(bytes), 0);

    if (size > 0)
        say(fd, port);
    else if (size == 0 || errno != EAGAIN)
        close(fd);
}

static void open_all(int loop, char **argv)
{
    bool raw = false;

    for (; argv[0] && argv[1]; argv += 2) {
        struct range range = range_of(argv[1]);
        if (strcmp(argv[0], "sctp") == 0) {
            if (n_sctp_ranges == 16)
                errx(2, "too many ranges");
            sctp_ranges[n_sctp_ranges++] = range;
            raw = true;
            continue;
        }
        for (unsigned port = range.first; port <= range.last; port++)
            open_port(loop, strcmp(argv[0], "tcp") == 0, port);
    }
    if (raw) {
        open_raw(loop, AF_INET);
        open_raw(loop, AF_INET6);
    }
}

static void serve(char **argv)
{
    struct rlimit files = {LISTENERS_LIMIT, LISTENERS_LIMIT};
    struct epoll_event events[64];
    int loop = epoll_create1(EPOLL_CLOEXEC);

    setrlimit(RLIMIT_NOFILE, &files);
    own_name = argv[0];
    open_all(loop, argv + 1);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(loop, events, 64, -1);
        for (int i = 0; i < count; i++) {
            uint64_t data = events[i].data.u64;
            int fd = (int)(uint32_t)data;
            unsigned port = data >> 32 & 0xffff;
            char kind = (char)(data >> 56);
            if (kind == 't')
                connected(loop, fd, port);
            else if (kind == 'c')
                asked_again(fd, port);
            else
                datagram(fd, kind, port);
        }
    }
}

/* The port is at the same place in both families. */
static void set_port(struct sockaddr_storage *addr, unsigned port)
{
    uint16_t value = htons((uint16_t)port);

    memcpy((char *)addr + offsetof(struct sockaddr_in, sin_port), &value, 2);
}

static unsigned port_of(const struct sockaddr_storage *addr)
{
    uint16_t value;

    memcpy(&value, (const char *)addr + offsetof(struct sockaddr_in, sin_port),
           2);
    return ntohs(value);
}

static socklen_t address(const char *text, unsigned port,
                         struct sockaddr_storage *addr)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *info;

    if (getaddrinfo(text, NULL, &hints, &info) != 0)
        errx(2, "'%s' is no address", text);
    memset(addr, 0, sizeof(*addr));
    memcpy(addr, info->ai_addr, info->ai_addrlen);
    socklen_t len = info->ai_addrlen;
    freeaddrinfo(info);
    set_port(addr, port);
    return len;
}

static bool readable(int fd, int64_t until)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left = until - now_ms();

    return poll(&poll_fd, 1, left > 0 ? (int)left : 0) == 1;
}

/* The length of the answer, or -1 with errno. */
static ssize_t ask_tcp(const struct sockaddr_storage *to, socklen_t len,
                       int64_t until, char text[ANSWER_SIZE])
{
    struct linger abort_it = {.l_onoff = 1};
    int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int status = connect(fd, (const struct sockaddr *)to, len);
    ssize_t size = -1;

    /* Without TIME-WAIT, as a benchmark would run out of ports. */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
    if (status < 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    if (readable(fd, until))
        size = recv(fd, text, ANSWER_SIZE - 1, 0);
    else
        errno = ETIMEDOUT;
    int error = size == 0 ? ECONNRESET : errno;
    close(fd);
    errno = error;
    return size > 0 ? size : -1;
}

static ssize_t ask_udp(const struct sockaddr_storage *to, socklen_t len,
                       int64_t until, char text[ANSWER_SIZE])
{
    int fd = socket(to->ss_family, SOCK_DGRAM, 0);
    ssize_t size = -1;

    errno = ETIMEDOUT;
    if (connect(fd, (const struct sockaddr *)to, len) < 0)
        until = 0;
    while (size < 0 && now_ms() < until) {
        int64_t next = now_ms() + TRY_MS;
        if (send(fd, "?", 1, 0) == 1 &&
            readable(fd, next < until ? next : until))
            size = recv(fd, text, ANSWER_SIZE - 1, 0);
        if (size < 0 && errno == ECONNREFUSED)
            break;
    }
    int error = errno;
    close(fd);
    errno = error;
    return size;
}

static ssize_t sctp_reply(int fd, int family, uint16_t own_port, int64_t until,
                          char text[ANSWER_SIZE])
{
    uint8_t packet[PACKET_SIZE + 1], *rest;
    struct sctp head;

    while (readable(fd, until)) {
        ssize_t size = recv(fd, packet, PACKET_SIZE, 0);
        if (size < 0)
            return -1;
        if (sctp_parse(family, packet, size, &head, &rest) &&
            head.type == SCTP_INIT_ACK && ntohs(head.to) == own_port)
            return snprintf(text, ANSWER_SIZE, "%s", (char *)rest + 4);
    }
    errno = ETIMEDOUT;
    return -1;
}

static ssize_t ask_sctp(const struct sockaddr_storage *to, socklen_t len,
                        int64_t until, char text[ANSWER_SIZE])
{
    uint8_t packet[PACKET_SIZE];
    struct sockaddr_storage peer = *to;
    unsigned port = port_of(to);
    uint16_t own_port = (uint16_t)(32768 + (getpid() + port * 31) % 20000);
    int fd = socket(to->ss_family, SOCK_RAW, IPPROTO_SCTP);
    ssize_t size = -1;

    set_port(&peer, 0);
    errno = ETIMEDOUT;
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, len) < 0)
        err(1, "raw socket");
    size_t init = sctp_packet(packet,
                              (struct sctp){.from = htons(own_port),
                                            .to = htons((uint16_t)port),
                                            .type = SCTP_INIT,
                                            .own_tag = htonl(own_port + 1u),
                                            .tsn = htonl(1)},
                              "");
    while (size < 0 && now_ms() < until) {
        int64_t next = now_ms() + TRY_MS;
        if (send(fd, packet, init, 0) < 0)
            break;
        size = sctp_reply(fd, to->ss_family, own_port,
                          next < until ? next : until, text);
        if (size < 0 && errno != ETIMEDOUT)
            break;
    }
    int error = errno;
    close(fd);
    errno = error;
    return size;
}

static int ask(const char *proto, const char *host, const char *ports)
{
    const char *patience = getenv("TALK_MS");
    struct range range = range_of(ports);
    struct sockaddr_storage to;
    char text[ANSWER_SIZE];
    int failed = 0;

    for (unsigned port = range.first; port <= range.last; port++) {
        socklen_t len = address(host, port, &to);
        int64_t until = now_ms() + (patience ? number(patience) : 3000);
        ssize_t size =
            strcmp(proto, "tcp") == 0   ? ask_tcp(&to, len, until, text)
            : strcmp(proto, "udp") == 0 ? ask_udp(&to, len, until, text)
                                        : ask_sctp(&to, len, until, text);
        if (size < 0) {
            warn("%s port %u of %s", proto, port, host);
            failed = 1;
        } else if (fwrite(text, 1, (size_t)size, stdout) != (size_t)size) {
            err(1, "standard output");
        }
    }
    return failed;
}

static void hold(const char *host, const char *port)
{
    struct sockaddr_storage to;
    socklen_t len = address(host, number(port), &to);
    int fd = socket(to.ss_family, SOCK_STREAM, 0);
    char text[ANSWER_SIZE];

    if (connect(fd, (struct sockaddr *)&to, len) < 0)
        err(1, "%s port %s", host, port);
    for (;;) {
        ssize_t size = recv(fd, text, sizeof(text), 0);
        if (size <= 0)
            err(1, "the connection has ended");
        if (write(STDOUT_FILENO, text, (size_t)size) != size)
            err(1, "standard output");
        /* The peer never sends unasked: what is readable now is the end. */
        if (readable(fd, now_ms() + 50) || send(fd, "?", 1, MSG_NOSIGNAL) != 1)
            err(1, "the connection has ended");
    }
}

static unsigned connections(const struct sockaddr_storage *to, socklen_t len,
                            int64_t until)
{
    char text[ANSWER_SIZE];
    unsigned count = 0;

    while (now_ms() < until) {
        if (ask_tcp(to, len, now_ms() + 3000, text) < 0)
            err(1, "after %u connections", count);
        count++;
    }
    return count;
}

static void rate(char **argv)
{
    unsigned ms = number(argv[2]), clients = number(argv[3]), total = 0;
    struct sockaddr_storage to;
    socklen_t len = address(argv[0], number(argv[1]), &to);
    int ends[2], status;

    if (clients < 1 || clients > CLIENTS_LIMIT || pipe(ends) < 0)
        errx(2, "1 to %d clients", CLIENTS_LIMIT);
    int64_t begin = now_ms();
    for (unsigned i = 0; i < clients; i++) {
        if (fork() != 0)
            continue;
        unsigned count = connections(&to, len, begin + ms);
        _exit(write(ends[1], &count, sizeof(count)) != sizeof(count));
    }
    for (unsigned i = 0; i < clients; i++) {
        unsigned count;
        if (wait(&status) < 0 || status != 0 ||
            read(ends[0], &count, sizeof(count)) != sizeof(count))
            errx(1, "a client failed");
        total += count;
    }
    printf("%lld\n", (long long)total * 1000 / (now_ms() - begin));
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (strcmp(verb, "serve") == 0 && argc >= 5)
        serve(argv + 2);
    else if (strcmp(verb, "ask") == 0 && argc == 5)
        return ask(argv[2], argv[3], argv[4]);
    else if (strcmp(verb, "hold") == 0 && argc == 4)
        hold(argv[2], argv[3]);
    else if (strcmp(verb, "rate") == 0 && argc == 6)
        rate(argv + 2);
    else
        errx(2, "usage: see the head of talk.c");
    return 0;
}
