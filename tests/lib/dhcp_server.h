/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a DHCP server answers, as frames that are written by hand, so that the
 * reader of the product is not tested with its own writer.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#define ANSWER_SIZE 700

struct answer_frame {
    uint8_t bytes[ANSWER_SIZE];
    size_t size;
};

/* Offsets within a frame. */
enum { AT_IP = 14, AT_UDP = 34, AT_BOOTP = 42, AT_OPTION = 42 + 240 };

static const uint8_t server_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t client_mac[6] = {2, 0, 0, 0, 0, 9};

static void answer_number(uint8_t *at, uint32_t value, int size)
{
    for (int i = size; i-- > 0; at++)
        *at = (uint8_t)(value >> 8 * i);
}

/* The checksum of the IP header, and all lengths. */
static void answer_finish(struct answer_frame *frame)
{
    uint8_t *ip = frame->bytes + AT_IP;
    uint32_t total = 0;

    answer_number(ip + 2, (uint32_t)frame->size - AT_IP, 2);
    answer_number(ip + 10, 0, 2);
    for (int i = 0; i < 20; i += 2)
        total += (uint32_t)ip[i] << 8 | ip[i + 1];
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    answer_number(ip + 10, ~total & 0xffff, 2);
    answer_number(frame->bytes + AT_UDP + 4, (uint32_t)frame->size - AT_UDP, 2);
}

/* An answer from 192.0.2.1 that gives 192.0.2.77, with these options after its
 * type and the server's identifier. */
static inline void answer_make(struct answer_frame *frame, uint8_t type,
                               uint32_t xid, const void *options, size_t size)
{
    static const uint8_t ip[20] = {0x45, 0, 0,   0, 0, 0, 0,   0, 64, 17,
                                   0,    0, 192, 0, 2, 1, 192, 0, 2,  77};
    static const uint8_t cookie[4] = {99, 130, 83, 99};
    const uint8_t head[9] = {53, 1, type, 54, 4, 192, 0, 2, 1};
    uint8_t *bytes = frame->bytes;

    memset(frame, 0, sizeof(*frame));
    memcpy(bytes, client_mac, 6);
    memcpy(bytes + 6, server_mac, 6);
    answer_number(bytes + 12, 0x0800, 2);
    memcpy(bytes + AT_IP, ip, sizeof(ip));
    answer_number(bytes + AT_UDP, 67, 2);
    answer_number(bytes + AT_UDP + 2, 68, 2);
    uint8_t *bootp = bytes + AT_BOOTP;
    bootp[0] = 2;
    bootp[1] = 1;
    bootp[2] = 6;
    answer_number(bootp + 4, xid, 4);
    answer_number(bootp + 16, 0xc000024d, 4);
    memcpy(bootp + 28, client_mac, 6);
    memcpy(bootp + 236, cookie, 4);
    memcpy(bytes + AT_OPTION, head, sizeof(head));
    memcpy(bytes + AT_OPTION + sizeof(head), options, size);
    frame->size = AT_OPTION + sizeof(head) + size;
    frame->bytes[frame->size++] = 255;
    answer_finish(frame);
}
