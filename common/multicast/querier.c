/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Times, then frames from the outside in: Ethernet, IP with the option that has
 * routers look at it (RFC 2113, RFC 2711), the query.
 */
#include "ovsint/multicast/querier.h"

#include <string.h>

#include "ovsint/base/checksum.h"

/* RFC 3376 sections 8.2, 8.3; what members get at first, who must not all
 * answer at one moment. */
#define INTERVAL_S 125
#define ANSWER_MS 10000
#define FIRST_ANSWER_MS 1000
#define ROBUSTNESS 2

void querier_set_membership(struct querier *querier, unsigned membership_s,
                            int64_t now_ms)
{
    unsigned membership_ms = membership_s * 1000;

    querier->answer_ms =
        membership_ms / 5 < ANSWER_MS ? membership_ms / 5 : ANSWER_MS;
    querier->interval_ms = (membership_ms - querier->answer_ms) / ROBUSTNESS;
    if (querier->interval_ms > INTERVAL_S * 1000)
        querier->interval_ms = INTERVAL_S * 1000;
    if (querier->due_ms > now_ms + querier->interval_ms)
        querier->due_ms = now_ms + querier->interval_ms;
}

void querier_begin(struct querier *querier, unsigned membership_s,
                   int64_t now_ms)
{
    *querier = (struct querier){.due_ms = now_ms};
    querier_set_membership(querier, membership_s, now_ms);
}

bool querier_is_due(const struct querier *querier, int64_t now_ms)
{
    return querier->due_ms <= now_ms;
}

unsigned querier_answer_ms(const struct querier *querier)
{
    return querier->asked < QUERIER_FIRST &&
                   querier->answer_ms > FIRST_ANSWER_MS
               ? FIRST_ANSWER_MS
               : querier->answer_ms;
}

/* The second one comes as soon as the answers to the first one have. */
void querier_asked(struct querier *querier, int64_t now_ms)
{
    unsigned wait_ms = querier->interval_ms;

    if (querier->asked == 0)
        wait_ms = querier_answer_ms(querier);
    else if (querier->asked < QUERIER_FIRST - 1)
        wait_ms = querier->interval_ms / 4;
    if (querier->asked < QUERIER_FIRST)
        querier->asked++;
    querier->due_ms = now_ms + wait_ms;
}

/* Frames. */

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,
};
enum {
    ETHERNET_LEAST = 60,
    IPV4_SIZE = 24,
    IGMP_SIZE = 12,
    OPTIONS_SIZE = 8,
    MLD_SIZE = 28,
};
enum { PROTOCOL_IGMP = 2, PROTOCOL_OPTIONS = 0, PROTOCOL_ICMPV6 = 58 };
enum { QUERY_IGMP = 0x11, QUERY_MLD = 130 };
#define PRECEDENCE 0xc0 /* internetwork control: RFC 3376 section 4 */

static void add(struct query_frame *to, const void *bytes, size_t size)
{
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void add_number(struct query_frame *to, uint64_t value, size_t size)
{
    for (size_t i = size; i-- > 0;)
        to->bytes[to->size++] = (uint8_t)(value >> 8 * i);
}

static void put_checksum(uint8_t *at, uint32_t total)
{
    uint16_t value = checksum_end(total);

    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void begin(struct query_frame *to, const uint8_t group[6],
                  const struct mac *mac, unsigned vlan, unsigned type)
{
    to->size = 0;
    add(to, group, 6);
    add(to, mac->bytes, sizeof(mac->bytes));
    if (vlan) {
        add_number(to, ETHERTYPE_VLAN, 2);
        add_number(to, vlan, 2);
    }
    add_number(to, type, 2);
}

static void end(struct query_frame *to)
{
    while (to->size < ETHERNET_LEAST)
        to->bytes[to->size++] = 0;
}

/* Up to 127 as it is; above that as 16 + mantissa, shifted by exponent + 3 (RFC
 * 3376 sections 4.1.1, 4.1.7). Rounded down. */
static uint8_t code_of(unsigned value)
{
    unsigned exponent = 0;

    if (value < 128)
        return (uint8_t)value;
    while (value >> (exponent + 3) > 31)
        exponent++;
    return (uint8_t)(0x80 | exponent << 4 | (value >> (exponent + 3) & 15));
}

void query_igmp(const struct querier *querier, const struct mac *mac,
                unsigned vlan, struct query_frame *ret)
{
    static const uint8_t ethernet[] = {0x01, 0, 0x5e, 0, 0, 1};
    static const uint8_t all_hosts[] = {224, 0, 0, 1};
    static const uint8_t router_alert[] = {0x94, 4, 0, 0};

    begin(ret, ethernet, mac, vlan, ETHERTYPE_IPV4);
    uint8_t *ip = ret->bytes + ret->size;
    add_number(ret, 4 << 4 | IPV4_SIZE / 4, 1);
    add_number(ret, PRECEDENCE, 1);
    add_number(ret, IPV4_SIZE + IGMP_SIZE, 2);
    add_number(ret, 0, 4); /* neither id nor fragment */
    add_number(ret, 1, 1); /* hops */
    add_number(ret, PROTOCOL_IGMP, 1);
    add_number(ret, 0, 2); /* checksum, later */
    add_number(ret, 0, 4); /* from 0.0.0.0 */
    add(ret, all_hosts, sizeof(all_hosts));
    add(ret, router_alert, sizeof(router_alert));
    put_checksum(ip + 10, checksum_add(0, ip, IPV4_SIZE));

    uint8_t *query = ret->bytes + ret->size;
    add_number(ret, QUERY_IGMP, 1);
    add_number(ret, code_of(querier_answer_ms(querier) / 100), 1);
    add_number(ret, 0, 2); /* checksum, later */
    add_number(ret, 0, 4); /* all groups */
    add_number(ret, ROBUSTNESS, 1);
    add_number(ret, code_of(querier->interval_ms / 1000), 1);
    add_number(ret, 0, 2); /* from all sources */
    put_checksum(query + 2, checksum_add(0, query, IGMP_SIZE));
    end(ret);
}

void query_mld(const struct querier *querier, const struct mac *mac,
               unsigned vlan, struct query_frame *ret)
{
    static const uint8_t ethernet[] = {0x33, 0x33, 0, 0, 0, 1};
    static const uint8_t all_hosts[16] = {0xff, 2, [15] = 1};
    static const uint8_t last_ones[10] = {0xfe, 0x80, [8] = 0xff, 0xff};
    static const uint8_t options[] = {
        PROTOCOL_ICMPV6,         0, 5, 2, 0,
        0 /* look at it: MLD */, 1, 0 /* padding */};

    begin(ret, ethernet, mac, vlan, ETHERTYPE_IPV6);
    uint8_t *ip = ret->bytes + ret->size;
    add_number(ret, 6u << 28, 4);
    add_number(ret, OPTIONS_SIZE + MLD_SIZE, 2);
    add_number(ret, PROTOCOL_OPTIONS, 1);
    add_number(ret, 1, 1); /* hops */
    add(ret, last_ones, sizeof(last_ones));
    add(ret, mac->bytes, sizeof(mac->bytes));
    add(ret, all_hosts, sizeof(all_hosts));
    add(ret, options, sizeof(options));

    uint8_t *query = ret->bytes + ret->size;
    add_number(ret, QUERY_MLD, 1);
    add_number(ret, 0, 1);
    add_number(ret, 0, 2); /* checksum, later */
    add_number(ret, querier_answer_ms(querier), 2);
    add_number(ret, 0, 2);
    add_number(ret, 0, 8); /* all groups */
    add_number(ret, 0, 8);
    add_number(ret, ROBUSTNESS, 1);
    add_number(ret, code_of(querier->interval_ms / 1000), 1);
    add_number(ret, 0, 2); /* from all sources */
    put_checksum(
        query + 2,
        checksum_add(checksum_add(MLD_SIZE + PROTOCOL_ICMPV6, ip + 8, 32),
                     query, MLD_SIZE));
}
