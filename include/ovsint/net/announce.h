/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the neighbours on the wire where an address lives now: peers that
 * remember its former MAC would send into the void for minutes. One frame per
 * call; repeating is the caller's decision.
 *
 * A reader would get wrong that it is fire and forget: success means that the
 * frame was handed to the device, not that anybody heard it.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* IPv4: an ARP announcement (RFC 5227 section 2.3: a broadcast request with
 * sender and target address equal). IPv6: an unsolicited neighbour
 * advertisement to ff02::1 with the override flag and the target link-layer
 * address (RFC 4861 section 7.2.6), sent from the address itself; not for an
 * address under duplicate address detection (RFC 4862 section 5.4).
 * `net` must have been opened with NET_WITH_ANNOUNCE. -ENETDOWN when the
 * device is down, -ENXIO or -ENODEV when it is gone. */
int announce_address(struct net *net, int ifindex, const struct mac *mac,
                     const struct ip *ip, struct err *err) MUST_CHECK;

/* Has the kernel send the ARP announcement of an IPv4 address of the device,
 * by a probe of the address itself (NTF_USE in neigh_add(),
 * net/core/neighbour.c). It needs no packet socket, whose close waits for a
 * grace period (packet_release() in net/packet/af_packet.c), 10 ms and more.
 * The sender address is chosen by the kernel: of several addresses in one
 * subnet it is the first, so only that one is announced in this way.
 * -EAFNOSUPPORT for IPv6. The device must be up, or nothing is sent. */
int announce_by_probe(struct net *net, int ifindex, const struct ip *ip,
                      struct err *err) MUST_CHECK;
