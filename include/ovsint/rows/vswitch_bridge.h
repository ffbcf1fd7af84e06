/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bridge is like, as far as it decides what a port of it carries. Fed
 * with the updates of a monitor; pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/attachment.h"

/* The columns of table Bridge that a monitor must show, besides the name. */
#define VSWITCH_BRIDGE_COLUMNS "datapath_type", "stp_enable", "rstp_enable"

/* Open vSwitch asks for the MTU of a TAP by its name, in its own namespace
 * only, and reads with room for so much when there is no such device
 * (netdev_linux_rxq_recv() in lib/netdev-linux.c): more is cut off. */
#define USERSPACE_MTU_MAX 1500

struct vswitch_bridge {
    char *uuid;
    char *name;
    bool userspace; /* datapath_type is netdev */
    bool stp;
    bool rstp;
};

struct vswitch_bridges {
    struct vswitch_bridge *rows;
    size_t count;
};

void vswitch_bridges_apply(struct vswitch_bridges *bridges,
                           const struct json *updates);
void vswitch_bridges_done(struct vswitch_bridges *bridges);
/* NULL when no such row was shown. */
const struct vswitch_bridge *
vswitch_bridges_find(const struct vswitch_bridges *bridges, const char *name);

const struct vswitch_bridge *
vswitch_bridges_by_uuid(const struct vswitch_bridges *bridges,
                        const char *uuid);

/* Does the bridge carry all that a port of `wanted` sends and is to hear?
 * -EOPNOTSUPP, with the way out, when it does not. */
int vswitch_bridge_carries(const struct vswitch_bridge *bridge,
                           const struct attachment *wanted,
                           struct err *err) MUST_CHECK;
/* The part of it that every internal port needs: does a new one hear what is
 * sent to all? */
int vswitch_bridge_floods(const struct vswitch_bridge *bridge,
                          struct err *err) MUST_CHECK;

/* Must the other end of a port of `type` finish the checksums of what it sends
 * (offload.h)? `bridge` may be NULL. */
bool vswitch_bridge_needs_checksums(const struct vswitch_bridge *bridge,
                                    enum vnic_type type);
