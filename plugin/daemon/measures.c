/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Metrics of what all rooms stand on. They are documented in ovsint(8). */
#include "plugin/daemon/measures.h"

#include <string.h>

#include "plugin/daemon/host.h"

static const char *const owners[] = {EVERY_OWNER, "other"};
_Static_assert(ARRAY_LEN(owners) == MEASURED_OWNERS, "a place for each owner");

size_t measured_owner(const char *owner)
{
    size_t i = 0;

    while (i < MEASURED_OWNERS - 1 && (!owner || strcmp(owner, owners[i]) != 0))
        i++;
    return i;
}

const char *measured_owner_name(size_t place)
{
    return owners[place];
}

void measures_write(const struct host *host, struct buf *ret)
{
    const struct measures *measures = &host->measures;

    metric_head(ret, "ovsint_build_info", METRIC_GAUGE,
                "1, with the version of the daemon.");
    metric_value(ret, "ovsint_build_info", 1, "version", OVSINT_VERSION, NULL);
    metric_head(ret, "ovsint_database_connected", METRIC_GAUGE,
                "Whether the daemon is connected to the database.");
    metric_value(ret, "ovsint_database_connected", ovsdb_is_up(host->ovsdb),
                 NULL);
    metric_head(ret, "ovsint_database_connections_total", METRIC_COUNTER,
                "Connections to the database since the start.");
    metric_value(ret, "ovsint_database_connections_total",
                 measures->connections, NULL);
    metric_head(ret, "ovsint_database_request_seconds", METRIC_HISTOGRAM,
                "From a transaction to its answer.");
    metric_histogram(ret, "ovsint_database_request_seconds",
                     ovsdb_times(host->ovsdb), NULL, NULL);
    metric_head(ret, "ovsint_flow_repairs_total", METRIC_COUNTER,
                "Flows of source guards that somebody had changed or removed.");
    metric_value(ret, "ovsint_flow_repairs_total", measures->flow_repairs,
                 NULL);
}
