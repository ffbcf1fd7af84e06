/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Has a bridge forward frames that nobody waits for (struct flow_packet): by a
 * connection that lives for these frames, PACKET_OUT_MS at most. What fails is
 * in the log for debugging alone.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/list.h"
#include "ovsint/openflow/openflow.h"

#define PACKET_OUT_MS 1000

/* All that are on their way. */
struct packet_outs {
    uv_loop_t *loop;
    const char *remote; /* of the database; the caller keeps it */
    struct list list;
};

void packet_outs_open(struct packet_outs *outs, uv_loop_t *loop,
                      const char *remote);
/* `packets` may go when it returns. */
void packet_out_send(struct packet_outs *outs, const char *bridge,
                     const struct flow_packet *packets, size_t count);
/* Those that are on their way are given up. */
void packet_outs_close(struct packet_outs *outs);
