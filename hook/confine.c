/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Theory of confinement. The hook runs as root and reads what a container's
 * owner wrote. Its work has two stages:
 *
 * 1. Open: the state, configuration and bundle are read, the container's
 *    namespace is entered and left, and the sockets are opened. Needs
 *    CAP_SYS_ADMIN (setns), CAP_SYS_PTRACE (another's namespace link),
 *    CAP_NET_RAW (the announcement socket) and the file system.
 * 2. Run: messages to the database and the kernel over these sockets. Needs
 *    CAP_NET_ADMIN, as netlink checks it at every request. A release that has
 *    to connect anew needs CAP_DAC_OVERRIDE, to reach a database socket that
 *    belongs to another user. CAP_SYS_PTRACE is for stat(2) of another's
 *    namespace link (common/attach/work.c); there is neither ptrace(2) nor
 *    open(2).
 *
 * Between the two hook_confine() drops the other capabilities for good, and
 * installs an allow-list of system calls. One question needs them later;
 * another process answers it: lookout.h.
 */
#include "hook/confine.h"

#include <linux/capability.h>
#include <linux/sockios.h>

#include "ovsint/confine/confine.h"
#include "ovsint/program/program.h"

int hook_confine(struct err *err)
{
    const uint64_t capabilities = CONFINE_CAP(CAP_NET_ADMIN) |
                                  CONFINE_CAP(CAP_DAC_OVERRIDE) |
                                  CONFINE_CAP(CAP_SYS_PTRACE);

    /* The ioctl is that of a veth pair: offload.h. */
    return program_confine("ovsint-hook", capabilities, SIOCETHTOOL, err);
}
