/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocking driver of the OVSDB engine: one connection to a Unix socket, one
 * thread, a deadline for every wait. Error texts name the socket and say what
 * to look at.
 *
 * Pitfall: -ETIMEDOUT and -ECONNRESET of a transaction mean "outcome unknown",
 * not "not done". After a refusal by OVSDB and after -ETIMEDOUT the connection
 * is still usable. After any other error each further call fails as the first
 * one did.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/cleanup.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/rpc.h"
#include "ovsint/ovsdb/txn.h"

struct client;

/* `remote` is "unix:/path" or the path of the socket. -EINVAL for other forms,
 * -ENOENT, -ECONNREFUSED, -EACCES, -ETIMEDOUT... */
int client_open(const char *remote, struct deadline deadline,
                struct client **ret, struct err *err) MUST_CHECK;
/* Only makes the connection, for another kind of driver. Returns a non-blocking
 * descriptor. Errors as client_open(). */
int client_connect(const char *remote, struct deadline deadline,
                   struct err *err) MUST_CHECK;
void client_close(struct client *client);
DEFINE_AUTO(client, struct client *, client_close)
#define auto_client AUTO(client)

/* Calls `method` and waits for its reply; `ret->result` is what was asked for.
 * Notifications that come meanwhile are kept for client_notification(). If the
 * call was refused, the error is that of reply_refused(). */
int client_call(struct client *client, const char *method,
                const struct buf *params, struct deadline deadline,
                struct rpc_event *ret, struct err *err) MUST_CHECK;

/* Waits for a notification. 1 with it in *ret, 0 at the deadline. */
int client_notification(struct client *client, struct deadline deadline,
                        struct rpc_event *ret, struct err *err) MUST_CHECK;

/* Calls "transact" and checks the outcome with reply_check(): 0 only if all of
 * it was committed. reply_row() and the like read the results from
 * `ret->result`. `ret` and `ret_fault` may be NULL. If the failure was not one
 * of the transaction, `ret_fault` is REPLY_OK. */
int client_transact(struct client *client, struct txn *txn,
                    struct deadline deadline, struct rpc_event *ret,
                    struct reply_fault *ret_fault, struct err *err) MUST_CHECK;
