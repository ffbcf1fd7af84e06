/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * All that a device has and is, read at once, to be given to another device
 * that takes its place under the same name: addresses, routes of all tables,
 * permanent neighbours, settings below /proc/sys/net, queueing disciplines,
 * alternative names, memberships of sockets, devices upon it. What the kernel
 * lists is what is read; nothing is interpreted.
 *
 * Pitfall: nobody may touch the first device between the reading and the
 * giving. If it is set down, it loses routes and IPv6 addresses.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"

struct device_state;

/* Reads the state of device `ifindex` without its settings. `netns_fd` is the
 * namespace of `net`. -ENODEV if there is no such device. */
int device_state_take(struct net *net, int netns_fd, int ifindex,
                      struct device_state **ret, struct err *err) MUST_CHECK;

/* Reads the settings below /proc/sys/net, which takes most of the time. Without
 * this call they are read when the state is given, and only if they differ from
 * those of the next device. Until then the first device must exist, down and
 * under any name. */
int device_state_take_settings(int netns_fd, struct device_state *state,
                               struct err *err) MUST_CHECK;

/* Of the device as it was read. */
const struct link_info *device_state_link(const struct device_state *state);

/* 1 if something refers to the device by its number, or goes with it: sockets
 * that are bound to it or have joined groups on it, devices upon it, routes of
 * several legs. Then the next device needs the same number. */
int device_state_needs_index(int netns_fd, struct device_state *state,
                             struct err *err) MUST_CHECK;

/* Removes the alternative names of the first device, as no two devices may have
 * them. */
int device_state_free_names(struct net *net, const struct device_state *state,
                            struct err *err) MUST_CHECK;

/* What could not be given back. */
struct device_loss {
    unsigned count;
    struct err err; /* the first of them */
};

/* Gives the state to the device of this name, which is new in the namespace and
 * down, and sets it up if the first one was up. The alias is left out. What is
 * refused is counted in `ret` and does not stop the rest. -ENODEV if there is
 * no such device. */
int device_state_give(struct net *net, int netns_fd, const char *name,
                      struct device_state *state, struct device_loss *ret,
                      struct err *err) MUST_CHECK;

/* Gives the device the alias that the first one had: none, also if `state` is
 * NULL. It comes last, as it takes the mark of an unfinished device away.
 * -ENODEV. */
int device_state_give_alias(struct net *net, const char *name,
                            const struct device_state *state,
                            struct err *err) MUST_CHECK;

/* Gives the settings below /proc/sys/net of the device `ifindex` to the device
 * of this name, as far as they differ. -ENODEV. */
int device_copy_settings(struct net *net, int netns_fd, int ifindex,
                         const char *name, struct err *err) MUST_CHECK;

void device_state_free(struct device_state *state);
DEFINE_AUTO(device_state, struct device_state *, device_state_free)
#define auto_device_state AUTO(device_state)
