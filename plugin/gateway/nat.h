/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that reach the world, and ports that the world reaches: the packet
 * filter's rules, in one table of our own. They are worked out anew from the
 * database's rows whenever those change, and put right whenever somebody else
 * has changed the ruleset.
 *
 * What a reader would get wrong: nothing here is ever told what to add or to
 * remove. It is told that the rows have changed, and asked whether the rules
 * are in force.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "plugin/gateway/nat_view.h"

struct gateway;
struct nat;
struct nat_opened;

/* Begins to watch the ruleset. Never fails: without nftables in the kernel, or
 * the right to use them, the networks that need rules are refused with the
 * reason. */
struct nat *nat_open(uv_loop_t *loop, struct gateway *gateway);
/* The rules stay. The memory goes when the loop has closed it. */
void nat_close(struct nat *nat);

/* The rows are there, or have changed. */
void nat_rows_changed(struct nat *nat);

/* 0 when all that the rows ask for is in force; else the reason why not. It
 * tries again before it says so. -EAGAIN: soon, when others let go of the
 * rules of iptables; gateway_changed() tells when. */
int nat_in_force(struct nat *nat, struct err *err) MUST_CHECK;

/* Whether the network with this host access port may be forwarded for: false
 * while no rules keep it apart from others. host_ports_rules_changed() is
 * called when that changes. */
bool nat_forwards(const struct nat *nat, const char *device);

/* A device of the host has changed. */
struct link_event;
void nat_hear(struct nat *nat, const struct link_event *event);

/* Devices of the host on which forwarding was switched on for the replies to
 * our networks alone: what comes in by them goes nowhere else. They are
 * copied; this replaces those that were said before. 0 when that is in force,
 * or will be in the first rules that are; else the reason why not. */
int nat_open_devices(struct nat *nat, const struct nat_opened *devices,
                     size_t count, struct err *err) MUST_CHECK;

/* The ports of the host that endpoints publish: added to `map`; and who, other
 * than the endpoint of the port `except`, has one of them, or NULL. */
void nat_taken(const struct nat *nat, struct port_map *map);
const struct nat_endpoint *nat_holder(const struct nat *nat, uint8_t protocol,
                                      const struct ip *host, uint16_t port,
                                      const char *except);
