/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Has ovs-vswitchd look at all rows. Some columns it reads only when something
 * else has changed: Port.vlan_mode and Port.trunks, and the table Mirror
 * (ovsdb_idl_omit_alert() in bridge_init(), vswitchd/bridge.c). A transaction
 * that changes these alone would have no effect until then. Pure.
 */
#pragma once

#include "ovsint/ovsdb/txn.h"

/* Appends one operation: an increment of Open_vSwitch.next_cfg. */
void switch_look(struct txn *txn);
