/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The namespace that a port's row names, if it still is that one.
 *
 * Pitfall: an open descriptor keeps a namespace alive, and so the devices of a
 * container that has ended. So a namespace is opened for one look and closed
 * after it.
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

/* What can be seen of a namespace from here. That it is not seen means that it
 * has ended only to somebody who would have seen it. */
enum sandbox_sight {
    SANDBOX_ENDED,
    SANDBOX_HERE,      /* it is open */
    SANDBOX_UNSEEN,    /* this /proc does not show its container's processes */
    SANDBOX_UNMOUNTED, /* the mounts of Docker's namespaces are not visible */
    SANDBOX_OWN,       /* it is the caller's own: no container's */
};

/* Opens the namespace of a port by its path. The path may lead elsewhere, as
 * when the process in it has ended while others of the container live: then a
 * process is searched for that is in the namespace. Returns an enum
 * sandbox_sight, or negative if the namespace exists but cannot be opened, or
 * if /proc hides processes. For a row without a namespace id, whatever the path
 * leads to counts. */
int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err) MUST_CHECK;
void sandbox_close(struct sandbox *sandbox);
#define auto_sandbox __attribute__((cleanup(sandbox_close)))
#define SANDBOX_CLOSED ((struct sandbox){.fd = -1})

/* Does a container of the port still run? It does if a process in the namespace
 * is in a control group of one of the port's members. For a port of Docker's
 * any process counts. */
bool sandbox_is_lived_in(const struct vswitch_port *port);

/* Has the container, or somebody else, moved the port's device, which has this
 * MAC, to yet another namespace? Looks into every namespace that has a process.
 * True also if processes there might not be seen. */
bool sandbox_device_is_elsewhere(const struct vswitch_port *port,
                                 const struct mac *mac);
