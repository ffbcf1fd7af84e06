/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Asks the members of one bridge, in all of its VLANs, as long as it lives:
 *
 *   1. It connects to the bridge. When that connection goes, ovs-vswitchd has
 *      ended, and all members with it: it is made again, and the querier begins
 *      anew.
 *   2. When queries are due the database is asked for the VLANs; while it is
 *      away those of the last time count.
 *   3. The bridge is given the frames, which it forwards as a controller's:
 *      nothing is learnt from them, so they need neither device nor port.
 *
 * What can fail: the bridge does not speak OpenFlow 1.4, or refuses frames.
 * That is logged once, and tried again.
 */
#pragma once

#include "plugin/daemon/host.h"

struct bridge_querier;

/* The caller keeps `host` and `remote`, the address of the database. */
struct bridge_querier *bridge_querier_new(uv_loop_t *loop, struct host *host,
                                          const char *remote,
                                          const char *bridge,
                                          unsigned membership_s);
/* The time for which the bridge remembers a member. */
void bridge_querier_set_membership(struct bridge_querier *querier,
                                   unsigned membership_s);
/* NULL is fine. The memory is freed when the loop has closed it. */
void bridge_querier_free(struct bridge_querier *querier);
