/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a DHCP server gave to a port, in the port's rows: ID_LEASE on the Port
 * has the lease and its times, the Interface's attachment has its address,
 * router and routes among its own, so that whoever sets a device up need not
 * know of leases. Pure.
 *
 * A lease as it is applied has only what the port really took of it: if the
 * container's owner has named a gateway, the server's router is left out. So
 * what was added by it can be taken away again.
 *
 * Pitfall: its times are of this boot (CLOCK_MONOTONIC), as rows are.
 */
#pragma once

#include "ovsint/dhcp/message.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

/* How the port is a client: by its attachment, and the MAC of its device.
 * `holder` = the name of its container or pod, or its id; it is the host name
 * if the attachment says none, and it can be one. NULL = none. */
void lease_client(const struct attachment *spec, const struct mac *mac,
                  const char *holder, struct dhcp_client *ret);

/* Makes the lease a part of the attachment, and leaves out of it what the
 * attachment has already. -EPROTO if the server has given what no host can
 * have, -EEXIST if the attachment itself names the address: the lease could not
 * be told from it when it goes. */
int lease_apply(struct attachment *spec, struct dhcp_lease *lease,
                struct err *err) MUST_CHECK;
/* The opposite. What is not there is passed over. */
void lease_take_away(struct attachment *spec, const struct dhcp_lease *lease);

/* Has the port, or had it, a lease that somebody has to look after? */
bool lease_is_kept(const struct vswitch_port *port);

/* Has the port a lease? False also if it cannot be read, as anybody can edit a
 * row. */
bool lease_of_port(const struct vswitch_port *port,
                   struct dhcp_lease *ret) MUST_CHECK;

/* Arrays of texts, as doors tell them: servers of DNS, and the domains. */
void lease_dns_servers(const struct dhcp_dns *dns, struct json_writer *w);
void lease_dns_search(const struct dhcp_dns *dns, struct json_writer *w);

/* Adds the operations that write a lease: guards that nobody else of the
 * segment has the address, and that the port is there, then both rows. `spec`
 * has the lease, `former` is what the port had before; NULL = none. If all but
 * the times is the same, the switch has nothing to do. */
void lease_write(struct txn *txn, const char *port,
                 const struct attachment *spec, const struct dhcp_lease *lease,
                 const struct dhcp_lease *former);
/* Adds those that take it away; `spec` is without it. The row still tells that
 * there was one: whoever looks after it asks for another. */
void lease_remove(struct txn *txn, const char *port,
                  const struct attachment *spec,
                  const struct dhcp_lease *former);

/* The frame that gives the lease back (DHCPRELEASE), in the VLAN of the port,
 * as it has to enter the bridge where the port is. */
void lease_release_frame(const struct attachment *spec,
                         const struct dhcp_client *client,
                         const struct dhcp_lease *lease, uint32_t xid,
                         struct dhcp_frame *ret);
