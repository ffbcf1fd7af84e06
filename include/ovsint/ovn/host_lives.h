/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does another host live? Nothing in OVN's databases tells: what a host that
 * has died has written there stays. So it is asked: a key on one of its logical
 * ports, which its daemon is shown, and takes off. A host without a daemon does
 * not answer. Pure.
 */
#pragma once

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"

/* Asks by the logical port of that name. */
void host_lives_ask(struct txn *txn, const char *logical);
/* Adds the select that host_lives_read() reads; returns its index. */
size_t host_lives_look(struct txn *txn, const char *logical);
enum host_answer {
    HOST_SILENT,
    HOST_LIVES,
    /* The port has gone: whoever removed it may be that host. */
    HOST_PORT_GONE,
};
enum host_answer host_lives_read(const struct json *result, size_t op);
/* The host's daemon: is it asked by this row of a monitor? Then it answers. */
bool host_lives_asked(const struct json *row);
void host_lives_answer(struct txn *txn, const char *uuid);
