/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host access ports: the internal port by which the host is on a network, and
 * with mode=nat its router. One row that goes with its network, and one device
 * that is set up whenever the switch has made it.
 */
#pragma once

#include <uv.h>

#include "ovsint/json/json.h"
#include "ovsint/net/link_watch.h"
#include "plugin/gateway/host_rows.h"

struct driver;
struct host_ports;

int host_ports_open(uv_loop_t *loop, struct driver *driver,
                    struct host_ports **ret, struct err *err) MUST_CHECK;
/* The memory goes when the loop has closed it. */
void host_ports_close(struct host_ports *ports);

/* The rows have changed by these updates; `anew` when they are shown after a
 * connection. */
void host_ports_rows_changed(struct host_ports *ports,
                             const struct json *updates, bool anew);
/* Before nat_rows_changed(), after a connection. */
void host_ports_recall(struct host_ports *ports);
/* A device of the host has. */
void host_ports_hear(struct host_ports *ports, const struct link_event *event);

/* The packet filter's rules went out of force, or came back: devices with
 * mode=nat forward while they are in force only. */
void host_ports_rules_changed(struct host_ports *ports, bool in_force);

/* 1 when the network's port is there and set up, 0 not yet, negative when
 * that will not be. */
int host_port_state(struct host_ports *ports, const char *network,
                    struct err *err) MUST_CHECK;

/* The network goes: so does its port, if the rows show one. May be said more
 * than once. */
void host_port_remove(struct host_ports *ports, const char *network,
                      struct txn *txn);
