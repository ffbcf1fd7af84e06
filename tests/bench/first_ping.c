/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * first_ping PID ADDRESS: sends an ICMP echo request each millisecond from the
 * network namespace of the process, until one is answered; at most 10 s.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/banned.h"

#define TRIES 10000
#define IPV4_HEADER_SIZE 20

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct icmphdr request = {.type = ICMP_ECHO, .un.echo.id = 7};
    unsigned char answer[256];
    char path[64];

    if (argc != 3 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
        errx(2, "usage: first_ping PID ADDRESS");
    snprintf(path, sizeof(path), "/proc/%s/ns/net", argv[1]);
    int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns < 0 || setns(netns, CLONE_NEWNET) < 0)
        err(1, "%s", path);
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0)
        err(1, "socket");
    /* Of ones' complement, over a type, an id and nothing else. */
    request.checksum = (uint16_t) ~(htons(ICMP_ECHO << 8) + request.un.echo.id);
    for (unsigned i = 0; i < TRIES; i++) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        (void)sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&to,
                     sizeof(to));
        if (poll(&poll_fd, 1, 1) <= 0)
            continue;
        ssize_t size = recv(fd, answer, sizeof(answer), 0);
        if (size > IPV4_HEADER_SIZE &&
            answer[IPV4_HEADER_SIZE] == ICMP_ECHOREPLY)
            return 0;
    }
    errx(1, "%s does not answer", argv[2]);
}
