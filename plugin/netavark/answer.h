/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the plugin answers: the network, completed; what a container got; an
 * error. Pure.
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/base/buf.h"
#include "plugin/netavark/request.h"

/* podman reads the answer to `create` only when the plugin has ended, from a
 * pipe of 64 KiB, with its lock on all networks held: more would stand still
 * for ever. */
#define NETAVARK_ANSWER_SIZE (32 * 1024)

/* The network as podman is to keep it: what it says, with those members set
 * that it leaves open. `has_names`: names.h can serve it. -EMSGSIZE. */
int netavark_answer_network(const struct netavark_request *request,
                            bool has_names, struct buf *ret,
                            struct err *err) MUST_CHECK;

/* What the container got. `domain` is that of the
 * server of names at its router; NULL = there is none.
 *
 * Pitfall: the interface has to have the name that podman asked for, whatever
 * the device is called, as `podman network reload` asks for that name again. */
void netavark_answer_status(const struct netavark_request *request,
                            const struct attach_vnic *made, const char *domain,
                            struct buf *ret);

void netavark_answer_info(struct buf *ret);

/* Pitfall: podman does not understand the object if it has another member. */
void netavark_answer_error(const struct err *err, struct buf *ret);
