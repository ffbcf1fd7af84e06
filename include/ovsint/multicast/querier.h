/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The querier of a bridge: who asks for members of multicast groups, and when.
 * Pure: frames and times come out, the time goes in.
 *
 *   1. querier_begin(): the switch knows no members, as it has just begun, or
 *      has just been told to snoop. QUERIER_FIRST queries follow soon after one
 *      another, and ask for quick answers.
 *   2. Then one each `interval_ms`, so that a membership is renewed twice
 *      before the switch forgets it.
 *
 * It never wins an election, so no router ever stops for it. Queries of IGMP
 * come from 0.0.0.0, as those of a switch do (RFC 4541 section 2.1.1); of two
 * queriers of MLD the one with the lower address goes on (RFC 3810 section
 * 7.6.2), and ours is at the end of all link-local ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/parse.h"

#define QUERIER_FIRST 3
/* What Open vSwitch takes if nobody says another time
 * (MCAST_ENTRY_DEFAULT_IDLE_TIME in lib/mcast-snooping.h). */
#define MEMBERSHIP_S 300

struct querier {
    unsigned interval_ms;
    unsigned answer_ms; /* how long a member may take for its answer */
    unsigned asked;     /* since querier_begin(), up to QUERIER_FIRST */
    int64_t due_ms;
};

/* `membership_s` is how long the switch remembers a member. */
void querier_begin(struct querier *querier, unsigned membership_s,
                   int64_t now_ms);
/* The time for which members are remembered has changed. */
void querier_set_membership(struct querier *querier, unsigned membership_s,
                            int64_t now_ms);
bool querier_is_due(const struct querier *querier, int64_t now_ms);
/* They were sent, or could not be: when the next ones are due. */
void querier_asked(struct querier *querier, int64_t now_ms);

/* How long a member may take for its answer to the queries that are due. */
unsigned querier_answer_ms(const struct querier *querier);

#define QUERY_FRAME_SIZE 96

struct query_frame {
    uint8_t bytes[QUERY_FRAME_SIZE];
    size_t size;
};

/* General queries as Ethernet frames of the VLAN (0 = untagged) from `mac`: of
 * IGMP version 3 (RFC 3376 section 4.1) and of MLD version 2 (RFC 3810 section
 * 5.1), which members of earlier versions understand as well. */
void query_igmp(const struct querier *querier, const struct mac *mac,
                unsigned vlan, struct query_frame *ret);
void query_mld(const struct querier *querier, const struct mac *mac,
               unsigned vlan, struct query_frame *ret);
