/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugin runs as root and reads what a container's owner wrote. Its work
 * has two stages, as that of the OCI hook (hook/confine.c has the theory):
 *
 * 1. Open: standard input and the configuration are read, the container's
 *    namespace is entered and left, the sockets are opened.
 * 2. Run: messages to the database and the kernel over these sockets, and the
 *    answer on standard output. Needs CAP_NET_ADMIN for each request to the
 *    kernel, and CAP_DAC_OVERRIDE to connect anew to a database socket that
 *    belongs to another user: a release does, and GC.
 *
 * Between the two cni_confine() drops the other capabilities for good, and
 * installs an allow-list of system calls. Whether other containers have ended
 * is asked of another process: attach/lookout.h.
 */
#include "plugin/cni/confine.h"

#include <linux/capability.h>
#include <linux/sockios.h>

#include "ovsint/confine/confine.h"
#include "ovsint/program/program.h"

int cni_confine(struct err *err)
{
    const uint64_t capabilities =
        CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_DAC_OVERRIDE);

    /* The ioctl is that of a veth pair: offload.h. */
    return program_confine("ovsint-cni", capabilities, SIOCETHTOOL, err);
}
