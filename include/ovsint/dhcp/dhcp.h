/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A DHCP client (RFC 2131) as an engine: frames and the time go in, frames,
 * waits and events come out. Pure: a driver owns the socket and the clock.
 *
 *   1. dhcp_new() without a lease: DISCOVER, until a server offers an address.
 *      The first offer is taken.
 *   2. REQUEST, and with it an ARP probe for the address (RFC 2131 section
 *      2.2). If the server agrees and nobody else has the address within
 *      DHCP_PROBE_MS of the probe, that is DHCP_BOUND. If somebody has it, the
 *      server is told (DECLINE), and the client begins anew after a while. If
 *      the server does not agree, or does not answer, it begins anew.
 *   3. dhcp_new() with a lease: nothing until `renew_s`. Then the server is
 *      asked for more time, from `rebind_s` on every server. More time is
 *      DHCP_BOUND again. If a server refuses (NAK), or the time is over, that
 *      is DHCP_LOST: the address must not be used any more. After that the
 *      client goes on with 1.
 *
 * What gets no answer is sent again: after 1, 2, 4 and up to 64 seconds, less
 * up to an eighth by chance; for more time as RFC 2131 section 4.4.5 says,
 * after half of what is left, but a minute at least.
 *
 * Pitfall: the probe's wait is far shorter than the seconds of RFC 5227, as a
 * container waits for it. It finds who answers at once, as hosts on a LAN do.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/dhcp/message.h"

#define DHCP_PROBE_MS 30
/* How long a server may take for an answer; after that the socket may be
 * closed until more is sent. */
#define DHCP_LISTEN_MS 4000

struct dhcp;

enum dhcp_step {
    DHCP_SEND,  /* send `frame`; dhcp_done() */
    DHCP_WAIT,  /* take frames, dhcp_take(), until `until_ms` */
    DHCP_REST,  /* the same, but nothing of importance will come */
    DHCP_BOUND, /* there is a lease, or more time: dhcp_lease(); dhcp_done() */
    DHCP_LOST,  /* the lease is no longer ours; dhcp_done() */
};

struct dhcp_todo {
    enum dhcp_step step;
    const struct dhcp_frame *frame;
    int64_t until_ms; /* INT64_MAX = for ever */
};

/* `held` = the lease that the client has; NULL = none. `seed` is by chance: of
 * two clients that begin at once the messages must differ. */
struct dhcp *dhcp_new(const struct dhcp_client *client,
                      const struct dhcp_lease *held, uint32_t seed,
                      int64_t now_ms);
void dhcp_free(struct dhcp *dhcp);
DEFINE_AUTO(dhcp, struct dhcp *, dhcp_free)
#define auto_dhcp AUTO(dhcp)

/* What is to be done next. It is the same until it is done, its time is over,
 * or a frame has changed it. */
const struct dhcp_todo *dhcp_next(struct dhcp *dhcp, int64_t now_ms);
/* SEND, BOUND or LOST is done. A frame that could not be sent counts as one
 * that was lost on its way. */
void dhcp_done(struct dhcp *dhcp);
/* Takes a frame that has come, of whatever kind. */
void dhcp_take(struct dhcp *dhcp, const void *frame, size_t size,
               int64_t now_ms);

/* After DHCP_BOUND. */
const struct dhcp_lease *dhcp_lease(const struct dhcp *dhcp);

#define DHCP_STORY_SIZE 192
/* For a message, if there is no lease: how far it has come, "no DHCP server
 * answers". */
void dhcp_story(const struct dhcp *dhcp, char ret[DHCP_STORY_SIZE]);
