/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Writing an Ethernet frame from its first byte to its last, in the order of
 * the RFCs' drawings. Numbers are in network byte order. Pure.
 *
 * What others choose of it, as a host's name, has its limit where it is read,
 * so a frame that does not fit is a mistake of ours: it aborts.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/parse.h"

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
};

struct frame {
    uint8_t *bytes; /* the caller's */
    size_t room;
    size_t size;
};

void frame_add(struct frame *frame, const void *bytes, size_t size);
/* The low `size` bytes of the value, eight at most. */
void frame_add_number(struct frame *frame, uint64_t value, size_t size);
void frame_add_zeros(struct frame *frame, size_t size);
/* `vlan` 0 = no header for one. */
void frame_add_ethernet(struct frame *frame, const struct mac *to,
                        const struct mac *from, unsigned vlan,
                        unsigned ethertype);

/* What was not known when its place was written: a length, a checksum. */
void frame_put_number(uint8_t *at, uint64_t value, size_t size);
