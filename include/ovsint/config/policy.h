/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What those who may start containers are allowed to ask for. The
 * administrator's own values are not judged: those of a named network, and
 * default-bridge.
 *
 * Pitfall: no VLAN does not mean "no VLAN". In Open vSwitch a port without tag
 * and trunks is a trunk of all VLANs. So a policy about VLANs refuses it,
 * unless it allows everything.
 */
#pragma once

#include "ovsint/spec/attachment.h"

/* Patterns are exact texts or end with '*'. */
struct allow_list {
    bool limited; /* false: anything goes; true with count 0: nothing does */
    char **items;
    size_t count;
};

struct policy {
    bool named_networks_only;
    struct allow_list bridges;
    struct allow_list uplinks; /* only Docker's front end asks for one */
    struct allow_list macs;    /* patterns in lower case */
    struct allow_list external_ids;
    bool limits_types;
    unsigned types; /* a bit for each vnic_type */
    bool limits_vlans;
    struct vlan_set vlans;
    /* If the configuration has `vlans` but no `trunks`, the trunks are the
     * vlans: a VLAN that is out of reach untagged is out of reach tagged as
     * well. */
    bool limits_trunks;
    struct vlan_set trunks;
    /* kbit/s; 0 = no limit. A container that sets no rate gets this one. */
    uint64_t max_rate_kbit;
};

/* Reads the object `policy` of the configuration. -EINVAL. */
int policy_parse(const struct json *json, struct policy *ret,
                 struct err *err) MUST_CHECK;

/* Releases what it points to. The zeroed value is fine. */
void policy_done(struct policy *policy);

/* Judges a request. `merged` is the request plus what its network adds. -EPERM,
 * naming the origin, the value and what is allowed. */
int policy_check(const struct policy *policy,
                 const struct attachment_request *request,
                 const struct attachment_request *merged,
                 struct err *err) MUST_CHECK;

/* May a network card of the host be put on the bridge of this network?
 * `network` is that of the configuration; NULL = none. The bridge of a named
 * network is the administrator's. -EPERM. */
int policy_check_uplink(const struct policy *policy, const char *network,
                        const char *device, struct err *err) MUST_CHECK;
