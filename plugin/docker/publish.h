/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports of an endpoint: ProgramExternalConnectivity and
 * RevokeExternalConnectivity. They are written to the endpoint's row, from
 * which the rules come (nat.h), and go with it.
 */
#pragma once

#include "plugin/docker/driver.h"
#include "plugin/gateway/nat_view.h"
#include "plugin/gateway/port_request.h"

/* A call that has chosen ports which no row shows yet: two calls at once must
 * not choose the same. */
struct publishing {
    struct driver *driver;
    struct nat_endpoint chosen; /* what the row will say */
    struct nat_network network;
    bool needs_lock; /* of iptables, and nothing else any more */
    struct publishing *previous;
    struct publishing *next;
};

/* Chooses ports of the host for all wishes, or for none: -EADDRINUSE with who
 * has the port, -EADDRNOTAVAIL, -EAFNOSUPPORT. */
int publish_choose(struct publishing *publishing,
                   const struct port_request *requests, size_t count,
                   struct err *err) MUST_CHECK;

void publish_start(struct call *call);
void publish_offline(struct call *call, const struct err *why);
void unpublish_start(struct call *call);
void unpublish_offline(struct call *call, const struct err *why);

/* Adds to a transaction that the endpoint publishes nothing, if its row says
 * otherwise. */
void endpoint_unpublish(const struct driver *driver, const char *endpoint,
                        struct txn *txn);
