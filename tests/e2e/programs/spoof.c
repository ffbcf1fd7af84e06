/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * spoof NETNS DEVICE NETNS DEVICE <FRAMES: sends frames from the first device
 * as they are described, one a line, and tells which of them arrive at the
 * second one: "NAME passed" or "NAME dropped".
 *
 *   NAME SRC-MAC [to DST-MAC] [tag VLAN]... PAYLOAD
 *
 * PAYLOAD is one of
 *   arp OP SHA SPA TPA           OP: 1 request, 2 reply
 *   udp SRC DST SPORT DPORT      of IPv4 or IPv6
 *   icmp SRC DST TYPE            of IPv4
 *   icmp6 SRC DST TYPE [target ADDR] [sll MAC] [tll MAC]
 *   raw ETHERTYPE [HEX]          HEX are the bytes behind it
 * and may be followed by `frag`: it says that it is the first of several
 * fragments.
 *
 * The line whose NAME is "fence" describes a frame that arrives in any case,
 * and comes first. A frame counts as dropped if it is still missing when
 * several fences that were sent after it have arrived.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define FRAME_SIZE 512
#define LEAST_SIZE 100 /* no frame is padded on its way */
#define MARK 0x5f0f1234u
#define FENCES 3
#define FENCE_TRIES 20
#define FENCE_MS 250
#define LAST_MS 25

struct frame {
    uint8_t bytes[FRAME_SIZE];
    size_t size;
    size_t tpa;  /* where that of ARP is; 0 = it is not ARP */
    char *words; /* that have not been read */
};

struct end {
    int fd;
    int ifindex;
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

    if (end.ifindex == 0)
        err(2, "device %s", device);
    if (end.fd < 0 || bind(end.fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        err(2, "listen at %s", device);
    return end;
}

/* Words. */

static char *word(struct frame *frame)
{
    char *next;

    do
        next = strsep(&frame->words, " ");
    while (next && !*next);
    return next;
}

static char *need(struct frame *frame, const char *what)
{
    char *next = word(frame);

    if (!next)
        errx(2, "no %s", what);
    return next;
}

static unsigned need_number(struct frame *frame, const char *what)
{
    return (unsigned)strtoul(need(frame, what), NULL, 0);
}

/* Bytes. */

static void put(struct frame *frame, const void *bytes, size_t size)
{
    if (frame->size + size > FRAME_SIZE)
        errx(2, "a frame is too long");
    memcpy(frame->bytes + frame->size, bytes, size);
    frame->size += size;
}

static void put_number(struct frame *frame, unsigned value, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * (size - 1 - i)));
    put(frame, bytes, size);
}

static void put_mac(struct frame *frame, const char *text)
{
    unsigned b[6];

    if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4,
               b + 5) != 6)
        errx(2, "not a MAC: %s", text);
    for (size_t i = 0; i < 6; i++)
        put_number(frame, b[i], 1);
}

static size_t put_address(struct frame *frame, const char *text)
{
    uint8_t bytes[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, bytes) != 1)
        errx(2, "not an address: %s", text);
    put(frame, bytes, family == AF_INET ? 4 : 16);
    return family == AF_INET ? 4 : 16;
}

static unsigned sum(const uint8_t *bytes, size_t size, unsigned from)
{
    for (size_t i = 0; i < size; i++)
        from += i % 2 ? bytes[i] : (unsigned)bytes[i] << 8;
    while (from >> 16)
        from = (from & 0xffff) + (from >> 16);
    return from;
}

static void set16(struct frame *frame, size_t at, unsigned value)
{
    frame->bytes[at] = (uint8_t)(value >> 8);
    frame->bytes[at + 1] = (uint8_t)value;
}

/* What is after `begin` is of that protocol, with its checksum at `check`. */
static void finish_checksum(struct frame *frame, size_t addresses,
                            size_t addresses_size, size_t begin, size_t check,
                            unsigned protocol)
{
    size_t size = frame->size - begin;
    unsigned total = sum(frame->bytes + addresses, addresses_size,
                         (unsigned)size + protocol);

    total = sum(frame->bytes + begin, size, total);
    set16(frame, begin + check, ~total & 0xffff);
}

/* Protocols. */

struct packet {
    bool is_v6;
    bool is_fragment;
    size_t begin;
    size_t addresses;
    size_t payload;
    unsigned protocol;
};

static struct packet begin_packet(struct frame *frame, const char *from,
                                  const char *to, unsigned protocol, bool frag)
{
    struct packet packet = {.is_v6 = strchr(from, ':') != NULL,
                            .is_fragment = frag,
                            .protocol = protocol};
    bool is_icmp6 = protocol == 58;

    put_number(frame, packet.is_v6 ? 0x86dd : 0x0800, 2);
    packet.begin = frame->size;
    if (packet.is_v6) {
        put_number(frame, 0x60000000, 4);
        put_number(frame, 0, 2);
        put_number(frame, frag ? 44 : protocol, 1);
        put_number(frame, is_icmp6 ? 255 : 64, 1);
    } else {
        put_number(frame, 0x4500, 2);
        put_number(frame, 0, 2);
        put_number(frame, 0x1234, 2);
        put_number(frame, frag ? 0x2000 : 0, 2);
        put_number(frame, 64, 1);
        put_number(frame, protocol, 1);
        put_number(frame, 0, 2);
    }
    packet.addresses = frame->size;
    put_address(frame, from);
    put_address(frame, to);
    if (packet.is_v6 && frag) {
        put_number(frame, protocol, 1);
        put_number(frame, 0, 1);
        put_number(frame, 1, 2); /* there are more */
        put_number(frame, 0x1234, 4);
    }
    packet.payload = frame->size;
    return packet;
}

static void end_packet(struct frame *frame, const struct packet *packet,
                       size_t check, bool has_pseudo)
{
    while ((frame->size - packet->payload) % 8)
        put_number(frame, 0, 1);
    finish_checksum(frame, packet->addresses,
                    has_pseudo ? (packet->is_v6 ? 32 : 8) : 0, packet->payload,
                    check, has_pseudo ? packet->protocol : 0);
    if (packet->is_v6) {
        set16(frame, packet->begin + 4,
              (unsigned)(frame->size - packet->begin - 40));
        return;
    }
    set16(frame, packet->begin + 2, (unsigned)(frame->size - packet->begin));
    set16(frame, packet->begin + 10,
          ~sum(frame->bytes + packet->begin, 20, 0) & 0xffff);
}

static void put_udp(struct frame *frame, bool frag)
{
    const char *from = need(frame, "source"), *to = need(frame, "destination");
    unsigned sport = need_number(frame, "port");
    unsigned dport = need_number(frame, "port");
    struct packet packet = begin_packet(frame, from, to, 17, frag);

    put_number(frame, sport, 2);
    put_number(frame, dport, 2);
    put_number(frame, 16, 2);
    put_number(frame, 0, 2);
    put(frame, "spoofed!", 8);
    end_packet(frame, &packet, 6, true);
}

static void put_icmp(struct frame *frame, bool frag)
{
    const char *from = need(frame, "source"), *to = need(frame, "destination");
    struct packet packet = begin_packet(frame, from, to, 1, frag);

    put_number(frame, need_number(frame, "type"), 1);
    put_number(frame, 0, 7);
    end_packet(frame, &packet, 2, false);
}

static void put_option(struct frame *frame, unsigned type, const char *mac)
{
    put_number(frame, type, 1);
    put_number(frame, 1, 1);
    put_mac(frame, mac);
}

static void put_icmp6(struct frame *frame, bool frag)
{
    const char *from = need(frame, "source"), *to = need(frame, "destination");
    struct packet packet = begin_packet(frame, from, to, 58, frag);
    char *next;

    put_number(frame, need_number(frame, "type"), 1);
    put_number(frame, 0, 1);
    put_number(frame, 0, 2);
    put_number(frame, 0x20000000, 4); /* override */
    while ((next = word(frame)) != NULL) {
        if (strcmp(next, "target") == 0)
            put_address(frame, need(frame, "target"));
        else if (strcmp(next, "sll") == 0)
            put_option(frame, 1, need(frame, "sll"));
        else if (strcmp(next, "tll") == 0)
            put_option(frame, 2, need(frame, "tll"));
        else
            errx(2, "what is %s?", next);
    }
    end_packet(frame, &packet, 2, true);
}

static void put_arp(struct frame *frame)
{
    put_number(frame, 0x0806, 2);
    put_number(frame, 0x00010800, 4);
    put_number(frame, 0x0604, 2);
    put_number(frame, need_number(frame, "operation"), 2);
    put_mac(frame, need(frame, "sha"));
    put_address(frame, need(frame, "spa"));
    put_number(frame, 0, 4);
    put_number(frame, 0, 2);
    frame->tpa = frame->size;
    put_address(frame, need(frame, "tpa"));
}

static void put_raw(struct frame *frame)
{
    unsigned byte;

    put_number(frame, need_number(frame, "type"), 2);
    for (const char *hex = word(frame); hex && *hex; hex += 2) {
        if (sscanf(hex, "%2x", &byte) != 1)
            errx(2, "not bytes: %s", hex);
        put_number(frame, byte, 1);
    }
}

static void put_payload(struct frame *frame, const char *kind, bool frag)
{
    if (strcmp(kind, "arp") == 0)
        put_arp(frame);
    else if (strcmp(kind, "udp") == 0)
        put_udp(frame, frag);
    else if (strcmp(kind, "icmp") == 0)
        put_icmp(frame, frag);
    else if (strcmp(kind, "icmp6") == 0)
        put_icmp6(frame, frag);
    else if (strcmp(kind, "raw") == 0)
        put_raw(frame);
    else
        errx(2, "what is %s?", kind);
}

static bool take_frag(char *words)
{
    char *frag = strstr(words, " frag");

    if (frag)
        *frag = '\0';
    return frag != NULL;
}

/* The mark and a number are the last bytes, behind what the protocol has. */
static void make(struct frame *frame, char *words, unsigned number)
{
    bool frag = take_frag(words);
    const char *from, *next;

    *frame = (struct frame){.words = words};
    from = need(frame, "source MAC");
    next = need(frame, "payload");
    if (strcmp(next, "to") == 0) {
        put_mac(frame, need(frame, "destination MAC"));
        next = need(frame, "payload");
    } else {
        put_mac(frame, "ff:ff:ff:ff:ff:ff");
    }
    put_mac(frame, from);
    for (; strcmp(next, "tag") == 0; next = need(frame, "payload")) {
        put_number(frame, ETHERTYPE_VLAN, 2);
        put_number(frame, need_number(frame, "VLAN"), 2);
    }
    put_payload(frame, next, frag);
    while (frame->size < LEAST_SIZE)
        put_number(frame, 0, 1);
    put_number(frame, MARK, 4);
    put_number(frame, number, 4);
}

/* Sending, and what arrives. */

static void send_frame(const struct end *from, const struct frame *frame)
{
    if (send(from->fd, frame->bytes, frame->size, 0) < 0)
        err(2, "send");
}

/* The number of the next frame of ours that arrives within `ms`; 0 = none. */
static unsigned arrived(const struct end *to, int ms)
{
    struct pollfd wait = {.fd = to->fd, .events = POLLIN};
    uint8_t bytes[2048];
    uint32_t mark, number;
    struct sockaddr_ll from;
    socklen_t len = sizeof(from);

    while (poll(&wait, 1, ms) > 0) {
        ssize_t size = recvfrom(to->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                                (struct sockaddr *)&from, &len);
        if (size < 8 || from.sll_pkttype == PACKET_OUTGOING)
            continue;
        memcpy(&mark, bytes + size - 8, sizeof(mark));
        memcpy(&number, bytes + size - 4, sizeof(number));
        if (ntohl(mark) == MARK)
            return ntohl(number);
    }
    return 0;
}

/* Sends a fence until it arrives. Each asks for another address, as the switch
 * looks at the first frame of a kind longer than at those that follow. True if
 * `number` came before. */
static bool fence_passes(const struct end *from, const struct end *to,
                         struct frame *fence, unsigned number)
{
    static unsigned fences = 0x80000000;
    bool seen = false;

    fence->size -= 4;
    put_number(fence, ++fences, 4);
    if (fence->tpa)
        set16(fence, fence->tpa + 2, fences & 0xffff);
    for (int i = 0; i < FENCE_TRIES; i++) {
        send_frame(from, fence);
        for (unsigned got; (got = arrived(to, FENCE_MS)) != 0;) {
            seen |= got == number;
            if (got == fences)
                return seen;
        }
    }
    errx(3, "the fence does not pass");
}

int main(int argc, char **argv)
{
    struct frame fence = {0}, frame;
    char line[512];
    unsigned number = 0;

    if (argc != 5)
        errx(2, "usage: spoof NETNS DEVICE NETNS DEVICE <FRAMES");
    struct end from = open_end(argv[1], argv[2]);
    struct end to = open_end(argv[3], argv[4]);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *words = line, *name = strsep(&words, " ");
        bool passed = false;
        if (!words)
            continue;
        make(&frame, words, ++number);
        if (strcmp(name, "fence") == 0) {
            fence = frame;
            continue;
        }
        for (int i = 0; i < FENCES && !passed; i++) {
            send_frame(&from, &frame);
            passed = fence_passes(&from, &to, &fence, number);
        }
        passed = passed || arrived(&to, LAST_MS) == number;
        printf("%s %s\n", name, passed ? "passed" : "dropped");
    }
    return 0;
}
