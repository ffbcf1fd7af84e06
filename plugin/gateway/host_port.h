/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Host access ports: the internal port by which the host is on a network, and
 * with mode=nat its router. Each has one row, which goes with its network, and
 * one device, which is set up whenever the switch has made it.
 */
#pragma once

#include <uv.h>

#include "ovsint/json/json.h"
#include "ovsint/net/link_watch.h"

struct gateway;
struct host_ports;

int host_ports_open(uv_loop_t *loop, struct gateway *gateway,
                    struct host_ports **ret, struct err *err) MUST_CHECK;
/* The memory is freed when the loop has closed it. */
void host_ports_close(struct host_ports *ports);

/* The rows have changed by these updates. `anew`: they are all rows, after a
 * connection. */
void host_ports_rows_changed(struct host_ports *ports,
                             const struct json *updates, bool anew);
/* Call it after a connection, before nat_rows_changed(). */
void host_ports_recall(struct host_ports *ports);
/* A device of the host has changed. */
void host_ports_hear(struct host_ports *ports, const struct link_event *event);

/* The packet filter's rules have gone out of force, or are in force again.
 * Devices with mode=nat forward only while they are. */
void host_ports_rules_changed(struct host_ports *ports, bool in_force);
