/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attachment is one vNIC of one container: what was asked for, checked and
 * complete. It is a plain value without pointers, so it can be copied,
 * compared, printed and stored (as canonical JSON in the port's row).
 *
 * The vocabulary (the keys an operator types) is one table, which the parser,
 * --help and the man page share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/err.h"
#include "ovsint/json.h"
#include "ovsint/limits.h"
#include "ovsint/parse.h"

#define VLAN_COUNT 4096
#define NETWORK_NAME_SIZE 64
#define BRIDGE_NAME_SIZE 64 /* OVSDB allows more than a device name */
#define EXTERNAL_ID_KEY_SIZE 64
#define EXTERNAL_ID_VALUE_SIZE 256

enum vnic_type { VNIC_INTERNAL, VNIC_VETH };

/* Port.vlan_mode, ovs-vswitchd.conf.db(5). */
enum vlan_mode {
    VLAN_MODE_UNSET,
    VLAN_MODE_ACCESS,
    VLAN_MODE_TRUNK,
    VLAN_MODE_NATIVE_TAGGED,
    VLAN_MODE_NATIVE_UNTAGGED,
    VLAN_MODE_DOT1Q_TUNNEL,
};

struct vlan_set {
    uint64_t bits[VLAN_COUNT / 64];
};

bool vlan_set_has(const struct vlan_set *set, unsigned vlan);
void vlan_set_add(struct vlan_set *set, unsigned vlan);
bool vlan_set_empty(const struct vlan_set *set);
/* "10,20-29"; -EINVAL, or -ERANGE outside 1-4094 or first > last. */
int vlan_set_parse(const char *text, struct vlan_set *ret) MUST_CHECK;
void vlan_set_format(const struct vlan_set *set, struct buf *ret);

struct route {
    struct ip_prefix to;
    struct ip via;
};

struct external_id {
    char key[EXTERNAL_ID_KEY_SIZE];
    char value[EXTERNAL_ID_VALUE_SIZE];
};

struct attachment {
    char ifname[IFNAME_SIZE];        /* the name people expect: eth0 */
    char network[NETWORK_NAME_SIZE]; /* "" = none */
    char bridge[BRIDGE_NAME_SIZE];
    enum vnic_type type;

    uint16_t vlan; /* Port.tag; 0 = none */
    enum vlan_mode vlan_mode;
    struct vlan_set trunks;

    struct ip_prefix ip[LIMIT_ADDRESSES];
    size_t ip_count;
    bool ip_auto; /* one more address per subnet of the network */
    struct ip gateway[2];
    size_t gateway_count; /* at most one per family */
    struct route routes[LIMIT_ROUTES];
    size_t route_count;
    bool skip_dad; /* IPv6 addresses usable at once (IFA_F_NODAD) */

    struct mac mac;      /* all zero = the device keeps its own */
    unsigned mtu;        /* 0 = as the switch made it */
    bool takes_default;  /* earlier default devices are set down */
    uint64_t rate_kbit;  /* 0 = unlimited; kbit/s */
    uint64_t burst_kbit; /* kbit */

    struct external_id external_ids[LIMIT_EXTERNAL_IDS];
    size_t external_id_count;
    uint16_t ofport_request; /* 0 = none */
};
