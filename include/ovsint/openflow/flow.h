/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Entries of a switch's flow table as OpenFlow 1.4 has them on the wire, and
 * the fields and actions of Open vSwitch that are needed besides. Pure.
 *
 * Sources: OpenFlow 1.4.1, sections 7.2.2 (match), 7.2.3.7 (fields), 7.2.4
 * (instructions), 7.3.4.3 (flow mod). Extensions are those of Open vSwitch:
 * include/openflow/nicira-ext.h, include/openvswitch/meta-flow.h and
 * ovs-fields(7).
 *
 * Pitfall: a field may stand in a match only behind those that it depends on
 * ("prerequisites", 7.2.3.6): the type of the frame before an address, the
 * protocol before a port. Open vSwitch refuses any other order with
 * OFPBMC_BAD_PREREQ. It does not refuse a field of neighbour discovery without
 * the code of ICMPv6. But then the kernel datapath gets a flow without that
 * field, as it has it in one attribute for type and code 0 (lib/odp-util.c,
 * odp_flow_key_from_flow__()), and frames that tell something else pass.
 */
#pragma once

#include <stdint.h>

#include "ovsint/base/buf.h"

/* Class, number and length of a field (7.2.3.2), without its mask bit. */
#define FLOW_FIELD(class, number, len) \
    ((uint32_t)(class) << 16 | (uint32_t)(number) << 9 | (uint32_t)(len))
#define FLOW_FIELD_LEN(field) ((size_t)((field)&0xff))

#define FLOW_BASIC 0x8000 /* OFPXMC_OPENFLOW_BASIC */
#define FLOW_NXM_1 0x0001 /* of Open vSwitch */

#define FLOW_IN_PORT FLOW_FIELD(FLOW_BASIC, 0, 4)
#define FLOW_ETH_DST FLOW_FIELD(FLOW_BASIC, 3, 6)
#define FLOW_ETH_SRC FLOW_FIELD(FLOW_BASIC, 4, 6)
#define FLOW_ETH_TYPE FLOW_FIELD(FLOW_BASIC, 5, 2)
#define FLOW_VLAN_VID FLOW_FIELD(FLOW_BASIC, 6, 2) /* 0 = no tag */
#define FLOW_IP_PROTO FLOW_FIELD(FLOW_BASIC, 10, 1)
#define FLOW_IPV4_SRC FLOW_FIELD(FLOW_BASIC, 11, 4)
#define FLOW_UDP_DST FLOW_FIELD(FLOW_BASIC, 16, 2)
#define FLOW_ICMPV4_TYPE FLOW_FIELD(FLOW_BASIC, 19, 1)
#define FLOW_ARP_OP FLOW_FIELD(FLOW_BASIC, 21, 2)
#define FLOW_ARP_SPA FLOW_FIELD(FLOW_BASIC, 22, 4)
#define FLOW_ARP_TPA FLOW_FIELD(FLOW_BASIC, 23, 4)
#define FLOW_ARP_SHA FLOW_FIELD(FLOW_BASIC, 24, 6)
#define FLOW_IPV6_SRC FLOW_FIELD(FLOW_BASIC, 26, 16)
#define FLOW_ICMPV6_TYPE FLOW_FIELD(FLOW_BASIC, 29, 1)
#define FLOW_ICMPV6_CODE FLOW_FIELD(FLOW_BASIC, 30, 1)
#define FLOW_ND_TARGET FLOW_FIELD(FLOW_BASIC, 31, 16)
#define FLOW_ND_SLL FLOW_FIELD(FLOW_BASIC, 32, 6) /* zero = no such option */
#define FLOW_ND_TLL FLOW_FIELD(FLOW_BASIC, 33, 6)
#define FLOW_IP_FRAG FLOW_FIELD(FLOW_NXM_1, 26, 1) /* FLOW_FRAG_... */
#define FLOW_IP_TTL FLOW_FIELD(FLOW_NXM_1, 29, 1)
#define FLOW_REGISTER(i) FLOW_FIELD(FLOW_NXM_1, i, 4)

#define FLOW_FRAG_ANY 1   /* it is a fragment ... */
#define FLOW_FRAG_LATER 2 /* ... and not the first one */

/* No request has this one: nobody waits for an answer. */
#define FLOW_XID_OF_NOBODY 0

#define FLOW_MATCH_SIZE 192
#define FLOW_ACTIONS_SIZE 64
/* An encoded flow mod is smaller. */
#define FLOW_MOD_SIZE (80 + FLOW_MATCH_SIZE + FLOW_ACTIONS_SIZE)

/* A meter drops what is more than `rate` for longer than `burst` allows. Its id
 * is of one bridge; 0 = none. */
struct flow_meter {
    uint32_t id;
    uint32_t rate;  /* kbit/s, or frames per second */
    uint32_t burst; /* kbit, or frames */
    bool frames;
};

struct flow {
    uint64_t cookie;
    uint16_t priority;
    struct flow_meter meter; /* that the frame passes before its actions */
    /* As on the wire. The functions below append; the sizes are large enough
     * for all that they can append once. */
    uint8_t match[FLOW_MATCH_SIZE];
    size_t match_size;
    uint8_t actions[FLOW_ACTIONS_SIZE]; /* none = the frame is dropped */
    size_t actions_size;
};

/* Adds a field: value, and mask if not NULL, in network order and of the
 * field's length. A bit that is 0 in the mask must be 0 in the value (7.2.3.5).
 * Aborts if there is no room. */
void flow_match(struct flow *flow, uint32_t field, const void *value,
                const void *mask);
/* The same for an integer of 1, 2 or 4 bytes. */
void flow_match_number(struct flow *flow, uint32_t field, uint32_t value);
void flow_match_bits(struct flow *flow, uint32_t field, uint32_t value,
                     uint32_t mask);

/* Sets one bit of a register (NXAST_REG_LOAD). */
void flow_set_bit(struct flow *flow, unsigned reg, unsigned bit);
/* Looks the frame up again in that table, with its registers as they are now
 * (NXAST_RESUBMIT_TABLE). */
void flow_resubmit(struct flow *flow, uint8_t table);

/* Appends the message "flow mod" (7.3.4.3) for table 0, with this xid: one that
 * adds the flow, or deletes all whose cookie fits. */
void flow_write_add(const struct flow *flow, uint32_t xid, struct buf *ret);
void flow_write_delete(uint64_t cookie, uint64_t cookie_mask, uint32_t xid,
                       struct buf *ret);

/* Appends the messages "meter mod" (7.3.4.5) that make the meter as it is to
 * be, whether or not there is one with its id: it is changed, and added. The
 * switch answers one of the two with an error, which nobody waits for. */
void flow_write_meter(const struct flow_meter *meter, struct buf *ret);
/* One that deletes a meter, and all flows that still use it. There may be none
 * with that id. */
void flow_write_meter_delete(uint32_t id, struct buf *ret);

/* Appends what begins each message (7.1.1). `size` is that of the whole. */
void flow_write_header(uint8_t type, size_t size, uint32_t xid,
                       struct buf *ret);
/* Appends the match, padded (7.2.2). */
void flow_write_match(const struct flow *flow, struct buf *ret);
/* Appends an integer of `len` bytes in network order. */
void flow_write_number(uint64_t value, size_t len, struct buf *ret);

/* Some flows, in order. The zeroed value is empty. */
struct flow_list {
    struct flow *flows;
    size_t count;
    size_t room;
};

/* Appends a zeroed flow. It is valid until the next one is appended. */
struct flow *flow_list_add(struct flow_list *list);
void flow_list_done(struct flow_list *list);
#define auto_flow_list __attribute__((cleanup(flow_list_done)))
