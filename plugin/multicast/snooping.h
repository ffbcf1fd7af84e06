/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bridges whose networks say mcast-snooping=true.
 *
 *   1. A port, or the row of a Docker network, asks for it: the column
 *      mcast_snooping_enable becomes true, and the bridge's row notes that we
 *      did that. If its operator had, nothing is noted.
 *   2. The column is true: the bridge's members are asked (bridge_querier.h),
 *      as a switch forgets members that nobody asks.
 *   3. Nobody has asked for it since LINGER_MS: the questions end. If the row
 *      notes that it was us, the column becomes false.
 *
 * Only the daemon that has the database's lock does this. What can fail: the
 * column cannot be written. That is logged, and tried again.
 */
#pragma once

#include "plugin/daemon/host.h"

struct snooping;

/* `remote` is the address of the database, which the caller keeps. */
struct snooping *snooping_open(uv_loop_t *loop, struct host *host,
                               const char *remote);
/* NULL is fine. The memory is freed when the loop has closed it. */
void snooping_close(struct snooping *snooping);
