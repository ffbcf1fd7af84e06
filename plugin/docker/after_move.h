/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker does not set on a device that it moves into a container: the
 * altname, the limit on what it sends (a move resets queueing disciplines), an
 * MTU above the bridge's (the switch resets that as long as it can). It is
 * done as soon as the device has arrived, which the switch tells: the port's
 * ifindex turns to 0. That a pair's end has, the kernel tells.
 *
 * What a reader would get wrong: the altname must go before the device does.
 * A device with an altname that exists on the host cannot be moved there.
 */
#pragma once

#include "plugin/docker/docker.h"

/* Sets up what has arrived; the rows have changed. */
void after_move_arrived(struct docker *docker);

/* A device of the host has moved into some other namespace: of a veth pair no
 * row tells that. */
void after_move_moved(struct docker *docker, const char *device);

/* Docker has just done something to this endpoint: it may have arrived. */
void after_move_endpoint(struct docker *docker, const char *endpoint);

/* Takes the altname off, as the device is about to leave its sandbox. */
void after_move_leaving(const struct vswitch_port *port);
