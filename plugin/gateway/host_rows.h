/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a host access port. Pure.
 *
 * Pitfall: unlike a container's, this row may have the columns `mac` and
 * `mtu_request`. Open vSwitch applies them in the host's namespace alone, and
 * that is where the device stays. What the port was made from is under
 * ID_HOST_SPEC and not under ID_SPEC: the guardian sees only that the device is
 * there.
 */
#pragma once

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/spec/attachment.h"

/* The MAC address that containers know the network's host by. */
struct mac host_mac(const char *network);

/* What a transaction that makes one has to know. */
struct host_port {
    const char *network;
    const struct network_row *network_row;
    const struct attachment *attachment; /* of the network alone */
    size_t first_op;                     /* set by host_port_say() */
};

/* What a port that has to be made again on `bridge` is like: as its row said,
 * or where that is not known (NULL; the plugin has not seen the row, or an
 * earlier version has made it) what the network's options come to today. */
int host_port_attachment(const struct network_row *network_row,
                         const char *spec, const struct settings *settings,
                         const char *bridge, struct attachment *ret,
                         struct err *err) MUST_CHECK;

/* Adds the port to a bridge, which the transaction may make before. */
void host_port_say(struct host_port *port, struct txn *txn);
/* True, with *err filled, when a transaction failed by the port's guards. */
bool host_port_refused(const struct host_port *port,
                       const struct reply_fault *fault, struct err *err);
