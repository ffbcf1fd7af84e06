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

struct gateway;
struct host_ports;

int host_ports_open(uv_loop_t *loop, struct gateway *gateway,
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
