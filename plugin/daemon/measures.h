/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the rooms count and time for metrics, as plain numbers in the host. A
 * room adds; measures_write() makes metrics of those that concern no room
 * alone.
 */
#pragma once

#include "ovsint/base/metrics.h"
#include "ovsint/rows/external_ids.h"

/* Owners of ports, in the order of EVERY_OWNER; the last place is for others.
 */
#define MEASURED_OWNERS 6

struct measures {
    uint64_t connections;  /* to the database, since the start */
    uint64_t flow_repairs; /* flows of a port that somebody had changed */
    struct histogram cut_off;
    /* From a port's rows until its device is in its container. */
    struct histogram attaches[MEASURED_OWNERS];
};

/* The place of an owner; NULL is one of the others. And its name. */
size_t measured_owner(const char *owner);
const char *measured_owner_name(size_t place);

struct host;
/* Writes what the host itself knows: the database and flows. */
void measures_write(const struct host *host, struct buf *ret);
