/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The encoding of flows. All sizes are constants, so nothing can fail: a match
 * or a list of actions that is too long is a mistake of the program, at which
 * it aborts.
 */
#include "ovsint/openflow/flow.h"

#include <assert.h>
#include <string.h>

#define VERSION_1_4 5
#define TYPE_FLOW_MOD 14

#define FIELD_HAS_MASK 0x100
#define ALIGNED(size) (((size) + 7) / 8 * 8)

#define MATCH_TYPE_OXM 1
#define MATCH_HEADER 4
#define FLOW_MOD_HEADER 48
#define INSTRUCTION_HEADER 8
#define INSTRUCTION_APPLY 4
#define INSTRUCTION_METER 6

#define TYPE_METER_MOD 29
#define METER_MOD_HEADER 16
#define METER_BAND_SIZE 16
#define METER_BAND_DROP 1
#define METER_KBIT 1
#define METER_FRAMES 2
#define METER_BURST 4
#define METER_ADD 0
#define METER_MODIFY 1
#define METER_DELETE 2

#define COMMAND_ADD 0
#define COMMAND_DELETE 3
#define ANY 0xffffffffu       /* OFPP_ANY, OFPG_ANY */
#define NO_BUFFER 0xffffffffu /* OFP_NO_BUFFER */

#define ACTION_EXPERIMENTER 0xffff
#define NICIRA 0x00002320
#define NXAST_REG_LOAD 7
#define NXAST_RESUBMIT_TABLE 14
#define NX_IN_PORT 0xfff8

static void put(uint8_t *room, size_t room_size, size_t *size,
                const void *bytes, size_t len)
{
    assert(*size + len <= room_size);
    memcpy(room + *size, bytes, len);
    *size += len;
}

static void encode(uint64_t value, size_t len, uint8_t ret[8])
{
    for (size_t i = 0; i < len; i++)
        ret[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

static void put_field(struct flow *flow, const void *bytes, size_t len)
{
    put(flow->match, sizeof(flow->match), &flow->match_size, bytes, len);
}

void flow_match(struct flow *flow, uint32_t field, const void *value,
                const void *mask)
{
    size_t len = FLOW_FIELD_LEN(field);
    uint32_t head = mask ? (field + (uint32_t)len) | FIELD_HAS_MASK : field;
    uint8_t bytes[8];

    encode(head, sizeof(head), bytes);
    put_field(flow, bytes, sizeof(head));
    put_field(flow, value, len);
    if (mask)
        put_field(flow, mask, len);
}

void flow_match_number(struct flow *flow, uint32_t field, uint32_t value)
{
    uint8_t bytes[8];

    encode(value, FLOW_FIELD_LEN(field), bytes);
    flow_match(flow, field, bytes, NULL);
}

void flow_match_bits(struct flow *flow, uint32_t field, uint32_t value,
                     uint32_t mask)
{
    uint8_t value_bytes[8], mask_bytes[8];

    encode(value, FLOW_FIELD_LEN(field), value_bytes);
    encode(mask, FLOW_FIELD_LEN(field), mask_bytes);
    flow_match(flow, field, value_bytes, mask_bytes);
}

static void put_action(struct flow *flow, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    encode(value, len, bytes);
    put(flow->actions, sizeof(flow->actions), &flow->actions_size, bytes, len);
}

static void begin_action(struct flow *flow, uint16_t size, uint16_t subtype)
{
    put_action(flow, ACTION_EXPERIMENTER, 2);
    put_action(flow, size, 2);
    put_action(flow, NICIRA, 4);
    put_action(flow, subtype, 2);
}

/* struct nx_action_reg_load: the first bit times 64, plus the number of bits
 * less one; the field; the value. */
void flow_set_bit(struct flow *flow, unsigned reg, unsigned bit)
{
    begin_action(flow, 24, NXAST_REG_LOAD);
    put_action(flow, bit << 6, 2);
    put_action(flow, FLOW_REGISTER(reg), 4);
    put_action(flow, 1, 8);
}

/* struct nx_action_resubmit */
void flow_resubmit(struct flow *flow, uint8_t table)
{
    begin_action(flow, 16, NXAST_RESUBMIT_TABLE);
    put_action(flow, NX_IN_PORT, 2);
    put_action(flow, table, 1);
    put_action(flow, 0, 3);
}

void flow_write_number(uint64_t value, size_t len, struct buf *ret)
{
    uint8_t bytes[8];

    encode(value, len, bytes);
    buf_add(ret, bytes, len);
}

void flow_write_header(uint8_t type, size_t size, uint32_t xid, struct buf *ret)
{
    flow_write_number(VERSION_1_4, 1, ret);
    flow_write_number(type, 1, ret);
    flow_write_number(size, 2, ret);
    flow_write_number(xid, 4, ret);
}

static size_t match_size(const struct flow *flow)
{
    return ALIGNED(MATCH_HEADER + flow->match_size);
}

void flow_write_match(const struct flow *flow, struct buf *ret)
{
    size_t used = MATCH_HEADER + flow->match_size;

    flow_write_number(MATCH_TYPE_OXM, 2, ret);
    flow_write_number(used, 2, ret);
    buf_add(ret, flow->match, flow->match_size);
    flow_write_number(0, ALIGNED(used) - used, ret);
}

static size_t instructions_size(const struct flow *flow)
{
    return (flow->meter.id ? INSTRUCTION_HEADER : 0) +
           (flow->actions_size ? INSTRUCTION_HEADER + flow->actions_size : 0);
}

static void write_instructions(const struct flow *flow, struct buf *ret)
{
    if (flow->meter.id) {
        flow_write_number(INSTRUCTION_METER, 2, ret);
        flow_write_number(INSTRUCTION_HEADER, 2, ret);
        flow_write_number(flow->meter.id, 4, ret);
    }
    if (flow->actions_size == 0)
        return;
    flow_write_number(INSTRUCTION_APPLY, 2, ret);
    flow_write_number(INSTRUCTION_HEADER + flow->actions_size, 2, ret);
    flow_write_number(0, 4, ret);
    buf_add(ret, flow->actions, flow->actions_size);
}

static void write_mod(const struct flow *flow, uint64_t cookie_mask,
                      uint8_t command, uint32_t xid, struct buf *ret)
{
    flow_write_header(
        TYPE_FLOW_MOD,
        FLOW_MOD_HEADER + match_size(flow) + instructions_size(flow), xid, ret);
    flow_write_number(flow->cookie, 8, ret);
    flow_write_number(cookie_mask, 8, ret);
    flow_write_number(0, 1, ret); /* table */
    flow_write_number(command, 1, ret);
    flow_write_number(0, 4, ret); /* no time at which it goes */
    flow_write_number(flow->priority, 2, ret);
    flow_write_number(NO_BUFFER, 4, ret);
    flow_write_number(ANY, 4, ret);
    flow_write_number(ANY, 4, ret);
    flow_write_number(0, 4, ret); /* flags, importance */
    flow_write_match(flow, ret);
    write_instructions(flow, ret);
}

void flow_write_add(const struct flow *flow, uint32_t xid, struct buf *ret)
{
    write_mod(flow, 0, COMMAND_ADD, xid, ret);
}

void flow_write_delete(uint64_t cookie, uint64_t cookie_mask, uint32_t xid,
                       struct buf *ret)
{
    const struct flow any = {.cookie = cookie};

    write_mod(&any, cookie_mask, COMMAND_DELETE, xid, ret);
}

static void write_meter_head(uint16_t command, uint16_t flags, uint32_t id,
                             size_t bands_size, struct buf *ret)
{
    flow_write_header(TYPE_METER_MOD, METER_MOD_HEADER + bands_size,
                      FLOW_XID_OF_NOBODY, ret);
    flow_write_number(command, 2, ret);
    flow_write_number(flags, 2, ret);
    flow_write_number(id, 4, ret);
}

void flow_write_meter(const struct flow_meter *meter, struct buf *ret)
{
    static const uint16_t commands[] = {METER_MODIFY, METER_ADD};

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        write_meter_head(commands[i],
                         (meter->frames ? METER_FRAMES : METER_KBIT) |
                             METER_BURST,
                         meter->id, METER_BAND_SIZE, ret);
        flow_write_number(METER_BAND_DROP, 2, ret);
        flow_write_number(METER_BAND_SIZE, 2, ret);
        flow_write_number(meter->rate, 4, ret);
        flow_write_number(meter->burst, 4, ret);
        flow_write_number(0, 4, ret);
    }
}

void flow_write_meter_delete(uint32_t id, struct buf *ret)
{
    write_meter_head(METER_DELETE, 0, id, 0, ret);
}

struct flow *flow_list_add(struct flow_list *list)
{
    list->flows =
        mem_grow(list->flows, list->count, &list->room, sizeof(*list->flows));
    list->flows[list->count] = (struct flow){0};
    return &list->flows[list->count++];
}

void flow_list_done(struct flow_list *list)
{
    free(list->flows);
    *list = (struct flow_list){0};
}
