/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ready ports: made before they are wanted, so that an attach need not wait for
 * the switch. The daemon makes them and keeps their number (plugin/pool). Any
 * door takes one, in the transaction that claims a port (rows/vswitch_plug.h):
 * from then on it is a port as any other. Pure.
 *
 * A ready port is an internal port whose device lies on the host and is down.
 * Its owner is POOL_OWNER, and ID_POOL has its fit: all that a claim cannot
 * change of a port without having the switch work on it. So whoever wants a
 * port with the same fit may take it.
 */
#pragma once

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/spec/attachment.h"

/* The fit of this attachment's port: "br0/10/access". False if no ready port
 * can ever fit: a veth pair, a number of its own, a logical switch, whose
 * controller is what such a start waits for, or a list of VLANs that is too
 * long for a key. */
bool ready_port_fit(const struct attachment *attachment,
                    char ret[READY_FIT_SIZE]) MUST_CHECK;

/* Can it be taken now? The switch has made it, in this boot, and its device
 * lies on the host. */
bool ready_port_is_ready(const struct vswitch_port *port, const char *boot);

/* Is it one, ready or not? */
bool ready_port_is(const struct vswitch_port *port);

/* Adds the operations that make a ready port for attachments like `place`: its
 * rows, and its membership of the bridge. `index` makes the names of rows
 * unique within the transaction. `name` is new: names_ready_port(). */
void ready_port_insert(struct txn *txn, const struct attachment *place,
                       const char *fit, const char *name, const char *boot,
                       size_t index);

/* Adds the operations that remove it, with the guard that nobody has taken
 * it. Returns the index of the guard. */
size_t ready_port_remove(struct txn *txn, const struct vswitch_port *port);

/* Adds the guard that nobody has taken it, and returns its index. */
size_t ready_port_guard(struct txn *txn, const struct vswitch_port *port);

/* Adds ID_POOL_ASKED to an open map, if the attachment's network asks for a
 * pool: how many, and their fit. */
void ready_port_ask(struct txn *txn, const struct attachment *attachment);
/* The fit, which is part of `text`; NULL if that cannot be read, as anybody can
 * edit a row. */
const char *ready_port_asked(const char *text, unsigned *ret_size);
