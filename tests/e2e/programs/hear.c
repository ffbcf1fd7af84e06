/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sockets that depend on one device.
 *
 *   hear group GROUP PORT DEVICE [SOURCE]  joins the group on the device, from
 *                     one source only where that is said, and prints what comes
 *   hear bound DEVICE PORT                 is bound to the device, likewise
 *   hear send ADDRESS PORT TEXT DEVICE     sends one datagram over the device
 */
#include <err.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_storage address_of(const char *host, const char *port,
                                          socklen_t *size)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                             .ai_socktype = SOCK_DGRAM},
                    *found;
    struct sockaddr_storage address = {0};

    if (getaddrinfo(host, port, &hints, &found) != 0)
        errx(2, "no such address: %s %s", host ? host : "any", port);
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    *size = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}

static int level_of(int family)
{
    return family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

static void set(int fd, int level, int option, const void *value,
                socklen_t size)
{
    if (setsockopt(fd, level, option, value, size) < 0)
        err(1, "option %d", option);
}

static int open_at(const char *host, const char *port, int family)
{
    socklen_t size;
    struct sockaddr_storage any = address_of(host, port, &size);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

    if (fd < 0)
        err(1, "socket");
    set(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&any, size) < 0)
        err(1, "bind");
    return fd;
}

static void print_all(int fd)
{
    char text[256];
    ssize_t size;

    puts("ready");
    fflush(stdout);
    while ((size = recv(fd, text, sizeof(text) - 1, 0)) >= 0) {
        text[size] = '\0';
        puts(text);
        fflush(stdout);
    }
    err(1, "recv");
}

static void group(char **args, const char *source)
{
    socklen_t size;
    struct group_source_req request = {.gsr_interface = if_nametoindex(args[2]),
                                       .gsr_group =
                                           address_of(args[0], "0", &size)};
    struct group_req all = {.gr_interface = request.gsr_interface,
                            .gr_group = request.gsr_group};
    int family = request.gsr_group.ss_family;
    int fd = open_at(family == AF_INET ? "0.0.0.0" : "::", args[1], family);

    if (source) {
        request.gsr_source = address_of(source, "0", &size);
        set(fd, level_of(family), MCAST_JOIN_SOURCE_GROUP, &request,
            sizeof(request));
    } else {
        set(fd, level_of(family), MCAST_JOIN_GROUP, &all, sizeof(all));
    }
    print_all(fd);
}

static void bound(char **args)
{
    int fd = open_at("0.0.0.0", args[1], AF_INET);

    set(fd, SOL_SOCKET, SO_BINDTODEVICE, args[0], (socklen_t)strlen(args[0]));
    print_all(fd);
}

static void send_one(char **args)
{
    socklen_t size;
    struct sockaddr_storage to = address_of(args[0], args[1], &size);
    unsigned index = if_nametoindex(args[3]);
    struct ip_mreqn by = {.imr_ifindex = (int)index};
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        err(1, "socket");
    if (to.ss_family == AF_INET)
        set(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by));
    else
        set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index));
    if (sendto(fd, args[2], strlen(args[2]), 0, (struct sockaddr *)&to, size) <
        0)
        err(1, "send to %s", args[0]);
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "group") == 0)
        group(argv + 2, argc > 5 ? argv[5] : NULL);
    else if (argc == 4 && strcmp(argv[1], "bound") == 0)
        bound(argv + 2);
    else if (argc == 6 && strcmp(argv[1], "send") == 0)
        send_one(argv + 2);
    else
        errx(2, "usage: hear group|bound|send ARGS, see hear.c");
    return 0;
}
