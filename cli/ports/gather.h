/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * All that is known of our ports: rows, guardian, runtimes, namespaces, in this
 * order. A source that is away is left out; which, and why, is in the list.
 */
#pragma once

#include "cli/cli.h"
#include "cli/ports/plugged.h"
#include "ovsint/ovsdb/client.h"

/* The socket of the daemon; its own default. */
#define DAEMON_SOCKET "/run/docker/plugins/ovsint.sock"

enum gather_purpose {
    GATHER_TO_SHOW,
    /* Ports that are kept ready: only rows tell of them. */
    GATHER_POOL,
    GATHER_TO_REMOVE, /* the guardian is not asked, and rights to change stay */
};

/* Confines the program on the way. Fails only if that does. */
int gather(struct cli *cli, enum gather_purpose purpose,
           struct plugged_list *ret, struct err *err) MUST_CHECK;

/* Only the rows of our ports, over a connection of its own, and whose they are:
 * nothing of the guardian or the namespaces. Errors as client_show(). */
int gather_rows(struct client *client, struct deadline deadline,
                struct plugged_list *ret, struct err *err) MUST_CHECK;

/* What the guardian says of the ports, of which it may know more. -ENOENT,
 * -ECONNREFUSED and so on if it is away. */
int gather_daemon(struct plugged_list *ret, struct err *err) MUST_CHECK;

/* Every bridge and all of its ports, over a connection of its own. Errors as
 * client_show(). */
struct switch_seen;
int switch_read(struct client *client, struct deadline deadline,
                struct switch_seen *ret, struct err *err) MUST_CHECK;

/* As gather(), and asks the daemon for its metrics; nothing if it is away. */
int gather_metrics(struct cli *cli, struct plugged_list *ret,
                   struct buf *ret_metrics, struct err *err) MUST_CHECK;

/* Says on standard error which source is away. */
void gather_warn(const struct plugged_list *list);
