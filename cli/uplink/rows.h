/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The database, for `ovsint uplink`: notes, transactions, and waiting for what
 * the switch does. Blocking.
 */
#pragma once

#include "ovsint/net/link.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/uplink/note.h"

struct uplink_rows {
    const char *ovsdb;
    struct client *client; /* NULL = the connection went */
};

void uplink_rows_close(struct uplink_rows *rows);
#define auto_uplink_rows __attribute__((cleanup(uplink_rows_close)))

/* Reads all notes, over a connection of its own, which is the one of all that
 * follows. `ret` must be empty. */
int uplink_rows_look(struct uplink_rows *rows, struct deadline deadline,
                     struct uplink_notes *ret, struct err *err) MUST_CHECK;

/* Waits until something has changed since the last look, the connection went,
 * or it is time. */
void uplink_rows_wait(struct uplink_rows *rows, struct deadline deadline);

/* Carries out the transaction. *ret_fault (may be NULL) says which guard did
 * not hold. */
int uplink_rows_do(struct uplink_rows *rows, struct txn *txn,
                   struct deadline deadline, struct reply_fault *ret_fault,
                   struct err *err) MUST_CHECK;

/* Writes, and sets `*ret` to what uplink_rows_await() waits for: that the
 * switch has done what was written until then. -ETIMEDOUT if it has not. */
int uplink_rows_write(struct uplink_rows *rows, struct txn *txn,
                      struct deadline deadline, struct reply_fault *ret_fault,
                      int64_t *ret, struct err *err) MUST_CHECK;
int uplink_rows_await(struct uplink_rows *rows, int64_t number,
                      struct deadline deadline, struct err *err) MUST_CHECK;
/* The same, and waits until the switch has done it. */
int uplink_rows_do_all(struct uplink_rows *rows, struct txn *txn,
                       struct deadline deadline, struct reply_fault *ret_fault,
                       struct err *err) MUST_CHECK;

/* Has the switch made the ports of these devices? If not, its own words. */
int uplink_rows_made(struct uplink_rows *rows, const char *name,
                     struct deadline deadline, struct err *err) MUST_CHECK;

/* -EBUSY if the switch has the device already, by its name or by an altname: it
 * takes one device by each of them, and only the index tells. */
int uplink_rows_is_free(struct uplink_rows *rows, const struct link_info *card,
                        struct deadline deadline, struct err *err) MUST_CHECK;

/* -ENODEV if there is no such bridge. */
int uplink_rows_bridge(struct uplink_rows *rows, const char *bridge,
                       struct deadline deadline, bool *ret_userspace,
                       struct err *err) MUST_CHECK;
