/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The row of a host access port. Pure.
 *
 * Pitfall: unlike a container's row, this one may have the columns `mac` and
 * `mtu_request`. Open vSwitch applies them only in the host's namespace, and
 * there this device stays. What the port was made from is under ID_HOST_SPEC,
 * not under ID_SPEC: the guardian only ensures that the device exists.
 */
#pragma once

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/spec/attachment.h"

/* The MAC address by which containers know the network's host; on a logical
 * switch (`on`; "" = none) it is the same on all hosts. */
struct mac host_mac(const char *network, const char *on);

/* What a transaction that makes such a port has to know. */
struct host_port {
    const char *network;
    const struct network_row *network_row;
    /* of the network without an address */
    const struct attachment *attachment;
    size_t first_op; /* set by host_port_say() */
};

/* What a port that has to be made again on `bridge` is like: as its row said
 * (`spec`); else as the network's row says; else what the network's options
 * lead to today. `spec` is NULL if the plugin has not seen the row, or if an
 * earlier version has made it. */
int host_port_attachment(const struct network_row *network_row,
                         const char *spec, const struct settings *settings,
                         const char *bridge, struct attachment *ret,
                         struct err *err) MUST_CHECK;

/* Adds the port to a bridge, which an earlier operation of the transaction may
 * make. */
void host_port_say(struct host_port *port, struct txn *txn);
/* True, with *err filled, if one of the port's guards made the transaction
 * fail. */
bool host_port_refused(const struct host_port *port,
                       const struct reply_fault *fault, struct err *err);
