/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Neighbours (ARP, neighbour discovery) that one namespace waits for, and the
 * question for one of them as a frame.
 *
 * The kernel asks once a second (retrans_time in neigh_timer_handler(),
 * net/core/neighbour.c) and has no call that makes it ask earlier for an entry
 * that waits (__neigh_event_send()). To delete the entry drops the packets that
 * wait for it, and a connect() among them fails with EHOSTUNREACH
 * (neigh_invalidate(), tcp_v4_err()). An answer is taken whoever has asked.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* More than a container waits for at once. Beyond these the kernel's own
 * questions have to suffice. */
#define NEIGHBOURS_AWAITED 64

struct neighbours {
    struct ip ip[NEIGHBOURS_AWAITED];
    size_t count;
};

/* Those on the device that were asked for and have not answered yet
 * (NUD_INCOMPLETE). None if there is no such device. */
int neighbours_awaited(struct net *net, int ifindex, struct neighbours *ret,
                       struct err *err) MUST_CHECK;

#define NEIGHBOUR_QUESTION_SIZE 86

struct neighbour_question {
    uint8_t bytes[NEIGHBOUR_QUESTION_SIZE];
    size_t size;
};

/* What the host with this MAC and this address sends to ask for `whom`, an
 * address of the same family. IPv4: an ARP request (RFC 826). IPv6: a neighbour
 * solicitation to the solicited-node group (RFC 4861 section 4.3). Pure. */
void neighbour_question(const struct mac *mac, const struct ip *from,
                        const struct ip *whom, struct neighbour_question *ret);
