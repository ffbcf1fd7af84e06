/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver: one connection for one change, for programs that run
 * once. Connecting costs less than a millisecond, so none is kept.
 */
#pragma once

#include "ovsint/base/deadline.h"
#include "ovsint/openflow/openflow.h"

/* Room for the path of a socket, as struct sockaddr_un has it. */
#define OPENFLOW_PATH_SIZE 108

/* The path of a bridge's management socket: ovs-vswitchd makes BRIDGE.mgmt in
 * its run directory (ovs-vswitchd(8), "Controllers" in ovs-ofctl(8)), where
 * ovsdb-server has the socket `ovsdb` by default. -ENAMETOOLONG. */
int openflow_path(const char *ovsdb, const char *bridge,
                  char ret[OPENFLOW_PATH_SIZE], struct err *err) MUST_CHECK;

/* Makes the change, and returns when it is in force. -ENOENT or -ECONNREFUSED
 * if there is no such socket, -ETIMEDOUT, -ECONNRESET (it may be in force), or
 * as openflow_feed() and OPENFLOW_FAILED. */
int openflow_run(const char *path, const struct flow_change *change,
                 struct deadline deadline, struct err *err) MUST_CHECK;

/* Tells each flow of table 0 whose match has all that `match` has
 * (OPENFLOW_FOUND), and then each port of the bridge (OPENFLOW_PORT). So a flow
 * that is told belongs to a port that is told, or that has gone. Fails as
 * openflow_run(). */
typedef void openflow_told(void *data, const struct openflow_event *event);
int openflow_look(const char *path, const struct flow *match,
                  openflow_told *told, void *data, struct deadline deadline,
                  struct err *err) MUST_CHECK;
