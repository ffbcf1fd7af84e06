/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * An attachment is one vNIC of one container: what was asked for, checked and
 * complete. It is a plain value without pointers, so it can be copied,
 * compared, printed, and stored in the port's row as canonical JSON.
 *
 * It is made in two steps. A request collects what one front end was given, key
 * by key. Resolving it adds the named network and the defaults, applies the
 * policy and checks that everything fits together. Later nothing can be found
 * wrong with the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/vocabulary.h"

#define VLAN_COUNT 4096
#define NETWORK_NAME_SIZE 64
#define BRIDGE_NAME_SIZE 64 /* OVSDB allows more than a device name */
#define EXTERNAL_ID_KEY_SIZE 64
#define EXTERNAL_ID_VALUE_SIZE 256
#define DHCP_NAME_SIZE 64
#define DNS_LABEL_SIZE 64 /* RFC 1035 section 2.3.4 */
#define ORIGIN_SIZE 96
#define SEGMENT_TEXT_SIZE (BRIDGE_NAME_SIZE + NETWORK_NAME_SIZE + 8)
#define ATTACHMENT_TEXT_SIZE 32768 /* of the canonical JSON */

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

/* What a port lets its container send: flows/port_flows.h. A later one allows
 * less. */
enum source_guard {
    SOURCE_GUARD_OFF,
    SOURCE_GUARD_MAC,  /* with its MAC alone */
    SOURCE_GUARD_FULL, /* and with its addresses alone */
};

struct vlan_set {
    uint64_t bits[VLAN_COUNT / 64];
};

bool vlan_set_has(const struct vlan_set *set, unsigned vlan);
void vlan_set_add(struct vlan_set *set, unsigned vlan);
bool vlan_set_empty(const struct vlan_set *set);
/* Is every VLAN of `set` also in `of`? */
bool vlan_set_within(const struct vlan_set *set, const struct vlan_set *of);
/* "10,20-29"; blanks around the commas are allowed. -EINVAL; -ERANGE if a
 * number is outside 1-4094 or first > last. */
int vlan_set_parse(const char *text, struct vlan_set *ret) MUST_CHECK;
/* Appends the shortest ascending form, "10,20-29". */
void vlan_set_format(const struct vlan_set *set, struct buf *ret);

/* The word of Port.vlan_mode, "access"; NULL for VLAN_MODE_UNSET. */
const char *vlan_mode_name(enum vlan_mode mode);
/* "internal" or "veth". Interface.type has "internal" and "" for them. */
const char *vnic_type_name(enum vnic_type type);
/* The type named `text`, or -EINVAL. */
int vnic_type_parse(const char *text, enum vnic_type *ret) MUST_CHECK;

/* "off", "mac" or "full". */
const char *source_guard_name(enum source_guard guard);
/* The one named `text`, or -EINVAL. */
int source_guard_parse(const char *text, enum source_guard *ret) MUST_CHECK;

struct route {
    struct ip_prefix to;
    struct ip via;
};

struct external_id {
    char key[EXTERNAL_ID_KEY_SIZE];
    char value[EXTERNAL_ID_VALUE_SIZE];
};

/* The members of one key stand side by side: merging copies them as one
 * span. */
struct attachment {
    char ifname[IFNAME_SIZE];        /* the name that people expect: eth0 */
    char network[NETWORK_NAME_SIZE]; /* "" = none */
    char bridge[BRIDGE_NAME_SIZE];
    /* The logical switch of OVN that the port is on, which is then a port of
     * OVN's bridge; "" = none. */
    char ovn[NETWORK_NAME_SIZE];
    enum vnic_type type;

    uint16_t vlan; /* Port.tag; 0 = none */
    enum vlan_mode vlan_mode;
    /* Port.trunks, or Port.cvlans with dot1q-tunnel; empty = all. */
    struct vlan_set trunks;
    bool isolated; /* Port.protected */
    /* The bridge is to send multicast to members alone. */
    bool snoops;

    struct ip_prefix ip[LIMIT_ADDRESSES];
    size_t ip_count;
    bool ip_auto; /* plus one address of each subnet of the network */
    /* Plus what a DHCP server of the LAN gives. Once it has, that is a part of
     * `ip`, `gateway` and `routes`; the port's row tells which part: lease.h.
     */
    bool ip_dhcp;
    bool ip_slaac; /* plus what the LAN's routers announce */
    struct ip gateway[2];
    size_t gateway_count; /* at most one per family */
    struct route routes[LIMIT_ROUTES];
    size_t route_count;
    bool accepts_ra; /* accepts router advertisements, see newcomers.h */
    bool skip_dad;   /* IPv6 addresses usable at once (IFA_F_NODAD) */
    /* What a DHCP server is told: "" = the MAC; a name that suits. */
    char dhcp_id[DHCP_NAME_SIZE];
    char dhcp_hostname[DHCP_NAME_SIZE];
    /* By which OVN's DNS answers on its logical switch; "" = none. */
    char dns_name[DNS_LABEL_SIZE];

    enum source_guard guard;
    /* What it may send from besides its addresses. Host bits are 0. */
    struct ip_prefix guard_also[LIMIT_GUARD_ALSO];
    size_t guard_also_count;
    /* Nobody has chosen the guard: it is the one by default. No property of the
     * vNIC: rows do not keep it. */
    bool guard_unsaid;

    struct mac mac;     /* all zero = the device keeps its own */
    unsigned mtu;       /* 0 = as the switch made it */
    bool takes_default; /* earlier default devices are set down */
    /* broadcast and multicast frames per second; 0 = unlimited */
    uint64_t storm;
    uint64_t rate_kbit;  /* 0 = unlimited; kbit/s */
    uint64_t burst_kbit; /* kbit; 0 = not set */

    /* The user's own. They may name a general key such as iface-id, which then
     * replaces ours, but no key that begins with "ovsint-". */
    struct external_id external_ids[LIMIT_EXTERNAL_IDS];
    size_t external_id_count;
    uint16_t ofport_request; /* 0 = none */

    /* How many ports are to be kept ready for others like this one; 0 = this
     * says nothing of it. No property of the vNIC: rows do not keep it here. */
    uint16_t pool;
};

/* What one front end was given for one vNIC. */
struct attachment_request {
    unsigned fronts;          /* the front ends whose keys are known */
    struct attachment values; /* only the keys that were given count */
    /* How the operator named the key: "annotation ovsint.vlan". "" = not
     * given. */
    char origin[KEY_COUNT][ORIGIN_SIZE];
};

/* Begins a request. -EINVAL if the kernel would not take `ifname` as a device
 * name, or if it is "lo". The message begins with the name. */
int attachment_request_init(struct attachment_request *ret, unsigned fronts,
                            const char *ifname, struct err *err) MUST_CHECK;

/* Sets one key. `origin` is how the operator named it ("annotation
 * ovsint.vlan", "option vlan"). It begins every message about the key, here and
 * in attachment_resolve(). -EINVAL for an unknown key, a bad value, or a key
 * that was given before. */
int attachment_set(struct attachment_request *request, const char *origin,
                   const char *key, const char *value,
                   struct err *err) MUST_CHECK;

/* As attachment_set(), but with a JSON value: a string as typed, a number, a
 * boolean, an array of these for a list, an object for external-ids. */
int attachment_set_json(struct attachment_request *request, const char *origin,
                        const char *key, const struct json *value,
                        struct err *err) MUST_CHECK;

bool attachment_given(const struct attachment_request *request,
                      enum vocabulary_key key);

/* Writes canonical JSON: one object, the keys in the order of the vocabulary,
 * defaults left out. It fits a buffer of ATTACHMENT_TEXT_SIZE. */
void attachment_write(const struct attachment *attachment,
                      struct json_writer *w);

/* Reads what attachment_write() wrote; the value is equal in every member.
 * -EINVAL if it is something else, as anybody can edit a row. */
int attachment_read(const struct json *json, struct attachment *ret,
                    struct err *err) MUST_CHECK;

/* Is the router in no prefix of the attachment's addresses? Its route then has
 * to say that the router is on the link (RTNH_F_ONLINK). */
bool attachment_is_far(const struct attachment *attachment,
                       const struct ip *router);

/* The router of the address's subnet, or one that is far from all of them; NULL
 * = none. */
const struct ip *attachment_router(const struct attachment *attachment,
                                   const struct ip_prefix *address);

/* The runtime's name of the container becomes its dns-name, if it is on a
 * logical switch, has been given none, and the name suits. False = it does
 * not. */
bool attachment_offer_name(struct attachment *attachment, const char *name);

/* Do flows of ours guard what it sends? On a logical switch OVN does, by
 * port_security, and its bridge is not ours to put flows on. */
bool attachment_has_flows(const struct attachment *attachment);

/* Appends the name of the L2 segment, in which an address must be unique:
 * "<bridge>/<vlan or 0>", or "<bridge>/ovn:<logical switch>". */
void attachment_segment(const struct attachment *attachment, struct buf *ret);

/* Appends one line for people: "eth0: internal port on br0, access VLAN 10,
 * 10.0.0.5/24 via 10.0.0.1, mtu 1400". */
void attachment_describe(const struct attachment *attachment, struct buf *ret);
