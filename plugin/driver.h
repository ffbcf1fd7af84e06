/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libnetwork remote driver: what all its verbs share. One connection to
 * the database, and the rows that it shows; there is no other memory, so a
 * plugin that starts anew knows all that the last one knew.
 */
#pragma once

#include <uv.h>

#include "ovsint/settings.h"
#include "plugin/ovsdb_uv.h"
#include "plugin/router.h"

/* Calls wait so long for a database that went away, before they fail at once
 * until it is back: a restart of ovsdb-server fails no call. */
#define OUTAGE_GRACE_MS 2000

/* No call takes longer, whatever is broken: Docker gives up nothing by itself
 * and holds the container's lock meanwhile. */
#define CALL_TIMEOUT_MAX_MS 9000

struct driver {
    const struct settings *settings;
    struct router *router;
    struct ovsdb *ovsdb;
    struct err down; /* why there is no database; code 0 = unknown */
    uv_timer_t grace;
};

/* Begins to connect to the database at `remote`. Calls can come at once. The
 * arguments are kept by the caller. */
struct driver *driver_open(uv_loop_t *loop, const struct settings *settings,
                           const char *remote);

/* When no call is left. The memory goes when the loop has closed it. */
void driver_close(struct driver *driver);
