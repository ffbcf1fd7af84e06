/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a container's networks gives its default route, as the rows say it
 * under ID_GATEWAY: Docker chooses, and tells only by calling
 * ProgramExternalConnectivity for that endpoint. Pure.
 */
#pragma once

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

/* Adds to `txn`, which has been begun, that this port gives it and no other one
 * of its sandbox. False when the rows say so already: nothing was added. */
bool default_route_note(struct txn *txn, const struct vswitch_view *ports,
                        const struct vswitch_port *port);

/* Is it known to be given by another port of this one's sandbox? */
bool default_route_is_elsewhere(const struct vswitch_view *ports,
                                const struct vswitch_port *port);
