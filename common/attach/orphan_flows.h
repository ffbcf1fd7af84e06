/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Flows of source guards whose port has gone. For the driver that blocks: the
 * daemon's flow keeper knows all ports, and what it had them given. */
#pragma once

#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"

/* Deletes, at the bridge with this management socket, the flows and meters of
 * all numbers that none of its ports has. Fails as openflow_run(). */
int orphan_flows_drop(const char *path, struct deadline deadline,
                      struct err *err) MUST_CHECK;
