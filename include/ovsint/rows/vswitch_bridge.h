/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The properties of a bridge that decide what a port of it carries. Fed with
 * the updates of a monitor. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/attachment.h"

/* The columns of the table Bridge that the monitor must show, besides the
 * name. */
#define VSWITCH_BRIDGE_COLUMNS "datapath_type", "stp_enable", "rstp_enable"

/* Open vSwitch asks for the MTU of a TAP by its name, and in its own namespace
 * only. If there is no such device it reads frames into a buffer of this size,
 * and cuts off the rest (netdev_linux_rxq_recv() in lib/netdev-linux.c). */
#define USERSPACE_MTU_MAX 1500

struct vswitch_bridge {
    char *uuid;
    char *name;
    bool userspace; /* datapath_type is netdev */
    bool stp;
    bool rstp;
    bool snoops; /* of multicast; if mcast_snooping_enable is shown, too */
};

struct vswitch_bridges {
    struct vswitch_bridge *rows;
    size_t count;
};

void vswitch_bridges_apply(struct vswitch_bridges *bridges,
                           const struct json *updates);
void vswitch_bridges_done(struct vswitch_bridges *bridges);
/* NULL if the monitor has shown no such row. */
const struct vswitch_bridge *
vswitch_bridges_find(const struct vswitch_bridges *bridges, const char *name);

const struct vswitch_bridge *
vswitch_bridges_by_uuid(const struct vswitch_bridges *bridges,
                        const char *uuid);

/* Does the bridge carry all that such a port sends and has to receive? If not,
 * -EOPNOTSUPP with the way out. */
int vswitch_bridge_carries(const struct vswitch_bridge *bridge,
                           const struct attachment *wanted,
                           struct err *err) MUST_CHECK;
/* The part of vswitch_bridge_carries() that concerns every internal port: does
 * the bridge flood to a new one? */
int vswitch_bridge_floods(const struct vswitch_bridge *bridge,
                          struct err *err) MUST_CHECK;

/* Must the other end of a port of `type` finish the checksums of what it sends
 * (offload.h)? `bridge` may be NULL. */
bool vswitch_bridge_needs_checksums(const struct vswitch_bridge *bridge,
                                    enum vnic_type type);
