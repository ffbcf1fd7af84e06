/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Parts of trace_judge(): the words that they share, and the way of a packet on
 * a logical switch. A part is false if the verdict is whole. Pure. */
#pragma once

#include "cli/trace/trace.h"

#define TRACE_TITLE_SIZE LIMIT_CONTAINER_ID_SIZE

/* Adds a sentence; the step is the verdict's. */
struct trace_step *trace_says(struct trace_verdict *verdict, const char *id,
                              const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The packet ends here. Always false, as what is after it is not judged. */
bool trace_ends(struct trace_verdict *verdict, struct trace_step *step);
bool trace_unknown(struct trace_verdict *verdict);
/* How people name that end; in `room`, or for ever. */
const char *trace_title(const struct trace_end *end,
                        char room[TRACE_TITLE_SIZE]);

/* Does the switch send `what` from one end to the other? */
bool trace_judge_path(const struct trace_path *path,
                      const struct trace_end *from, const struct trace_end *to,
                      const char *what, struct trace_verdict *verdict);
/* Adds a warning if the other end takes smaller packets. */
void trace_judge_mtu(const struct trace_end *from, const struct trace_end *to,
                     struct trace_verdict *verdict);

/* judge_ovn.c */
bool trace_judge_logical(const struct trace_seen *seen,
                         struct trace_verdict *verdict);
