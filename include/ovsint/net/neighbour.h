/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Neighbours (ARP, neighbour discovery) as one namespace knows them.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* Makes the kernel ask again for every neighbour on the device that it waits
 * for or has given up: for an IPv4 one at once, for an IPv6 one with the next
 * packet to it. By itself the kernel asks once a second (retrans_time in
 * neigh_timer_handler(), net/core/neighbour.c): a question that was lost while
 * nothing passed would keep the way closed for that long. Packets that wait for
 * such a neighbour are dropped. Neighbours that have answered are left alone.
 * Returns how many there were; 0 if there is no such device. */
int neighbours_ask_again(struct net *net, int ifindex,
                         struct err *err) MUST_CHECK;
