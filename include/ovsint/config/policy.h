/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What those who may start containers are allowed to ask for. The
 * administrator's own values are not judged: those of a named network, and
 * default-bridge.
 *
 * Without a policy anything goes. Once there is one, what it does not name is
 * closed, unless it says "default": "allow". There are two exceptions. A key
 * that a named network leaves to its containers (`refine`) is open there, as
 * the administrator has said so. And some rules have a mild value of their own
 * when they are not named: see policy_rows.
 *
 * Pitfall: no VLAN does not mean "no VLAN". In Open vSwitch a port without tag
 * and trunks is a trunk of all VLANs. So a policy refuses it, unless it allows
 * all of them ("trunks": "all").
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/spec/attachment.h"

#define POLICY_RANGES 32
#define ANNOTATION_KEY_SIZE 64

/* The rules, in the order in which they are judged and documented. */
enum policy_rule {
    RULE_DEFAULT,
    RULE_ANNOTATION_KEY,
    RULE_NAMED_ONLY,
    RULE_MAX_INTERFACES,
    RULE_BRIDGES,
    RULE_OVN,
    RULE_VLANS,
    RULE_TRUNKS,
    RULE_VLAN_MODES,
    RULE_TYPES,
    RULE_MACS,
    RULE_ADDRESSES,
    RULE_MAX_ADDRESSES,
    RULE_DHCP,
    RULE_MAX_MTU,
    RULE_MAX_STORM,
    RULE_MAX_RATE,
    RULE_MAX_BURST,
    RULE_GUARD,
    RULE_GUARD_ALSO,
    RULE_EXTERNAL_IDS,
    RULE_OFPORTS,
    RULE_MAX_POOL,
    RULE_MCAST_SNOOPING,
    /* of networks that Docker's front end makes: */
    RULE_MODES,
    RULE_UPLINKS,
    RULE_HOST_ACCESS,
    RULE_HOST_IPS,
    RULE_PUBLISH,
    /* of the operator's command: */
    RULE_MIRRORS,
    RULE_MIRROR_REMOTES,
    RULE_COUNT,
};

/* Patterns are exact texts or end with '*'. */
struct pattern_list {
    char **items;
    size_t count;
};

struct prefix_list {
    struct ip_prefix items[POLICY_RANGES];
    size_t count;
};

/* Numbers of ports, "1000-1999,8080". */
struct range_list {
    struct {
        uint16_t first, last;
    } items[POLICY_RANGES];
    size_t count;
};

struct policy {
    unsigned named; /* a bit for each policy_rule that the file has */
    bool closed;    /* what is not named is refused */
    /* Annotations count only as "ovsint.<this>.<key>"; "" = as "ovsint.<key>".
     * Those of an image, whose author does not know it, then give nothing. */
    char annotation_key[ANNOTATION_KEY_SIZE];
    bool named_networks_only;
    /* A Docker network has its bridge for itself, and nobody has named it.
     * Whoever resolves for such a network sets this; VLANs are then its own
     * matter. */
    bool bridge_is_own;
    struct pattern_list bridges;
    struct pattern_list switches; /* logical switches of OVN */
    struct pattern_list uplinks;
    struct pattern_list macs; /* in lower case */
    struct pattern_list external_ids;
    unsigned types;      /* a bit for each vnic_type */
    unsigned vlan_modes; /* a bit for each vlan_mode; UNSET is a trunk */
    struct vlan_set vlans;
    /* If the configuration has `vlans` but no `trunks`, the trunks are the
     * vlans: a VLAN that is out of reach untagged is out of reach tagged as
     * well. */
    struct vlan_set trunks;
    bool all_trunks; /* also a port without VLAN and trunks */
    struct prefix_list addresses;
    bool dhcp;               /* addresses of the LAN may be asked for */
    uint64_t max_interfaces; /* of one container */
    uint64_t max_addresses;  /* that a container chooses, of one interface */
    uint64_t max_mtu;
    /* kbit/s; 0 = no limit. A container that sets no rate gets this one. */
    uint64_t max_storm;
    uint64_t max_rate_kbit;
    uint64_t max_burst_kbit;
    bool mcast_snooping; /* a network may have its bridge snoop */
    uint64_t max_pool;   /* ready ports that a network may ask for */
    /* The least that a container may ask for, and gets if it says nothing. */
    enum source_guard guard;
    struct prefix_list guard_also;
    struct range_list ofports;
    struct pattern_list modes; /* flat, isolated, nat */
    bool host_access;
    struct prefix_list host_ips;
    struct range_list publish; /* ports of the host */
    bool mirrors;
    struct prefix_list mirror_remotes;
};

/* Reads the object `policy` of the configuration. -EINVAL. */
int policy_parse(const struct json *json, struct policy *ret,
                 struct err *err) MUST_CHECK;

/* Releases what it points to. The zeroed value is fine. */
void policy_done(struct policy *policy);

/* Does the policy have the rule? */
bool policy_names(const struct policy *policy, enum policy_rule rule);

/* The rule's word in the configuration, "bridges". */
const char *policy_rule_key(enum policy_rule rule);

/* Judges a request. `merged` is the request plus what its network adds;
 * `network` is that of the configuration, or NULL. -EPERM, naming the origin,
 * the value, the rule and what that allows, or what would have to be
 * written. */
int policy_check(const struct policy *policy,
                 const struct attachment_request *request,
                 const struct attachment_request *merged,
                 const struct named_network *network,
                 struct err *err) MUST_CHECK;

/* May one container have so many interfaces? -EPERM. */
int policy_check_interfaces(const struct policy *policy, size_t count,
                            struct err *err) MUST_CHECK;

/* May a network card of the host be put on the bridge of this network?
 * `network` is that of the configuration; NULL = none. The bridge of a named
 * network is the administrator's. -EPERM. */
int policy_check_uplink(const struct policy *policy, const char *network,
                        const char *device, struct err *err) MUST_CHECK;

/* May a logical switch be in this VLAN of a physical network? -EPERM. */
int policy_check_physical(const struct policy *policy, unsigned vlan,
                          struct err *err) MUST_CHECK;

/* May a Docker network have this mode ("nat")? -EPERM. */
int policy_check_mode(const struct policy *policy, const char *mode,
                      struct err *err) MUST_CHECK;

/* May a Docker network put the host on its bridge, with these addresses? Those
 * that lie in a subnet of the network are no addresses of the user's choice:
 * the caller leaves them out. -EPERM. */
int policy_check_host(const struct policy *policy, const struct ip_prefix *ips,
                      size_t count, struct err *err) MUST_CHECK;

/* May traffic of containers be copied? And to this address; NULL = on this host
 * alone. -EPERM. */
int policy_check_mirror(const struct policy *policy, const struct ip *remote,
                        struct err *err) MUST_CHECK;

/* May ports `first` to `last` of the host lead to a container? 0 and 0 = any
 * port that is free, which is open once anything may be published. -EPERM. */
int policy_check_publish(const struct policy *policy, uint16_t first,
                         uint16_t last, struct err *err) MUST_CHECK;
