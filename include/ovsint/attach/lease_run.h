/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver of the DHCP client: from the first message to a lease.
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/net/net.h"

/* Takes a lease as ATTACH_STEP_LEASE says. `inside` is of the device's
 * namespace, opened with NET_WITH_ANNOUNCE. -ETIMEDOUT, and the message tells
 * how far it came. */
int lease_run(struct net *inside, const struct attach_todo *todo,
              struct dhcp_lease *ret, struct err *err) MUST_CHECK;
