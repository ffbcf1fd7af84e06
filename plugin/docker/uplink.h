/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network card that joins a bridge to the outside: put on it with the
 * first network that names it, taken off with the last. A card that carries
 * addresses of the host is refused, as it would lose them to the bridge.
 */
#pragma once

#include "ovsint/net/link_watch.h"
#include "plugin/docker/docker.h"

/* Can it be put on that bridge? -ENODEV, -EBUSY, in words. */
int uplink_check(const struct docker *docker, const char *device,
                 const char *bridge, struct err *err) MUST_CHECK;

/* Adds what puts it on the bridge, which may be made in the same transaction,
 * or joins the networks that it serves there already. */
void uplink_add(const struct docker *docker, const char *network,
                const char *device, const char *bridge, struct txn *txn);

/* Is this the row of an uplink? Of which bridge, then. */
bool uplink_bridge(const struct vswitch_port *port, const char **ret_bridge);

/* Nobody else sets it up. */
int uplink_raise(const struct docker *docker, const char *device,
                 struct err *err) MUST_CHECK;

/* Says what an operator has to do himself for a device of that kind; once, when
 * a network that names it has been made. */
void uplink_advise(const struct docker *docker, const char *device,
                   const char *bridge);

/* Adds what takes the network's uplink off, if it has one. */
void uplink_remove(const struct docker *docker, const char *network,
                   struct txn *txn);

/* uplink_watch.c: rows or a device of the host have changed. A device that has
 * come back under an uplink's name is put to use again. */
void uplinks_rows_changed(struct docker *docker);
void uplinks_hear(struct docker *docker, const struct link_event *event);
