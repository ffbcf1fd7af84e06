/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver of session.h: one connection to a Unix socket, one
 * thread, a deadline for every wait. In this order:
 *
 *   1. client_open() connects.
 *   2. client_watch() begins the session, whose first event is SESSION_SYNCED.
 *      A second one begins another session, over a connection of its own.
 *   3. client_next() waits for the next event.
 *
 * A connection that goes is the event SESSION_DOWN, after all that came before
 * it. It is not made again: each further client_next() says SESSION_DOWN once
 * more.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/ovsdb/txn.h"

struct client;

/* `remote` is "unix:/path" or the path of the socket; the caller keeps it.
 * -EINVAL for other forms, -ENOENT, -ECONNREFUSED, -EACCES, -ETIMEDOUT...; the
 * message says what to look at. */
int client_open(const char *remote, struct deadline deadline,
                struct client **ret, struct err *err) MUST_CHECK;
/* Only makes the connection, for another kind of driver. Returns a non-blocking
 * descriptor. Errors as client_open(). */
int client_connect(const char *remote, struct deadline deadline,
                   struct err *err) MUST_CHECK;
/* Transactions in flight are forgotten. */
void client_close(struct client *client);
DEFINE_AUTO(client, struct client *, client_close)
#define auto_client AUTO(client)

/* Asks for the rows of `monitor`, whose name is SESSION_MONITOR; NULL = of
 * none. Errors as client_open(). */
int client_watch(struct client *client, struct monitor *monitor,
                 struct deadline deadline, struct err *err) MUST_CHECK;

/* Sends the transaction; its end is the event SESSION_ENDED. -ENOTCONN before
 * SESSION_SYNCED and after SESSION_DOWN, -EMSGSIZE. */
int client_transact(struct client *client, struct txn *txn,
                    struct session_call *call, struct err *err) MUST_CHECK;
/* Sends what can be sent without waiting: so the server works while something
 * else is waited for. */
void client_flush(struct client *client);
/* See session_forget(). */
void client_forget(struct client *client, struct session_call *call);

/* Waits for the next event: true with it in *ret, which the caller then owns,
 * or false at the deadline. What is there already is found in any case. */
bool client_next(struct client *client, struct deadline deadline,
                 struct session_event *ret) MUST_CHECK;

/* client_watch(), and waits for all rows: 0 with SESSION_SYNCED in *ret.
 * -ETIMEDOUT, or why the connection went. */
int client_show(struct client *client, struct monitor *monitor,
                struct deadline deadline, struct session_event *ret,
                struct err *err) MUST_CHECK;

/* The same for a person who waits and wants to be told: if the server has sent
 * nothing at all within a second, that is -ETIMEDOUT already. One that has many
 * rows to send has until the deadline. */
int client_show_soon(struct client *client, struct monitor *monitor,
                     struct deadline deadline, struct session_event *ret,
                     struct err *err) MUST_CHECK;

/* For a program that only looks, after client_show(): asks for the lock (the
 * caller keeps its name). 1 if it is ours now, until the connection is closed;
 * 0 if somebody holds it. Errors as client_show(). Other events are dropped. */
int client_lock(struct client *client, const char *lock,
                struct deadline deadline, struct err *err) MUST_CHECK;
