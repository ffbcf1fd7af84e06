/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tells the neighbours on the wire where an address lives now: peers that
 * remember its former MAC would else send into the void for minutes. One frame
 * for each call; the caller decides whether to repeat it.
 *
 * Pitfall: success means that the device has taken the frame, not that anybody
 * has received it.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* IPv4: an ARP announcement (RFC 5227 section 2.3: a broadcast request whose
 * sender and target address are equal). IPv6: an unsolicited neighbour
 * advertisement to ff02::1 with the override flag and the target link-layer
 * address (RFC 4861 section 7.2.6), sent from the address itself. Not for an
 * address under duplicate address detection (RFC 4862 section 5.4). `net` must
 * have been opened with NET_WITH_ANNOUNCE. -ENETDOWN if the device is down,
 * -ENXIO or -ENODEV if it is gone. */
int announce_address(struct net *net, int ifindex, const struct mac *mac,
                     const struct ip *ip, struct err *err) MUST_CHECK;

/* Makes the kernel send the ARP announcement of an IPv4 address of the device,
 * by a probe of that address (NTF_USE in neigh_add(), net/core/neighbour.c). It
 * needs no packet socket, whose close waits for a grace period of 10 ms and
 * more (packet_release() in net/packet/af_packet.c). The kernel chooses the
 * sender address: of several addresses in one subnet it is the first, so only
 * that one is announced. The device must be up, or nothing is sent.
 * -EAFNOSUPPORT for IPv6. */
int announce_by_probe(struct net *net, int ifindex, const struct ip *ip,
                      struct err *err) MUST_CHECK;
