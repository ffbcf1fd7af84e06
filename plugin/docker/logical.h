/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The logical switches of Docker's networks with ovn=NAME: each is made with
 * the first of them, on whatever host, and goes with the last one.
 *
 * A network's row in our own database comes first, and goes first. So what the
 * switch says of a network without a row is out of date, and is taken off: when
 * a network has gone, when the northbound database is back, and at the start.
 * And a network with a row that no switch speaks of was taken off by somebody,
 * as `ovsint gc --host` does while this host is away: it is noted again, or the
 * switch is made again, when the northbound database is back and at the start.
 */
#pragma once

#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/logical_switch.h"
#include "ovsint/rows/network_row.h"
#include "plugin/daemon/northbound.h"

struct docker;

/* One that is being made, embedded in whoever waits for it. Zeroed = none. */
struct logical_making {
    struct northbound *northbound;
    struct northbound_call call;
    struct txn txn;
    char host[CHASSIS_NAME_SIZE];
    char subnets[LOGICAL_SUBNETS_SIZE];
    struct logical_use use;
    struct logical_found found;
    unsigned tries;
    /* It is there, with the network noted on it; or it cannot be, and `why`. */
    void (*done)(struct logical_making *making, const struct err *why);
};

/* `done` is called once, never within this function, unless logical_forget()
 * comes first. The caller keeps the row, the id and `making`. -ENODEV if the
 * host is no chassis of OVN. */
int logical_make(struct northbound *northbound, const struct network_row *row,
                 const char *network, struct logical_making *making,
                 struct err *err) MUST_CHECK;
/* -ENODEV: the host has no bridge for that physical network of OVN's. */
int logical_check_physical(const struct docker *docker, const char *network,
                           struct err *err) MUST_CHECK;
void logical_forget(struct logical_making *making);

/* -ETIMEDOUT, for a call whose deadline has come: the northbound database did
 * not answer. */
int logical_no_answer(const struct docker *docker, struct err *err);

/* What takes networks that have gone off their switches. */
struct logical_sweep {
    struct docker *docker;
    struct northbound_listener listener;
    struct northbound_call call;
    struct txn txn;
    bool was_up;
    bool again;    /* a network has gone meanwhile */
    size_t kept;   /* switches that could not be removed in this pass */
    bool has_idle; /* some are used by no network of this host */
    size_t count;  /* logical ports of this host */
    bool renews;   /* the next pass looks for networks that are not noted */
    char (*missing)[DOCKER_ID_SIZE]; /* these; the last one is being noted */
    size_t missing_count;
    struct network_row renewed; /* of that one */
    struct logical_making making;
};

void logical_sweep_open(struct logical_sweep *sweep, struct docker *docker);
void logical_sweep_close(struct logical_sweep *sweep);
/* Is a switch to go that still has a port, or is that just being seen? */
bool logical_sweep_waits(const struct logical_sweep *sweep);
/* A network has gone, or all rows are there. */
void logical_sweep_run(struct logical_sweep *sweep);
