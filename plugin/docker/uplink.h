/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An uplink: the network card that connects a bridge to the outside. It is put
 * on the bridge with the first network that names it, and taken off with the
 * last. A card with addresses of the host is refused, as the host would lose
 * them to the bridge.
 */
#pragma once

#include <stdint.h>

#include "ovsint/net/link_watch.h"
#include "ovsint/ovsdb/reply.h"
#include "plugin/docker/docker.h"

/* Can it be put on that bridge? -ENODEV, -EBUSY, with a message. */
int uplink_check(const struct docker *docker, const char *device,
                 const char *bridge, struct err *err) MUST_CHECK;

/* uplink_add() has added no guard. */
#define UPLINK_NO_GUARD SIZE_MAX

/* Adds what puts it on the bridge, which an earlier operation of the
 * transaction may make. If it is there already, adds the network to those that
 * it serves. Returns the guard that fails if Open vSwitch has the device
 * already, else UPLINK_NO_GUARD. */
size_t uplink_add(const struct docker *docker, const char *network,
                  const char *device, const char *bridge, struct txn *txn);

/* Was it that guard, with the number that uplink_add() has returned? Then says
 * so in `err`. */
bool uplink_refused(const char *device, size_t guard,
                    const struct reply_fault *fault, struct err *err);

/* Is this the row of an uplink? *ret_bridge becomes its bridge. */
bool uplink_bridge(const struct vswitch_port *port, const char **ret_bridge);

/* Sets it up, as nobody else does. */
int uplink_raise(const struct docker *docker, const char *device,
                 struct err *err) MUST_CHECK;

/* Logs what an operator has to do himself for a device of that kind. Call it
 * once, when a network that names it has been made. */
void uplink_advise(const struct docker *docker, const char *device,
                   const char *bridge);

/* Adds what takes the network's uplink off, if it has one. */
void uplink_remove(const struct docker *docker, const char *network,
                   struct txn *txn);

/* uplink_watch.c: rows or a device of the host have changed. If a device has
 * come back under an uplink's name, it is put to use again. */
void uplinks_rows_changed(struct docker *docker);
void uplinks_hear(struct docker *docker, const struct link_event *event);
