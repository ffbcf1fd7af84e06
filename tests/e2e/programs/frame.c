/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * frame NETNS DEVICE TAGS NETNS DEVICE [SIZE]: sends a broadcast frame with
 * these VLAN tags from the first device, and prints the tags with which it
 * arrives at the second: "10", "100.7" (outer first), "-" for none, or
 * "nothing" if it does not arrive within a second, or not with all of the SIZE
 * bytes (46) that follow its tags and EtherType. Frames that are tagged by hand
 * need no VLAN devices, which some kernels lack.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define ETHERTYPE_PROBE 0x88b5 /* IEEE 802, local experimental */
#define TRIES 10
#define TRY_MS 100
#define FRAME_SIZE 2048
#define SIZE_MIN 46
#define TAG_SIZE 4

static size_t payload_size = SIZE_MIN;

struct end {
    int fd;
    int ifindex;
    uint8_t mac[6];
};

static struct end open_end(const char *netns, const char *device)
{
    enter_netns_at(netns);
    struct end end = {
        .fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)),
        .ifindex = (int)if_nametoindex(device)};
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = end.ifindex};
    struct ifreq mac = {0};
    int on = 1;
    if (end.ifindex == 0)
        err(2, "device %s", device);
    if (end.fd < 0 || bind(end.fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
        setsockopt(end.fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
        err(2, "listen at %s", device);
    snprintf(mac.ifr_name, sizeof(mac.ifr_name), "%s", device);
    if (ioctl(end.fd, SIOCGIFHWADDR, &mac) < 0)
        err(2, "MAC of %s", device);
    memcpy(end.mac, mac.ifr_hwaddr.sa_data, sizeof(end.mac));
    return end;
}

static void put16(uint8_t **at, unsigned value)
{
    *(*at)++ = (uint8_t)(value >> 8);
    *(*at)++ = (uint8_t)value;
}

static void send_frame(const struct end *from, const char *tags, uint32_t id)
{
    uint8_t frame[FRAME_SIZE] = {0};
    uint8_t *at = frame + 12;

    memset(frame, 0xff, 6);
    memcpy(frame + 6, from->mac, sizeof(from->mac));
    for (const char *tag = tags; tag && *tag != '-';
         tag = strchr(tag, '.') ? strchr(tag, '.') + 1 : NULL) {
        put16(&at, ETHERTYPE_VLAN);
        put16(&at, (unsigned)strtoul(tag, NULL, 10));
    }
    put16(&at, ETHERTYPE_PROBE);
    memcpy(at, &id, sizeof(id));
    at[payload_size - 1] = (uint8_t)~id;
    if (send(from->fd, frame, (size_t)(at - frame) + payload_size, 0) < 0)
        err(2, "send");
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Prints the tags if the frame is ours: the one that the kernel took off, then
 * those that are still in it. */
static int print_tags(const uint8_t *frame, ssize_t size, int stripped,
                      uint32_t id)
{
    char text[64] = "";
    const uint8_t *at = frame + 12;
    size_t len = 0;

    if (stripped >= 0)
        len = (size_t)snprintf(text, sizeof(text), "%d.", stripped);
    while (at + 8 <= frame + size && get16(at) != ETHERTYPE_PROBE) {
        if (get16(at) != ETHERTYPE_VLAN && get16(at) != 0x88a8)
            return 0;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%u.",
                                get16(at + 2) & 0xfff);
        if (len >= sizeof(text))
            return 0;
        at += TAG_SIZE;
    }
    at += 2;
    if (at + payload_size > frame + size || memcmp(at, &id, sizeof(id)) != 0 ||
        at[payload_size - 1] != (uint8_t)~id)
        return 0;
    if (len)
        text[len - 1] = '\0';
    puts(len ? text : "-");
    return 1;
}

static int receive(const struct end *to, uint32_t id)
{
    uint8_t frame[FRAME_SIZE];
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct sockaddr_ll from;
    struct iovec iov = {.iov_base = frame, .iov_len = sizeof(frame)};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int stripped = -1;

    ssize_t size = recvmsg(to->fd, &message, MSG_DONTWAIT);
    if (size < 14 || from.sll_pkttype == PACKET_OUTGOING)
        return 0;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == PACKET_AUXDATA) {
        struct tpacket_auxdata aux;
        memcpy(&aux, CMSG_DATA(head), sizeof(aux));
        if (aux.tp_status & TP_STATUS_VLAN_VALID)
            stripped = aux.tp_vlan_tci & 0xfff;
    }
    return print_tags(frame, size, stripped, id);
}

int main(int argc, char **argv)
{
    uint32_t id = (uint32_t)getpid();

    if (argc != 6 && argc != 7)
        errx(2, "usage: frame NETNS DEVICE TAGS NETNS DEVICE [SIZE]");
    if (argc == 7)
        payload_size = strtoul(argv[6], NULL, 10);
    if (payload_size < SIZE_MIN || payload_size > FRAME_SIZE - 64)
        errx(2, "a size from %d to %d is wanted", SIZE_MIN, FRAME_SIZE - 64);
    struct end from = open_end(argv[1], argv[2]);
    struct end to = open_end(argv[4], argv[5]);
    for (int i = 0; i < TRIES; i++) {
        struct pollfd wait = {.fd = to.fd, .events = POLLIN};
        send_frame(&from, argv[3], id);
        while (poll(&wait, 1, TRY_MS) > 0) {
            if (receive(&to, id))
                return 0;
        }
    }
    puts("nothing");
    return 0;
}
