/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The frames that `ovsint trace` asks about, in the words of ovs-fields(7).
 * Pure. */
#pragma once

#include "cli/trace/trace.h"

#define TRACE_FRAME_SIZE 1024

struct trace_packet {
    enum trace_protocol protocol;
    struct ip from_ip;
    struct ip to_ip;
    uint16_t to_port;
};

/* ARP (RFC 826), or neighbour discovery (RFC 4861 section 4.3): who has it? */
void trace_question_frame(const struct trace_end *from, const struct ip *whose,
                          char ret[TRACE_FRAME_SIZE]);
/* What `from` answers, if `to` has asked. */
void trace_answer_frame(const struct trace_end *from,
                        const struct trace_end *to, char ret[TRACE_FRAME_SIZE]);
void trace_packet_frame(const struct trace_end *from, const struct mac *to,
                        const struct trace_packet *packet,
                        char ret[TRACE_FRAME_SIZE]);
