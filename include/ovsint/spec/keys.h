/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * How the value of each key is read, and which bytes of the attachment belong
 * to the key. A setter judges its value alone; common/config/check.c judges
 * what depends on other keys. The message of a setter begins with the value,
 * and the caller prefixes the key as the operator wrote it.
 */
#pragma once

#include "ovsint/spec/attachment.h"

#define LIST_ITEM_SIZE 128

/* A value or item in a message: text from outside is quoted and cut. */
#define SHOWN "'%.80s'"

#define VLAN_MAX 4094
#define STORM_MAX 10000000
#define RATE_MIN_KBIT 8
#define RATE_MAX_KBIT 100000000
#define MTU_MIN 68        /* RFC 791 */
#define MTU_MIN_IPV6 1280 /* RFC 8200 */
#define MTU_MAX 65535
/* Of Interface.ofport_request: ovs-vswitchd.conf.db(5). */
#define OFPORT_MAX 65279
/* The kernel's token bucket counts bytes in 32 bits. */
#define BURST_MAX_KBIT 4000000

typedef int key_setter(struct attachment *to, const char *value,
                       struct err *err);

struct key_row {
    struct vocabulary_entry entry;
    key_setter *set;
    size_t start; /* the key's bytes in struct attachment */
    size_t end;
};

extern const struct key_row key_rows[KEY_COUNT];

key_setter key_set_network, key_set_bridge, key_set_ovn, key_set_vlan,
    key_set_trunks, key_set_vlan_mode, key_set_mac, key_set_mtu, key_set_type,
    key_set_default, key_set_storm, key_set_rate, key_set_burst,
    key_set_external_ids, key_set_ofport, key_set_isolated_ports,
    key_set_mcast_snooping, key_set_guard, key_set_pool;
key_setter key_set_ip, key_set_guard_also, key_set_gateway, key_set_routes,
    key_set_dad, key_set_accept_ra, key_set_dhcp_id, key_set_dhcp_hostname,
    key_set_dns_name;

/* Reads the next item of a comma-separated list, without the blanks around it.
 * Returns 1 with the item, 0 at the end, -EINVAL if the item is empty or too
 * long. Before the first call, *cursor is the text. */
int list_next(const char **cursor, char ret[LIST_ITEM_SIZE]) MUST_CHECK;

bool bridge_name_valid(const char *name);
bool network_name_valid(const char *name);
/* Of OVN: in ovn-bridge-mappings the comma and the colon are taken. */
bool physical_network_valid(const char *name);
/* RFC 952 and RFC 1123 section 2.1, dots included. */
bool dhcp_hostname_valid(const char *name);

/* How to name the key in a message: by its origin, else as "interface eth0".
 * The text is in `room` or in the request. */
const char *key_where(const struct attachment_request *merged,
                      enum vocabulary_key key, char room[ORIGIN_SIZE]);
