/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Questions to OVN's northbound database, one at a time. */
#pragma once

#include "ovsint/ovsdb/client.h"

/* Sends one transaction; its result stays in *ret, which the caller owns.
 * -ETIMEDOUT, -ECONNRESET, or what the server has against it. */
int northbound_ask(struct client *client, struct txn *txn,
                   struct deadline deadline, struct session_event *ret,
                   struct err *err) MUST_CHECK;
