/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which ready ports are wanted: one pool for each fit, as large as the largest
 * that somebody asks for, since whoever fits takes from it. Pure.
 */
#pragma once

#include "ovsint/config/settings.h"
#include "ovsint/rows/ready_port.h"
#include "plugin/daemon/bridges.h"

struct wanted_pool {
    char fit[READY_FIT_SIZE];
    unsigned size;
    struct attachment place; /* what its ports are made like */
    /* Counted by whoever looks: */
    unsigned count;  /* ready ports, or what is to become one */
    unsigned made;   /* ... that the switch has made */
    unsigned failed; /* ports that it could not make */
    const char *why; /* its words for one of these; the view owns them */
    /* Remembered, if the pool is wanted again: */
    bool is_failing;   /* ... and that was logged */
    uint64_t retry_ms; /* it is not filled before that; 0 = no failure */
};

struct wanted_pools {
    struct wanted_pool *list;
    size_t count;
    unsigned total; /* ports of all */
    bool is_cut; /* more than LIMIT_READY are wanted: who came first has them */
};

void wanted_done(struct wanted_pools *pools);

/* What is remembered of pools that were wanted before. */
void wanted_remember(struct wanted_pools *pools,
                     const struct wanted_pools *before);

/* Adds those of the named networks and of `pools` in the configuration. Of one
 * that cannot be, tells why. */
typedef void wanted_refused(const char *what, const struct err *why);
void wanted_of_settings(const struct settings *settings,
                        wanted_refused *refused, struct wanted_pools *pools);
/* Those of Docker's networks, as their rows are resolved by the policy now. One
 * that cannot be resolved has none. */
void wanted_of_networks(const struct bridges *bridges,
                        const struct settings *settings,
                        struct wanted_pools *pools);
/* Those of networks that are known by their ports alone. */
void wanted_of_ports(const struct vswitch_view *ports,
                     struct wanted_pools *pools);

/* NULL = nobody wants ports with that fit. */
struct wanted_pool *wanted_find(const struct wanted_pools *pools,
                                const char *fit);
