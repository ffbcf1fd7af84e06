/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is set on the device of a host access port, and which of its addresses
 * are missing. Pure.
 */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/sysctl.h"
#include "ovsint/rows/network_row.h"

struct host_setting {
    enum sysctl_family family;
    const char *name;
    int value;
    bool optional; /* a kernel without it is fine */
};

#define HOST_SETTINGS 10

/* Fills the settings in the order in which they are to be made. Returns how
 * many. `forwards`: the packet filter's rules are in force, so a device with
 * mode=nat may forward. */
size_t host_settings(const struct network_row *row, bool forwards,
                     struct host_setting ret[HOST_SETTINGS]);

/* The addresses that a device has. */
struct host_addresses {
    struct ip_prefix has[4 * LIMIT_ADDRESSES];
    size_t count;
};

/* An addr_visit, for a struct host_addresses. */
void host_addresses_note(void *addresses, const struct addr_info *info);
bool host_addresses_have(const struct host_addresses *addresses,
                         const struct ip_prefix *wanted);
