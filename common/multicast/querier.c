/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Times, then frames from the outside in: Ethernet, IP with the option that has
 * routers look at it (RFC 2113, RFC 2711), the query.
 */
#include "ovsint/multicast/querier.h"

#include "ovsint/base/checksum.h"
#include "ovsint/base/frame.h"

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
    ETHERNET_LEAST = 60,
    IPV4_SIZE = 24,
    IGMP_SIZE = 12,
    OPTIONS_SIZE = 8,
    MLD_SIZE = 28,
};
enum { PROTOCOL_IGMP = 2, PROTOCOL_OPTIONS = 0, PROTOCOL_ICMPV6 = 58 };
enum { QUERY_IGMP = 0x11, QUERY_MLD = 130 };
#define PRECEDENCE 0xc0 /* internetwork control: RFC 3376 section 4 */

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
    static const struct mac group = {{0x01, 0, 0x5e, 0, 0, 1}};
    static const uint8_t all_hosts[] = {224, 0, 0, 1};
    static const uint8_t router_alert[] = {0x94, 4, 0, 0};
    struct frame frame = {.bytes = ret->bytes, .room = sizeof(ret->bytes)};

    frame_add_ethernet(&frame, &group, mac, vlan, ETHERTYPE_IPV4);
    uint8_t *ip = ret->bytes + frame.size;
    frame_add_number(&frame, 4 << 4 | IPV4_SIZE / 4, 1);
    frame_add_number(&frame, PRECEDENCE, 1);
    frame_add_number(&frame, IPV4_SIZE + IGMP_SIZE, 2);
    frame_add_number(&frame, 0, 4); /* neither id nor fragment */
    frame_add_number(&frame, 1, 1); /* hops */
    frame_add_number(&frame, PROTOCOL_IGMP, 1);
    frame_add_number(&frame, 0, 2); /* checksum, later */
    frame_add_number(&frame, 0, 4); /* from 0.0.0.0 */
    frame_add(&frame, all_hosts, sizeof(all_hosts));
    frame_add(&frame, router_alert, sizeof(router_alert));
    frame_put_number(ip + 10, checksum_end(checksum_add(0, ip, IPV4_SIZE)), 2);

    uint8_t *query = ret->bytes + frame.size;
    frame_add_number(&frame, QUERY_IGMP, 1);
    frame_add_number(&frame, code_of(querier_answer_ms(querier) / 100), 1);
    frame_add_number(&frame, 0, 2); /* checksum, later */
    frame_add_number(&frame, 0, 4); /* all groups */
    frame_add_number(&frame, ROBUSTNESS, 1);
    frame_add_number(&frame, code_of(querier->interval_ms / 1000), 1);
    frame_add_number(&frame, 0, 2); /* from all sources */
    frame_put_number(query + 2, checksum_end(checksum_add(0, query, IGMP_SIZE)),
                     2);
    if (frame.size < ETHERNET_LEAST)
        frame_add_zeros(&frame, ETHERNET_LEAST - frame.size);
    ret->size = frame.size;
}

void query_mld(const struct querier *querier, const struct mac *mac,
               unsigned vlan, struct query_frame *ret)
{
    static const struct mac group = {{0x33, 0x33, 0, 0, 0, 1}};
    static const uint8_t all_hosts[16] = {0xff, 2, [15] = 1};
    static const uint8_t last_ones[10] = {0xfe, 0x80, [8] = 0xff, 0xff};
    static const uint8_t options[] = {
        PROTOCOL_ICMPV6,         0, 5, 2, 0,
        0 /* look at it: MLD */, 1, 0 /* padding */};
    struct frame frame = {.bytes = ret->bytes, .room = sizeof(ret->bytes)};

    frame_add_ethernet(&frame, &group, mac, vlan, ETHERTYPE_IPV6);
    uint8_t *ip = ret->bytes + frame.size;
    frame_add_number(&frame, 6u << 28, 4);
    frame_add_number(&frame, OPTIONS_SIZE + MLD_SIZE, 2);
    frame_add_number(&frame, PROTOCOL_OPTIONS, 1);
    frame_add_number(&frame, 1, 1); /* hops */
    frame_add(&frame, last_ones, sizeof(last_ones));
    frame_add(&frame, mac->bytes, sizeof(mac->bytes));
    frame_add(&frame, all_hosts, sizeof(all_hosts));
    frame_add(&frame, options, sizeof(options));

    uint8_t *query = ret->bytes + frame.size;
    frame_add_number(&frame, QUERY_MLD, 1);
    frame_add_number(&frame, 0, 1);
    frame_add_number(&frame, 0, 2); /* checksum, later */
    frame_add_number(&frame, querier_answer_ms(querier), 2);
    frame_add_number(&frame, 0, 2);
    frame_add_number(&frame, 0, 8); /* all groups */
    frame_add_number(&frame, 0, 8);
    frame_add_number(&frame, ROBUSTNESS, 1);
    frame_add_number(&frame, code_of(querier->interval_ms / 1000), 1);
    frame_add_number(&frame, 0, 2); /* from all sources */
    frame_put_number(query + 2, checksum_icmpv6(ip + 8, query, MLD_SIZE), 2);
    ret->size = frame.size;
}
