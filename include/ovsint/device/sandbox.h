/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace that a port's row names, if it is still the one that it was.
 *
 * What a reader would get wrong: an open descriptor keeps a namespace alive,
 * and with it the devices of a container that has ended. So one is opened for
 * a look and closed after it.
 */
#pragma once

#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"
#include "ovsint/net/netns.h"
#include "ovsint/rows/vswitch_view.h"

struct sandbox {
    int fd; /* of the namespace; -1 = not open */
    struct net *inside;
    char id[NETNS_ID_TEXT_SIZE];
};

/* What is seen of a namespace from here. That nothing of it is seen says that
 * it has ended only to somebody who would see it. */
enum sandbox_sight {
    SANDBOX_ENDED,
    SANDBOX_HERE,      /* it is open */
    SANDBOX_UNSEEN,    /* /proc does not show the processes of its container */
    SANDBOX_UNMOUNTED, /* the mounts of Docker's namespaces are not seen */
    SANDBOX_OWN,       /* it is the caller's own: no container's */
};

/* Opens the namespace of a port: by its path; where that leads elsewhere, as
 * when the process that it names has ended while others live on there, by
 * looking for a process in it. An enum sandbox_sight, or negative when it is
 * there and cannot be opened, or /proc hides processes. A row without identity
 * gets whatever its path leads to. */
int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err) MUST_CHECK;
void sandbox_close(struct sandbox *sandbox);
#define auto_sandbox __attribute__((cleanup(sandbox_close)))
#define SANDBOX_CLOSED ((struct sandbox){.fd = -1})

/* Does a container that the port is for still run: is a process in the
 * namespace that belongs to one of the port's members, as its control group
 * tells; for Docker's ports, any process? */
bool sandbox_is_lived_in(const struct vswitch_port *port);

/* Has the container, or somebody else, taken the port's device, which has this
 * MAC, to yet another namespace? Looks into all that have processes; true as
 * well where their processes would not be seen. */
bool sandbox_device_is_elsewhere(const struct vswitch_port *port,
                                 const struct mac *mac);
