/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Connections of one kind of clients, Docker or scrapers of metrics: accepted,
 * read through the HTTP engine, and answered one request at a time. It knows no
 * path.
 *
 * Pitfall: a conn outlives its client while a request is in progress, so the
 * answerer never checks whether anybody is still there.
 */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"
#include "plugin/daemon/http.h"

struct server;
struct conn;

struct server_events {
    /* A request, valid during this call. It needs one server_reply(), now or
     * later. */
    void (*request)(void *data, struct conn *conn,
                    const struct http_request *request);
    /* After server_stop(): no connection is left. */
    void (*stopped)(void *data);
};

struct server_config {
    const struct http_profile *profile;
    size_t connections; /* at most */
    const struct server_events *events;
    void *data;
};

/* Serves the listening stream socket `fd`, of whatever family, and takes it
 * over. The caller keeps `config`. */
int server_open(uv_loop_t *loop, int fd, const struct server_config *config,
                struct server **ret, struct err *err) MUST_CHECK;

void server_reply(struct conn *conn, unsigned status, const struct buf *body);

/* Accepts nothing more, and closes connections as they become idle. */
void server_stop(struct server *server);
/* Closes those as well that still wait for an answer. */
void server_abort(struct server *server);

/* Call it after `stopped` and after the loop has ended. NULL is fine. */
void server_free(struct server *server);
