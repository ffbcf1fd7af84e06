/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The loop's driver of common/openflow: one connection to a bridge.
 *
 *   1. openflow_uv_open() connects at once or fails. Requests may follow.
 *   2. `event` for each event of the engine.
 *   3. `down`, once: the switch has closed the connection, or broken the
 *      protocol. Requests that are open have ended in OPENFLOW_LOST before.
 *   4. openflow_uv_close(), also after 3.
 */
#pragma once

#include <uv.h>

#include "ovsint/openflow/openflow.h"

struct openflow_uv;

struct openflow_uv_events {
    /* `down` may come while a request is being made, and may close the
     * connection; `event` may not. */
    void (*event)(void *data, const struct openflow_event *event);
    void (*down)(void *data, const struct err *why);
};

/* Connects to the socket at `path`. As io_connect_unix(). */
int openflow_uv_open(uv_loop_t *loop, const char *path,
                     const struct openflow_uv_events *events, void *data,
                     struct openflow_uv **ret, struct err *err) MUST_CHECK;
/* The memory is freed when the loop has closed it. NULL is fine. */
void openflow_uv_close(struct openflow_uv *connection);

/* As openflow_change() and openflow_watch(). */
uint32_t openflow_uv_change(struct openflow_uv *connection,
                            const struct flow_change *change);
uint32_t openflow_uv_watch(struct openflow_uv *connection,
                           const struct flow *match);

/* Has the switch closed the connection, although `down` has not come yet? */
bool openflow_uv_has_ended(const struct openflow_uv *connection);
