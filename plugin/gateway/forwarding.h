/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwarding on the devices by which the world answers networks with mode=nat.
 * A host that forwards nothing by itself forwards for these networks alone:
 * the packet filter sees to that, and what was set is set back with the last
 * of them. Private to host_port.c, but for forwarding_check().
 *
 * What a reader would get wrong: what has to be set back is noted in the rows
 * of the host access ports before it is changed, so it outlives any death of
 * this process. On a host that forwards anyway nothing is touched.
 */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/net/net.h"
#include "ovsint/rows/network_row.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/gateway/nat_rules.h"

struct host_ports;

struct forwarding {
    struct ovsdb_call call; /* first: found from it by a cast */
    struct host_ports *ports;
    struct nat_opened *noted; /* in the rows, or about to be */
    size_t noted_count;
    bool overflow; /* there are more than LIMIT_OPENED */
    bool settled;
    bool told;      /* that a device cannot be in rules */
    struct err err; /* why it is not */
};

/* Whether the host as a whole forwards. */
struct host_wide {
    bool ipv4;
    bool ipv6;
    bool any_network6; /* one of ours has IPv6 */
};

/* forwarding_devices.c: the devices that do not forward what our networks are
 * to be sent; and one device's settings, as far as they matter. */
void forwarding_host_wide(struct host_wide *ret);
int forwarding_closed(struct net *host, const struct host_wide *wide,
                      struct nat_opened ret[LIMIT_OPENED], size_t *ret_count,
                      struct err *err) MUST_CHECK;
int forwarding_too_many(struct err *err);
bool forwarding_is_there(struct net *host, const char *device);
int forwarding_set(const struct nat_opened *opened,
                   const struct host_wide *wide, int value,
                   struct err *err) MUST_CHECK;

void forwarding_done(struct forwarding *forwarding);

/* -EOPNOTSUPP, with what to do, when the kernel cannot forward for this
 * network without doing so for everybody. */
int forwarding_check(const struct network_row *network_row,
                     struct err *err) MUST_CHECK;

/* The rows are there anew, and the packet filter is about to be: it has to know
 * from the first what was opened before. */
void forwarding_recall(struct forwarding *forwarding);

/* Rows, devices, addresses or settings have changed. */
void forwarding_look(struct forwarding *forwarding);

/* No rules keep what comes in by the devices to our networks: they forward
 * nothing until forwarding_look() finds the rules in force again. */
void forwarding_suspend(struct forwarding *forwarding);

/* 1 when all that the networks need is set, 0 not yet. */
int forwarding_state(const struct forwarding *forwarding,
                     struct err *err) MUST_CHECK;
