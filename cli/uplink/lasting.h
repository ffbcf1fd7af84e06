/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What makes a move last over a reboot, in the words of each system that sets
 * up networks on Linux. The rows of Open vSwitch stay by themselves; what IP
 * has on a device is forgotten by the kernel. Pure.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/parse.h"
#include "ovsint/uplink/note.h"

#define UPLINK_ADDRESSES_MAX 32

/* What the access port has. */
struct uplink_setting {
    const char *access;
    const struct uplink_note *note; /* the cards */
    struct ip_prefix addresses[UPLINK_ADDRESSES_MAX];
    size_t address_count;
    struct ip defaults[2]; /* default gateways; family 0 = none */
    unsigned mtu;
    bool userspace;
};

enum uplink_system {
    SYSTEM_IFUPDOWN,
    SYSTEM_NETWORKD,
    SYSTEM_NETPLAN,
    SYSTEM_NETWORK_MANAGER,
    SYSTEM_COUNT,
};

const char *uplink_system_name(enum uplink_system keeper);
/* Files and what belongs into them, as a person would write it. */
void uplink_lasting(enum uplink_system keeper,
                    const struct uplink_setting *setting, struct buf *ret);
