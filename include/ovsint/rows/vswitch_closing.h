/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Closed ports: until its source guard is in force a port forwards nothing,
 * by its row, so that a restart of ovs-vswitchd does not open it. Pure.
 *
 * Port.vlan_mode and its like then say something else than the spec, and the
 * Port has ID_CLOSED. Pitfall: flows that name ports (`output:7`) pass by it,
 * as VLANs mean something to NORMAL alone.
 */
#pragma once

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

bool vswitch_port_is_closed(const struct vswitch_port *port);

/* Appends two operations; switch_look() is to follow them. `port` is its name.
 * Port.tag stays as it is. */
void vswitch_close(struct txn *txn, const char *port);

/* An operator may have changed columns since the spec was written. So whoever
 * closes a port that forwards asks for them before, in the same transaction;
 * and gives each row of the reply to the other one, which appends an operation,
 * and returns true, if the row is to note something. */
void vswitch_ask_vlans(struct txn *txn, const char *port);
bool vswitch_note_vlans(struct txn *txn, const struct json *row,
                        const struct attachment *spec) MUST_CHECK;

/* Appends three operations, as vswitch_close() does two: `vlan_mode` and
 * `trunks` say again what they said before, which was noted, or what the spec
 * does. What an operator has set while the port was closed stays. */
void vswitch_open(struct txn *txn, const struct vswitch_port *port,
                  const struct attachment *spec);

/* The columns of the Port that tell its VLANs, for an insert: those that are
 * not empty. */
void vswitch_set_vlans(struct txn *txn, const struct attachment *spec);
