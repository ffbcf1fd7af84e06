/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * probe EVERY-MS PEER-PID PEER-ADDRESS PID...: measures for how long traffic
 * between containers and a peer does not pass. From the namespace of each PID a
 * datagram goes to the peer every EVERY-MS, and one TCP connection is kept.
 * Commands come on standard input, one on each line:
 *
 *   reset     forget what was measured so far, print "reset"
 *   report    print one JSON object: of the containers' longest gaps the
 *             median and the longest, in ms; how many are cut off still;
 *             how many TCP connections still carry data
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define PORT 7
#define TCP_PATIENCE_MS 60000
#define CUT_OFF_MS 500
#define MAX 200

struct container {
    int udp, tcp;
    long last_ms, gap_ms;
    int echoed;
};

static struct container containers[MAX];
static int count;
static int every_ms;
static int echo_udp, listener;
static int served[MAX];
static int served_count;

static void enter(const char *pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
    enter_netns_at(path);
}

static int make_socket(int type)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        err(1, "socket");
    return fd;
}

static struct sockaddr_in address_of(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(PORT)};

    if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
        errx(1, "not an address: %s", text);
    return address;
}

static void serve(const char *pid)
{
    struct sockaddr_in any = address_of("0.0.0.0");
    int on = 1;

    enter(pid);
    echo_udp = make_socket(SOCK_DGRAM);
    listener = make_socket(SOCK_STREAM);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(echo_udp, (struct sockaddr *)&any, sizeof(any)) < 0 ||
        bind(listener, (struct sockaddr *)&any, sizeof(any)) < 0 ||
        listen(listener, MAX) < 0)
        err(1, "listen");
}

static void add_container(const char *pid, const struct sockaddr_in *peer)
{
    struct container *c = &containers[count++];

    enter(pid);
    c->udp = make_socket(SOCK_DGRAM);
    c->tcp = make_socket(SOCK_STREAM);
    if (connect(c->udp, (const struct sockaddr *)peer, sizeof(*peer)) < 0 ||
        connect(c->tcp, (const struct sockaddr *)peer, sizeof(*peer)) < 0)
        err(1, "connect from %s", pid);
    fcntl(c->tcp, F_SETFL, O_NONBLOCK);
    served[served_count] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (served[served_count++] < 0)
        err(1, "accept");
    c->last_ms = now_ms();
}

static void close_gap(struct container *c)
{
    long gap = now_ms() - c->last_ms - every_ms;

    if (gap > c->gap_ms)
        c->gap_ms = gap;
}

static void send_all(void)
{
    for (int i = 0; i < count; i++)
        (void)!send(containers[i].udp, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void echo_datagram(void)
{
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    char byte;

    while (recvfrom(echo_udp, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from,
                    &size) >= 0)
        (void)!sendto(echo_udp, &byte, 1, MSG_DONTWAIT,
                      (struct sockaddr *)&from, size);
}

static void echo_stream(int fd)
{
    char bytes[64];
    ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (size > 0)
        (void)!send(fd, bytes, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive(struct container *c)
{
    char bytes[64];

    /* The kernel reports an ICMP error once. It is no answer. */
    while (recv(c->udp, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
        close_gap(c);
        c->last_ms = now_ms();
    }
    if (recv(c->tcp, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        c->echoed = 1;
}

static void turn(void)
{
    echo_datagram();
    for (int i = 0; i < served_count; i++)
        echo_stream(served[i]);
    for (int i = 0; i < count; i++)
        receive(&containers[i]);
    poll(NULL, 0, every_ms / 2);
}

static int echoed(void)
{
    int n = 0;

    for (int i = 0; i < count; i++)
        n += containers[i].echoed;
    return n;
}

static int cut_off(void)
{
    int n = 0;

    for (int i = 0; i < count; i++)
        n += now_ms() - containers[i].last_ms > CUT_OFF_MS;
    return n;
}

static void send_streams(void)
{
    for (int i = 0; i < count; i++) {
        containers[i].echoed = 0;
        (void)!send(containers[i].tcp, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* While nothing passes, TCP retransmits ever more rarely. So afterwards either
 * the stream or a datagram may be the first to pass. */
static void try_all(void)
{
    long deadline = now_ms() + TCP_PATIENCE_MS;

    send_streams();
    while ((echoed() < count || cut_off() > 0) && now_ms() < deadline) {
        send_all();
        turn();
    }
}

static int by_length(const void *left, const void *right)
{
    const long *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static void report(void)
{
    long gaps[MAX];
    try_all();
    int lost = cut_off();
    for (int i = 0; i < count; i++) {
        close_gap(&containers[i]);
        gaps[i] = containers[i].gap_ms;
    }
    qsort(gaps, (size_t)count, sizeof(gaps[0]), by_length);
    printf("{\"count\":%d,\"median_ms\":%ld,\"longest_ms\":%ld,"
           "\"cut_off\":%d,\"tcp\":%d}\n",
           count, gaps[count / 2], gaps[count - 1], lost, echoed());
}

static void reset(void)
{
    for (int i = 0; i < count; i++) {
        containers[i].gap_ms = 0;
        containers[i].last_ms = now_ms();
    }
    send_streams(); /* so that some data is under way when it happens */
}

/* False at the end of the input. */
static int obey(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    char line[64];

    if (poll(&input, 1, 0) <= 0)
        return 1;
    ssize_t size = read(0, line, sizeof(line));
    if (size <= 0)
        return 0;
    if (strncmp(line, "reset", 5) == 0) {
        reset();
        puts("reset");
    } else {
        report();
    }
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc - 4 > MAX ||
        (every_ms = (int)strtol(argv[1], NULL, 10)) < 2)
        errx(2, "usage: probe EVERY-MS PEER-PID PEER-ADDRESS PID...");
    struct sockaddr_in peer = address_of(argv[3]);
    serve(argv[2]);
    for (int i = 4; i < argc; i++)
        add_container(argv[i], &peer);
    puts("ready");
    fflush(stdout);
    long next = now_ms();
    while (obey()) {
        if (now_ms() >= next) {
            send_all();
            next = now_ms() + every_ms;
        }
        turn();
    }
    return 0;
}
