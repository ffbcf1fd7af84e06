/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What those who may start containers are allowed to ask for. It judges what
 * was asked for, not what the administrator wrote himself: values that come
 * from a named network or from default-bridge are not subject to it.
 *
 * A reader would expect no VLAN to mean no VLAN. In Open vSwitch a port
 * without tag and trunks is a trunk of all VLANs, so a policy about VLANs
 * refuses it unless everything is allowed.
 */
#pragma once

#include "ovsint/spec/attachment.h"

/* Patterns are exact texts or end with '*'. */
struct allow_list {
    bool limited; /* false: anything goes; true with count 0: nothing */
    char **items;
    size_t count;
};

struct policy {
    bool named_networks_only;
    struct allow_list bridges;
    struct allow_list uplinks; /* Docker's front end alone asks for one */
    struct allow_list macs;    /* patterns in lower case */
    struct allow_list external_ids;
    bool limits_types;
    unsigned types; /* bit per vnic_type */
    bool limits_vlans;
    struct vlan_set vlans;
    /* Without `trunks` in the configuration but with `vlans` these are the
     * same: VLANs are out of reach tagged and untagged. */
    bool limits_trunks;
    struct vlan_set trunks;
    /* kbit/s; 0 = no limit. Who sets no rate gets this one. */
    uint64_t max_rate_kbit;
};

/* Reads the object `policy` of the configuration. -EINVAL. */
int policy_parse(const struct json *json, struct policy *ret,
                 struct err *err) MUST_CHECK;

/* Releases what it points to; accepts the zeroed value. */
void policy_done(struct policy *policy);

/* Judges a request. `merged` is the same with what its network adds. -EPERM
 * with the origin, the value and what is allowed. */
int policy_check(const struct policy *policy,
                 const struct attachment_request *request,
                 const struct attachment_request *merged,
                 struct err *err) MUST_CHECK;

/* Judges the wish to put a network card of the host on a network's bridge.
 * `network` is that of the configuration, NULL = none: its bridge is the
 * administrator's. -EPERM. */
int policy_check_uplink(const struct policy *policy, const char *network,
                        const char *device, struct err *err) MUST_CHECK;
