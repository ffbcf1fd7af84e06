/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Waits for the end of one transaction. */
#include "cli/ports/northbound.h"

#include <errno.h>

int northbound_ask(struct client *client, struct txn *txn,
                   struct deadline deadline, struct session_event *ret,
                   struct err *err)
{
    struct session_call call = {0};
    int r = client_transact(client, txn, &call, err);

    while (r >= 0) {
        if (!client_next(client, deadline, ret)) {
            client_forget(client, &call);
            return err_set(err, ETIMEDOUT, "it did not answer in time");
        }
        if (ret->type == SESSION_ENDED) {
            *err = ret->outcome.err;
            return ret->outcome.r;
        }
        if (ret->type == SESSION_DOWN) {
            *err = ret->reason;
            return -err->code;
        }
        session_event_done(ret);
    }
    return r;
}
