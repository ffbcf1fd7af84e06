/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The whole switch as its rows have it: every bridge with all of its ports,
 * whoever has made them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/parse.h"
#include "ovsint/ovsdb/monitor.h"

/* One interface of a port: a bond has several. */
struct switch_port {
    char *name;     /* of the interface, by which the switch calls it */
    char *port;     /* of the port: another one for a member of a bond */
    char *type;     /* "internal", "vxlan", "patch"...; "" = a device */
    char *vlan;     /* "10", "trunk 10,20-22", "all" */
    char *leads_to; /* the other end of a patch or a tunnel; NULL */
    int64_t tag;    /* its VLAN as an access port; -1 = none */
    int64_t ofport; /* 0 = not yet, -1 = the switch failed */
    int64_t mtu;    /* 0 = not known */
    bool link_down; /* the switch says so */
    bool is_local;  /* the bridge's own device */
    bool is_ours;   /* a container's, or our host access port */
};

/* A network with mode=nat, by its host access port. */
struct switch_network {
    char device[IFNAME_SIZE];
    bool masquerades4, masquerades6;
    bool routed4, routed6; /* its containers are reached at their addresses */
};

struct switch_bridge {
    char *name;
    bool userspace;
    bool is_secure;            /* without a controller it forwards nothing */
    struct switch_port *ports; /* by their OpenFlow numbers */
    size_t count;
    size_t room;
    struct switch_network *networks;
    size_t network_count;
    size_t network_room;
};

struct switch_seen {
    struct switch_bridge *bridges; /* by name */
    size_t count;
    size_t room;
};

void switch_done(struct switch_seen *seen);
#define auto_switch __attribute__((cleanup(switch_done)))

/* The monitor whose reply switch_from_rows() reads. */
void switch_watch(struct monitor *monitor);
void switch_from_rows(struct switch_seen *ret, const struct json *updates);

/* NULL if there is none. */
const struct switch_bridge *switch_bridge_find(const struct switch_seen *seen,
                                               const char *name);
/* By the name of the interface. */
const struct switch_port *switch_port_find(const struct switch_bridge *bridge,
                                           const char *name);
