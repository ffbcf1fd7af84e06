/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * flood DEVICE COUNT SIZE DST-MAC SRC-IP DST-IP: sends so many UDP datagrams in
 * frames of so many bytes, past the queueing discipline of the device, as
 * whoever has CAP_NET_RAW may. They go in small groups, as a TAP holds few.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/lib/program.h"

#define GROUP 20
#define PAUSE_MS 2
#define SIZE_MAX_ 1514
#define IP_HEADER 20

static int open_device(const char *device, uint8_t mac[6],
                       struct sockaddr_ll *to)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
    struct ifreq request = {0};

    if (fd < 0)
        err(2, "packet socket");
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
    if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
        err(2, "%s", device);
    memcpy(mac, request.ifr_hwaddr.sa_data, 6);
    *to = (struct sockaddr_ll){.sll_family = AF_PACKET,
                               .sll_ifindex = (int)if_nametoindex(device),
                               .sll_halen = 6};
    if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) < 0)
        err(2, "PACKET_QDISC_BYPASS");
    return fd;
}

static void set16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void set_checksum(uint8_t *header)
{
    unsigned sum = 0;

    for (int i = 0; i < IP_HEADER; i += 2)
        sum += (unsigned)header[i] << 8 | header[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    set16(header + 10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
}

/* Port 9 is "discard". */
static void make(uint8_t *frame, size_t size, char **argv)
{
    uint8_t *ip = frame + ETH_HLEN, *udp = ip + IP_HEADER;
    unsigned int mac[6];

    if (sscanf(argv[4], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3],
               &mac[4], &mac[5]) != 6)
        errx(2, "not a MAC: %s", argv[4]);
    for (int i = 0; i < 6; i++)
        frame[i] = (uint8_t)mac[i];
    set16(frame + 12, ETH_P_IP);
    ip[0] = 0x45;
    set16(ip + 2, (unsigned)size - ETH_HLEN);
    ip[8] = 64;
    ip[9] = IPPROTO_UDP;
    if (inet_pton(AF_INET, argv[5], ip + 12) != 1 ||
        inet_pton(AF_INET, argv[6], ip + 16) != 1)
        errx(2, "not an address: %s, %s", argv[5], argv[6]);
    set_checksum(ip);
    set16(udp, 9);
    set16(udp + 2, 9);
    set16(udp + 4, (unsigned)size - ETH_HLEN - IP_HEADER);
}

int main(int argc, char **argv)
{
    uint8_t frame[SIZE_MAX_] = {0};
    struct sockaddr_ll to;

    if (argc != 7)
        errx(2, "usage: flood DEVICE COUNT SIZE DST-MAC SRC-IP DST-IP");
    int fd = open_device(argv[1], frame + 6, &to);
    size_t size = number(argv[3]);
    if (size < 60 || size > sizeof(frame))
        errx(2, "not a size: %s", argv[3]);
    make(frame, size, argv);
    for (unsigned i = 0, count = number(argv[2]); i < count; i++) {
        if (sendto(fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
            warn("send");
        if (i % GROUP == GROUP - 1)
            poll(NULL, 0, PAUSE_MS);
    }
    return 0;
}
