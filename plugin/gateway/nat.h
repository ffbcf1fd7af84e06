/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Networks that reach the world, and ports that the world reaches: the packet
 * filter's rules, in one table of ours. They are derived anew from the
 * database's rows whenever those change, and repaired whenever somebody else
 * has changed the ruleset.
 *
 * Pitfall: nobody tells this module what to add or to remove. It is told that
 * the rows have changed, and asked whether the rules are in force.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/err.h"
#include "plugin/gateway/nat_view.h"

struct gateway;
struct nat;
struct forwarding_device;

/* Begins to watch the ruleset. Never fails: without nftables in the kernel, or
 * without the right to use it, networks that need rules are refused with the
 * reason. */
struct nat *nat_open(uv_loop_t *loop, struct gateway *gateway);
/* The rules stay. The memory is freed when the loop has closed it. */
void nat_close(struct nat *nat);

/* The rows are there, or have changed. */
void nat_rows_changed(struct nat *nat);

/* 0 if all that the rows ask for is in force, else the reason; of published
 * ports only those of the endpoint with this port count (NULL = none). It tries
 * once more before it fails. -EAGAIN: try again soon, when another program
 * releases the lock of iptables, or the endpoint's many ports are there;
 * gateway_changed() tells when. */
int nat_in_force(struct nat *nat, const char *port, struct err *err) MUST_CHECK;
/* As gateway_takes_off(). */
bool nat_takes_off(const struct nat *nat, const char *port);
/* Do ports that are being taken off still lead to these addresses?
 * gateway_changed() is called when they do not. */
bool nat_leads_to(const struct nat *nat, const struct nat_target *target);

/* May the network with this host access port be forwarded for? Not while no
 * rules keep it from other networks. host_ports_rules_changed() is called when
 * that changes. */
bool nat_forwards(const struct nat *nat, const char *device);

/* Its metrics. */
void nat_metrics(const struct nat *nat, struct buf *ret);

/* A device of the host has changed. */
struct link_event;
void nat_hear(struct nat *nat, const struct link_event *event);

/* The devices of the host on which forwarding was enabled only for replies to
 * our networks: what arrives by them may go nowhere else. Copies them; they
 * replace those of the last call. 0 if that is in force, or will be with the
 * first rules; else the reason. */
int nat_set_forwarding(struct nat *nat, const struct forwarding_device *devices,
                       size_t count, struct err *err) MUST_CHECK;

/* How many ports are published, but for those of the endpoint with the port
 * `except`. */
size_t nat_port_count(const struct nat *nat, const char *except);
bool nat_publishes(const struct nat *nat, const char *port);

/* Which endpoint, other than that of the port `except`, has this port of the
 * host, or one that excludes it; or NULL. */
const struct nat_endpoint *nat_holder(const struct nat *nat, uint8_t protocol,
                                      const struct ip *host, uint16_t port,
                                      const char *except);
