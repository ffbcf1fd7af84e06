/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of networks to the host and to the world: host access ports, NAT and
 * published ports. It works from the rows, whoever has written them; a door
 * writes rows, and asks here whether what they say is in force. It knows no
 * door. This, port_choice.h and port_request.h are
 * all that a door may include.
 */
#pragma once

#include <uv.h>

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/network_row.h"
#include "plugin/gateway/host_rows.h"
#include "plugin/gateway/nat_view.h"

struct gateway;
struct host;

/* Something that gateway_in_force() or host_port_state() tell of has become
 * ready, or has failed. */
typedef void gateway_on_change(void *data);

/* Subscribes to what the host tells. Without `keeps_rules` the packet filter
 * is somebody else's business, as in a single pass: then nothing is forwarded
 * either that was not before. */
int gateway_open(uv_loop_t *loop, struct host *host, bool keeps_rules,
                 gateway_on_change *on_change, void *data, struct gateway **ret,
                 struct err *err) MUST_CHECK;
/* The rules stay. What is in the loop goes when the loop has closed it. NULL is
 * fine. */
void gateway_close(struct gateway *gateway);

/* What on this host stands in the way of a network: -EADDRINUSE when the host
 * has its addresses elsewhere, -EADDRNOTAVAIL when it lacks one (nat-source),
 * -EOPNOTSUPP when the kernel cannot forward for it alone. */
int gateway_check(const struct gateway *gateway, const char *network,
                  const struct network_row *network_row,
                  struct err *err) MUST_CHECK;

/* 0 when all rules that the rows ask for are in force; else the reason why not.
 * It tries again before it says so. -EAGAIN: soon, when others let go of the
 * rules of iptables. */
int gateway_in_force(struct gateway *gateway, struct err *err) MUST_CHECK;

/* 1 when the network's port is there and set up, 0 not yet, negative when
 * that will not be. */
int host_port_state(const struct gateway *gateway, const char *network,
                    struct err *err) MUST_CHECK;
/* The network goes: so does its port, if the rows show one. May be said more
 * than once. */
void host_port_remove(struct gateway *gateway, const char *network,
                      struct txn *txn);
