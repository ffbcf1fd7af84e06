/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sets what Docker does not set on a device that it moves into a container: the
 * altname, the limit on what it sends (a move resets queueing disciplines), an
 * MTU above the bridge's (the switch resets that while it can). It is done as
 * soon as the device has arrived. The switch tells that: the port's ifindex
 * becomes 0. For a veth pair the kernel tells it.
 *
 * Pitfall: remove the altname BEFORE Docker moves the device back. A device
 * whose altname exists on the host cannot be moved there.
 */
#pragma once

#include "plugin/docker/docker.h"

/* The rows have changed: sets up what has arrived. */
void after_move_arrived(struct docker *docker);

/* A device of the host has moved to another namespace. For a veth pair no row
 * tells that. */
void after_move_moved(struct docker *docker, const char *device);

/* Docker has just done something with this endpoint: its device may have
 * arrived. */
void after_move_endpoint(struct docker *docker, const char *endpoint);

/* The device is about to leave its sandbox: removes the altname. */
void after_move_leaving(const struct vswitch_port *port);
