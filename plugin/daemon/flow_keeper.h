/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keeps the flows of all guarded ports in force, whoever made the ports: the
 * rows say which flows there should be (flows/port_flows.h).
 *
 *   1. A row of a guarded port comes, or changes: its flows are put. If the
 *      port's number changes, or its row goes, the flows of the old number go:
 *      later, as the switch drops the port some time after its row.
 *   2. Each bridge with such ports has one connection. When it goes,
 *      ovs-vswitchd has ended, and all flows with it. It is tried again every
 *      few milliseconds, and all flows are put in one change.
 *   3. Somebody changes or removes flows of ours, as `ovs-ofctl del-flows`
 *      does: the switch reports it, and they are put again.
 *
 * What can fail: the switch may refuse flows, or not speak OpenFlow 1.4. That
 * is logged once, and tried again.
 */
#pragma once

#include "ovsint/openflow/openflow.h"
#include "plugin/daemon/host.h"

struct flow_keeper;

/* `remote` is the address of the database, which the caller keeps. */
struct flow_keeper *flow_keeper_open(uv_loop_t *loop, struct host *host,
                                     const char *remote);
/* Call it when nobody waits any more. NULL is fine. */
void flow_keeper_close(struct flow_keeper *keeper);

/* Somebody who waits for flows; embedded. */
struct flow_listener {
    void (*changed)(void *data); /* of any port, to the better or the worse */
    void *data;
    struct list link;
};
void flow_keeper_listen(struct flow_keeper *keeper,
                        struct flow_listener *listener);
void flow_keeper_leave(struct flow_listener *listener);

/* 1 if the flows that the port's row asks for are in force, or if it asks for
 * none; 0 if they are on their way; negative if the last try has failed. */
int flow_keeper_state(struct flow_keeper *keeper,
                      const struct vswitch_port *port,
                      struct err *err) MUST_CHECK;

/* Has a bridge forward frames that nobody waits for: packet_out.h. */
void flow_keeper_send(struct flow_keeper *keeper, const char *bridge,
                      const struct flow_packet *packets, size_t count);

/* Is there nothing left to be done? */
bool flow_keeper_rests(const struct flow_keeper *keeper);
