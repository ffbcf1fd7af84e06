/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * traffic FROM TO ADDRESS PORT WHAT SIZE COUNT: sends from the network
 * namespace FROM to ADDRESS and PORT, where a child of this process in the
 * namespace TO serves port 5000. WHAT is
 *
 *   round    COUNT datagrams, each of which comes back
 *   oneway   COUNT datagrams, of which every 32nd is answered, so that none is
 *            lost
 *   bulk     COUNT megabytes by one TCP connection
 *   connect  COUNT TCP connections: opened, one byte, closed
 *
 * and SIZE is that of a datagram's IPv4 packet. Prints as JSON how many
 * nanoseconds passed for COUNT, and for how many ticks the processor was idle
 * meanwhile: where the clock counts instructions, a time with idle ticks in it
 * is none.
 *
 * A tick of the clock, and what it wakes, takes as long as dozens of packets,
 * and how many there are in a run is chance. So all but bulk is measured in
 * batches that are short against the time between two ticks, and the time for
 * COUNT is that of the median batch.
 *
 * A TCP connection whose buffers and window grow by what the kernel measures
 * takes another course each time. So buffers are fixed, and the congestion
 * control is the one that knows no clock.
 *
 * Both ends are of the one real-time class and priority. So neither interrupts
 * the other, nothing else interrupts them, and each run takes the same course.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define SERVED 5000
#define HEADERS 28 /* IPv4 and UDP */
#define BURST 32
#define WARM_UP 256
#define WARM_UP_MB 8
#define MEGABYTE 1000000
#define CHUNK (64 * 1024)
#define LIMIT_S 120
#define BATCHES_MAX 1024
#define BUFFER \
    (208 * 1024) /* the most that net.core.[rw]mem_max lets by default */

/* The first byte of a datagram says what is wanted of it. */
enum want { ECHO = 'e', SWALLOW = 's', ANSWER = 'a' };

static struct sockaddr_in to = {.sin_family = AF_INET};
static char chunk[4 * CHUNK];

/* A debugger stops here (tests/data-plane/steps.c). */
__attribute__((noinline)) void mark(void);
void mark(void)
{
    __asm__ volatile("");
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static unsigned long idle_ticks(void)
{
    unsigned long idle = 0;
    FILE *file = fopen("/proc/stat", "re");

    if (file == NULL || fscanf(file, "cpu %*u %*u %*u %lu", &idle) != 1)
        errx(2, "/proc/stat");
    fclose(file);
    return idle;
}

static void real_time(void)
{
    struct sched_param param = {.sched_priority = 1};

    if (sched_setscheduler(0, SCHED_FIFO, &param) < 0)
        err(2, "SCHED_FIFO");
}

static void take_the_same_course(int fd)
{
    int size = BUFFER;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) < 0)
        err(2, "TCP");
}

static int open_socket(int type)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
        err(2, "socket");
    if (type == SOCK_STREAM)
        take_the_same_course(fd);
    return fd;
}

static void serve_datagrams(int fd)
{
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        ssize_t length = recvfrom(fd, chunk, sizeof(chunk), 0,
                                  (struct sockaddr *)&from, &size);

        if (length <= 0 || chunk[0] == SWALLOW)
            continue;
        if (sendto(fd, chunk, chunk[0] == ECHO ? (size_t)length : 1, 0,
                   (struct sockaddr *)&from, size) < 0)
            err(2, "answer");
    }
}

static void serve_connections(int fd)
{
    if (listen(fd, 16) < 0)
        err(2, "listen");
    for (;;) {
        int peer = accept(fd, NULL, NULL);

        if (peer < 0)
            err(2, "accept");
        while (read(peer, chunk, sizeof(chunk)) > 0)
            continue;
        if (write(peer, "k", 1) != 1)
            err(2, "answer");
        close(peer);
    }
}

static pid_t start_server(const char *netns, int type)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(SERVED)};
    pid_t child = fork();
    int fd;

    if (child < 0)
        err(2, "fork");
    if (child > 0)
        return child;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        err(2, "prctl");
    enter_netns_at(netns);
    fd = open_socket(type);
    if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
        err(2, "bind");
    if (type == SOCK_DGRAM)
        serve_datagrams(fd);
    else
        serve_connections(fd);
    _exit(0);
}

static int connect_to_it(int type)
{
    int fd = open_socket(type);

    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(2, "connect");
    return fd;
}

static void datagram(int fd, size_t size, enum want want)
{
    char answer[2048];

    chunk[0] = (char)want;
    if (send(fd, chunk, size, 0) < 0)
        err(2, "send");
    if (want != SWALLOW && recv(fd, answer, sizeof(answer), 0) < 0)
        err(2, "no answer");
}

static void rounds(int fd, size_t size, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        datagram(fd, size, ECHO);
}

static void oneway(int fd, size_t size, unsigned count)
{
    unsigned i;

    for (i = 1; i <= count; i++)
        datagram(fd, size, i % BURST == 0 ? ANSWER : SWALLOW);
}

static void stream(int fd, unsigned megabytes)
{
    size_t left = (size_t)megabytes * MEGABYTE;

    while (left > 0) {
        ssize_t sent = write(fd, chunk, left < CHUNK ? left : CHUNK);

        if (sent < 0)
            err(2, "write");
        left -= (size_t)sent;
    }
}

static void finish(int fd)
{
    char byte;

    if (shutdown(fd, SHUT_WR) < 0 || read(fd, &byte, 1) != 1)
        err(2, "no answer at the end");
    close(fd);
}

static void connections(int fd, size_t size, unsigned count)
{
    unsigned i;

    (void)fd;
    (void)size;
    for (i = 0; i < count; i++)
        finish(connect_to_it(SOCK_STREAM));
}

static void megabytes(int fd, size_t size, unsigned count)
{
    (void)size;
    stream(fd, count);
    finish(fd);
}

/* What is measured, and how much of it at once; 0 = all. */
struct kind {
    const char *what;
    int type;
    unsigned batch;
    unsigned warm_up;
    void (*send)(int fd, size_t size, unsigned count);
};

static const struct kind kinds[] = {
    {"round", SOCK_DGRAM, 8, WARM_UP, rounds},
    {"oneway", SOCK_DGRAM, BURST, WARM_UP, oneway},
    {"bulk", SOCK_STREAM, 0, 0, megabytes},
    {"connect", SOCK_STREAM, 2, BURST, connections},
};

static const struct kind *kind_of(const char *what)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].what, what) == 0)
            return &kinds[i];
    }
    errx(2, "'%s' is none of round, oneway, bulk, connect", what);
}

static int in_order(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* Nanoseconds for `count`. */
static int64_t measure(const struct kind *kind, int fd, size_t size,
                       unsigned count)
{
    static int64_t took[BATCHES_MAX];
    unsigned batch = kind->batch && kind->batch < count ? kind->batch : count;
    unsigned i, batches = count / batch;

    if (batches > BATCHES_MAX || count % batch)
        errx(2, "COUNT is %u: no more than %d times %u", count, BATCHES_MAX,
             batch);
    for (i = 0; i < batches; i++) {
        took[i] = now_ns();
        kind->send(fd, size, batch);
        took[i] = now_ns() - took[i];
    }
    qsort(took, batches, sizeof(took[0]), in_order);
    return took[batches / 2] * batches;
}

/* What happens before the clock is read is over by then: neighbours, routes,
 * flows, the window of a TCP connection. */
static void run(const struct kind *kind, size_t size, unsigned count)
{
    unsigned long idle;
    int64_t took;
    int fd = -1;

    if (kind->send != connections)
        fd = connect_to_it(kind->type);
    if (kind->send == megabytes)
        stream(fd, WARM_UP_MB);
    else
        kind->send(fd, size, kind->warm_up);
    idle = idle_ticks();
    mark();
    took = measure(kind, fd, size, count);
    mark();
    printf("{\"what\":\"%s\",\"size\":%zu,\"count\":%u,\"ns\":%lld,\"idle\":%"
           "lu}\n",
           kind->what, kind->type == SOCK_DGRAM ? size + HEADERS : 0, count,
           (long long)took, idle_ticks() - idle);
}

int main(int argc, char **argv)
{
    const struct kind *kind;
    size_t size;
    pid_t server;

    if (argc != 8)
        errx(2, "usage: traffic FROM TO ADDRESS PORT WHAT SIZE COUNT");
    if (inet_pton(AF_INET, argv[3], &to.sin_addr) != 1)
        errx(2, "'%s' is no address", argv[3]);
    to.sin_port = htons((uint16_t)number(argv[4]));
    kind = kind_of(argv[5]);
    size = number(argv[6]);
    size = size > HEADERS + 1 ? size - HEADERS : 1;
    alarm(LIMIT_S);
    real_time();
    server = start_server(argv[2], kind->type);
    /* It is of the same priority, and runs until it waits. */
    sched_yield();
    enter_netns_at(argv[1]);
    run(kind, size, (unsigned)number(argv[7]));
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}
