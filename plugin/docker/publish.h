/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Published ports of an endpoint: ProgramExternalConnectivity and
 * RevokeExternalConnectivity. They are written to the endpoint's row and go
 * with it; the rules come from the row (nat.h).
 */
#pragma once

#include "plugin/docker/docker.h"

void publish_start(struct call *call);
void publish_offline(struct call *call, const struct err *why);
void unpublish_start(struct call *call);
void unpublish_offline(struct call *call, const struct err *why);
/* Answers when no rule leads to the published ports of `call->leaving` any
 * more: Docker may give the address to another container then. At the deadline
 * it answers all the same, as they go without Docker's waiting, too. */
void unpublish_wait(struct call *call);

/* Adds to a transaction that the endpoint publishes nothing, if its row says
 * otherwise. */
void endpoint_unpublish(const struct docker *docker, const char *endpoint,
                        struct txn *txn);
