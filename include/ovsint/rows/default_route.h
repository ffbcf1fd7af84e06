/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which of a container's networks gives its default route. Docker chooses it,
 * and tells it only by calling ProgramExternalConnectivity for that endpoint.
 * The rows keep it under ID_GATEWAY. Pure. */
#pragma once

#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

/* Adds to `txn`, which has been begun, that this port gives the default route
 * and no other port of its sandbox does. False if the rows say so already: then
 * nothing was added. */
bool default_route_note(struct txn *txn, const struct vswitch_view *ports,
                        const struct vswitch_port *port);

/* Do the rows say that another port of the same sandbox gives it? */
bool default_route_is_elsewhere(const struct vswitch_view *ports,
                                const struct vswitch_port *port);
