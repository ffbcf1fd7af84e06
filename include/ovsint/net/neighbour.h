/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours (ARP, neighbour discovery) as one namespace knows them.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* Has every neighbour on the device that the kernel waits for or has given up
 * asked for anew: an IPv4 one at once, an IPv6 one with the next packet for it.
 * By itself the kernel asks once in a second (retrans_time in
 * neigh_timer_handler(), net/core/neighbour.c), so what was lost while nothing
 * passed would keep the way closed for that long. Packets that wait for such a
 * neighbour are dropped. Answered ones are left alone. Returns how many there
 * were, none for a device that is not there. */
int neighbours_ask_again(struct net *net, int ifindex,
                         struct err *err) MUST_CHECK;
