/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keeps the leases of all ports, whoever took them, as long as their containers
 * live. The rows say which there are (rows/lease.h), so a daemon that starts
 * goes on where the last one ended.
 *
 *   1. A row with a lease comes: a DHCP client (dhcp/dhcp.h) begins with it,
 * and rests until its time comes. One timer serves all.
 *   2. The client has something to send: the container's namespace is opened,
 *      and a socket there, which is closed when no answer is waited for any
 *      more. Pitfall: it would keep a dead container's devices alive.
 *   3. More time is written into the row. Another address is written first, and
 *      set on the device then.
 *   4. The lease is lost: the address goes off the device at once, and out of
 *      the row. The client looks for another one.
 *   5. The row goes: nothing is left to be done. Whoever has removed it has
 *      given the lease back (attach/flows.c).
 *
 * Only the daemon that has the database's lock does this. What can fail: no
 * server answers, which the client goes on with by itself; the namespace cannot
 * be opened, which counts as a frame that was lost; the row cannot be written,
 * as another port has the address: that is logged, and the client declines
 * nothing but begins anew later.
 */
#pragma once

#include "plugin/daemon/host.h"

struct lease_keeper;

struct lease_keeper *lease_keeper_open(uv_loop_t *loop, struct host *host);
/* NULL is fine. The memory is freed when the loop has closed it. */
void lease_keeper_close(struct lease_keeper *keeper);
