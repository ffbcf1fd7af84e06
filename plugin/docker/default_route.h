/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a container's networks gives its default route. Docker chooses, and
 * tells only by calling ProgramExternalConnectivity for that endpoint.
 */
#pragma once

#include "plugin/docker/driver.h"

/* Notes that this endpoint gives it, and no other one of its sandbox. */
void default_route_note(const struct driver *driver,
                        const struct vswitch_port *port);

/* Is it known to be given by another endpoint of this one's sandbox? */
bool default_route_is_elsewhere(const struct vswitch_view *ports,
                                const struct vswitch_port *port);
