/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * HTTP/1.x as Docker's plugin client (moby pkg/plugins/client.go) and scrapers
 * of metrics speak it, as an engine: bytes go in; whole requests come out one
 * at a time, and bytes of replies. Pure: it has neither socket nor clock, and
 * knows no path.
 *
 * Pitfall: older versions of Docker send an empty Host header and no
 * Content-Type, so neither may be demanded. And a connection has one request at
 * a time: pipelined ones stay inside until the one before was answered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/cleanup.h"

struct http;

/* What is taken from a kind of clients, and how they are answered. */
struct http_profile {
    size_t head_size;   /* request line and headers, with the empty line */
    size_t body_size;   /* after chunked encoding was removed */
    const char *type;   /* Content-Type of all answers */
    const char *method; /* what status 405 says is allowed */
    bool plain; /* what is no HTTP is answered in text, not in Docker's JSON */
    bool once;  /* a connection ends with its first answer */
};

/* With the limits of limits.h. */
extern const struct http_profile http_docker;
extern const struct http_profile http_metrics;

/* The caller keeps the profile. */
/* Valid until the reply. */
struct http_request {
    const char *method; /* "POST" */
    const char *path;   /* as it was sent */
    const char *body;   /* NUL-terminated after body_size bytes */
    size_t body_size;
};

struct http *http_new(const struct http_profile *profile);
void http_free(struct http *http);
DEFINE_AUTO(http, struct http *, http_free)
#define auto_http AUTO(http)

/* Takes bytes from the client, split anywhere. What is no HTTP is answered
 * here, by status 400, 413, 417, 431 or 505 with the reason, and ends the
 * connection: later input is dropped. So does 413 where more comes at once than
 * a head and a chunked body of the largest size have: feed less, and answer
 * what http_next() gives before the next part. */
void http_feed(struct http *http, const char *bytes, size_t size);

/* The client sends no more. A complete request is still answered. */
void http_end(struct http *http);

/* True, once for each request, when a whole request is there. It then needs
 * exactly one http_reply(). */
bool http_next(struct http *http, struct http_request *ret) MUST_CHECK;

/* Bytes of input that are kept: not read yet, or of a request that is not
 * answered. */
size_t http_held(const struct http *http);

/* Answers the request that http_next() gave. */
void http_reply(struct http *http, unsigned status, const char *body,
                size_t size);

/* False while more input would only be kept, because a request waits for its
 * answer or the connection has ended. The driver then stops reading. */
bool http_wants_input(const struct http *http);

/* True from the first byte of a request to the end of its reply. */
bool http_busy(const struct http *http);

/* Bytes that wait to be sent: how many, and where they are until the next call
 * of this module. http_sent() says how many of them were sent. */
size_t http_output(const struct http *http, const char **ret_bytes);
void http_sent(struct http *http, size_t size);

/* True if nothing more will come out. The driver then closes. */
bool http_finished(const struct http *http);
