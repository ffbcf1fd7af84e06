/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The flows of a port's source guard: what its container may send. They come
 * from the attachment, the MAC and the port's OpenFlow number alone. Pure.
 *
 * They stand in table 0 before all that the bridge does otherwise, which they
 * leave as it is. A frame of a guarded port is looked up twice:
 *
 *   1. While the highest bit of register 15 is 0, the flows below concern it.
 *      They drop it, or set the bit and have it looked up anew.
 *   2. Now none of them fits, and it goes as it would without a guard: by flows
 *      of an operator, or NORMAL.
 *
 *   priority  guard=full                     guard=mac
 *   65222     passes the meter of rate, and is looked up anew
 *   65220     a group address: passes the meter of storm, and the same
 *   65210     drops DHCP's answers, router   drops a second VLAN header (trunk)
 *             advertisements, redirects,
 *             what hides them
 *   65206     lets neighbour discovery pass
 *             that tells nothing foreign
 *   65204     drops any other
 *   65202     lets pass what has the MAC     lets pass what has the MAC
 *             and an address of the vNIC
 *   65200     drops the rest                 drops the rest
 *
 * With guard=full an IPv6 packet is looked up once more in between: the next
 * bit of the register says that its source is one of the vNIC's, so that
 * sources and the targets of neighbour discovery need no flow for each pair.
 *
 * Two more bits say that a frame has passed a meter. It does so before it is
 * judged, so what pretends counts as well. A storm needs no guard; a rate has a
 * meter if there is one, as the container's own limit (net/qdisc.h) binds only
 * whoever has neither CAP_NET_RAW nor CAP_NET_ADMIN. The meter never drops what
 * that one lets pass.
 *
 * All have a cookie of our range: "ovsint" in its upper six bytes, the port's
 * number in the others.
 *
 * Pitfall: without a mode of fragments that an operator would have to choose
 * for the bridge, Open vSwitch shows flows no port numbers and no types of ICMP
 * of any fragment (ovs-ofctl(8), set-frags). So first fragments that could hide
 * what is dropped are dropped themselves: of ICMPv6 with a hop limit of 255,
 * which neighbour discovery must have (RFC 4861 section 6.1), of broadcast UDP,
 * and those whose extension headers go on in the next fragment.
 */
#pragma once

#include "ovsint/openflow/openflow.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/spec/attachment.h"

#define PORT_FLOWS_COOKIE 0x6f7673696e740000u /* "ovsint" */
#define PORT_FLOWS_COOKIE_MASK 0xffffffffffff0000u
/* Ports have the numbers 1 to 0xfeff; what is above is reserved. */
#define PORT_FLOWS_OFPORT_MAX 0xfeff

/* A port has two meters, of these numbers and its own. Open vSwitch takes
 * 65,535 of a bridge at the least, so only ports below the first number can be
 * limited. */
#define PORT_FLOWS_STORM_METER 0x4000
#define PORT_FLOWS_RATE_METER 0x8000

/* The flows of all guarded ports, and of one. */
#define PORT_FLOWS_ALL \
    ((struct flow_delete){PORT_FLOWS_COOKIE, PORT_FLOWS_COOKIE_MASK})
struct flow_delete port_flows_of(int64_t ofport);
/* Of one that has gone: its meters go as well. */
struct flow_delete port_flows_gone(int64_t ofport);
/* Of one whose spec was another one: its meters that this one has no use for go
 * as well. */
struct flow_delete port_flows_former(const struct attachment *spec,
                                     int64_t ofport);

/* Is that a number of a port whose flows can be written? */
bool port_flows_fit(int64_t ofport);
/* The port whose flow has that cookie; 0 = it is none of ours. */
int64_t port_flows_ofport(uint64_t cookie);

/* Appends the flows of a port. None with guard=off and without storm. */
void port_flows_add(const struct attachment *spec, const struct mac *mac,
                    int64_t ofport, struct flow_list *ret);

/* Appends the flow that drops all that the port sends. */
void port_flows_close(int64_t ofport, struct flow_list *ret);

/* Appends those of the port of a row, by its number, its spec, which goes to
 * `ret`, and its MAC. -EINVAL if the row cannot be read. */
int port_flows_of_row(const struct vswitch_port *port, struct attachment *ret,
                      struct flow_list *ret_flows, struct err *err) MUST_CHECK;

/* A match that all of them have, for openflow_watch(). */
void port_flows_common(struct flow *ret);
