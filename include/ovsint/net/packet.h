/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whole Ethernet frames of one device, of those kinds that a DHCP client has to
 * see: ARP, and UDP to port 68 (packet(7)). The kernel drops all others before
 * they are queued. `net` must have been opened with NET_WITH_ANNOUNCE.
 *
 * Pitfall: frames come after the moment of packet_listen() alone, and until
 * the socket is closed. For a second device it is called again.
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

#define PACKET_SIZE 2048 /* of the largest frame that is taken whole */

/* -EBADF without that socket, -ENODEV if the device is gone. */
int packet_listen(struct net *net, int ifindex, struct err *err) MUST_CHECK;
/* For poll(2). */
int packet_fd(const struct net *net);
/* Sends over the device. A frame that the device does not take counts as one
 * that was lost on its way. */
void packet_send(struct net *net, const void *frame, size_t size);
/* Takes a frame that has come: its size, cut to `room`; 0 = there is none. A
 * device that is down is no failure. */
int packet_receive(struct net *net, void *frame, size_t room,
                   struct err *err) MUST_CHECK;
