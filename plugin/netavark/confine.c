/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * podman starts the plugin as root, with what whoever runs a container has
 * written. What needs rights comes first: standard input and the configuration
 * are read, the container's namespace is entered and left, the sockets are
 * opened. What follows are messages over these sockets, and the answer. It
 * needs CAP_NET_ADMIN for each request to the kernel, and CAP_DAC_OVERRIDE to
 * connect anew to a database socket that belongs to another user, as a teardown
 * does.
 *
 * Between the two netavark_confine() drops the other capabilities for good, and
 * installs an allow-list of system calls. Whether other containers have ended
 * is asked of another process: attach/lookout.h.
 */
#include "plugin/netavark/confine.h"

#include <linux/capability.h>
#include <linux/sockios.h>

#include "ovsint/confine/confine.h"
#include "ovsint/program/program.h"

int netavark_confine(struct err *err)
{
    const uint64_t kept =
        CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_DAC_OVERRIDE);

    /* The ioctl is that of a veth pair: offload.h. */
    return program_confine("ovsint-netavark", kept, SIOCETHTOOL, err);
}
