/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * advertise DEVICE PREFIX COUNT EVERY-MS: a router. It tells all of its link,
 * COUNT times, that it is their default router and that they may give
 * themselves addresses of PREFIX/64 (RFC 4861, sections 4.2 and 4.6.2). It does
 * not check that anybody hears it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LIFETIME_S 1800
#define TENTATIVE_MS 10000

struct __attribute__((packed)) advertisement {
    struct nd_router_advert head;
    struct nd_opt_prefix_info prefix;
};

int main(int argc, char **argv)
{
    struct sockaddr_in6 all = {.sin6_family = AF_INET6};
    struct advertisement message = {
        .head.nd_ra_hdr.icmp6_type = ND_ROUTER_ADVERT,
        .prefix = {.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION,
                   .nd_opt_pi_len = sizeof(message.prefix) / 8,
                   .nd_opt_pi_prefix_len = 64,
                   .nd_opt_pi_flags_reserved =
                       ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO,
                   .nd_opt_pi_valid_time = htonl(LIFETIME_S),
                   .nd_opt_pi_preferred_time = htonl(LIFETIME_S)}};
    int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), hops = 255;
    int waited = 0;

    if (argc != 5 ||
        inet_pton(AF_INET6, argv[2], &message.prefix.nd_opt_pi_prefix) != 1)
        errx(2, "usage: advertise DEVICE PREFIX COUNT EVERY-MS");
    message.head.nd_ra_hdr.icmp6_data16[1] = htons(LIFETIME_S);
    inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
    all.sin6_scope_id = if_nametoindex(argv[1]);
    if (fd < 0 || all.sin6_scope_id == 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) <
            0)
        err(2, "%s", argv[1]);
    for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
        /* Until the device has its link-local address. */
        while (sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&all,
                      sizeof(all)) < 0) {
            if (errno != EADDRNOTAVAIL || waited++ * 20 > TENTATIVE_MS)
                err(1, "send by %s", argv[1]);
            poll(NULL, 0, 20);
        }
        poll(NULL, 0, (int)strtol(argv[4], NULL, 10));
    }
    return 0;
}
