/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How networks reach the host and the world: host access ports, NAT and
 * published ports. It works from the rows, whoever has written them. A door
 * writes rows, and asks here whether what they say is in force. It knows no
 * door. A door may include only this, port_choice.h and port_request.h.
 */
#pragma once

#include <uv.h>

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/network_row.h"
#include "plugin/gateway/host_rows.h"
#include "plugin/gateway/nat_view.h"

struct gateway;
struct host;
struct northbound;

/* Something that gateway_in_force() or host_port_state() report has become
 * ready, or has failed. */
typedef void gateway_on_change(void *data);

/* Subscribes to the host. Without `keeps_rules`, as in a single pass, the
 * packet filter is left alone; then no device starts to forward either. */
int gateway_open(uv_loop_t *loop, struct host *host, bool keeps_rules,
                 gateway_on_change *on_change, void *data, struct gateway **ret,
                 struct err *err) MUST_CHECK;
/* Networks on logical switches get their gateway there. It is to be closed
 * before `northbound`. */
void gateway_use(struct gateway *gateway, struct northbound *northbound);
/* A logical switch has come back: gateways that could not be made because it
 * was not there are tried again. */
void gateway_look_at_switches(struct gateway *gateway);
/* The rules stay. What is in the loop is freed when the loop has closed it.
 * NULL is fine. */
void gateway_close(struct gateway *gateway);

/* Its metrics, in the text format of metrics.h; see ovsint(8). */
void gateway_metrics(const struct gateway *gateway, struct buf *ret);

/* What on this host prevents the network: -EADDRINUSE if the host has its
 * addresses elsewhere, -EADDRNOTAVAIL if it lacks one (nat-source), -EOPNOTSUPP
 * if the kernel cannot forward for this network alone. */
int gateway_check(const struct gateway *gateway, const char *network,
                  const struct network_row *network_row,
                  struct err *err) MUST_CHECK;

/* 0 if all rules that the rows ask for are in force, else the reason; of
 * published ports only those of the endpoint with this port count (NULL =
 * none). It tries once more before it fails. -EAGAIN: try again soon, when
 * another program releases the lock of iptables, or the endpoint's many ports
 * are there. */
int gateway_in_force(struct gateway *gateway, const char *port,
                     struct err *err) MUST_CHECK;

/* Are many ports that the endpoint with this port published still being taken
 * out of the packet filter? `on_change` is called when they are off. */
bool gateway_takes_off(const struct gateway *gateway, const char *port);
/* Do such ports still lead to one of its addresses? The same. */
bool gateway_leads_to(const struct gateway *gateway,
                      const struct attachment *spec);

/* 1 if the network's port is there and set up, 0 not yet, negative if that will
 * not be. */
int host_port_state(const struct gateway *gateway, const char *network,
                    struct err *err) MUST_CHECK;
/* Is it OVN's northbound database that it waits for? */
bool host_port_asks_northbound(const struct gateway *gateway,
                               const char *network);
/* On a logical switch without a given MTU, gives the port that of the tunnels.
 * -ENODEV if the host is no chassis of OVN. */
int host_port_limit(const struct gateway *gateway,
                    struct attachment *attachment, struct err *err) MUST_CHECK;
/* The network goes: adds the removal of its port, if the rows show one. May be
 * called again. */
void host_port_remove(struct gateway *gateway, const char *network,
                      struct txn *txn);
